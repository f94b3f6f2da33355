/**
 * Values that cross between the host's JavaScript and a guest: which host value stands for
 * which type. The conversions themselves are in `func.ts`, since functions are values too.
 *
 * i32, f32 and f64 are numbers, i64 is a bigint, a function reference is a `Func` or null, any
 * other reference is the JavaScript value the host shows for it. v128 and exception
 * references have no such value. Unlike the host's own conversions nothing is coerced: a
 * value of the wrong type is an error.
 *
 * Spec: JS API, ToWebAssemblyValue and ToJSValue.
 */
import { IsolaError } from "#base";
import type { ValType } from "../types/valtype.ts";

/** A host value does not fit the type it is meant for, or the type has no host values. */
export class ValueError extends IsolaError {
  readonly code = "value/type";
  readonly expected: string;
  readonly found: string;
  constructor(where: string, expected: string, found: string) {
    super(`${where}: expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
  }
}

/** The host's name for a type of which it can make globals and tables. @throws ValueError */
export function hostTypeName(type: ValType): WebAssembly.ValueType & string {
  if (typeof type === "string") return type;
  const name = type.nullable && typeof type.heap === "string" ? HOST_REFS[type.heap] : undefined;
  if (name === undefined) throw new ValueError("type", "a type that the host can make", typeof type.heap === "string" ? `ref ${type.heap}` : "a concrete reference type");
  return name;
}
const HOST_REFS: { readonly [heap: string]: WebAssembly.RefType } = {
  func: "anyfunc", extern: "externref", any: "anyref", eq: "eqref", i31: "i31ref", struct: "structref", array: "arrayref",
};

export function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "number" || typeof value === "bigint" ? `${typeof value} ${value}` : typeof value;
}
