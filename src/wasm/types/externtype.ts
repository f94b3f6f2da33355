/**
 * Types of definitions that cross a module border, and composite types.
 *
 * Spec: core syntax/types, Composite Types to External Types.
 */
import type { FieldType, RefType, TypeIdx, ValType } from "./valtype.ts";

/** Parameters and results of a function. */
export interface FuncType {
  readonly kind: "func";
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}
/** Fields of a struct, in order. */
export interface StructType {
  readonly kind: "struct";
  readonly fields: readonly FieldType[];
}
/** An array of any length; all elements have one type. */
export interface ArrayType {
  readonly kind: "array";
  readonly element: FieldType;
}
/** What a type index may stand for. */
export type CompType = FuncType | StructType | ArrayType;

/** `sub final? supertypes* comptype`; a bare comptype is final without supertypes. */
export interface SubType {
  readonly final: boolean;
  readonly supertypes: readonly TypeIdx[];
  readonly comp: CompType;
}
/** One recursion group; `start` is the type index of its first member. */
export interface RecGroup {
  readonly start: number;
  readonly types: readonly SubType[];
}

/** Bounds of a memory (unit: pages) or a table (unit: elements). `bigint` because a 64-bit memory may declare any u64. */
export interface Limits {
  readonly min: bigint;
  readonly max: bigint | undefined;
}
/** Width of addresses into a memory or table. */
export type AddrType = "i32" | "i64";

/** A table: element type, and limits in elements. */
export interface TableType {
  readonly kind: "table";
  readonly addr: AddrType;
  readonly limits: Limits;
  readonly element: RefType;
}
/** A linear memory: limits in pages. */
export interface MemoryType {
  readonly kind: "memory";
  readonly addr: AddrType;
  readonly limits: Limits;
  readonly shared: boolean;
  /** log2 of the page size in bytes; 16 unless the module says otherwise. */
  readonly pageSizeLog2: number;
}
/** A global variable. */
export interface GlobalType {
  readonly kind: "global";
  readonly mutable: boolean;
  readonly value: ValType;
}
/** An exception tag; `type` is a functype without results. */
export interface TagType {
  readonly kind: "tag";
  readonly type: TypeIdx;
}
/** A function, by its functype. */
export interface FuncRefType {
  readonly kind: "func";
  readonly type: TypeIdx;
}
/** The type of an import or export, in terms of the owning module's type indices. */
export type ExternType = FuncRefType | TableType | MemoryType | GlobalType | TagType;
/** The five kinds of what can be imported and exported. */
export type ExternKind = ExternType["kind"];
