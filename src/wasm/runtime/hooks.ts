/**
 * The functions that a translated module calls through its hook table.
 *
 * Only functions exported by a wasm instance can stand in a table, so the JavaScript answers
 * are passed through a small adaptor module, which imports functions and exports them again.
 * For a wait it does more: an answer of `BLOCK` suspends the thread, and a negative one
 * traps, as the host functions of a kernel do. `tick` and `yield` come from the store's
 * safepoints ready-made.
 *
 * Each instance has its own adaptor, because the module names its memories and tables by
 * index; it costs about 8 µs, and a module that calls no hook but those two has none.
 */
import { KernelBug } from "#base";
import { HOOK_TYPES, Hook } from "../translate/translated.ts";
import type { RawFunc, Safepoints } from "./engine-options.ts";

/** Answers of one instance to its hooks; units and results as `Hook` says. */
export interface HookAnswers {
  memoryGrow(index: number, current: bigint, delta: bigint): number;
  tableGrow(index: number, current: bigint, delta: bigint): number;
  fuel(): bigint;
  gcAllocate(owed: bigint): bigint;
  /** May also be `BLOCK`, or another negative value to trap. */
  wait(place: number, address: bigint, expected: bigint, timeoutNs: bigint): number;
  notify(index: number, address: bigint, count: number): number;
}

/** Answer of a wait that is to suspend the thread in `Parking.block`. */
export const BLOCK = -1;

const VALTYPES: { readonly [name: string]: number } = { i32: 0x7f, i64: 0x7e };
const FUNCTYPE = 0x60;
const FUNC = 0;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const Section = { type: 1, import: 2, func: 3, export: 7, code: 10 } as const;
const Op = { unreachable: 0x00, if: 0x04, end: 0x0b, call: 0x10, localGet: 0x20, localSet: 0x21, localTee: 0x22, i32Const: 0x41, i32Eq: 0x46, i32LtS: 0x48 } as const;
const EMPTY = 0x40;

type HookName = keyof typeof Hook;
const READY_MADE = 1 << Hook.tick | 1 << Hook.yield;

function text(name: string): number[] {
  return [name.length, ...new TextEncoder().encode(name)];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const contents = [items.length, ...items.flat()];
  return [id, contents.length, ...contents];
}

/** The function type that a row of `HOOK_TYPES` spells. */
function funcType(row: string): number[] {
  const [params, results] = row.split("->").map((side) => side.split(" ").flatMap((name) => VALTYPES[name] ?? []));
  return [FUNCTYPE, params!.length, ...params!, results!.length, ...results!];
}

/** (place, address, expected, timeout): asks function `ask`, blocks in function `block` when told so, traps when told so. */
function waitBody(ask: number, block: number): number[] {
  const answer = 4;
  const code = [
    1, 1, VALTYPES["i32"]!,
    Op.localGet, 0, Op.localGet, 1, Op.localGet, 2, Op.localGet, 3, Op.call, ask, Op.localTee, answer, Op.i32Const, BLOCK & 0x7f, Op.i32Eq,
    Op.if, EMPTY, Op.call, block, Op.localSet, answer, Op.end,
    Op.localGet, answer, Op.i32Const, 0, Op.i32LtS,
    Op.if, EMPTY, Op.unreachable, Op.end,
    Op.localGet, answer, Op.end,
  ];
  return [code.length, ...code];
}

/** A module that imports "h" `names` and exports each under its name, `wait` with the protocol above and "block" for it. */
function adaptor(names: readonly HookName[]): WebAssembly.Module {
  const imported: readonly (HookName | "block")[] = names.includes("wait") ? [...names, "block"] : names;
  const types = imported.map((name) => HOOK_TYPES[name === "block" ? "yield" : name]);
  const wait = imported.indexOf("wait");
  return new WebAssembly.Module(Uint8Array.of(
    ...MAGIC_AND_VERSION,
    ...section(Section.type, types.map(funcType)),
    ...section(Section.import, imported.map((name, index) => [...text("h"), ...text(name), FUNC, index])),
    ...(wait < 0 ? [] : section(Section.func, [[wait]])),
    ...section(Section.export, names.map((name, index) => [...text(name), FUNC, index === wait ? imported.length : index])),
    ...(wait < 0 ? [] : section(Section.code, [waitBody(wait, imported.indexOf("block"))])),
  ));
}

/** The adaptors of an engine, each compiled when the first module needs it. */
export class HookAdaptors {
  readonly #byHooks = new Map<number, WebAssembly.Module>();

  /** For the hooks whose bits are set in `usedHooks`; undefined when there is nothing to adapt. */
  for(usedHooks: number): WebAssembly.Module | undefined {
    const adapted = usedHooks & ~READY_MADE;
    if (adapted === 0) return undefined;
    let module = this.#byHooks.get(adapted);
    if (module === undefined) {
      module = adaptor((Object.keys(Hook) as HookName[]).filter((name) => (adapted & 1 << Hook[name]) !== 0));
      this.#byHooks.set(adapted, module);
    }
    return module;
  }
}

/** A function that does nothing but trap: the host's own trap, which no guest can catch. */
export function trapFunction(): WebAssembly.ExportedFunction {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(
    ...MAGIC_AND_VERSION,
    1, 4, 1, FUNCTYPE, 0, 0,
    3, 2, 1, 0,
    7, 5, 1, 1, 0x74, 0, 0,
    10, 5, 1, 3, 0, 0x00, 0x0b,
  )));
  return exports["t"] as WebAssembly.ExportedFunction;
}

/** Safepoints that never fire: for embedders without a scheduler. */
export function defaultSafepoints(): Safepoints {
  const go = (): number => 0;
  const { exports } = new WebAssembly.Instance(adaptor(["tick", "yield"]), { h: { tick: go, yield: go } });
  return {
    flag: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
    tick: exports["tick"] as RawFunc,
    yield: exports["yield"] as RawFunc,
  };
}

/** Fills the slots of a new instance's hook table that its module calls; the others stay null. */
export function fillHooks(table: WebAssembly.Table, usedHooks: number, adaptors: HookAdaptors, safepoints: Safepoints, answers: HookAnswers): void {
  table.set(Hook.tick, safepoints.tick);
  table.set(Hook.yield, safepoints.yield);
  const module = adaptors.for(usedHooks);
  if (module === undefined) return;
  const { parking } = safepoints;
  const { exports } = new WebAssembly.Instance(module, { h: { ...answers, block: parking?.block ?? neverCalled } });
  for (const name of Object.keys(exports)) table.set(Hook[name as HookName], exports[name]);
}

/** Nobody answers `BLOCK` without a `Parking`. */
function neverCalled(): number {
  throw new KernelBug("a thread was to block where nothing can wake it");
}
