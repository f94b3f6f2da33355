/**
 * Types as the text format writes them, for people and error messages.
 *
 * Spec: core text/types.
 */
import type { CompType, ExternType, FuncType, Limits, SubType } from "./externtype.ts";
import type { AbsHeapType, FieldType, RefType, TypeIdx, ValType } from "./valtype.ts";

/** The type behind a concrete heap type; undefined prints the bare index. */
export type TypeLookup = (index: TypeIdx) => SubType | undefined;

/** Nullable references to abstract heap types have names of their own. */
const SHORT_NAMES: Readonly<Record<AbsHeapType, string>> = {
  any: "anyref",
  eq: "eqref",
  i31: "i31ref",
  struct: "structref",
  array: "arrayref",
  none: "nullref",
  func: "funcref",
  nofunc: "nullfuncref",
  extern: "externref",
  noextern: "nullexternref",
  exn: "exnref",
  noexn: "nullexnref",
};

/** Such as `i32`, `funcref`, `(ref null 3)`. */
export function printValType(type: ValType): string {
  return typeof type === "string" ? type : printRefType(type);
}

/** Such as `anyref`, `(ref null 3)`, `(ref extern)`. */
export function printRefType({ nullable, heap }: RefType): string {
  if (nullable && typeof heap === "string") return SHORT_NAMES[heap];
  return `(ref ${nullable ? "null " : ""}${heap})`;
}

/** Such as `(func (param i32 i64) (result f32))`. */
export function printFuncType(type: FuncType): string {
  return `(func${signature(type)})`;
}

/** Such as `(struct (field i8) (field (mut i32)))`. */
export function printCompType(type: CompType): string {
  switch (type.kind) {
    case "func":
      return printFuncType(type);
    case "struct":
      return `(struct${type.fields.map((field) => ` (field ${printFieldType(field)})`).join("")})`;
    case "array":
      return `(array ${printFieldType(type.element)})`;
  }
}

/** Such as `(sub final 2 (struct (field i32)))`; a final type without supertypes prints bare. */
export function printSubType({ final, supertypes, comp }: SubType): string {
  if (final && supertypes.length === 0) return printCompType(comp);
  return `(sub ${final ? "final " : ""}${supertypes.map((index) => `${index} `).join("")}${printCompType(comp)})`;
}

/** Such as `(table 1 10 funcref)`, `(memory i64 1 2 shared)`, `(global (mut i32))`, `(tag (param i32))`. */
export function printExternType(type: ExternType, lookup: TypeLookup): string {
  switch (type.kind) {
    case "func":
      return `(func${typeUse(type.type, lookup)})`;
    case "table":
      return `(table ${printAddr(type.addr)}${printLimits(type.limits)} ${printRefType(type.element)})`;
    case "memory": {
      const page = type.pageSizeLog2 === 16 ? "" : ` (pagesize ${2 ** type.pageSizeLog2})`;
      return `(memory ${printAddr(type.addr)}${printLimits(type.limits)}${type.shared ? " shared" : ""}${page})`;
    }
    case "global":
      return `(global ${type.mutable ? `(mut ${printValType(type.value)})` : printValType(type.value)})`;
    case "tag":
      return `(tag${typeUse(type.type, lookup)})`;
  }
}

function typeUse(index: TypeIdx, lookup: TypeLookup): string {
  const comp = lookup(index)?.comp;
  return comp?.kind === "func" ? signature(comp) : ` (type ${index})`;
}

function signature({ params, results }: FuncType): string {
  return list("param", params) + list("result", results);
}

function list(word: string, types: readonly ValType[]): string {
  return types.length === 0 ? "" : ` (${word} ${types.map(printValType).join(" ")})`;
}

function printFieldType({ storage, mutable }: FieldType): string {
  const type = storage === "i8" || storage === "i16" ? storage : printValType(storage);
  return mutable ? `(mut ${type})` : type;
}

function printAddr(addr: "i32" | "i64"): string {
  return addr === "i64" ? "i64 " : "";
}

function printLimits({ min, max }: Limits): string {
  return max === undefined ? `${min}` : `${min} ${max}`;
}
