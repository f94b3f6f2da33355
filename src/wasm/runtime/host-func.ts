/**
 * HostFunc: a function of the host, offered to guests of any store of an engine.
 *
 * `create` takes plain JavaScript, `withCaller` a function that is told which instance calls,
 * `async` one that may answer with a promise. `perStore` makes, or picks, for each store what
 * the host imports as it is, which is how a kernel gives every process its own.
 */
import { mustBe, mustBeFunction } from "#base";
import type { FuncRefType, FuncType } from "../types/externtype.ts";
import { printFuncType, printValType } from "../types/print.ts";
import type { Caller } from "./caller.ts";
import type { Engine } from "./engine.ts";
import { funcRefType, printCanonical } from "./canonical-types.ts";
import { asyncCall, callerCall, hostTrap, needsStore, sharedCall, storeCall } from "./host-call.ts";
import type { AnyCall } from "./host-call.ts";
import { hasDefault, isCallableFromHost, isStubbable, makeStub } from "./host-stub.ts";
import { NoDefaultError } from "./link-errors.ts";
import type { Store } from "./store.ts";
import { markUnknownCall } from "./trap.ts";
import type { UnknownCall } from "./trap.ts";
import { ValueError } from "./value.ts";

/**
 * Gets and gives values as `Func.call` does: numbers, bigints for i64, `Func`s for function
 * references, other references as the JS API shows them; an array for several results.
 */
export type HostCallable = (...args: never[]) => unknown;
/** The same with the caller before the arguments. */
export type CallerCallable = (caller: Caller, ...args: never[]) => unknown;
/** What the host accepts as an imported function. */
export type ImportableFunc = HostCallable | WebAssembly.Suspending;

export class HostFunc {
  readonly kind = "func";
  readonly engine: Engine;
  /** `type` is the canonical id of the functype. */
  readonly externType: FuncRefType;
  /** The function for every store, or undefined when it is made for each instance. */
  readonly callable: ImportableFunc | undefined;
  /** Whether `make` has to be given the caller. */
  readonly wantsCaller: boolean;
  readonly #make: ((store: Store, caller: Caller | undefined) => ImportableFunc) | undefined;

  private constructor(engine: Engine, type: FuncRefType, wantsCaller: boolean, callable: ImportableFunc | undefined,
    make: ((store: Store, caller: Caller | undefined) => ImportableFunc) | undefined) {
    this.engine = engine;
    this.externType = type;
    this.wantsCaller = wantsCaller;
    this.callable = callable;
    this.#make = make;
  }

  /**
   * One JavaScript function for all stores. What it throws unwinds the guest, whose handlers may
   * catch it, unless it is a `Trap`, which nothing in a guest can catch. A result of another type
   * than declared is a `ValueError` at the call.
   *
   * @throws ValueError when JavaScript has no values of a type in it (v128, exception references); OptionError for what is no functype or no function.
   */
  static create(engine: Engine, type: FuncType, fn: HostCallable): HostFunc {
    const plain = checkedCall(type, fn);
    const ref = funcRefType(engine.types, type);
    if (needsStore(engine, type)) return new HostFunc(engine, ref, false, undefined, (store) => storeCall(plain, type, store));
    return new HostFunc(engine, ref, false, sharedCall(plain, type), undefined);
  }

  /** The same for a function that is told which instance calls it. @throws ValueError as `create` */
  static withCaller(engine: Engine, type: FuncType, fn: CallerCallable): HostFunc {
    const plain = checkedCall(type, fn);
    const convert = needsStore(engine, type);
    return new HostFunc(engine, funcRefType(engine.types, type), true, undefined, (store, caller) => {
      const me = caller!; // `wantsCaller` says so
      return convert ? storeCall((...args) => plain(me, ...args), type, store) : callerCall(plain, type, me);
    });
  }

  /**
   * A function that may answer with a promise. The guest then waits, its stack set aside, while
   * other code of the host runs. Only guests entered through `Func.callAsync`,
   * `InstancePre.instantiateAsync` or a kernel's fiber can wait; in others, and below a host
   * function that called back into the guest, the call is a trap "cannot suspend here".
   *
   * The wait ends by a trap when the store is disposed of. A rejection is what a throw is in `create`.
   *
   * @throws ValueError as `create`
   */
  static async(engine: Engine, type: FuncType, fn: CallerCallable): HostFunc {
    const plain = checkedCall(type, fn);
    return new HostFunc(engine, funcRefType(engine.types, type), true, undefined, (_store, caller) => asyncCall(plain, type, caller!)); // `wantsCaller` says so
  }

  /** For linking programs: `run` is told the store, and its arguments and results are as for `create`. The type must be callable from the host. */
  static withStore(engine: Engine, type: FuncRefType, run: (store: Store, args: readonly unknown[]) => unknown): HostFunc {
    const functype = engine.types.funcType(type.type)!; // a function has a functype
    return new HostFunc(engine, type, false, undefined, (store) => storeCall((...args) => run(store, args), functype, store));
  }

  /** `make` runs at each instantiation that imports the function, and gives what the host imports as it is: unchecked, with values of the JS API. */
  static perStore(engine: Engine, type: FuncType, make: (store: Store) => ImportableFunc): HostFunc {
    return new HostFunc(engine, funcRefType(engine.types, type), false, undefined, make);
  }

  /** Of any type; a call ends in an uncatchable trap that names the import. */
  static unknown(engine: Engine, type: FuncRefType, call: UnknownCall): HostFunc {
    const callable = (): never => {
      const trap = hostTrap(engine);
      markUnknownCall(trap, call);
      throw trap;
    };
    return new HostFunc(engine, type, false, stubFor(engine, type, callable) ?? callable, undefined);
  }

  /**
   * Of any type whose results have default values: it does nothing and returns those, zero and null.
   *
   * @throws NoDefaultError when a result is a reference that cannot be null.
   */
  static defaults(engine: Engine, type: FuncRefType, { module, name }: UnknownCall): HostFunc {
    const functype = engine.types.funcType(type.type)!; // a function has a functype
    const none = functype.results.find((result) => !hasDefault(result));
    if (none !== undefined) throw new NoDefaultError(module, name, printCanonical(engine.types, type), `${printValType(none)} cannot be null`);
    const values = functype.results.map((result) => (result === "i64" ? 0n : typeof result === "string" ? 0 : null));
    const answer = values.length > 1 ? values : values[0];
    return new HostFunc(engine, type, false, stubFor(engine, type, () => undefined) ?? (() => answer), undefined);
  }

  /** The function that an instance of `store` imports. `caller` is needed when `wantsCaller`. */
  of(store: Store, caller: Caller | undefined): ImportableFunc {
    return this.callable ?? this.#make!(store, caller); // one of the two is always there
  }
}

/** WebAssembly in front of `called` when the host cannot pass the values to JavaScript; else undefined. */
function stubFor(engine: Engine, { type }: FuncRefType, called: () => void): WebAssembly.ExportedFunction | undefined {
  const { comp, final, supertypes } = engine.types.definition(type);
  // A stub has a final type of its own; an import of another would not accept it.
  if (comp.kind !== "func" || isCallableFromHost(comp) || !isStubbable(comp) || !final || supertypes.length > 0) return undefined;
  return makeStub(comp, called);
}

const mustBeFuncType = mustBe('a functype, such as { kind: "func", params: ["i32"], results: [] }', (value) => {
  const given = value as Partial<FuncType> | null;
  return typeof given === "object" && given?.kind === "func" && Array.isArray(given.params) && Array.isArray(given.results);
});

function checkedCall(type: FuncType, fn: HostCallable | CallerCallable): AnyCall {
  mustBeFuncType(type, "type");
  mustBeFunction(fn, "fn");
  if (!isCallableFromHost(type)) throw new ValueError("host function", "a type that the host has values of", printFuncType(type));
  return fn as AnyCall;
}
