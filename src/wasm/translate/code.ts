/** Opcodes that the translator writes, and the check itself. */
import type { ByteWriter } from "../binary/byte-writer.ts";

export const Op = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, return: 0x0f,
  call: 0x10, callIndirect: 0x11, drop: 0x1a,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24,
  i32Load: 0x28, memorySize: 0x3f, memoryGrow: 0x40, i32Const: 0x41, i64Const: 0x42,
  i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32LtU: 0x49, i32GtU: 0x4b, i32LeU: 0x4d, i64Ne: 0x52, i64LtS: 0x53, i64LtU: 0x54, i64GtU: 0x56, i64LeU: 0x58,
  i32Add: 0x6a, i32Sub: 0x6b, i32Or: 0x72, i64Add: 0x7c, i64Sub: 0x7d, i64Mul: 0x7e, i64Shl: 0x86, i64ExtendI32U: 0xad,
  misc: 0xfc, miscMemoryInit: 8, miscDataDrop: 9, miscMemoryCopy: 10, miscMemoryFill: 11, miscTableInit: 12, miscElemDrop: 13, miscTableCopy: 14, miscTableGrow: 15, miscTableSize: 16, miscTableFill: 17,
  gc: 0xfb, gcArrayLen: 15, gcArrayFill: 16, gcArrayCopy: 17, gcArrayInitData: 18, gcArrayInitElem: 19,
  atomic: 0xfe, atomicNotify: 0, atomicWait32: 1, atomicWait64: 2, i32AtomicLoad: 0x10, i64AtomicLoad: 0x11,
  /** The block type without parameters and results. */
  empty: 0x40,
} as const;

/** Alignment 2 with the flag that a memory index follows. */
const ALIGN_WITH_MEMORY = 0x42;

/** Calls the slow path when the flag is up, as `translator/emit.ts` writes it. */
export function writeCheck(code: ByteWriter, flagMemory: number, safepoint: number): void {
  code.u8(Op.i32Const); code.u8(0);
  code.u8(Op.i32Load); code.u8(ALIGN_WITH_MEMORY); code.u32(flagMemory); code.u8(0);
  code.u8(Op.if); code.u8(Op.empty);
  code.u8(Op.call); code.u32(safepoint);
  code.u8(Op.end);
}
