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
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    const length = reader.count();
    const start = reader.range(length);
    reader.pos = start;
    state.bodies.push(decodeBody(state, start, start + length));
  }
}

function decodeBody(state: ModuleState, start: number, end: number): FuncBody {
  const { reader } = state;
  const runs = reader.count();
  if (runs === 0) return bodyOf(state, start, end, NO_LOCALS, 0);
  const locals: { readonly count: number; readonly type: ValType }[] = [];
  let localCount = 0;
  for (let i = 0; i < runs; i++) {
    const at = reader.pos;
    const count = reader.u32();
    localCount += count;
    if (localCount > MAX_LOCALS) throw reader.error("decode/too-many-locals", `${localCount}`, at);
    locals.push({ count, type: decodeValType(reader, state.types.length) });
  }
  return bodyOf(state, start, end, locals, localCount);
}

/** The locals must have left the instructions inside of the body. */
function bodyOf(state: ModuleState, start: number, end: number, locals: FuncBody["locals"], localCount: number): FuncBody {
  const { reader } = state;
  const code = reader.pos;
  if (code > end) throw reader.error("decode/section-size", `locals end ${code - end} bytes after their body`, end);
  reader.pos = end;
  return { range: { start, end }, code, locals, localCount };
}
