/**
 * A decoded module: every section as values, function bodies and data as ranges of the
 * original bytes. Index spaces list imports first, as in the specification.
 *
 * Spec: core binary/modules.
 */
import type { ExternType, ExternKind, FuncRefType, GlobalType, MemoryType, RecGroup, SubType, TableType, TagType } from "../types/externtype.ts";
import type { RefType, TypeIdx } from "../types/valtype.ts";

/** Half-open byte range `[start, end)` of the original module. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One import; `type` in terms of the module's type indices. */
export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: ExternType;
}
/** One export. */
export interface Export {
  readonly name: string;
  readonly kind: ExternKind;
  /** Index in the index space of `kind`. */
  readonly index: number;
}
/** A constant expression, as the bytes of its instructions including the final `end`. */
export type ConstExpr = ByteRange;

/** A table that the module defines; `init` gives every element, null without it. */
export interface TableDef {
  readonly type: TableType;
  readonly init: ConstExpr | undefined;
}
/** A global that the module defines. */
export interface GlobalDef {
  readonly type: GlobalType;
  readonly init: ConstExpr;
}
/** One element segment. */
export interface ElemSegment {
  readonly mode: "active" | "passive" | "declarative";
  /** Valid while `mode` is active. */
  readonly table: number;
  readonly offset: ConstExpr | undefined;
  readonly type: RefType;
  /** Either function indices or constant expressions, never both. */
  readonly funcs: readonly number[] | undefined;
  readonly exprs: readonly ConstExpr[] | undefined;
}
/** One data segment: the range of its bytes. There may be tens of thousands, so each is one object and its offset. */
export interface DataSegment extends ByteRange {
  readonly mode: "active" | "passive";
  readonly memory: number;
  readonly offset: ConstExpr | undefined;
}
/** One function body: the range of the whole of it, locals and then instructions. */
export interface FuncBody extends ByteRange {
  /** Offset of the first instruction. */
  readonly code: number;
  /** Parameters not included. */
  readonly localCount: number;
}
/** One custom section, uninterpreted. */
export interface CustomSection {
  readonly name: string;
  /** Contents after the name. */
  readonly range: ByteRange;
}
/** Where a section lies: contents in `[start, end)`. */
export interface SectionRange extends ByteRange {
  readonly id: number;
  /** Offset of the id byte; `start` is the offset of the contents. */
  readonly header: number;
  /** For id 0 only. */
  readonly name: string | undefined;
}

/** A whole module, checked for form but not for validity. */
export interface DecodedModule {
  readonly bytes: Uint8Array;
  /** In file order, custom sections included. */
  readonly sections: readonly SectionRange[];
  readonly recGroups: readonly RecGroup[];
  /** Flattened `recGroups`: index = type index. */
  readonly types: readonly SubType[];
  readonly imports: readonly Import[];
  /** Whole index spaces, imports first. */
  readonly funcs: readonly FuncRefType[];
  readonly tables: readonly TableType[];
  readonly memories: readonly MemoryType[];
  readonly tags: readonly TagType[];
  readonly globals: readonly GlobalType[];
  readonly importCounts: { readonly [K in ExternKind]: number };
  readonly tableDefs: readonly TableDef[];
  readonly globalDefs: readonly GlobalDef[];
  readonly exports: readonly Export[];
  readonly start: number | undefined;
  readonly elems: readonly ElemSegment[];
  readonly dataCount: number | undefined;
  readonly datas: readonly DataSegment[];
  readonly bodies: readonly FuncBody[];
  readonly customs: readonly CustomSection[];
}
export type { TypeIdx };
