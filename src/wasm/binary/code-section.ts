/**
 * The code section: where each body stands, and how many locals it has.
 *
 * Instructions are not read here; the host's validator does that, and the translator walks them.
 *
 * Spec: core binary/modules, Code Section.
 */
import type { ValType } from "../types/valtype.ts";
import { ByteReader } from "./byte-reader.ts";
import type { DecodedModule, FuncBody } from "./module.ts";
import type { ModuleState } from "./module-state.ts";
import { decodeValType } from "./value-types.ts";

const MAX_LOCALS = 0xffff_ffff;

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

/** The locals must leave the instructions inside of the body. */
function decodeBody(state: ModuleState, start: number, end: number): FuncBody {
  const { reader } = state;
  let localCount = 0;
  for (let runs = reader.count(); runs > 0; runs--) {
    const at = reader.pos;
    localCount += reader.u32();
    if (localCount > MAX_LOCALS) throw reader.error("decode/too-many-locals", `${localCount}`, at);
    decodeValType(reader, state.types.length);
  }
  const code = reader.pos;
  if (code > end) throw reader.error("decode/section-size", `locals end ${code - end} bytes after their body`, end);
  reader.pos = end;
  return { start, end, code, localCount };
}

/** Types of a body's locals, one for each run of equal ones; parameters not included. Read anew with each call. */
export function localTypes(module: DecodedModule, { start, code }: FuncBody): ValType[] {
  const reader = new ByteReader(module.bytes, start, code);
  const types: ValType[] = [];
  for (let runs = reader.u32(); runs > 0; runs--) {
    reader.u32();
    types.push(decodeValType(reader, module.types.length));
  }
  return types;
}
