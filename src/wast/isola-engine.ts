/**
 * Isola's engine as a script engine: decode, validate, translate, host compile, link.
 *
 * With features on the preemption flag is raised for good and fuel is counted, so that every
 * check of the script takes its slow path, every other time as far as the yield.
 */
import { assert, IsolaError } from "#base";
import { DecodeError, Engine, Global, Linker, Memory, Module, Store, Table, Trap, ValidateError } from "#wasm";
import type { AddrType, Extern, Limits, NumType, RawFunc, Safepoints, ValType } from "#wasm";
import type { Fault, HostExtern, ScriptEngine, SharedMemory, ValueKind } from "./engine.ts";
import { textToBinary } from "./text.ts";

const PRINTS: Readonly<Record<string, readonly NumType[]>> = {
  print: [], print_i32: ["i32"], print_i64: ["i64"], print_f32: ["f32"], print_f64: ["f64"],
  print_i32_f32: ["i32", "f32"], print_f64_f64: ["f64", "f64"],
};
const GLOBALS: Readonly<Record<NumType, number | bigint>> = { i32: 666, i64: 666n, f32: 666.6, f64: 666.6 };

/** A tick that counts and asks for a yield every other time; the yield comes back at once. */
const HOOKS = `(module
  (global (export "ticks") (mut i64) (i64.const 0))
  (global (export "yields") (mut i64) (i64.const 0))
  (func (export "tick") (result i32)
    (global.set 0 (i64.add (global.get 0) (i64.const 1)))
    (i32.and (i32.wrap_i64 (global.get 0)) (i32.const 1)))
  (func (export "yield") (result i32)
    (global.set 1 (i64.add (global.get 1) (i64.const 1)))
    (i32.const 0)))`;
let hooksModule: WebAssembly.Module | undefined;

/** An instance as scripts see it; what another thread shares is none of an own module. */
interface Exports {
  get(field: string): Extern | undefined;
  exports(): Iterable<readonly [field: string, item: Extern]>;
}

export class IsolaEngine implements ScriptEngine<Module, Exports> {
  readonly #store: Store;
  readonly #linker: Linker;
  readonly #ticks: WebAssembly.Global;
  readonly #yields: WebAssembly.Global;

  /** `features`: every translation feature on, or none. */
  constructor(features: boolean) {
    const { exports } = new WebAssembly.Instance(hooksModule ??= new WebAssembly.Module(textToBinary(HOOKS)));
    this.#ticks = exports["ticks"] as WebAssembly.Global;
    this.#yields = exports["yields"] as WebAssembly.Global;
    const engine = new Engine({
      translate: { safepoints: features, limits: features, fuel: features },
      safepoints: raisedFlag(exports["tick"] as RawFunc, exports["yield"] as RawFunc),
    });
    this.#store = new Store(engine);
    this.#linker = new Linker(engine).allowShadowing(true);
    this.#defineSpectest();
  }

  /** How many checks of the flag took the slow path. */
  get ticks(): number {
    return Number(this.#ticks.value);
  }

  /** How many of them came to the yield. */
  get yields(): number {
    return Number(this.#yields.value);
  }

  compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module> {
    return Module.compile(this.#linker.engine, bytes);
  }

  instantiate(module: Module): Exports {
    return this.#linker.instantiate(this.#store, module);
  }

  register(as: string, instance: Exports): void {
    for (const [field, item] of instance.exports()) this.#linker.define(as, field, item);
  }

  share(instance: Exports): SharedMemory[] {
    return [...instance.exports()].flatMap(([field, item]) => item.kind === "memory" && item.type.shared ? [{ field, memory: item.raw, type: item.type }] : []);
  }

  adopt(memories: readonly SharedMemory[]): Exports {
    const items = new Map<string, Extern>();
    for (const { field, memory, type } of memories) {
      assert(type !== undefined, "a shared memory comes from an engine of the same kind");
      items.set(field, this.#store.wrapped(memory, (raw) => new Memory(this.#store, raw, type)));
    }
    return { get: (field) => items.get(field), exports: () => items };
  }

  exported(instance: Exports, field: string): HostExtern | undefined {
    const item = instance.get(field);
    if (item?.kind === "func") {
      const { raw, type } = item, func = raw as (...args: unknown[]) => unknown;
      return { kind: "func", func, type: type === undefined ? undefined : { params: type.params.map(kindOf), results: type.results.map(kindOf) } };
    }
    if (item?.kind === "global") return { kind: "global", global: item.raw };
    return undefined;
  }

  classify(error: unknown): Fault {
    if (error instanceof DecodeError) return { kind: "rejected", words: [error.message] };
    if (error instanceof ValidateError) return { kind: "rejected", words: undefined };
    const trap = Trap.from(error, this.#store);
    if (trap !== undefined) {
      const kind = trap.trap === "uncaught-exception" ? "exception" : trap.trap === "call-stack-exhausted" ? "exhaustion" : "trap";
      return { kind, words: trap.words };
    }
    if (error instanceof IsolaError && error.code.startsWith("link/")) return { kind: "unlinkable", words: [error.message] };
    return { kind: "unknown", words: [error instanceof Error ? error.message : String(error)] };
  }

  dispose(): void {
    this.#store.dispose();
  }

  #defineSpectest(): void {
    const linker = this.#linker, store = this.#store, limits: Limits = { min: 10n, max: 20n };
    for (const [name, params] of Object.entries(PRINTS)) linker.func("spectest", name, { kind: "func", params, results: [] }, () => undefined);
    for (const [value, initial] of Object.entries(GLOBALS)) {
      linker.define("spectest", `global_${value}`, Global.create(store, { kind: "global", mutable: false, value: value as NumType }, initial));
    }
    const table = (addr: AddrType): Table => Table.create(store, { kind: "table", addr, limits, element: { nullable: true, heap: "func" } });
    const memory = (shared: boolean): Memory => Memory.create(store, { kind: "memory", addr: "i32", limits: { min: 1n, max: 2n }, shared, pageSizeLog2: 16 });
    linker.define("spectest", "table", table("i32"));
    linker.define("spectest", "table64", table("i64"));
    linker.define("spectest", "memory", memory(false));
    linker.define("spectest", "shared_memory", memory(true));
  }
}

const kindOf = (type: ValType): ValueKind => (typeof type === "string" ? type : "ref");

function raisedFlag(tick: RawFunc, yieldNow: RawFunc): Safepoints {
  const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  new Int32Array(flag.buffer)[0] = 1;
  return { flag, tick, yield: yieldNow };
}
