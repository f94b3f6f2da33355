/**
 * Matching: whether a value or definition of one type may stand where another type is expected.
 *
 * Both types come with the ids that their concrete heap types refer to, so they may belong to
 * two modules of one engine. Limits of a memory or table are compared as given: whoever matches
 * an existing one puts its current size into `min`.
 *
 * Spec: core valid/matching.
 */
import type { ExternType, Limits } from "./externtype.ts";
import { canonicalId } from "./registry.ts";
import type { TypeIds, TypeRegistry } from "./registry.ts";
import type { AbsHeapType, HeapType, RefType, ValType } from "./valtype.ts";

/** The abstract heap types above an abstract one, itself included. */
const ABOVE: Readonly<Record<AbsHeapType, readonly AbsHeapType[]>> = {
  any: ["any"],
  eq: ["eq", "any"],
  i31: ["i31", "eq", "any"],
  struct: ["struct", "eq", "any"],
  array: ["array", "eq", "any"],
  none: ["none", "i31", "struct", "array", "eq", "any"],
  func: ["func"],
  nofunc: ["nofunc", "func"],
  extern: ["extern"],
  noextern: ["noextern", "extern"],
  exn: ["exn"],
  noexn: ["noexn", "exn"],
};

/** A type with the meaning of its concrete heap types. */
export interface Scoped<T> {
  readonly type: T;
  readonly ids: TypeIds;
}

export function matchHeapType(registry: TypeRegistry, actual: Scoped<HeapType>, expected: Scoped<HeapType>): boolean {
  const a = actual.type;
  const b = expected.type;
  if (typeof a === "number") {
    const id = canonicalId(a, actual.ids);
    if (typeof b === "number") return registry.isSubtype(id, canonicalId(b, expected.ids));
    return ABOVE[registry.definition(id).comp.kind].includes(b);
  }
  if (typeof b === "string") return ABOVE[a].includes(b);
  // Below a concrete type there is only the bottom of its hierarchy.
  const bottom = registry.definition(canonicalId(b, expected.ids)).comp.kind === "func" ? "nofunc" : "none";
  return a === bottom;
}

/** Whether `actual` is a subtype of `expected`. Spec: core valid/matching, Reference Types. */
export function matchRefType(registry: TypeRegistry, actual: Scoped<RefType>, expected: Scoped<RefType>): boolean {
  if (actual.type.nullable && !expected.type.nullable) return false;
  return matchHeapType(
    registry,
    { type: actual.type.heap, ids: actual.ids },
    { type: expected.type.heap, ids: expected.ids },
  );
}

/** Whether `actual` is a subtype of `expected`; numbers and vectors match only themselves. Spec: core valid/matching, Value Types. */
export function matchValType(registry: TypeRegistry, actual: Scoped<ValType>, expected: Scoped<ValType>): boolean {
  const a = actual.type;
  const b = expected.type;
  if (typeof a === "string" || typeof b === "string") return a === b;
  return matchRefType(registry, { type: a, ids: actual.ids }, { type: b, ids: expected.ids });
}

/** Equality, which is matching both ways. */
export function equalValType(registry: TypeRegistry, actual: Scoped<ValType>, expected: Scoped<ValType>): boolean {
  return matchValType(registry, actual, expected) && matchValType(registry, expected, actual);
}

/** `actual` grows from at least, and at most to, what `expected` says. */
export function matchLimits(actual: Limits, expected: Limits): boolean {
  if (actual.min < expected.min) return false;
  return expected.max === undefined || (actual.max !== undefined && actual.max <= expected.max);
}

/** Whether a definition of type `actual` satisfies an import of type `expected`. */
export function matchExternType(registry: TypeRegistry, actual: Scoped<ExternType>, expected: Scoped<ExternType>): boolean {
  const a = actual.type;
  const b = expected.type;
  switch (b.kind) {
    case "func":
      if (a.kind !== "func") return false;
      return registry.isSubtype(canonicalId(a.type, actual.ids), canonicalId(b.type, expected.ids));
    case "table":
      if (a.kind !== "table" || a.addr !== b.addr || !matchLimits(a.limits, b.limits)) return false;
      return equalValType(registry, { type: a.element, ids: actual.ids }, { type: b.element, ids: expected.ids });
    case "memory":
      if (a.kind !== "memory" || a.addr !== b.addr || !matchLimits(a.limits, b.limits)) return false;
      return a.shared === b.shared && a.pageSizeLog2 === b.pageSizeLog2;
    case "global": {
      if (a.kind !== "global" || a.mutable !== b.mutable) return false;
      const match = a.mutable ? equalValType : matchValType;
      return match(registry, { type: a.value, ids: actual.ids }, { type: b.value, ids: expected.ids });
    }
    case "tag":
      if (a.kind !== "tag") return false;
      return canonicalId(a.type, actual.ids) === canonicalId(b.type, expected.ids);
  }
}
