/**
 * HostFunc: a function of the host, offered to guests of any store.
 *
 * `create` takes plain JavaScript; `perStore` makes, or picks, the function anew for each
 * store that imports it, which is how a kernel gives every process its own.
 */
import type { FuncRefType, FuncType } from "../types/externtype.ts";
import type { Engine } from "./engine.ts";
import { funcRefType } from "./canonical-types.ts";
import type { Store } from "./store.ts";
import { Trap, markUnknownCall } from "./trap.ts";
import type { UnknownCall } from "./trap.ts";

/** Gets and gives values as the JS API converts them: numbers, bigints for i64, references. */
export type HostCallable = (...args: never[]) => unknown;
/** What the host accepts as an imported function. */
export type ImportableFunc = HostCallable | WebAssembly.Suspending;

export class HostFunc {
  readonly kind = "func";
  readonly engine: Engine;
  /** `type` is the canonical id of the functype. */
  readonly externType: FuncRefType;
  /** The function for every store, or undefined when it is made for each. */
  readonly callable: ImportableFunc | undefined;
  readonly #make: ((store: Store) => ImportableFunc) | undefined;

  private constructor(engine: Engine, type: FuncRefType, callable: ImportableFunc | undefined, make: ((store: Store) => ImportableFunc) | undefined) {
    this.engine = engine;
    this.externType = type;
    this.callable = callable;
    this.#make = make;
  }

  /**
   * One JavaScript function for all stores. What it throws unwinds the guest, whose handlers may
   * catch it, unless it is a `Trap`, which nothing in a guest can catch.
   */
  static create(engine: Engine, type: FuncType, fn: HostCallable): HostFunc {
    const plain = fn as (...args: unknown[]) => unknown;
    const callable = (...args: unknown[]): unknown => {
      try {
        return plain(...args);
      } catch (error) {
        throw Trap.toThrow(error);
      }
    };
    return new HostFunc(engine, funcRefType(engine.types, type), callable, undefined);
  }

  /** `make` runs at each instantiation that imports the function, and gives what the host imports as it is. */
  static perStore(engine: Engine, type: FuncType, make: (store: Store) => ImportableFunc): HostFunc {
    return new HostFunc(engine, funcRefType(engine.types, type), undefined, make);
  }

  /** Of any type; a call ends in an uncatchable trap that names the import. */
  static unknown(engine: Engine, type: FuncRefType, call: UnknownCall): HostFunc {
    const trapNow = engine.unreachable;
    const callable = (): never => {
      try {
        trapNow();
      } catch (trap) {
        markUnknownCall(trap as object, call);
        throw trap;
      }
      throw new Error("unreachable code returned");
    };
    return new HostFunc(engine, type, callable, undefined);
  }

  /** The function that instances of `store` import. */
  of(store: Store): ImportableFunc {
    return this.callable ?? this.#make!(store); // one of the two is always there
  }
}
