/**
 * Calls an exported function with constants of a script and compares what it returns.
 *
 * The types are known from the script: the arguments name theirs, the expected results name
 * theirs. Where the engine knows the functype too, its number and vector types decide, so that
 * no number passes as one of another type. Where neither a NaN, nor a float result, nor a v128 is involved the function is
 * called directly; else through a wrapper module that carries bits.
 */
import type { ValueKind } from "./engine.ts";
import { printConst, printLanes } from "./print.ts";
import { laneWidth } from "./value.ts";
import type { Const, NanPattern, NumType, Pattern } from "./value.ts";
import { REF_ARRAY, REF_EQ, REF_I31, REF_STRUCT } from "./wrapper.ts";
import type { WrapType, Wrappers } from "./wrapper.ts";

type HostFunc = (...args: unknown[]) => unknown;

/** A returned value: bits, or whatever JavaScript sees of a reference. */
export type Returned =
  | { readonly kind: NumType | "v128"; readonly bits: bigint }
  | { readonly kind: "ref"; readonly value: unknown };

/** JavaScript values that stand for `(ref.extern n)`: one object per number. */
export class HostRefs {
  readonly #values = new Map<number, object>();
  get(id: number): object {
    let value = this.#values.get(id);
    if (value === undefined) this.#values.set(id, (value = Object.freeze({ hostRef: id })));
    return value;
  }

  /** The number that `value` stands for, if it is one of these. */
  find(value: unknown): number | undefined {
    for (const [id, known] of this.#values) if (known === value) return id;
    return undefined;
  }
}

/** Stands for any exception reference, of which JavaScript sees nothing. */
const AN_EXCEPTION = Object.freeze({});

/** Whether only a wrapper can pass values of the type unchanged. */
const isCarriedAsBits = (type: WrapType): boolean => type === "f32" || type === "f64" || type === "v128" || type === "exnref";

/** Result types to try when the script does not say what a function returns. */
const RESULT_GUESSES: readonly (readonly WrapType[])[] = [[], ["v128"], ["i32"], ["i64"], ["f32"], ["f64"], ["externref"], ["funcref"], ["anyref"], ["exnref"]];

/** The true kinds where they are known, with the references that the script expects. */
function resultTypes(expected: readonly WrapType[], kinds: readonly ValueKind[] | undefined): readonly WrapType[] {
  return kinds?.map((kind, i) => {
    const type = expected[i] ?? "anyref";
    return kind !== "ref" ? kind : kindOfWrap(type) === "ref" ? type : "anyref";
  }) ?? expected;
}

/** The kind of a constant, to compare with that of a parameter. */
export const kindOfConst = (arg: Const): ValueKind => kindOfWrap(wrapTypeOfConst(arg));

function kindOfWrap(type: WrapType): ValueKind {
  switch (type) {
    case "funcref":
    case "externref":
    case "anyref":
    case "exnref": return "ref";
    default: return type;
  }
}

export class Caller {
  readonly #wrappers: Wrappers;
  readonly #refs: HostRefs;

  constructor(wrappers: Wrappers, refs: HostRefs) {
    this.#wrappers = wrappers;
    this.#refs = refs;
  }

  /**
   * Calls `func`, whose result kinds are `kinds` where they are known. Without `expected` the
   * results are of no interest and an empty list is returned.
   */
  invoke(func: HostFunc, args: readonly Const[], expected: readonly Pattern[] | undefined, kinds: readonly ValueKind[] | undefined): Returned[] {
    const results = expected === undefined ? undefined : resultTypes(expected.map(wrapTypeOfPattern), kinds);
    const needsBits = args.some(needsWrapper) || (results ?? []).some(isCarriedAsBits);
    if (!needsBits) {
      const values = args.map((arg) => this.#toJs(arg));
      try {
        const returned = func(...values);
        return results === undefined ? [] : fromJs(returned, results);
      } catch (error) {
        // The host refuses a function with v128 in its type before it runs; then a wrapper is needed after all.
        if (results !== undefined || !(error instanceof TypeError)) throw error;
      }
    }
    const params = args.map(wrapTypeOfConst), carried = args.flatMap((arg) => this.#toCarried(arg));
    if (results === undefined) {
      this.#wrapGuessing(func, params)(...carried);
      return [];
    }
    const wrapped = this.#wrapOrNot(func, params, results);
    // A functype that is not final, or inside a recursion group, is none that a wrapper can name.
    if (wrapped === undefined) return fromJs(func(...args.map((arg) => this.#toJs(arg))), results);
    return fromCarried(wrapped(...carried), results);
  }

  #wrapOrNot(func: HostFunc, params: readonly WrapType[], results: readonly WrapType[]): HostFunc | undefined {
    try {
      return this.#wrappers.func(func, params, results);
    } catch (error) {
      if (error instanceof WebAssembly.LinkError) return undefined;
      throw error;
    }
  }

  /** Reads a global of the type that `expected` names. */
  get(global: WebAssembly.Global, expected: Pattern | undefined): Returned[] {
    if (expected === undefined) return [];
    const type = wrapTypeOfPattern(expected);
    if (type === "funcref" || type === "externref" || type === "anyref") return [{ kind: "ref", value: global.value }];
    try {
      return fromCarried(this.#wrappers.global(global, type, false)(), [type]);
    } catch (error) {
      if (!(error instanceof WebAssembly.LinkError)) throw error;
      return fromCarried(this.#wrappers.global(global, type, true)(), [type]);
    }
  }

  matches(returned: Returned, pattern: Pattern): boolean {
    switch (pattern.kind) {
      case "either":
        return pattern.choices.some((choice) => this.matches(returned, choice));
      case "v128": {
        if (returned.kind !== "v128") return false;
        const width = laneWidth(pattern.lane), bits = returned.bits;
        return pattern.lanes.every((lane, i) => matchesBits(BigInt.asUintN(width, bits >> BigInt(i * width)), lane, width));
      }
      case "ref.null":
        return returned.kind === "ref" && returned.value === null;
      case "ref.extern":
      case "ref.host":
        return returned.kind === "ref" && returned.value !== null && (pattern.id === undefined || returned.value === this.#refs.get(pattern.id));
      case "ref":
        return returned.kind === "ref" && returned.value !== null && this.#isA(returned.value, pattern.heap);
      default:
        return returned.kind === pattern.kind && matchesBits(returned.bits, pattern.bits, laneWidth(pattern.kind));
    }
  }

  /** A returned value as a script writes it, a vector in the lanes of `beside`. A reference without a class of its own is `(ref.any)`. */
  print(returned: Returned, beside: Pattern | undefined): string {
    if (returned.kind === "v128") {
      const lane = beside?.kind === "v128" ? beside.lane : "i32", width = laneWidth(lane);
      return printLanes(lane, Array.from({ length: 128 / width }, (_, i) => BigInt.asUintN(width, returned.bits >> BigInt(width * i))));
    }
    if (returned.kind !== "ref") return printConst(returned.kind, returned.bits);
    const { value } = returned;
    if (value === null) return "(ref.null)";
    const id = this.#refs.find(value);
    if (id !== undefined) return `(ref.extern ${id})`;
    return `(ref.${["func", "exn", "i31", "struct", "array"].find((heap) => this.#isA(value, heap)) ?? "any"})`;
  }

  #isA(value: unknown, heap: string): boolean {
    if (heap === "func") return typeof value === "function";
    if (heap === "any") return true;
    if (heap === "exn") return value === AN_EXCEPTION;
    if (value === AN_EXCEPTION || typeof value === "function") return false;
    const classes = this.#wrappers.classifyRef(value);
    switch (heap) {
      case "i31": return (classes & REF_I31) !== 0;
      case "struct": return (classes & REF_STRUCT) !== 0;
      case "array": return (classes & REF_ARRAY) !== 0;
      case "eq": return (classes & REF_EQ) !== 0;
      default: return false;
    }
  }

  #wrapGuessing(func: HostFunc, params: readonly WrapType[]): HostFunc {
    let failure: unknown;
    for (const results of RESULT_GUESSES) {
      try {
        return this.#wrappers.func(func, params, results);
      } catch (error) {
        if (!(error instanceof WebAssembly.LinkError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #toJs(arg: Const): unknown {
    switch (arg.kind) {
      case "i32": return Number(BigInt.asIntN(32, arg.bits));
      case "i64": return BigInt.asIntN(64, arg.bits);
      case "f32":
      case "f64": return floatOfBits(arg.kind, arg.bits);
      case "v128": return arg.bits;
      case "ref.null": return null;
      case "ref.extern":
      case "ref.host": return this.#refs.get(arg.id);
    }
  }

  #toCarried(arg: Const): unknown[] {
    switch (arg.kind) {
      case "f32": return [Number(BigInt.asIntN(32, arg.bits))];
      case "f64": return [BigInt.asIntN(64, arg.bits)];
      case "ref.null": return wrapTypeOfHeap(arg.heap) === "exnref" ? [0] : [null];
      case "v128": return [BigInt.asIntN(64, arg.bits), BigInt.asIntN(64, arg.bits >> 64n)];
      default: return [this.#toJs(arg)];
    }
  }
}

function matchesBits(bits: bigint, pattern: bigint | NanPattern, width: number): boolean {
  if (typeof pattern === "bigint") return bits === pattern;
  const mantissa = width === 32 ? 23n : 52n;
  const withoutSign = BigInt.asUintN(width - 1, bits);
  const canonical = ((1n << (BigInt(width) - mantissa)) - 1n) << (mantissa - 1n);
  return pattern === "nan:canonical" ? withoutSign === canonical : (withoutSign & canonical) === canonical;
}

function needsWrapper(arg: Const): boolean {
  if (arg.kind === "ref.null") return wrapTypeOfHeap(arg.heap) === "exnref";
  return arg.kind === "v128" || ((arg.kind === "f32" || arg.kind === "f64") && Number.isNaN(floatOfBits(arg.kind, arg.bits)));
}

function floatOfBits(kind: "f32" | "f64", bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  if (kind === "f32") {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function bitsOfFloat(kind: "f32" | "f64", value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (kind === "f32") {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function wrapTypeOfConst(arg: Const): WrapType {
  return arg.kind === "ref.null" ? wrapTypeOfHeap(arg.heap) : wrapTypeOfKind(arg.kind);
}

function wrapTypeOfKind(kind: NumType | "v128" | "ref.extern" | "ref.host"): WrapType {
  switch (kind) {
    case "ref.extern": return "externref";
    case "ref.host": return "anyref";
    default: return kind;
  }
}

function wrapTypeOfPattern(pattern: Pattern): WrapType {
  switch (pattern.kind) {
    case "either": {
      const first = pattern.choices[0];
      return first === undefined ? "anyref" : wrapTypeOfPattern(first);
    }
    case "ref":
    case "ref.null": return wrapTypeOfHeap(pattern.heap);
    default: return wrapTypeOfKind(pattern.kind);
  }
}

function wrapTypeOfHeap(heap: string | undefined): WrapType {
  switch (heap) {
    case "func":
    case "nofunc": return "funcref";
    case "extern":
    case "noextern": return "externref";
    case "exn":
    case "noexn": return "exnref";
    default: return "anyref";
  }
}

/** One value, several as an iterable, or none: how the host returns results. */
function resultList(returned: unknown, count: number): unknown[] {
  if (count === 0) return returned === undefined ? [] : [returned];
  if (count === 1) return [returned];
  return [...(returned as Iterable<unknown>)];
}

/** Direct results. The payload of a NaN may have changed on the way. */
function fromJs(returned: unknown, types: readonly WrapType[]): Returned[] {
  return resultList(returned, types.length).map((value, i) => {
    const type = types[i];
    if (type === "i32" && typeof value === "number") return { kind: type, bits: BigInt.asUintN(32, BigInt(value)) };
    if (type === "i64" && typeof value === "bigint") return { kind: type, bits: BigInt.asUintN(64, value) };
    if ((type === "f32" || type === "f64") && typeof value === "number") return { kind: type, bits: bitsOfFloat(type, value) };
    return { kind: "ref", value };
  });
}

function fromCarried(returned: unknown, types: readonly WrapType[]): Returned[] {
  const count = types.reduce((sum, type) => sum + (type === "v128" ? 2 : 1), 0);
  const values = resultList(returned, count);
  let at = 0;
  return types.map((type): Returned => {
    const value = values[at++];
    switch (type) {
      case "i32":
      case "f32": return { kind: type, bits: BigInt.asUintN(32, BigInt(value as number)) };
      case "i64":
      case "f64": return { kind: type, bits: BigInt.asUintN(64, value as bigint) };
      case "exnref": return { kind: "ref", value: value === 1 ? AN_EXCEPTION : null };
      case "v128": return { kind: type, bits: BigInt.asUintN(64, value as bigint) | (BigInt.asUintN(64, values[at++] as bigint) << 64n) };
      default: return { kind: "ref", value };
    }
  });
}
