/**
 * Bodies of the functions that stand for `memory.fill`, `memory.copy` and `memory.init`.
 *
 * They are called for lengths beyond `UNCHECKED_BULK`, and run in pieces of `CHUNK` bytes with
 * a check before each. The whole range is tested first and the original instruction run when it does not fit,
 * so a trap comes before any byte is written, as the specification has it; memories never
 * shrink, so the test stays true. A segment that is dropped by another thread between two
 * pieces makes the next piece trap.
 *
 * The long bodies use one i64 local after its parameters as scratch.
 *
 * Spec: core exec/instructions, memory.fill, memory.copy, memory.init; memory64.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { AddrType } from "../types/externtype.ts";
import { Op } from "./code.ts";

/** Bytes between two checks: some 30 µs of copying. */
const CHUNK = 1 << 20;
const SCRATCH = 3;

export interface BulkSide {
  readonly memory: number;
  readonly addr: AddrType;
  readonly pageSizeLog2: number;
}

/** Parameters: address, value, length. */
export function writeFill(code: ByteWriter, memory: number, addr: AddrType, pageSizeLog2: number, check: () => void): void {
  const fill = (): void => {
    misc(code, Op.miscMemoryFill);
    code.u32(memory);
  };
  const whole = (): void => {
    gets(code, 0, 1, 2);
    fill();
  };
  writeOutOfRange(code, { memory, addr, pageSizeLog2 }, 0, addr);
  writeTrap(code, whole);
  code.u8(Op.loop); code.u8(Op.empty);
  writeMore(code, addr, check);
  gets(code, 0, 1);
  constant(code, addr, CHUNK);
  fill();
  advance(code, 0, addr, CHUNK);
  advance(code, 2, addr, -CHUNK);
  writeAgain(code);
  whole();
}

/** Parameters: target address, source address, length. */
export function writeCopy(code: ByteWriter, target: BulkSide, source: BulkSide, check: () => void): void {
  const length: AddrType = target.addr === "i64" && source.addr === "i64" ? "i64" : "i32";
  const copy = (): void => {
    misc(code, Op.miscMemoryCopy);
    code.u32(target.memory);
    code.u32(source.memory);
  };
  const whole = (): void => {
    gets(code, 0, 1, 2);
    copy();
  };
  writeOutOfRange(code, target, 0, length);
  writeOutOfRange(code, source, 1, length);
  code.u8(Op.i32Or);
  writeTrap(code, whole);
  // Two indices may name one memory, so the addresses alone decide the direction.
  wide(code, 0, target.addr);
  wide(code, 1, source.addr);
  code.u8(Op.i64LeU);
  code.u8(Op.if); code.u8(Op.empty);
  code.u8(Op.loop); code.u8(Op.empty);
  writeMore(code, length, check);
  gets(code, 0, 1);
  constant(code, length, CHUNK);
  copy();
  advance(code, 0, target.addr, CHUNK);
  advance(code, 1, source.addr, CHUNK);
  advance(code, 2, length, -CHUNK);
  writeAgain(code);
  code.u8(Op.else);
  code.u8(Op.loop); code.u8(Op.empty);
  writeMore(code, length, check);
  advance(code, 2, length, -CHUNK);
  offsetAddress(code, 0, target.addr, length);
  offsetAddress(code, 1, source.addr, length);
  constant(code, length, CHUNK);
  copy();
  writeAgain(code);
  code.u8(Op.end);
  whole();
}

/** Parameters: target address, source offset, length. */
export function writeInit(code: ByteWriter, segment: number, byteLength: number, target: BulkSide, check: () => void): void {
  const init = (): void => {
    misc(code, Op.miscMemoryInit);
    code.u32(segment);
    code.u32(target.memory);
  };
  const whole = (): void => {
    gets(code, 0, 1, 2);
    init();
  };
  writeOutOfRange(code, target, 0, "i32");
  wide(code, 1, "i32");
  wide(code, 2, "i32");
  code.u8(Op.i64Add);
  code.u8(Op.i64Const); code.s64(BigInt(byteLength));
  code.u8(Op.i64GtU);
  code.u8(Op.i32Or);
  writeTrap(code, whole);
  // Traps when the segment was dropped and writes nothing.
  constant(code, target.addr, 0);
  constant(code, "i32", 1);
  constant(code, "i32", 0);
  init();
  code.u8(Op.loop); code.u8(Op.empty);
  writeMore(code, "i32", check);
  gets(code, 0, 1);
  constant(code, "i32", CHUNK);
  init();
  advance(code, 0, target.addr, CHUNK);
  advance(code, 1, "i32", CHUNK);
  advance(code, 2, "i32", -CHUNK);
  writeAgain(code);
  whole();
}

/** Leaves 1 when address (local `address`) plus length (local 2) is beyond the memory, else 0. */
function writeOutOfRange(code: ByteWriter, side: BulkSide, address: number, length: AddrType): void {
  wide(code, address, side.addr);
  wide(code, 2, length);
  code.u8(Op.i64Add);
  code.u8(Op.localTee); code.u32(SCRATCH);
  wide(code, address, side.addr);
  code.u8(Op.i64LtU);
  gets(code, SCRATCH);
  code.u8(Op.memorySize); code.u32(side.memory);
  if (side.addr === "i32") code.u8(Op.i64ExtendI32U);
  code.u8(Op.i64Const); code.s32(side.pageSizeLog2);
  code.u8(Op.i64Shl);
  code.u8(Op.i64GtU);
  code.u8(Op.i32Or);
}

/** Runs the original, which traps, when the stack says so. */
function writeTrap(code: ByteWriter, whole: () => void): void {
  code.u8(Op.if); code.u8(Op.empty);
  whole();
  code.u8(Op.unreachable);
  code.u8(Op.end);
}

/** Opens the body of a chunk loop: a check, then the rest only while more than one piece is left. */
function writeMore(code: ByteWriter, length: AddrType, check: () => void): void {
  check();
  constant(code, length, CHUNK);
  gets(code, 2);
  code.u8(length === "i64" ? Op.i64LtU : Op.i32LtU);
  code.u8(Op.if); code.u8(Op.empty);
}

/** Goes back to the loop head and closes what `writeMore` opened and the loop. */
function writeAgain(code: ByteWriter): void {
  code.u8(Op.br); code.u32(1);
  code.u8(Op.end);
  code.u8(Op.end);
}

function misc(code: ByteWriter, sub: number): void {
  code.u8(Op.misc);
  code.u32(sub);
}

function gets(code: ByteWriter, ...locals: readonly number[]): void {
  for (const local of locals) {
    code.u8(Op.localGet);
    code.u32(local);
  }
}

/** A local of type `addr` as an unsigned i64. */
function wide(code: ByteWriter, local: number, addr: AddrType): void {
  gets(code, local);
  if (addr === "i32") code.u8(Op.i64ExtendI32U);
}

function constant(code: ByteWriter, addr: AddrType, value: number): void {
  code.u8(addr === "i64" ? Op.i64Const : Op.i32Const);
  code.s32(value);
}

function advance(code: ByteWriter, local: number, addr: AddrType, by: number): void {
  gets(code, local);
  constant(code, addr, by);
  code.u8(addr === "i64" ? Op.i64Add : Op.i32Add);
  code.u8(Op.localSet); code.u32(local);
}

/** An address (local) plus the length still to do (local 2). */
function offsetAddress(code: ByteWriter, local: number, addr: AddrType, length: AddrType): void {
  gets(code, local);
  if (addr === "i64") {
    wide(code, 2, length);
    code.u8(Op.i64Add);
  } else {
    gets(code, 2);
    code.u8(Op.i32Add);
  }
}
