/**
 * The code section: where each body stands, and its locals.
 *
 * Instructions are not read here; the host's validator does that, and the translator walks them.
 *
 * Spec: core binary/modules, Code Section.
 */
import type { ValType } from "../types/valtype.ts";
import type { FuncBody } from "./module.ts";
import type { ModuleState } from "./module-state.ts";
import { decodeValType } from "./value-types.ts";

const MAX_LOCALS = 0xffff_ffff;
/** Most bodies declare none. */
const NO_LOCALS: FuncBody["locals"] = [];

export function decodeCodeSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count(2);
  const defined = state.funcs.length - state.importCounts.func;
  if (count !== defined) {
    throw reader.error("decode/func-code-count", `${defined} functions, ${count} bodies`);
  }
  const sectionEnd = reader.end;
  const sectionEndCode = reader.endCode;
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const length = reader.count();
    const start = reader.pos;
    const end = start + length;
    if (end < sectionEnd) reader.endCode = "decode/section-size";
    reader.end = end;
    state.bodies.push(decodeBody(state, start, end));
    reader.pos = end;
    reader.end = sectionEnd;
    reader.endCode = sectionEndCode;
  }
}

function decodeBody(state: ModuleState, start: number, end: number): FuncBody {
  const { reader } = state;
  const runs = reader.count(2);
  if (runs === 0) return { range: { start, end }, code: reader.pos, locals: NO_LOCALS, localCount: 0 };
  const locals: { readonly count: number; readonly type: ValType }[] = [];
  let localCount = 0;
  for (let i = 0; i < runs; i++) {
    const at = reader.pos;
    const count = reader.u32();
    localCount += count;
    if (localCount > MAX_LOCALS) throw reader.error("decode/too-many-locals", `${localCount}`, at);
    locals.push({ count, type: decodeValType(reader, state.types.length) });
  }
  return { range: { start, end }, code: reader.pos, locals, localCount };
}
