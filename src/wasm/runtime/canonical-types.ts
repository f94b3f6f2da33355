/**
 * Types in terms of an engine instead of a module.
 *
 * All types that the runtime keeps or shows are canonical: a concrete heap type, and the type of
 * a function or tag, is the engine-wide id of `TypeRegistry`. So they outlive the module they
 * came from and compare across modules.
 */
import { matchExternType } from "../types/matching.ts";
import { printExternType } from "../types/print.ts";
import { canonicalId } from "../types/registry.ts";
import type { TypeIds, TypeRegistry } from "../types/registry.ts";
import type { ExternType, FuncRefType, FuncType } from "../types/externtype.ts";
import type { RefType, TypeIdx, ValType } from "../types/valtype.ts";

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

/** A canonical type in the words of the text format. */
export function printCanonical(types: TypeRegistry, type: ExternType): string {
  return printExternType(type, (id) => types.definition(id));
}
