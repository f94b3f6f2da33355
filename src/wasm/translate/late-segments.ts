/**
 * Active segments that run after the hook table is filled instead of during instantiation.
 *
 * Instantiation writes active segments one after the other, and what was written stays when a
 * later one traps. So a function can be reachable through an imported table although its
 * instance was never handed out and its hooks never filled. In a module where that can happen
 * the segments become passive, and a function of ours does exactly what the specification says
 * instantiation does: `table.init` and `elem.drop`, `memory.init` and `data.drop`, in order.
 *
 * Spec: core exec/modules, Instantiation (runelem, rundata); core binary/modules, Element
 * Section and Data Section.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { DataSegment, DecodedModule, ElemSegment } from "../binary/module.ts";
import { Op } from "./code.ts";
import { writeRefType } from "./ref-type.ts";
import type { TranslateOptions } from "./translated.ts";

/** Whether an active segment may trap after another one has put functions into an imported table. */
export function needsLateSegments(module: DecodedModule, options: TranslateOptions): boolean {
  if (!options.safepoints && !options.limits && !options.fuel) return false;
  const elems = module.elems.filter(({ mode }) => mode === "active");
  const first = elems.findIndex(({ table }) => table < module.importCounts.table);
  if (first < 0) return false;
  return first + 1 < elems.length || module.datas.some(({ mode }) => mode === "active");
}

/** Instructions that run all active segments of `module`. */
export function writeSegmentRuns(code: ByteWriter, module: DecodedModule): void {
  module.elems.forEach((segment, index) => {
    if (segment.mode === "passive") return;
    if (segment.mode === "active") {
      const count = segment.funcs?.length ?? segment.exprs?.length ?? 0;
      writeRange(code, module, segment, count);
      code.u8(Op.misc); code.u32(Op.miscTableInit); code.u32(index); code.u32(segment.table);
    }
    code.u8(Op.misc); code.u32(Op.miscElemDrop); code.u32(index);
  });
  module.datas.forEach((segment, index) => {
    if (segment.mode !== "active") return;
    writeRange(code, module, segment, segment.end - segment.start);
    code.u8(Op.misc); code.u32(Op.miscMemoryInit); code.u32(index); code.u32(segment.memory);
    code.u8(Op.misc); code.u32(Op.miscDataDrop); code.u32(index);
  });
}

/** The segment's offset, 0 and its length: the operands of `table.init` and `memory.init`. */
function writeRange(code: ByteWriter, module: DecodedModule, { offset }: ElemSegment | DataSegment, length: number): void {
  // A constant expression is a sequence of instructions with an `end` behind it.
  if (offset !== undefined) code.copy(module.bytes, offset.start, offset.end - 1);
  code.u8(Op.i32Const); code.s32(0);
  code.u8(Op.i32Const); code.s32(length | 0);
}

/** Entries of the element section with every active segment made passive. */
export function writePassiveElems(out: ByteWriter, module: DecodedModule): void {
  for (const { mode, type, funcs, exprs } of module.elems) {
    const declarative = mode === "declarative" ? 2 : 0;
    if (funcs !== undefined) {
      out.u32(1 | declarative);
      out.u8(0); // elemkind: function indices
      out.u32(funcs.length);
      for (const func of funcs) out.u32(func);
      continue;
    }
    out.u32(5 | declarative);
    writeRefType(out, type);
    const items = exprs ?? [];
    out.u32(items.length);
    for (const { start, end } of items) out.copy(module.bytes, start, end);
  }
}

/** Entries of the data section with every active segment made passive. */
export function writePassiveDatas(out: ByteWriter, module: DecodedModule): void {
  for (const { start, end } of module.datas) {
    out.u32(1);
    out.u32(end - start);
    out.copy(module.bytes, start, end);
  }
}
