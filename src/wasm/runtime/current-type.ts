/**
 * The type of a definition as import matching sees it now: a memory or table that has grown
 * has its current size as the minimum.
 *
 * Spec: core exec/modules, Import Matching (the instance's current limits).
 */
import type { Extern } from "./extern.ts";
import type { HostFunc } from "./host-func.ts";
import type { ExternType } from "../types/externtype.ts";

/** Undefined for a function whose type is not known. */
export function currentType(definition: Extern | HostFunc): ExternType | undefined {
  switch (definition.kind) {
    case "memory":
      return { ...definition.type, limits: { min: BigInt(definition.pages), max: definition.type.limits.max } };
    case "table":
      return { ...definition.type, limits: { min: BigInt(definition.length), max: definition.type.limits.max } };
    default:
      return definition.externType;
  }
}
