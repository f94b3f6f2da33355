/**
 * What the runtime needs of a decoded module: typed imports and exports, and what an instance
 * will create. Small, and free of the module's bytes.
 */
import type { DecodedModule } from "../binary/module.ts";
import type { ExternKind, ExternType, MemoryType, TableType } from "../types/externtype.ts";
import type { HiddenNames, Translated } from "../translate/translated.ts";
import type { Engine } from "./engine.ts";
import { canonicalExtern } from "./canonical-types.ts";
import type { Translation } from "./translation.ts";

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  /** In canonical terms of the engine. */
  readonly type: ExternType;
}
export interface ModuleExport {
  readonly name: string;
  /** Index in the index space of the item's kind. */
  readonly index: number;
  /** In canonical terms of the engine. */
  readonly type: ExternType;
}

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
  /** Function index of the start function. */
  readonly start: number | undefined;
}

export function moduleLayout(engine: Engine, decoded: DecodedModule, translation: Translation): ModuleLayout {
  const ids = engine.types.canonicalize(decoded.recGroups);
  const typeOf = (kind: ExternKind, index: number): ExternType => {
    const types = { func: decoded.funcs, table: decoded.tables, memory: decoded.memories, global: decoded.globals, tag: decoded.tags }[kind];
    return canonicalExtern(types[index]!, ids); // the decoder has checked the index
  };
  const exports = decoded.exports.map(({ name, kind, index }) => ({ name, index, type: typeOf(kind, index) }));
  return {
    imports: decoded.imports.map(({ module, name, type }) => ({ module, name, type: canonicalExtern(type, ids) })),
    exports,
    exportsByName: new Map(exports.map((entry) => [entry.name, entry])),
    memories: decoded.memories,
    tables: decoded.tables.map((type) => canonicalExtern(type, ids)),
    ownTables: decoded.tableDefs.map(({ type }) => canonicalExtern(type, ids)),
    ownMemories: translation.memories,
    importsFlag: translation.flag,
    hidden: translation.hidden,
    firstHelper: translation.firstHelper,
    start: decoded.start,
  };
}
