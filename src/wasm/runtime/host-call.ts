/**
 * What the host imports for a host function: the embedder's function between two checks.
 *
 * Inward, function references become `Func`s. Outward, results must be of the functype: the
 * host would turn `undefined` into 0 and "7" into 7, which hides mistakes. What the function
 * throws goes on to the guest, except that a `Trap` becomes the host's own trap again, which
 * no handler of a guest can catch.
 *
 * Calls without function references and with at most one result, which are nearly all, have a
 * wrapper for each number of parameters: a rest parameter would allocate on every call
 * (bench: hostcall.out).
 */
import type { FuncType } from "../types/externtype.ts";
import { printValType } from "../types/print.ts";
import type { ValType } from "../types/valtype.ts";
import type { Caller } from "./caller.ts";
import type { Engine } from "./engine.ts";
import { holdsFunctions } from "./canonical-types.ts";
import { fromHost, toHost } from "./func.ts";
import type { Store } from "./store.ts";
import { Trap } from "./trap.ts";
import { ValueError, describe } from "./value.ts";

/** A function with any arguments, as it is called here. */
export type AnyCall = (...args: unknown[]) => unknown;

type Back = (value: unknown) => unknown;

/** Whether a call needs to know its store, to wrap and unwrap function references. */
export function needsStore(engine: Engine, { params, results }: FuncType): boolean {
  return [...params, ...results].some((type) => typeof type !== "string" && holdsFunctions(engine.types, type));
}

/** A function of numbers and opaque references for instances of any store. */
export function sharedCall(fn: AnyCall, type: FuncType): AnyCall {
  return type.results.length > 1 ? manyResults(fn, type) : guard(fn, type.params.length, backOf(type));
}

/** The same for a function that is told its caller first. */
export function callerCall(fn: AnyCall, type: FuncType, caller: Caller): AnyCall {
  if (type.results.length > 1) return manyResults((...args) => fn(caller, ...args), type);
  return guardWithCaller(fn, type.params.length, backOf(type), caller);
}

/** A function with function references in its type, for instances of one store. */
export function storeCall(fn: AnyCall, type: FuncType, store: Store): AnyCall {
  const { params } = type;
  const back = backToStore(type, store);
  return (...args) => {
    try {
      return back(fn(...params.map((param, i) => fromHost(store, args[i], param))));
    } catch (error) {
      throw Trap.toThrow(error);
    }
  };
}

/**
 * A function that may answer with a promise; the guest's stack waits for it.
 *
 * The wait ends with an uncatchable trap when the store is disposed of, so that the stack is
 * freed even if the promise never settles.
 */
export function asyncCall(fn: AnyCall, type: FuncType, caller: Caller): WebAssembly.Suspending {
  const { store } = caller;
  const { params } = type;
  const convert = needsStore(store.engine, type);
  const back = backToStore(type, store);
  return new WebAssembly.Suspending((...args: unknown[]): unknown => {
    try {
      const answer = convert ? fn(caller, ...params.map((param, i) => fromHost(store, args[i], param))) : fn(caller, ...args);
      return isThenable(answer) ? settled(answer, back, store) : back(answer);
    } catch (error) {
      throw Trap.toThrow(error);
    }
  });
}

function settled(answer: PromiseLike<unknown>, back: Back, store: Store): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const forget = store.whenDisposed(() => reject(hostTrap(store.engine)));
    answer.then((value) => {
      forget();
      // After the disposal this does nothing: the promise is settled already.
      try {
        resolve(back(value));
      } catch (error) {
        reject(Trap.toThrow(error));
      }
    }, (error: unknown) => {
      forget();
      reject(Trap.toThrow(error));
    });
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}

/** A new trap of the host's own, as thrown by `unreachable`. */
export function hostTrap(engine: Engine): object {
  try {
    engine.unreachable();
  } catch (trap) {
    return trap as object;
  }
  throw new Error("unreachable code returned");
}

// One check for each result type, so that wrappers of equal types share them.

const nothing: Back = () => undefined;
const opaque: Back = (value) => value;
const number: Back = (value) => (typeof value === "number" ? value : wrongResult(value, "a number"));
const bigint: Back = (value) => (typeof value === "bigint" ? value : wrongResult(value, "a bigint"));
function wrongResult(value: unknown, expected: string): never {
  throw new ValueError("result of a host function", expected, describe(value));
}

function backOf({ results }: FuncType): Back {
  const type = results[0];
  if (type === undefined) return nothing;
  if (typeof type !== "string") return type.nullable ? opaque : (value) => (value === null ? wrongResult(value, printValType(type)) : value);
  return type === "i64" ? bigint : number;
}

function backToStore(type: FuncType, store: Store): Back {
  const { results } = type;
  if (results.length === 0) return nothing;
  if (results.length > 1) return (value) => resultList(value, results).map((item, i) => toHost(store, item, results[i]!, `result ${i} of a host function`));
  return (value) => toHost(store, value, results[0]!, "result of a host function");
}

function resultList(value: unknown, results: readonly ValType[]): readonly unknown[] {
  const expected = `an array of ${results.length} values`;
  if (!Array.isArray(value)) return wrongResult(value, expected);
  if (value.length !== results.length) throw new ValueError("result of a host function", expected, `${value.length} values`);
  return value as readonly unknown[];
}

function manyResults(fn: AnyCall, { results }: FuncType): AnyCall {
  const backs = results.map((type) => backOf({ kind: "func", params: [], results: [type] }));
  return (...args) => {
    try {
      return resultList(fn(...args), results).map((value, i) => backs[i]!(value)); // as long as `results`
    } catch (error) {
      throw Trap.toThrow(error);
    }
  };
}

function guard(fn: AnyCall, arity: number, back: Back): AnyCall {
  switch (arity) {
    case 0: return () => { try { return back(fn()); } catch (error) { throw Trap.toThrow(error); } };
    case 1: return (a) => { try { return back(fn(a)); } catch (error) { throw Trap.toThrow(error); } };
    case 2: return (a, b) => { try { return back(fn(a, b)); } catch (error) { throw Trap.toThrow(error); } };
    case 3: return (a, b, c) => { try { return back(fn(a, b, c)); } catch (error) { throw Trap.toThrow(error); } };
    case 4: return (a, b, c, d) => { try { return back(fn(a, b, c, d)); } catch (error) { throw Trap.toThrow(error); } };
    case 5: return (a, b, c, d, e) => { try { return back(fn(a, b, c, d, e)); } catch (error) { throw Trap.toThrow(error); } };
    case 6: return (a, b, c, d, e, f) => { try { return back(fn(a, b, c, d, e, f)); } catch (error) { throw Trap.toThrow(error); } };
    default: return (...args) => { try { return back(fn(...args)); } catch (error) { throw Trap.toThrow(error); } };
  }
}

function guardWithCaller(fn: AnyCall, arity: number, back: Back, me: Caller): AnyCall {
  switch (arity) {
    case 0: return () => { try { return back(fn(me)); } catch (error) { throw Trap.toThrow(error); } };
    case 1: return (a) => { try { return back(fn(me, a)); } catch (error) { throw Trap.toThrow(error); } };
    case 2: return (a, b) => { try { return back(fn(me, a, b)); } catch (error) { throw Trap.toThrow(error); } };
    case 3: return (a, b, c) => { try { return back(fn(me, a, b, c)); } catch (error) { throw Trap.toThrow(error); } };
    case 4: return (a, b, c, d) => { try { return back(fn(me, a, b, c, d)); } catch (error) { throw Trap.toThrow(error); } };
    case 5: return (a, b, c, d, e) => { try { return back(fn(me, a, b, c, d, e)); } catch (error) { throw Trap.toThrow(error); } };
    case 6: return (a, b, c, d, e, f) => { try { return back(fn(me, a, b, c, d, e, f)); } catch (error) { throw Trap.toThrow(error); } };
    default: return (...args) => { try { return back(fn(me, ...args)); } catch (error) { throw Trap.toThrow(error); } };
  }
}
