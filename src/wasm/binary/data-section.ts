/**
 * The data section and the data count section.
 *
 * Flag 0: active in memory 0; 1: passive; 2: active with an explicit memory index.
 *
 * Spec: core binary/modules, Data Section and Data Count Section.
 */
import { decodeConstExpr } from "./const-expr.ts";
import type { ConstExpr, DataSegment } from "./module.ts";
import type { ModuleState } from "./module-state.ts";

const PASSIVE = 1;
const EXPLICIT = 2;

export function decodeDataCountSection(state: ModuleState): void {
  state.dataCount = state.reader.u32();
}

export function decodeDataSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    state.datas.push(decodeData(state));
  }
}

function decodeData(state: ModuleState): DataSegment {
  const { reader } = state;
  const start = reader.pos;
  const flags = reader.u32();
  if (flags > EXPLICIT) throw reader.error("decode/data-flags", `found ${flags}`, start);
  const active = flags !== PASSIVE;
  let memory = 0;
  let offset: ConstExpr | undefined;
  if (active) {
    memory = flags === EXPLICIT ? state.index("memory") : state.checkIndex("memory", 0, start);
    reader.part = "offset";
    offset = decodeConstExpr(state);
    reader.part = "";
  }
  const length = reader.count();
  const at = reader.range(length);
  return { mode: active ? "active" : "passive", memory, offset, start: at, end: at + length };
}
