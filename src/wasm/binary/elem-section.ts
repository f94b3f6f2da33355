/**
 * The element section.
 *
 * Flag bit 0: passive or declarative; bit 1: an explicit table index, or declarative when bit 0
 * is set; bit 2: expressions instead of function indices. Without bits 0 and 1 the table is 0
 * and the element type is not written.
 *
 * Spec: core binary/modules, Element Section.
 */
import type { RefType } from "../types/valtype.ts";
import { decodeConstExpr } from "./const-expr.ts";
import type { ConstExpr, ElemSegment } from "./module.ts";
import type { ModuleState } from "./module-state.ts";
import { decodeRefType } from "./value-types.ts";

const NOT_ACTIVE = 1;
const EXPLICIT = 2;
const EXPRESSIONS = 4;

const FUNC_REF: RefType = Object.freeze({ nullable: false, heap: "func" });
const NULLABLE_FUNC_REF: RefType = Object.freeze({ nullable: true, heap: "func" });

export function decodeElemSection(state: ModuleState): void {
  const { reader } = state;
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    reader.item = i;
    state.elems.push(decodeElem(state));
    reader.part = "";
  }
}

function decodeElem(state: ModuleState): ElemSegment {
  const { reader } = state;
  const start = reader.pos;
  const flags = reader.u32();
  if (flags > 7) throw reader.error("decode/elem-flags", `found ${flags}`, start);
  const active = (flags & NOT_ACTIVE) === 0;
  const explicit = (flags & EXPLICIT) !== 0;
  let table = 0;
  let offset: ConstExpr | undefined;
  if (active) {
    table = explicit ? state.index("table") : state.checkIndex("table", 0, start);
    reader.part = "offset";
    offset = decodeConstExpr(state);
    reader.part = "";
  }
  const mode = active ? "active" : explicit ? "declarative" : "passive";
  const isTyped = !active || explicit;
  if ((flags & EXPRESSIONS) !== 0) {
    const type = isTyped ? decodeRefType(reader, state.types.length) : NULLABLE_FUNC_REF;
    return { mode, table, offset, type, funcs: undefined, exprs: decodeExprs(state) };
  }
  if (isTyped) {
    const kind = reader.u8();
    if (kind !== 0) throw reader.error("decode/elem-kind", `found 0x${kind.toString(16)}`, reader.pos - 1);
  }
  return { mode, table, offset, type: FUNC_REF, funcs: decodeFuncs(state), exprs: undefined };
}

function decodeFuncs(state: ModuleState): number[] {
  const funcs: number[] = [];
  for (let left = state.reader.count(); left > 0; left--) funcs.push(state.index("func"));
  return funcs;
}

function decodeExprs(state: ModuleState): ConstExpr[] {
  const { reader } = state;
  const exprs: ConstExpr[] = [];
  const count = reader.count();
  reader.part = "init";
  for (let i = 0; i < count; i++) {
    reader.partItem = i;
    exprs.push(decodeConstExpr(state));
  }
  reader.partItem = -1;
  return exprs;
}
