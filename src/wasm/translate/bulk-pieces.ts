/**
 * Bodies of functions that stand for one bulk operation on a memory, a table or an array.
 *
 * They are called for lengths that would run too long at once, and run in pieces with a check before
 * each. The whole range is tested first and the original instruction run when it does not fit,
 * so a trap comes before anything is written, as the specification has it; memories and tables
 * never shrink and arrays keep their length, so the test stays true. A segment that was dropped makes
 * the first piece trap; one that another thread drops between two pieces, the next one.
 *
 * The parameters are the operands of the instruction, the length the last one; behind them
 * stands one i64 local as scratch.
 *
 * Spec: core exec/instructions, the fill, copy and init instructions; memory64.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { AddrType } from "../types/externtype.ts";
import { Op } from "./code.ts";

/** A range that the operation reads or writes. */
export interface Side {
  /** Operand with the index of its first element. */
  readonly operand: number;
  readonly addr: AddrType;
  /** What the index counts by element of the operation: more than 1 where that is bytes of a data segment. */
  readonly scale: number;
  /** Writes code that leaves an i64: how many elements there are. */
  readonly size: (code: ByteWriter) => void;
}

export interface BulkOperation {
  readonly operands: number;
  /** Type of the last operand. */
  readonly length: AddrType;
  /** Elements between two checks. */
  readonly chunk: number;
  /** The target, then the source where it is a range. */
  readonly sides: readonly Side[];
  /** The source is of the kind of the target and may be the same: pieces go up or down as the indices say. */
  readonly overlaps: boolean;
  /** Writes the instruction. */
  readonly instruction: (code: ByteWriter) => void;
}

/** Writes the body, without its local and its `end`; `check` writes a check. */
export function writePieces(code: ByteWriter, operation: BulkOperation, check: () => void): void {
  new PiecesWriter(code, operation, check).write();
}

class PiecesWriter {
  readonly #code: ByteWriter;
  readonly #operation: BulkOperation;
  readonly #check: () => void;
  /** Local of the length. */
  readonly #length: number;
  readonly #scratch: number;

  constructor(code: ByteWriter, operation: BulkOperation, check: () => void) {
    this.#code = code;
    this.#operation = operation;
    this.#check = check;
    this.#length = operation.operands - 1;
    this.#scratch = operation.operands;
  }

  write(): void {
    const code = this.#code;
    const { sides, overlaps } = this.#operation;
    sides.forEach((side, i) => {
      this.#outOfRange(side);
      if (i > 0) code.u8(Op.i32Or);
    });
    code.u8(Op.if); code.u8(Op.empty);
    this.#whole();
    code.u8(Op.unreachable);
    code.u8(Op.end);
    if (!overlaps) {
      this.#up();
    } else {
      // Two indices, or two references, may name one memory, table or array, so the positions alone decide.
      for (const side of sides) this.#wide(side.operand, side.addr);
      code.u8(Op.i64LeU);
      code.u8(Op.if); code.u8(Op.empty);
      this.#up();
      code.u8(Op.else);
      this.#down();
      code.u8(Op.end);
    }
    this.#whole();
  }

  /** Leaves 1 when the side's index plus the length is beyond its size, else 0. */
  #outOfRange({ operand, addr, scale, size }: Side): void {
    const code = this.#code;
    const { length } = this.#operation;
    this.#wide(operand, addr);
    this.#wide(this.#length, length);
    if (scale !== 1) {
      code.u8(Op.i64Const); code.s32(scale);
      code.u8(Op.i64Mul);
    }
    code.u8(Op.i64Add);
    code.u8(Op.localTee); code.u32(this.#scratch);
    size(code);
    code.u8(Op.i64GtU);
    // Only an index of 64 bits is long enough for the sum to wrap around.
    if (addr === "i32") return;
    this.#get(this.#scratch);
    this.#wide(operand, addr);
    code.u8(Op.i64LtU);
    code.u8(Op.i32Or);
  }

  /** The instruction with all that is left to do. */
  #whole(): void {
    for (let operand = 0; operand < this.#operation.operands; operand++) this.#get(operand);
    this.#operation.instruction(this.#code);
  }

  /** From the first element on, until no more than a piece is left. */
  #up(): void {
    const { operands, sides, length, chunk } = this.#operation;
    this.#openLoop();
    for (let operand = 0; operand < operands - 1; operand++) this.#get(operand);
    this.#constant(length, chunk);
    this.#operation.instruction(this.#code);
    for (const { operand, addr, scale } of sides) this.#advance(operand, addr, chunk * scale);
    this.#advance(this.#length, length, -chunk);
    this.#closeLoop();
  }

  /** From the last element back, until no more than a piece is left at the beginning. */
  #down(): void {
    const { operands, sides, length, chunk } = this.#operation;
    this.#openLoop();
    this.#advance(this.#length, length, -chunk);
    for (let operand = 0; operand < operands - 1; operand++) {
      const side = sides.find((each) => each.operand === operand);
      if (side === undefined) this.#get(operand);
      else this.#lastOf(side);
    }
    this.#constant(length, chunk);
    this.#operation.instruction(this.#code);
    this.#closeLoop();
  }

  /** The loop's body begins with a check, and goes on only while more than one piece is left. */
  #openLoop(): void {
    const code = this.#code;
    const { length, chunk } = this.#operation;
    code.u8(Op.loop); code.u8(Op.empty);
    this.#check();
    this.#constant(length, chunk);
    this.#get(this.#length);
    code.u8(length === "i64" ? Op.i64LtU : Op.i32LtU);
    code.u8(Op.if); code.u8(Op.empty);
  }

  #closeLoop(): void {
    const code = this.#code;
    code.u8(Op.br); code.u32(1);
    code.u8(Op.end);
    code.u8(Op.end);
  }

  #get(local: number): void {
    this.#code.u8(Op.localGet);
    this.#code.u32(local);
  }

  /** A local of type `addr` as an unsigned i64. */
  #wide(local: number, addr: AddrType): void {
    this.#get(local);
    if (addr === "i32") this.#code.u8(Op.i64ExtendI32U);
  }

  #constant(addr: AddrType, value: number): void {
    this.#code.u8(addr === "i64" ? Op.i64Const : Op.i32Const);
    this.#code.s32(value);
  }

  #advance(local: number, addr: AddrType, by: number): void {
    this.#get(local);
    this.#constant(addr, by);
    this.#code.u8(addr === "i64" ? Op.i64Add : Op.i32Add);
    this.#code.u8(Op.localSet);
    this.#code.u32(local);
  }

  /** The side's index plus the length that is left. */
  #lastOf({ operand, addr }: Side): void {
    this.#get(operand);
    if (addr === "i64") {
      this.#wide(this.#length, this.#operation.length);
      this.#code.u8(Op.i64Add);
    } else {
      this.#get(this.#length);
      this.#code.u8(Op.i32Add);
    }
  }
}
