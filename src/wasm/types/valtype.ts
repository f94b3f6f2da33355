/**
 * Value types: what a local, a parameter, a global or a table element may hold.
 *
 * Inside one module a concrete heap type is a type index; `registry.ts` turns it into an
 * engine-wide id so that types of two modules can be compared.
 *
 * Spec: core syntax/types, Number Types to Value Types.
 */

/** Number types. Spec: core syntax/types, Number Types. */
export type NumType = "i32" | "i64" | "f32" | "f64";
/** Vector types; the host's JavaScript has no values of them. */
export type VecType = "v128";

/** Abstract heap types, in the specification's words. */
export type AbsHeapType =
  | "func" | "nofunc"
  | "extern" | "noextern"
  | "any" | "eq" | "i31" | "struct" | "array" | "none"
  | "exn" | "noexn";

declare const typeIdx: unique symbol;
/** Index into a module's type section, recursion groups flattened. */
export type TypeIdx = number & { readonly [typeIdx]: never };

/** What a reference may point to. A number is a type index in a decoded module, and a canonical id in what the runtime shows. */
export type HeapType = AbsHeapType | TypeIdx;

/** References, and whether null is one of them. */
export interface RefType {
  readonly nullable: boolean;
  readonly heap: HeapType;
}

/** All types of values. */
export type ValType = NumType | VecType | RefType;

/** Storage of less than a value: a field or element keeps the low bits. */
export type PackedType = "i8" | "i16";
/** What a field or an element holds. */
export type StorageType = ValType | PackedType;

/** A field of a struct, or the element of an array. */
export interface FieldType {
  readonly storage: StorageType;
  readonly mutable: boolean;
}
