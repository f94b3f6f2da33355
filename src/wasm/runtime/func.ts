/**
 * Func: a function of a store, guest or host, callable from JavaScript.
 *
 * `call` runs the guest on the caller's stack, `callAsync` on a stack of its own that can wait.
 * What ends it early comes out as a `Trap`; an error thrown by a host function that the guest
 * called comes out as it was thrown. A trap that crosses a host function back into a guest is
 * the host's own trap again, so that no guest handler can swallow it.
 *
 * Spec: core exec/runtime, Function Instances; JS API, Exported Functions; JS promise integration.
 */
import type { FuncRefType, FuncType } from "../types/externtype.ts";
import type { ValType } from "../types/valtype.ts";
import { printValType } from "../types/print.ts";
import { holdsFunctions } from "./canonical-types.ts";
import { ForeignStoreError } from "./link-errors.ts";
import { TRAP_FRAMES } from "./stack-frames.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { Trap } from "./trap.ts";
import { ValueError, describe } from "./value.ts";

/** How arguments and results of one functype cross, worked out at the first call. */
interface CallPlan {
  readonly type: FuncType;
  /** How many parameters there are when all of them are numbers, i64 aside; else -1, and `toHost` looks at each. */
  readonly numbers: number;
  /** The host's answer is the answer: no results, or one that is no function. */
  readonly plain: boolean;
}

export class Func {
  readonly kind = "func";
  readonly store: Store;
  #raw: WebAssembly.ExportedFunction | undefined;
  #type: FuncRefType | undefined;
  #plan: CallPlan | undefined = undefined;
  #promising: ((...args: unknown[]) => Promise<unknown>) | undefined = undefined;

  private constructor(store: Store, raw: WebAssembly.ExportedFunction, type: FuncRefType | undefined) {
    this.store = store;
    this.#raw = raw;
    this.#type = type;
  }

  /** The wrapper of an exported function of the host; `type` when it is known. */
  static of(store: Store, raw: WebAssembly.ExportedFunction, type: FuncRefType | undefined): Func {
    const func = store.wrapped(raw, (made) => new Func(store, made, type));
    if (type !== undefined && func.#type !== type) func.#learn(type);
    return func;
  }

  /** A reference may be seen at a supertype first; the narrowest type that was seen counts. */
  #learn(type: FuncRefType): void {
    if (this.#type !== undefined && (this.#type.type === type.type || !this.store.engine.types.isSubtype(type.type, this.#type.type))) return;
    this.#type = type;
    this.#plan = undefined;
  }

  /** Undefined for a function that was only seen as a plain funcref: the host does not tell its type. */
  get externType(): FuncRefType | undefined {
    return this.#type;
  }

  /** Parameters and results, concrete types as canonical ids; undefined when `externType` is. */
  get type(): FuncType | undefined {
    return this.#type === undefined ? undefined : this.store.engine.types.funcType(this.#type.type);
  }

  /** The host's function; for `WebAssembly.promising` and tables. Errors come out of it as the host made them. @throws StoreError */
  get raw(): WebAssembly.ExportedFunction {
    if (this.#raw === undefined) throw new StoreError("a function");
    return this.#raw;
  }

  /** For `Store.dispose`: lets go of the host's function, and so of the instance behind it. */
  release(): void {
    this.#raw = undefined;
    this.#promising = undefined;
  }

  /**
   * Calls the function. The answer is undefined, one value, or an array of several. Values are
   * numbers, bigints for i64, `Func`s or null for function references, and what the JS API shows
   * for other references.
   *
   * @throws Trap when the guest traps, runs out of stack or throws an exception.
   * @throws ValueError when the arguments do not fit the type.
   * @throws ForeignStoreError when an argument is a function of another store.
   * @throws StoreError when the store is disposed of.
   */
  call(...args: readonly unknown[]): unknown {
    const { raw, store } = this;
    const plan = this.#plan ?? this.#makePlan();
    const values = areNumbers(args, plan.numbers) ? args : toHostAll(store, args, plan.type);
    const frames = Error.stackTraceLimit;
    if (frames < TRAP_FRAMES) Error.stackTraceLimit = TRAP_FRAMES;
    let answer: unknown;
    try {
      // A spread costs more than all the rest (bench: hostcall.in).
      switch (values.length) {
        case 0: answer = raw(); break;
        case 1: answer = raw(values[0]); break;
        case 2: answer = raw(values[0], values[1]); break;
        case 3: answer = raw(values[0], values[1], values[2]); break;
        case 4: answer = raw(values[0], values[1], values[2], values[3]); break;
        default: answer = raw(...values);
      }
    } catch (error) {
      throw Trap.from(error, store) ?? error;
    } finally {
      if (frames < TRAP_FRAMES) Error.stackTraceLimit = frames;
    }
    return plan.plain ? answer : fromHostAll(store, answer, plan.type);
  }

  /**
   * Calls the function on a stack of its own, on which asynchronous host functions can wait. It
   * runs at once, up to the first wait. Several calls may be under way in one store.
   *
   * Rejects with what `call` throws, and with a `StoreError` when the store was disposed of in
   * the meantime. The call ends then at its wait.
   */
  async callAsync(...args: readonly unknown[]): Promise<unknown> {
    const { raw, store } = this;
    const { type, plain } = this.#plan ?? this.#makePlan();
    const values = toHostAll(store, args, type);
    this.#promising ??= WebAssembly.promising(raw);
    let running: Promise<unknown>;
    const frames = Error.stackTraceLimit;
    if (frames < TRAP_FRAMES) Error.stackTraceLimit = TRAP_FRAMES;
    try {
      running = this.#promising(...values);
    } finally {
      if (frames < TRAP_FRAMES) Error.stackTraceLimit = frames;
    }
    let answer: unknown;
    try {
      answer = await running;
    } catch (error) {
      if (store.disposed) throw new StoreError("a call under way", { cause: error });
      throw Trap.from(error, store) ?? error;
    }
    return plain ? answer : fromHostAll(store, answer, type);
  }

  #makePlan(): CallPlan {
    const { type } = this;
    if (type === undefined) throw new ValueError("call", "a function of known type", "a plain funcref");
    const { params, results } = type;
    const { types } = this.store.engine;
    const numbers = params.every((param) => param === "i32" || param === "f32" || param === "f64") ? params.length : -1;
    const plain = results.length === 0 || (results.length === 1 && (typeof results[0] === "string" || !holdsFunctions(types, results[0]!)));
    return this.#plan = { type, numbers, plain };
  }
}

/** The common case, which needs no conversion and no copy (bench: hostcall.in). */
function areNumbers(args: readonly unknown[], count: number): boolean {
  if (args.length !== count) return false;
  for (let i = 0; i < count; i++) if (typeof args[i] !== "number") return false;
  return true;
}

/** The host value for `value`; a `Func` must be of this store. @throws ValueError, ForeignStoreError */
export function toHost(store: Store, value: unknown, type: ValType, where = "value"): unknown {
  switch (type) {
    case "i32": case "f32": case "f64":
      if (typeof value !== "number") throw new ValueError(where, type, describe(value));
      return value;
    case "i64":
      if (typeof value !== "bigint") throw new ValueError(where, type, describe(value));
      return value;
    case "v128":
      throw new ValueError(where, "a type that the host has values of", "v128");
  }
  if (value === null && !type.nullable) throw new ValueError(where, printValType(type), "null");
  if (!holdsFunctions(store.engine.types, type) || value === null) return value;
  if (!(value instanceof Func)) throw new ValueError(where, printValType(type), describe(value));
  if (value.store !== store) throw new ForeignStoreError(where);
  return value.raw;
}

/** What the embedder sees of a value of `type` that the host handed out. */
export function fromHost(store: Store, value: unknown, type: ValType): unknown {
  if (typeof type === "string" || value === null || !holdsFunctions(store.engine.types, type)) return value;
  const { heap } = type;
  return Func.of(store, value as WebAssembly.ExportedFunction, typeof heap === "number" ? { kind: "func", type: heap } : undefined);
}

/** Converts arguments. @throws ValueError */
function toHostAll(store: Store, values: readonly unknown[], functype: FuncType): unknown[] {
  const { params } = functype;
  if (values.length !== params.length) {
    throw new ValueError("call", `${params.length} arguments`, String(values.length));
  }
  return params.map((type, i) => toHost(store, values[i], type, `argument ${i}`));
}

function fromHostAll(store: Store, answer: unknown, { results }: FuncType): unknown {
  if (results.length === 1) return fromHost(store, answer, results[0]!);
  return results.map((result, i) => fromHost(store, (answer as readonly unknown[])[i], result));
}
