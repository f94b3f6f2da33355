/**
 * Modules as a tree: types, definitions and structured instructions, without any bytes.
 *
 * Only what the generator makes is there. A module's types are either all recursion groups of
 * one, or one group; index spaces list imports first, as in the specification.
 */

/** A value type as the bytes that stand for it. */
export interface ValType {
  /** Equal names mean equal types. */
  readonly name: string;
  readonly code: readonly number[];
}

const type = (name: string, ...code: number[]): ValType => ({ name, code });
export const I32 = type("i32", 0x7f);
export const I64 = type("i64", 0x7e);
export const F32 = type("f32", 0x7d);
export const F64 = type("f64", 0x7c);
export const V128 = type("v128", 0x7b);
export const FUNCREF = type("funcref", 0x70);
export const EXTERNREF = type("externref", 0x6f);
export const ANYREF = type("anyref", 0x6e);
export const I31REF = type("i31ref", 0x6c);
export const EXNREF = type("exnref", 0x69);

/** `(ref null index)` or `(ref index)`; indices below 64 only. */
export function indexed(index: number, nullable = true): ValType {
  return type(`(ref ${nullable ? "null " : ""}${index})`, nullable ? 0x63 : 0x64, index);
}

export interface FuncType {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

export type TypeDef =
  | ({ readonly kind: "func" } & FuncType)
  | { readonly kind: "struct"; readonly fields: readonly ValType[]; readonly supertype?: number }
  | { readonly kind: "array"; readonly element: ValType };

/** Empty, one result, or a function type. */
export type BlockType = undefined | ValType | number;

export interface CatchClause {
  /** `catch`, `catch_ref`, `catch_all`, `catch_all_ref`. */
  readonly kind: 0 | 1 | 2 | 3;
  readonly tag: number;
  readonly label: number;
}

export type Instr =
  /** Opcode and immediates, encoded. */
  | { readonly kind: "plain"; readonly bytes: readonly number[] }
  | { readonly kind: "block" | "loop"; readonly type: BlockType; readonly body: readonly Instr[] }
  | { readonly kind: "if"; readonly type: BlockType; readonly yes: readonly Instr[]; readonly no: readonly Instr[] | undefined }
  | { readonly kind: "tryTable"; readonly type: BlockType; readonly catches: readonly CatchClause[]; readonly body: readonly Instr[] }
  /** The legacy form: handlers of tags, and one of all. */
  | { readonly kind: "try"; readonly type: BlockType; readonly body: readonly Instr[];
      readonly handlers: readonly { readonly tag: number; readonly body: readonly Instr[] }[];
      readonly all: readonly Instr[] | undefined }
  | { readonly kind: "delegate"; readonly type: BlockType; readonly body: readonly Instr[]; readonly label: number };

export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
  /** Addresses are i64. */
  readonly wide: boolean;
  readonly shared: boolean;
}
export interface TableType extends Limits {
  readonly element: ValType;
}
export interface GlobalType {
  readonly type: ValType;
  readonly mutable: boolean;
}

export type ImportType =
  | { readonly kind: "func"; readonly type: number }
  | { readonly kind: "memory"; readonly type: Limits }
  | { readonly kind: "table"; readonly type: TableType }
  | { readonly kind: "global"; readonly type: GlobalType };
export interface Import {
  readonly name: string;
  readonly type: ImportType;
}

export interface Func {
  readonly type: number;
  readonly locals: readonly ValType[];
  readonly body: readonly Instr[];
}
export interface ElemSegment {
  readonly mode: "active" | "passive" | "declarative";
  readonly table: number;
  readonly offset: readonly Instr[];
  readonly funcs: readonly number[];
}
export interface DataSegment {
  readonly mode: "active" | "passive";
  readonly memory: number;
  readonly offset: readonly Instr[];
  readonly bytes: readonly number[];
}
export interface Export {
  readonly name: string;
  readonly kind: "func" | "table" | "memory" | "global" | "tag";
  readonly index: number;
}

export interface ModuleTree {
  readonly types: readonly TypeDef[];
  /** All types in one recursion group. */
  readonly grouped: boolean;
  readonly imports: readonly Import[];
  readonly funcs: readonly Func[];
  readonly tables: readonly TableType[];
  readonly memories: readonly Limits[];
  /** By type index. */
  readonly tags: readonly number[];
  readonly globals: readonly (GlobalType & { readonly init: readonly Instr[] })[];
  readonly exports: readonly Export[];
  readonly start: number | undefined;
  readonly elems: readonly ElemSegment[];
  readonly datas: readonly DataSegment[];
}
