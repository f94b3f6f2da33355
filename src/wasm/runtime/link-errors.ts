/**
 * Errors of linking: each names the import or definition concerned, and says in words what was
 * expected there and what was found.
 *
 * An import whose definition does not match is an `ImportKindError`, or an `ImportTypeError` of
 * the subclass that says what differs. All of them begin with the words of the core suite.
 *
 * Spec: core exec/modules, Instantiation; core valid/matching, External Types.
 */
import { IsolaError } from "#base";
import type { ExternKind } from "../types/externtype.ts";
import { printable } from "./printable.ts";

/** Where an import or a definition stands: `"module" "name"`. */
export function place(module: string, name: string): string {
  return `"${printable(module)}" "${printable(name)}"`;
}

/** The name is taken and shadowing is not allowed. Code `link/redefinition`. */
export class RedefinitionError extends IsolaError {
  readonly code = "link/redefinition";
  readonly module: string;
  readonly field: string;
  /** What the new definition needs: an unused name. */
  readonly expected: string;
  /** The type of what is defined there already. */
  readonly found: string;
  constructor(module: string, field: string, found: string) {
    super(`${place(module, field)} is defined already, as ${found}; shadowing is not allowed`);
    this.module = module;
    this.field = field;
    this.expected = "an unused name";
    this.found = found;
  }
}

/** One import that nothing was defined for. */
export interface MissingImport {
  readonly module: string;
  readonly name: string;
  /** What the module expects, in the words of the text format. */
  readonly expected: string;
}

/** Imports named in a message; a module can lack as many as it likes. */
const NAMED = 50;

/** Imports that nothing was defined for; all of them, in the module's order, of which the message names the first. Code `link/unknown-import`. */
export class UnknownImportError extends IsolaError {
  readonly code = "link/unknown-import";
  readonly imports: readonly MissingImport[];
  constructor(imports: readonly MissingImport[]) {
    const lines = imports.slice(0, NAMED).map(({ module, name, expected }) => `\n  ${place(module, name)}: ${expected}`);
    if (imports.length > NAMED) lines.push(`\n  and ${imports.length - NAMED} more`);
    super(`unknown import${imports.length === 1 ? "" : "s"}:${lines.join("")}`);
    this.imports = imports;
  }
}

/** A definition of another kind stands under the name. Code `link/import-kind`. */
export class ImportKindError extends IsolaError {
  readonly code = "link/import-kind";
  readonly module: string;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly expectedKind: ExternKind;
  readonly foundKind: ExternKind;
  constructor(module: string, field: string, expectedKind: ExternKind, foundKind: ExternKind, expected: string, found: string) {
    super(`incompatible import type: ${place(module, field)} expects a ${expectedKind} ${expected}, but a ${foundKind} is defined: ${found}`);
    this.module = module;
    this.field = field;
    this.expectedKind = expectedKind;
    this.foundKind = foundKind;
    this.expected = expected;
    this.found = found;
  }
}

/** What an `ImportTypeError` says about one import. */
export interface ImportMismatch {
  readonly module: string;
  readonly field: string;
  /** The type that the module declares, in the words of the text format. */
  readonly expected: string;
  /** The type of the definition as it is now, in the same words. */
  readonly found: string;
  /** What differs, such as "its size of 1 page is below the minimum of 2". */
  readonly reason: string;
}

/** The codes of `ImportTypeError` and its subclasses; stable. */
export type ImportTypeCode = "link/import-type" | "link/import-limits" | "link/import-mutability" | "link/import-tag" | "link/import-subtype";

/**
 * The definition is of the right kind, but its type does not match. The class itself (code
 * `link/import-type`) stands for another functype, value type, element type, address type, page
 * size or sharedness; what else can differ has a subclass.
 */
export class ImportTypeError extends IsolaError implements ImportMismatch {
  readonly code: ImportTypeCode = "link/import-type";
  readonly module: string;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly reason: string;
  constructor({ module, field, expected, found, reason }: ImportMismatch) {
    super(`incompatible import type: ${place(module, field)} expects ${expected}, but ${found} is defined: ${reason}`);
    this.module = module;
    this.field = field;
    this.expected = expected;
    this.found = found;
    this.reason = reason;
  }
}

/** A memory or table is too small now, or may grow too large. Code `link/import-limits`. */
export class ImportLimitsError extends ImportTypeError {
  override readonly code = "link/import-limits";
}

/** A global is mutable where an immutable one is imported, or the other way. Code `link/import-mutability`. */
export class ImportMutabilityError extends ImportTypeError {
  override readonly code = "link/import-mutability";
}

/** A tag of another type; tags match only when their types are equal. Code `link/import-tag`. */
export class ImportTagError extends ImportTypeError {
  override readonly code = "link/import-tag";
}

/**
 * Two types that look alike, or two reference types, of which the one found is not declared below
 * the one expected. Code `link/import-subtype`.
 */
export class ImportSubtypeError extends ImportTypeError {
  override readonly code = "link/import-subtype";
}

/** Where a foreign thing was met, when that is an import or a definition. */
export interface LinkPlace {
  readonly module: string;
  readonly field: string;
}

/** Two things of different engines meet. Code `link/foreign-engine`. */
export class ForeignEngineError extends IsolaError {
  readonly code = "link/foreign-engine";
  readonly what: string;
  readonly module: string | undefined;
  readonly field: string | undefined;
  readonly expected = "one engine for all";
  readonly found = "another engine";
  constructor(what: string, at?: LinkPlace) {
    super(`${at === undefined ? what : `${what} ${place(at.module, at.field)}`} belongs to another engine`);
    this.what = what;
    this.module = at?.module;
    this.field = at?.field;
  }
}

/** A thing of one store enters another. Code `link/foreign-store`. */
export class ForeignStoreError extends IsolaError {
  readonly code = "link/foreign-store";
  readonly what: string;
  readonly module: string | undefined;
  readonly field: string | undefined;
  readonly expected = "an item of the same store";
  readonly found = "an item of another store";
  constructor(what: string, at?: LinkPlace) {
    super(`${at === undefined ? what : `${what} ${place(at.module, at.field)}`} belongs to another store`);
    this.what = what;
    this.module = at?.module;
    this.field = at?.field;
  }
}

/** No value of a type can be made up: only numbers, vectors and nullable references have a default. Code `link/no-default`. */
export class NoDefaultError extends IsolaError {
  readonly code = "link/no-default";
  readonly module: string;
  readonly field: string;
  /** The type of the import, in the words of the text format. */
  readonly expected: string;
  /** The part of it that has no default. */
  readonly found: string;
  constructor(module: string, field: string, expected: string, found: string) {
    super(`${place(module, field)} of type ${expected} has no default: ${found}`);
    this.module = module;
    this.field = field;
    this.expected = expected;
    this.found = found;
  }
}

/** A module cannot be linked under a name, as a command or a reactor. Code `link/program`. */
export class ProgramKindError extends IsolaError {
  readonly code = "link/program";
  /** The name under which the module was to be linked. */
  readonly module: string;
  /** The export concerned. */
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  constructor(module: string, field: string, expected: string, found: string) {
    super(`"${printable(module)}" cannot be linked as a program: expected ${expected} as export "${printable(field)}", found ${found}`);
    this.module = module;
    this.field = field;
    this.expected = expected;
    this.found = found;
  }
}
