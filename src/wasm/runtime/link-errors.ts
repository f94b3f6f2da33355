/**
 * Errors of linking: each names the import or definition concerned, and where types differ
 * both of them in words.
 *
 * Spec: core exec/modules, Instantiation; core valid/matching, External Types.
 */
import { IsolaError } from "#base";
import type { ExternKind } from "../types/externtype.ts";
import { printable } from "./printable.ts";

/** Where an import or a definition stands: `"module" "name"`. */
function place(module: string, name: string): string {
  return `"${printable(module)}" "${printable(name)}"`;
}

/** The name is taken and shadowing is not allowed. */
export class RedefinitionError extends IsolaError {
  readonly code = "link/redefinition";
  readonly module: string;
  readonly field: string;
  constructor(module: string, field: string) {
    super(`${place(module, field)} is defined already`);
    this.module = module;
    this.field = field;
  }
}

/** One import that nothing was defined for. */
export interface MissingImport {
  readonly module: string;
  readonly name: string;
  /** What the module expects, in words. */
  readonly expected: string;
}

/** Imports that nothing was defined for; all of them. */
export class UnknownImportError extends IsolaError {
  readonly code = "link/unknown-import";
  readonly imports: readonly MissingImport[];
  constructor(imports: readonly MissingImport[]) {
    const lines = imports.map(({ module, name, expected }) => `\n  ${place(module, name)}: ${expected}`);
    super(`unknown import${imports.length === 1 ? "" : "s"}:${lines.join("")}`);
    this.imports = imports;
  }
}

/** A definition of another kind stands under the name. */
export class ImportKindError extends IsolaError {
  readonly code = "link/import-kind";
  readonly module: string;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly expectedKind: ExternKind;
  readonly foundKind: ExternKind;
  constructor(module: string, field: string, expectedKind: ExternKind, foundKind: ExternKind, expected: string, found: string) {
    super(`incompatible import type: ${place(module, field)} expects a ${expectedKind} (${expected}), but a ${foundKind} is defined (${found})`);
    this.module = module;
    this.field = field;
    this.expectedKind = expectedKind;
    this.foundKind = foundKind;
    this.expected = expected;
    this.found = found;
  }
}

/** The definition is of the right kind, but its type does not match. */
export class ImportTypeError extends IsolaError {
  readonly code = "link/import-type";
  readonly module: string;
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  constructor(module: string, field: string, expected: string, found: string) {
    super(`incompatible import type: ${place(module, field)} expects ${expected}, but ${found} is defined`);
    this.module = module;
    this.field = field;
    this.expected = expected;
    this.found = found;
  }
}

/** Two things of different engines meet. */
export class ForeignEngineError extends IsolaError {
  readonly code = "link/foreign-engine";
  readonly what: string;
  constructor(what: string) {
    super(`${what} belongs to another engine`);
    this.what = what;
  }
}

/** A thing of one store enters another. */
export class ForeignStoreError extends IsolaError {
  readonly code = "link/foreign-store";
  readonly what: string;
  constructor(what: string) {
    super(`${what} belongs to another store`);
    this.what = what;
  }
}
