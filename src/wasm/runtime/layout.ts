/**
 * What the runtime needs of a module: typed imports and exports, and what an instance
 * will create. Small, and free of the module's bytes.
 */
import type { ActiveSegment } from "../const/active-segments.ts";
import type { ExternType, MemoryType, TableType } from "../types/externtype.ts";
import type { HiddenNames, Translated } from "../translate/translated.ts";
import type { Engine } from "./engine.ts";
import { canonicalExtern } from "./canonical-types.ts";
import type { ModuleSummary } from "./summary.ts";
import type { Translation } from "./translation.ts";

/** One import of a compiled module. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  /** In canonical terms of the engine. */
  readonly type: ExternType;
}
/** One export of a compiled module. */
export interface ModuleExport {
  readonly name: string;
  /** Index in the index space of the item's kind. */
  readonly index: number;
  /** In canonical terms of the engine. */
  readonly type: ExternType;
}

/** What the runtime keeps of a module to link, instantiate and report. */
export interface ModuleLayout {
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
  readonly exportsByName: ReadonlyMap<string, ModuleExport>;
  /** Whole index spaces, imports first. */
  readonly memories: readonly MemoryType[];
  readonly tables: readonly TableType[];
  /** Tables that an instance creates. */
  readonly ownTables: readonly TableType[];
  /** Memories that an instance creates and imports into itself. */
  readonly ownMemories: Translated["memories"];
  readonly importsFlag: boolean;
  readonly hidden: HiddenNames;
  readonly firstHelper: number;
  /** See `Translated.usedHooks`. */
  readonly usedHooks: number;
  /** See `Translated.constantBytes`. */
  readonly constantBytes: number;
  /** Function index of the start function. */
  readonly start: number | undefined;
  /** Active segments, in the order in which they are written; the first thousand. */
  readonly segments: readonly ActiveSegment[];
}

export function moduleLayout(engine: Engine, summary: ModuleSummary, translation: Omit<Translation, "code">): ModuleLayout {
  const ids = engine.types.canonicalize(summary.recGroups);
  const exports = summary.exports.map(({ name, index, type }) => ({ name, index, type: canonicalExtern(type, ids) }));
  const tables = summary.tables.map((type) => canonicalExtern(type, ids));
  return {
    imports: summary.imports.map(({ module, name, type }) => ({ module, name, type: canonicalExtern(type, ids) })),
    exports,
    exportsByName: new Map(exports.map((entry) => [entry.name, entry])),
    memories: summary.memories,
    tables,
    ownTables: tables.slice(summary.importedTables),
    ownMemories: translation.memories,
    importsFlag: translation.flag,
    hidden: translation.hidden,
    firstHelper: translation.firstHelper,
    usedHooks: translation.usedHooks,
    constantBytes: translation.constantBytes,
    start: summary.start,
    segments: summary.segments,
  };
}
