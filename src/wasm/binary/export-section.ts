/**
 * The export section and the start section.
 *
 * Spec: core binary/modules, Export Section and Start Section; valid/modules, Modules.
 */
import { EXTERN_KINDS } from "./import-section.ts";
import type { ModuleState } from "./module-state.ts";

/** Every export names something that exists, and no two have one name. */
export function decodeExportSection(state: ModuleState): void {
  const { reader } = state;
  const names = new Set<string>();
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const start = reader.pos;
    const name = reader.name();
    const code = reader.u8();
    const kind = EXTERN_KINDS[code];
    if (kind === undefined) {
      throw reader.error("decode/export-kind", `found 0x${code.toString(16)}`, reader.pos - 1);
    }
    const index = state.index(kind);
    if (names.has(name)) throw reader.error("decode/duplicate-export", JSON.stringify(name), start);
    names.add(name);
    state.exports.push({ name, kind, index });
  }
}

export function decodeStartSection(state: ModuleState): void {
  state.start = state.index("func");
}
