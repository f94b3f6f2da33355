/**
 * Every trap, and the places in which it may happen: a table of both, and the run of one case in one
 * place on our engine and, untouched, on the host. The code has to be right, the frames equal.
 *
 * It knows nothing of the host but WebAssembly, and so runs in a browser as it does on Node.
 */
import { Engine, HostFunc, Linker, Module, Store, Trap } from "#wasm";
import type { EngineOptions, FuncType, Instance, Safepoints, StoreOptions, TrapCode } from "#wasm";

export interface TrapCase {
  readonly code: TrapCode;
  /** What versions of V8 that tell more apart make of it. */
  readonly preciseCode?: TrapCode;
  /** One of the specification's words for it. */
  readonly words: string;
  /** Fields of a module, with a function `$f` of type [] -> []. */
  readonly fields: string;
  /** The same for the host, where the trap is one of ours: it traps at the same offset in its own way. */
  readonly hostFields?: string;
  readonly engine?: EngineOptions;
  readonly store?: (tools: Tools) => StoreOptions<unknown>;
}

/** What a run needs of its surroundings. */
export interface Tools {
  /** Text format to binary. */
  wat(text: string): Uint8Array<ArrayBuffer>;
}

const f = (body: string): string => `(func $f (export "f") ${body})`;
const spin = (first: string): string => f(`(loop $l (${first}) (br $l))`);

export const TRAP_CASES: readonly TrapCase[] = [
  { code: "unreachable", words: "unreachable", fields: f("unreachable") },
  { code: "integer-divide-by-zero", words: "integer divide by zero", fields: f("(drop (i32.div_u (i32.const 1) (global.get $zero)))") },
  { code: "integer-divide-by-zero", words: "integer divide by zero", fields: f("(drop (i64.rem_s (i64.const 1) (i64.extend_i32_u (global.get $zero))))") },
  { code: "integer-overflow", words: "integer overflow", fields: f("(drop (i32.div_s (i32.const 0x80000000) (i32.sub (global.get $zero) (i32.const 1))))") },
  { code: "invalid-conversion-to-integer", words: "invalid conversion to integer", fields: f("(drop (i32.trunc_f32_s (f32.const nan)))") },
  { code: "invalid-conversion-to-integer", words: "integer overflow", fields: f("(drop (i64.trunc_f64_u (f64.const 1e30)))") },
  { code: "out-of-bounds-memory-access", words: "out of bounds memory access", fields: f("(drop (i32.load (i32.const 0x7ffffff0)))") },
  { code: "out-of-bounds-memory-access", words: "out of bounds memory access", fields: f("(memory.fill (i32.const 0x7ffffff0) (i32.const 1) (i32.const 32))") },
  { code: "out-of-bounds-memory-access", words: "out of bounds memory access", fields: f("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 10))") },
  { code: "out-of-bounds-table-access", words: "out of bounds table access", fields: f("(drop (table.get $t (i32.const 9)))") },
  { code: "out-of-bounds-table-access", words: "undefined element", fields: f("(call_indirect $t (type $v) (i32.const 9))") },
  { code: "indirect-call-type-mismatch", preciseCode: "uninitialized-element", words: "uninitialized element", fields: f("(call_indirect $t (type $v) (i32.const 1))") },
  { code: "indirect-call-type-mismatch", words: "indirect call type mismatch", fields: f("(drop (call_indirect $t (type $i) (i32.const 0)))") },
  { code: "null-reference", words: "null function reference", fields: f("(call_ref $v (ref.null $v))") },
  { code: "null-reference", words: "null structure reference", fields: f("(drop (struct.get $s 0 (ref.null $s)))") },
  { code: "cast-failure", words: "cast failure", fields: f("(drop (ref.cast (ref $s) (ref.i31 (i32.const 1))))") },
  { code: "out-of-bounds-array-access", words: "out of bounds array access", fields: f("(drop (array.get $a (array.new $a (i32.const 1) (i32.const 2)) (i32.const 2)))") },
  { code: "array-too-large", words: "requested array is too large", fields: f("(drop (array.new_default $a (i32.const 0x7fffffff)))") },
  { code: "call-stack-exhausted", words: "call stack exhausted", fields: f("(call $f) (call $f)") },
  { code: "unaligned-atomic", words: "unaligned atomic", fields: f("(drop (i32.atomic.load $shared (i32.const 1)))") },
  { code: "expected-shared-memory", words: "expected shared memory", fields: f("(drop (memory.atomic.wait32 $m (i32.const 0) (i32.const 0) (i64.const 0)))") },
  { code: "uncaught-exception", words: "uncaught exception", fields: f("(throw $e (i32.const 7))") },
  { code: "cannot-suspend", words: "cannot suspend here", fields: f("(call $sleep)") },
  // Ours
  { code: "unknown-import-called", words: "unknown import called", fields: f("(call $nobody)") },
  { code: "fuel-exhausted", words: "all fuel consumed", fields: spin("nop"), hostFields: spin("unreachable"),
    engine: { translate: { fuel: true } }, store: () => ({ fuel: 100_000n }) },
  { code: "interrupted", words: "interrupted", fields: spin("call $n"), hostFields: spin("unreachable) (nop"),
    store: ({ wat }) => ({ safepoints: interrupting(wat) }) },
];

/** Codes that no guest can bring about on V8, and why. */
export const NOT_PROVOKED: Readonly<Partial<Record<TrapCode, string>>> = {
  "out-of-memory": "V8 ends the whole process when its garbage-collected heap is full; growth that fails is no trap",
  "unknown": "it stands for words of a host that no row has",
};

/** Safepoints at which every guest is told to stop, once outer guests have passed those on the way. */
function interrupting(wat: Tools["wat"]): Safepoints {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wat(`(module (global $n (mut i32) (i32.const 0))
    (func (export "tick") (result i32)
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (select (i32.const 2) (i32.const 0) (i32.gt_u (global.get $n) (i32.const 100))))
    (func (export "yield") (result i32) (i32.const 2)))`)));
  const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  new Int32Array(flag.buffer)[0] = 1;
  return { flag, tick: exports["tick"] as WebAssembly.ExportedFunction, yield: exports["yield"] as WebAssembly.ExportedFunction };
}

const INNER = `(import "h" "sleep" (func $sleep)) (import "h" "nobody" (func $nobody))
  (type $v (func)) (type $i (func (result i32))) (type $s (struct (field i32))) (type $a (array i32))
  (memory $m 1 8) (memory $shared 1 1 shared) (data $d "abc")
  (table $t 2 funcref) (elem (table $t) (i32.const 0) func $n) (tag $e (param i32))
  (global $zero (mut i32) (i32.const 0))
  (func $n) (func (export "grown") (drop (memory.grow (i32.const 2))) (i32.store (i32.const 0x20000) (i32.const 1)) (call $f))`;
const inner = (fields: string): string => `(module ${INNER} ${fields})`;
const starting = (fields: string): string => `(module ${INNER} ${fields} (start $f))`;
const OUTER = `(module (import "other" "f" (func $other)) (func $between (call $other)) (func (export "f") (call $between)))`;

/** One way to run modules: on our engine, or on the bare host. */
interface Runner {
  /** Instantiates; `other` is what the import "other" "f" is bound to. */
  instantiate(text: string, other?: Other): void;
  /** Calls an export of the instance made last. */
  call(name: string): void;
}
/** The export of the instance made last, or a function of the host. */
type Other = "last" | (() => void);

/** Where a trap happens. */
export const PLACES = {
  "in a call of the host": (run: Runner, fields: string) => {
    run.instantiate(inner(fields));
    run.call("f");
  },
  "after memory.grow": (run: Runner, fields: string) => {
    run.instantiate(inner(fields));
    run.call("grown");
  },
  "in a start function": (run: Runner, fields: string) => run.instantiate(starting(fields)),
  "across two modules": (run: Runner, fields: string) => {
    run.instantiate(inner(fields));
    run.instantiate(OUTER, "last");
    run.call("f");
  },
  "below a host function": (run: Runner, fields: string, again: Runner) => {
    run.instantiate(inner(fields));
    again.instantiate(OUTER, () => run.call("f"));
    again.call("f");
  },
  "in the start function of a nested instance": (run: Runner, fields: string, again: Runner) => {
    again.instantiate(OUTER, () => run.instantiate(starting(fields)));
    again.call("f");
  },
} as const;
export type Place = keyof typeof PLACES;

type Frames = readonly (readonly [funcIndex: number, offset: number | undefined])[];

const VOID: FuncType = { kind: "func", params: [], results: [] };
const SLEEP = (): WebAssembly.Suspending => new WebAssembly.Suspending(() => Promise.resolve());

class BareHost implements Runner {
  #exports: WebAssembly.Exports = {};
  readonly #tools: Tools;
  constructor(tools: Tools) {
    this.#tools = tools;
  }
  instantiate(text: string, other?: Other): void {
    const nobody = (): never => {
      throw new WebAssembly.RuntimeError("nobody");
    };
    const bound = other === "last" ? this.#exports["f"] : other;
    const imports = { h: { sleep: SLEEP(), nobody }, other: { f: bound } };
    const module = new WebAssembly.Module(this.#tools.wat(text));
    this.#exports = new WebAssembly.Instance(module, imports as unknown as WebAssembly.Imports).exports;
  }
  call(name: string): void {
    (this.#exports[name] as WebAssembly.ExportedFunction)();
  }
}

class Ours implements Runner {
  #last: Instance | undefined = undefined;
  readonly #store: Store;
  readonly #modules: ReadonlyMap<string, Module>;
  constructor(store: Store, modules: ReadonlyMap<string, Module>) {
    this.#store = store;
    this.#modules = modules;
  }
  instantiate(text: string, other?: Other): void {
    const { engine } = this.#store;
    const module = this.#modules.get(text)!; // compiled before
    const linker = new Linker(engine).define("h", "sleep", HostFunc.perStore(engine, VOID, SLEEP));
    if (other === "last") linker.define("other", "f", this.#last!.func("f")!);
    else if (other !== undefined) linker.func("other", "f", VOID, other);
    linker.defineUnknownImportsAsTraps(module);
    this.#last = linker.instantiate(this.#store, module);
  }
  call(name: string): void {
    this.#last!.func(name)!.call();
  }
}

function catching(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Runs a case in a place on the bare host: its wasm frames, innermost first. */
function hostFrames(tools: Tools, { fields, hostFields }: TrapCase, place: Place, limit: number): Frames {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit;
  try {
    const error = catching(() => PLACES[place](new BareHost(tools), hostFields ?? fields, new BareHost(tools)));
    const stack = error instanceof Error || error instanceof WebAssembly.Exception ? String(error.stack ?? "") : "";
    return [...stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)].map((match) => [Number(match[1]), Number.parseInt(match[2]!, 16)]);
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Runs a case in a place on our engine. What it throws is no trap when this throws. */
export async function trapOf(tools: Tools, { fields, engine: options, store: storeOptions }: TrapCase, place: Place): Promise<Trap> {
  const engine = new Engine(options);
  const modules = new Map<string, Module>();
  for (const text of [inner(fields), starting(fields), OUTER]) {
    modules.set(text, await Module.compile(engine, tools.wat(text), { name: text === OUTER ? "outer" : "inner" }));
  }
  const store = new Store(engine, storeOptions?.(tools));
  const error = catching(() => PLACES[place](new Ours(store, modules), fields, new Ours(store, modules)));
  if (!(error instanceof Trap)) throw new Error(`${place}: no trap but ${String(error)}`, { cause: error });
  return error;
}

/** What is wrong with one case in one place; undefined when nothing is. */
export async function checkCase(tools: Tools, row: TrapCase, place: Place, frameLimit: number): Promise<string | undefined> {
  const trap = await trapOf(tools, row, place);
  const expected = hostFrames(tools, row, place, frameLimit);
  const frames: Frames = trap.frames.map(({ funcIndex, offset }) => [funcIndex, offset]);
  if (trap.trap !== row.code && trap.trap !== row.preciseCode) return `trap ${trap.trap} instead of ${row.code}: ${String(trap.cause)}`;
  if (!trap.words.includes(row.words)) return `words ${trap.words.join()} lack ${row.words}`;
  // An exception that no handler caught has no stack.
  if (expected.length === 0 && row.code !== "uncaught-exception") return "the host has no frames";
  if (JSON.stringify(frames) !== JSON.stringify(expected)) return `frames ${JSON.stringify(frames)}, the host has ${JSON.stringify(expected)}`;
  const outer = trap.frames.filter(({ module }) => module.name === "outer").length;
  const hasOuter = place === "across two modules" || place === "below a host function" || place === "in the start function of a nested instance";
  if (frames.length > 0 && frames.length < frameLimit && outer !== (hasOuter ? 2 : 0)) return `${outer} frames of the outer module`;
  return undefined;
}
