/**
 * Func: a function of a store, guest or host, callable from JavaScript.
 *
 * `call` runs the guest on the caller's stack. What ends it early comes out as a `Trap`; an
 * error thrown by a host function that the guest called comes out as it was thrown. A trap
 * that crosses a host function back into a guest is the host's own trap again, so that no
 * guest handler can swallow it.
 *
 * Spec: core exec/runtime, Function Instances; JS API, Exported Functions.
 */
import type { FuncRefType, FuncType } from "../types/externtype.ts";
import type { ValType } from "../types/valtype.ts";
import { printValType } from "../types/print.ts";
import { holdsFunctions } from "./canonical-types.ts";
import { ForeignStoreError } from "./link-errors.ts";
import { withTrapFrames } from "./stack-frames.ts";
import type { Store } from "./store.ts";
import { Trap } from "./trap.ts";
import { ValueError, describe } from "./value.ts";

export class Func {
  readonly kind = "func";
  readonly store: Store;
  readonly #raw: WebAssembly.ExportedFunction;
  #type: FuncRefType | undefined;

  private constructor(store: Store, raw: WebAssembly.ExportedFunction, type: FuncRefType | undefined) {
    this.store = store;
    this.#raw = raw;
    this.#type = type;
  }

  /** The wrapper of an exported function of the host; `type` when it is known. */
  static of(store: Store, raw: WebAssembly.ExportedFunction, type: FuncRefType | undefined): Func {
    const func = store.wrapped(raw, (made) => new Func(store, made, type));
    func.#type ??= type;
    return func;
  }

  /** Undefined for a function that was only seen as a plain funcref: the host does not tell its type. */
  get externType(): FuncRefType | undefined {
    return this.#type;
  }

  get type(): FuncType | undefined {
    return this.#type === undefined ? undefined : this.store.engine.types.funcType(this.#type.type);
  }

  /** The host's function; for `WebAssembly.promising` and tables. Errors come out of it as the host made them. */
  get raw(): WebAssembly.ExportedFunction {
    this.store.alive("a function");
    return this.#raw;
  }

  /**
   * Calls the function. The answer is undefined, one value, or an array of several.
   *
   * @throws Trap when the guest traps, runs out of stack or throws an exception.
   * @throws ValueError when the arguments do not fit the type.
   */
  call(...args: readonly unknown[]): unknown {
    const { raw, type } = this;
    if (type === undefined) throw new ValueError("call", "a function of known type", "a plain funcref");
    const values = toHostAll(this.store, args, type);
    let answer: unknown;
    try {
      answer = withTrapFrames(() => raw(...values));
    } catch (error) {
      throw Trap.from(error, this.store) ?? error;
    }
    const { results } = type;
    if (results.length === 0) return undefined;
    if (results.length === 1) return fromHost(this.store, answer, results[0]!);
    return results.map((result, i) => fromHost(this.store, (answer as readonly unknown[])[i], result));
  }
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
