/**
 * The sections that define functions, tables, memories, tags and globals by their types.
 *
 * Spec: core binary/modules, Function Section to Tag Section.
 */
import { decodeConstExpr } from "./const-expr.ts";
import { decodeGlobalType, decodeMemoryType, decodeTableType, decodeTagType } from "./extern-types.ts";
import type { ModuleState } from "./module-state.ts";

const TABLE_WITH_INIT = 0x40;

export function decodeFuncSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    state.funcs.push(state.funcRefType(state.funcTypeIdx()));
  }
}

/** A table is `0x40 0x00 tabletype expr`, or a bare table type when its elements start as null. */
export function decodeTableSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const hasInit = reader.peek() === TABLE_WITH_INIT;
    if (hasInit) {
      reader.u8();
      const zero = reader.u8();
      if (zero !== 0) throw reader.error("decode/zero-byte", `found 0x${zero.toString(16)}`, reader.pos - 1);
    }
    const type = decodeTableType(state);
    reader.part = "init";
    const init = hasInit ? decodeConstExpr(state) : undefined;
    reader.part = "";
    state.tables.push(type);
    state.tableDefs.push({ type, init });
  }
}

export function decodeMemorySection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    state.memories.push(decodeMemoryType(state));
  }
}

export function decodeTagSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    state.tags.push(decodeTagType(state));
  }
}

/** An initialiser sees imported globals and those defined before it. */
export function decodeGlobalSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const type = decodeGlobalType(state);
    reader.part = "init";
    const init = decodeConstExpr(state);
    reader.part = "";
    state.globals.push(type);
    state.globalDefs.push({ type, init });
  }
}
