/**
 * The import section. Each import adds to the index space of its kind.
 *
 * Spec: core binary/modules, Import Section.
 */
import { decodeGlobalType, decodeMemoryType, decodeTableType, decodeTagType } from "./extern-types.ts";
import type { ExternKind, ExternType } from "../types/externtype.ts";
import type { ModuleState } from "./module-state.ts";

/** By code byte, for imports and exports. */
export const EXTERN_KINDS: readonly ExternKind[] = ["func", "table", "memory", "global", "tag"];

export function decodeImportSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const module = reader.name();
    const name = reader.name();
    const code = reader.u8();
    const kind = EXTERN_KINDS[code];
    if (kind === undefined) {
      throw reader.error("decode/import-kind", `found 0x${code.toString(16)}`, reader.pos - 1);
    }
    state.imports.push({ module, name, type: addImport(state, kind) });
    state.importCounts[kind]++;
  }
}

function addImport(state: ModuleState, kind: ExternKind): ExternType {
  switch (kind) {
    case "func": {
      const type = state.funcRefType(state.funcTypeIdx());
      state.funcs.push(type);
      return type;
    }
    case "table": {
      const type = decodeTableType(state);
      state.tables.push(type);
      return type;
    }
    case "memory": {
      const type = decodeMemoryType(state);
      state.memories.push(type);
      return type;
    }
    case "global": {
      const type = decodeGlobalType(state);
      state.globals.push(type);
      return type;
    }
    case "tag": {
      const type = decodeTagType(state);
      state.tags.push(type);
      return type;
    }
  }
}
