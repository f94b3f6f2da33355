/**
 * Whether a definition satisfies an import, and if not, why: the error class and the words.
 *
 * Matching itself is one call of `matches`; only after a no is the reason looked for, in the
 * order kind, mutability, type, limits, so that the first difference a person would fix is named.
 *
 * Spec: core exec/modules, Import Matching; valid/matching, External Types.
 */
import { matchLimits, matchValType } from "../types/matching.ts";
import { printRefType, printSubType, printValType } from "../types/print.ts";
import type { TypeRegistry } from "../types/registry.ts";
import type { ExternType, GlobalType, Limits, MemoryType, TableType } from "../types/externtype.ts";
import type { ValType } from "../types/valtype.ts";
import { matches, printCanonical } from "./canonical-types.ts";
import { currentType } from "./current-type.ts";
import type { Extern } from "./extern.ts";
import type { HostFunc } from "./host-func.ts";
import type { ModuleImport } from "./layout.ts";
import { ImportKindError, ImportLimitsError, ImportMutabilityError, ImportSubtypeError, ImportTagError, ImportTypeError } from "./link-errors.ts";
import type { ImportMismatch } from "./link-errors.ts";

type MismatchClass = new (mismatch: ImportMismatch) => ImportTypeError;
type Why = readonly [error: MismatchClass, reason: string];

/**
 * @throws ImportKindError, or the `ImportTypeError` that says what differs.
 */
export function checkImport(types: TypeRegistry, { module, name, type: wanted }: ModuleImport, definition: Extern | HostFunc): void {
  const found = currentType(definition);
  if (found === undefined) {
    const expected = printCanonical(types, wanted);
    throw new ImportTypeError({ module, field: name, expected, found: "a function of unknown type", reason: "a plain funcref does not tell its type" });
  }
  if (found.kind === wanted.kind && matches(types, found, wanted)) return;
  const [expected, offered] = [printCanonical(types, wanted), printCanonical(types, found)];
  if (found.kind !== wanted.kind) throw new ImportKindError(module, name, wanted.kind, found.kind, expected, offered);
  const [error, reason] = why(types, found, wanted);
  throw new error({ module, field: name, expected, found: offered, reason });
}

/** Both are of one kind and do not match. */
function why(types: TypeRegistry, found: ExternType, wanted: ExternType): Why {
  switch (wanted.kind) {
    case "func":
      return whyDefined(types, (found as typeof wanted).type, wanted.type, ImportSubtypeError, "the functypes differ");
    case "tag":
      return [ImportTagError, whyDefined(types, (found as typeof wanted).type, wanted.type, ImportTagError, "the types of the exceptions differ")[1]];
    case "global":
      return whyGlobal(types, found as GlobalType, wanted);
    case "table":
      return whyTable(types, found as TableType, wanted);
    case "memory":
      return whyMemory(found as MemoryType, wanted);
  }
}

/** Two defined types: they differ in what they contain, or only in what they are declared to be. */
function whyDefined(types: TypeRegistry, found: number, wanted: number, alike: MismatchClass, differ: string): Why {
  const [a, b] = [types.definition(found), types.definition(wanted)];
  if (JSON.stringify(a.comp) !== JSON.stringify(b.comp)) return [ImportTypeError, differ];
  const [have, want] = [printSubType(a), printSubType(b)];
  const words = have === want ? `${have} of another recursion group is another type` : `${have} is not declared below ${want}`;
  return [alike, words];
}

function whyGlobal(types: TypeRegistry, found: GlobalType, wanted: GlobalType): Why {
  if (found.mutable !== wanted.mutable) {
    const words = (mutable: boolean): string => (mutable ? "mutable" : "immutable");
    return [ImportMutabilityError, `it is ${words(found.mutable)}, not ${words(wanted.mutable)}`];
  }
  const [have, want] = [printValType(found.value), printValType(wanted.value)];
  if (typeof found.value === "string" || typeof wanted.value === "string") return [ImportTypeError, `it holds ${have}, not ${want}`];
  if (found.mutable && matchesCanonical(types, found.value, wanted.value)) return [ImportTypeError, `a mutable global must hold exactly ${want}`];
  return [found.mutable ? ImportTypeError : ImportSubtypeError, `${have} is no subtype of ${want}`];
}

function matchesCanonical(types: TypeRegistry, found: ValType, wanted: ValType): boolean {
  return matchValType(types, { type: found, ids: "canonical" }, { type: wanted, ids: "canonical" });
}

function whyTable(types: TypeRegistry, found: TableType, wanted: TableType): Why {
  if (found.addr !== wanted.addr) return [ImportTypeError, `its addresses are ${found.addr}, not ${wanted.addr}`];
  const { element } = wanted;
  if (!matchesCanonical(types, found.element, element) || !matchesCanonical(types, element, found.element)) {
    return [ImportTypeError, `its elements are ${printRefType(found.element)}, not exactly ${printRefType(element)}`];
  }
  return [ImportLimitsError, whyLimits(found.limits, wanted.limits, "element")];
}

function whyMemory(found: MemoryType, wanted: MemoryType): Why {
  if (found.addr !== wanted.addr) return [ImportTypeError, `its addresses are ${found.addr}, not ${wanted.addr}`];
  if (found.shared !== wanted.shared) return [ImportTypeError, found.shared ? "it is shared" : "it is not shared"];
  if (found.pageSizeLog2 !== wanted.pageSizeLog2) return [ImportTypeError, `its pages have ${2 ** found.pageSizeLog2} bytes, not ${2 ** wanted.pageSizeLog2}`];
  return [ImportLimitsError, whyLimits(found.limits, wanted.limits, "page")];
}

/** `found.min` is the current size. */
function whyLimits(found: Limits, wanted: Limits, unit: "page" | "element"): string {
  const counted = (count: bigint): string => `${count} ${unit}${count === 1n ? "" : "s"}`;
  if (matchLimits(found, { min: wanted.min, max: undefined }) === false) return `its size of ${counted(found.min)} is below the minimum of ${wanted.min}`;
  if (found.max === undefined) return `it has no maximum where ${wanted.max} is the most`;
  return `its maximum of ${counted(found.max)} is above ${wanted.max}`;
}
