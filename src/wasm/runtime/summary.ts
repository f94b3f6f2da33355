/**
 * What is kept of a decoded module: all that linking, instantiation and reports need, in the
 * module's own terms. It is plain data without the module's bytes, so that the cache can hold it
 * and a hit need not decode anything.
 */
import type { ByteRange, DecodedModule, Import } from "../binary/module.ts";
import { activeSegments } from "../const/active-segments.ts";
import type { ActiveSegment } from "../const/active-segments.ts";
import { findDebugSections } from "../dwarf/debug-sections.ts";
import type { DebugRanges } from "../dwarf/debug-sections.ts";
import type { ExternKind, ExternType, MemoryType, RecGroup, TableType } from "../types/externtype.ts";

export interface ExportSummary {
  readonly name: string;
  readonly index: number;
  readonly type: ExternType;
}

export interface ModuleSummary {
  readonly recGroups: readonly RecGroup[];
  readonly imports: readonly Import[];
  readonly exports: readonly ExportSummary[];
  /** Whole index spaces, imports first. */
  readonly memories: readonly MemoryType[];
  readonly tables: readonly TableType[];
  readonly importedTables: number;
  readonly funcCount: number;
  readonly start: number | undefined;
  /** Contents of the name section in the original bytes. */
  readonly names: ByteRange | undefined;
  /** Line tables in the original bytes. */
  readonly debug: DebugRanges | undefined;
  /** In the order in which they are written. */
  readonly segments: readonly ActiveSegment[];
}

export function summarize(decoded: DecodedModule): ModuleSummary {
  const typeOf = (kind: ExternKind, index: number): ExternType => {
    const types = { func: decoded.funcs, table: decoded.tables, memory: decoded.memories, global: decoded.globals, tag: decoded.tags }[kind];
    return types[index]!; // the decoder has checked the index
  };
  return {
    recGroups: decoded.recGroups,
    imports: decoded.imports,
    exports: decoded.exports.map(({ name, kind, index }) => ({ name, index, type: typeOf(kind, index) })),
    memories: decoded.memories,
    tables: decoded.tables,
    importedTables: decoded.importCounts.table,
    funcCount: decoded.funcs.length,
    start: decoded.start,
    names: decoded.customs.find(({ name }) => name === "name")?.range,
    debug: findDebugSections(decoded),
    segments: activeSegments(decoded),
  };
}
