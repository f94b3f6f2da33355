/**
 * Value types: what a local, a parameter, a global or a table element may hold.
 *
 * Inside one module a concrete heap type is a type index; `registry.ts` turns it into an
 * engine-wide id so that types of two modules can be compared.
 *
 * Spec: core syntax/types, Number Types to Value Types.
 */

export type NumType = "i32" | "i64" | "f32" | "f64";
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

export type HeapType = AbsHeapType | TypeIdx;

export interface RefType {
  readonly nullable: boolean;
  readonly heap: HeapType;
}

export type ValType = NumType | VecType | RefType;

export type PackedType = "i8" | "i16";
export type StorageType = ValType | PackedType;

export interface FieldType {
  readonly storage: StorageType;
  readonly mutable: boolean;
}
