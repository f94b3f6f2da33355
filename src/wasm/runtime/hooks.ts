/**
 * The functions that a translated module calls through its hook table.
 *
 * Only functions exported by a wasm instance can stand in a table, so the JavaScript answers
 * are passed through a small adaptor module: it imports functions and exports them again,
 * nothing else. `tick` and `yield` come from the store's safepoints ready-made.
 *
 * Each instance has its own adaptor, because the module names its memories and tables by
 * index; it costs about 8 µs.
 */
import { HOOK_COUNT, Hook } from "../translate/translated.ts";
import type { RawFunc, Safepoints } from "./engine-options.ts";

/** Answers of one instance to its hooks; units and results as `Hook` says. */
export interface HookAnswers {
  memoryGrow(index: number, current: bigint, delta: bigint): number;
  tableGrow(index: number, current: bigint, delta: bigint): number;
  fuel(): bigint;
}

const I32 = 0x7f;
const I64 = 0x7e;
const FUNCTYPE = 0x60;

/** Types: 0 = growth hook, 1 = fuel hook, 2 = tick and yield. */
const TYPES = [
  [FUNCTYPE, 3, I32, I64, I64, 1, I32],
  [FUNCTYPE, 0, 1, I64],
  [FUNCTYPE, 0, 1, I32],
];

/** A module that imports `functions` (name and type index) and exports each under its name. */
function adaptor(functions: readonly (readonly [name: string, type: number])[]): WebAssembly.Module {
  const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)];
  const section = (id: number, items: readonly (readonly number[])[]): number[] => {
    const contents = [items.length, ...items.flat()];
    return [id, contents.length, ...contents];
  };
  return new WebAssembly.Module(Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, TYPES),
    ...section(2, functions.map(([name, type]) => [...text("h"), ...text(name), 0, type])),
    ...section(7, functions.map(([name], index) => [...text(name), 0, index])),
  ));
}

/** Compiles the adaptor of `HookAnswers`; once per engine. */
export function hookAdaptor(): WebAssembly.Module {
  return adaptor([["memoryGrow", 0], ["tableGrow", 0], ["fuel", 1]]);
}

/** A function that does nothing but trap: the host's own trap, which no guest can catch. */
export function trapFunction(): WebAssembly.ExportedFunction {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
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
  const { exports } = new WebAssembly.Instance(adaptor([["tick", 2], ["yield", 2]]), { h: { tick: go, yield: go } });
  return {
    flag: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
    tick: exports["tick"] as RawFunc,
    yield: exports["yield"] as RawFunc,
  };
}

/** Fills the hook table of a new instance. */
export function fillHooks(table: WebAssembly.Table, adaptorModule: WebAssembly.Module, safepoints: Safepoints, answers: HookAnswers): void {
  const { exports } = new WebAssembly.Instance(adaptorModule, { h: { ...answers } });
  if (table.length < HOOK_COUNT) throw new RangeError("hook table is too small");
  table.set(Hook.tick, safepoints.tick);
  table.set(Hook.yield, safepoints.yield);
  table.set(Hook.memoryGrow, exports["memoryGrow"]);
  table.set(Hook.tableGrow, exports["tableGrow"]);
  table.set(Hook.fuel, exports["fuel"]);
}
