/**
 * Values of constant expressions, as the engine knows them before the host makes them.
 *
 * Floats are bits, because a NaN's payload would not survive a JavaScript number. References
 * to structs and arrays have identity: two expressions that make equal structs make two objects.
 * An array of one repeated element keeps that element once, so a length that a guest made up
 * costs nothing.
 *
 * Spec: core exec/runtime, Values.
 */
import type { CompType } from "../types/externtype.ts";
import type { FieldType, StorageType } from "../types/valtype.ts";

/** A value of any type that constant expressions can have. */
export type ConstValue =
  | { readonly type: "i32"; readonly value: number }
  | { readonly type: "i64"; readonly value: bigint }
  | { readonly type: "f32"; readonly bits: number }
  | { readonly type: "f64"; readonly bits: bigint }
  | { readonly type: "v128"; readonly bytes: Uint8Array }
  | ConstRef;

/** A reference; `typeIndex` is the type index of the module. */
export type ConstRef =
  | { readonly type: "null" }
  | { readonly type: "func"; readonly index: number }
  /** 31 bits, unsigned. */
  | { readonly type: "i31"; readonly bits: number }
  | { readonly type: "struct"; readonly typeIndex: number; readonly fields: readonly ConstValue[] }
  /** Either `items`, all of them, or `fill`, which every element is. */
  | { readonly type: "array"; readonly typeIndex: number; readonly length: number; readonly items: readonly ConstValue[] | undefined; readonly fill: ConstValue | undefined }
  /** A reference to something of the host, of which nothing is known but its identity. */
  | { readonly type: "host"; readonly value: unknown }
  /** `of` seen from the other side of the border between `any` and `extern`. */
  | { readonly type: "converted"; readonly of: ConstRef };

export const NULL: ConstRef = { type: "null" };

/** The value of a field or element to begin with; undefined when its type has none. Spec: core exec/runtime, Default Values. */
export function defaultOf(storage: StorageType): ConstValue | undefined {
  switch (storage) {
    case "i8": case "i16": case "i32": return { type: "i32", value: 0 };
    case "i64": return { type: "i64", value: 0n };
    case "f32": return { type: "f32", bits: 0 };
    case "f64": return { type: "f64", bits: 0n };
    case "v128": return { type: "v128", bytes: new Uint8Array(16) };
    default: return storage.nullable ? NULL : undefined;
  }
}

/** What a field keeps of a value: the low bits of a packed one, unsigned. Spec: core exec/runtime, Packing. */
export function packed({ storage }: FieldType, value: ConstValue): ConstValue {
  if (value.type !== "i32" || (storage !== "i8" && storage !== "i16")) return value;
  return { type: "i32", value: value.value & (storage === "i8" ? 0xff : 0xffff) };
}

/** The fields of a struct type; of an array type its element, once. */
export function fieldsOf(comp: CompType | undefined): readonly FieldType[] | undefined {
  return comp?.kind === "struct" ? comp.fields : comp?.kind === "array" ? [comp.element] : undefined;
}
