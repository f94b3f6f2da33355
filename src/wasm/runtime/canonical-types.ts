/**
 * Types in terms of an engine instead of a module.
 *
 * All types that the runtime keeps or shows are canonical: a concrete heap type, and the type of
 * a function or tag, is the engine-wide id of `TypeRegistry`. So they outlive the module they
 * came from and compare across modules.
 */
import { matchExternType } from "../types/matching.ts";
import { printExternType, printSubType } from "../types/print.ts";
import { canonicalId } from "../types/registry.ts";
import type { TypeIds, TypeRegistry } from "../types/registry.ts";
import type { CompType, ExternType, FuncRefType, FuncType } from "../types/externtype.ts";
import type { RefType, StorageType, TypeIdx, ValType } from "../types/valtype.ts";

/** `type`, whose concrete types are indices into `ids`, in canonical terms. */
export function canonicalExtern<T extends ExternType>(type: T, ids: TypeIds): T {
  switch (type.kind) {
    case "func":
    case "tag":
      return { ...type, type: canonicalId(type.type, ids) as TypeIdx };
    case "global":
      return { ...type, value: canonicalVal(type.value, ids) };
    case "table":
      return { ...type, element: canonicalRef(type.element, ids) };
    case "memory":
      return type;
  }
}

function canonicalVal(type: ValType, ids: TypeIds): ValType {
  return typeof type === "string" ? type : canonicalRef(type, ids);
}

function canonicalRef(type: RefType, ids: TypeIds): RefType {
  return typeof type.heap === "string" ? type : { nullable: type.nullable, heap: canonicalId(type.heap, ids) as TypeIdx };
}

/** The importable type of a host function. */
export function funcRefType(types: TypeRegistry, type: FuncType): FuncRefType {
  return { kind: "func", type: types.internFunc(type) as TypeIdx };
}

/** Whether references of `type` are functions. */
export function holdsFunctions(types: TypeRegistry, { heap }: RefType): boolean {
  return heap === "func" || heap === "nofunc" || (typeof heap === "number" && types.funcType(heap) !== undefined);
}

/** Whether a definition of type `found` satisfies an import of type `wanted`; both canonical. */
export function matches(types: TypeRegistry, found: ExternType, wanted: ExternType): boolean {
  return matchExternType(types, { type: found, ids: "canonical" }, { type: wanted, ids: "canonical" });
}

/** Defined types that are spelled out behind one type; a report need not show more. */
const SPELLED_MAX = 4;

/**
 * A canonical type in the words of the text format. Its defined types are numbers of the engine, which
 * tell a person nothing, so they are spelled out: `(global (ref 7)), where 7 = (array (mut i8))`.
 */
export function printCanonical(types: TypeRegistry, type: ExternType): string {
  const text = printExternType(type, (id) => types.definition(id));
  const ids: number[] = [];
  const note = (used: ValType | StorageType): void => {
    if (typeof used !== "string" && typeof used.heap === "number" && !ids.includes(used.heap)) ids.push(used.heap);
  };
  const noteAll = (comp: CompType): void => {
    if (comp.kind === "func") [...comp.params, ...comp.results].forEach(note);
    else for (const { storage } of comp.kind === "struct" ? comp.fields : [comp.element]) note(storage);
  };
  if (type.kind === "global") note(type.value);
  else if (type.kind === "table") note(type.element);
  else if (type.kind !== "memory") noteAll(types.definition(type.type).comp);
  const spelled: string[] = [];
  for (let i = 0; i < ids.length && i < SPELLED_MAX; i++) {
    const definition = types.definition(ids[i]!);
    spelled.push(`${ids[i]} = ${printSubType(definition)}`);
    noteAll(definition.comp);
  }
  return spelled.length === 0 ? text : `${text}, where ${spelled.join(", ")}`;
}
