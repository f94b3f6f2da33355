/**
 * The state machine of a line program. Each row that it makes says which line the instructions
 * from its address on come from; a sequence of rows, with rising addresses, covers one piece of code.
 *
 * Only the registers that lead to a line are kept. File, line and column wrap at 32 bits.
 *
 * Spec: DWARF 5 sections 6.2.2, State-Machine Registers, and 6.2.5, The Line Number Program.
 */
import { DebugReader } from "./debug-reader.ts";
import type { LineUnit } from "./line-unit.ts";

/** What `LineProgram.next` stopped at. */
export const Step = { row: 0, sequenceEnd: 1, programEnd: 2 } as const;
export type Step = (typeof Step)[keyof typeof Step];

// Standard opcodes
const COPY = 1;
const ADVANCE_PC = 2;
const ADVANCE_LINE = 3;
const SET_FILE = 4;
const SET_COLUMN = 5;
const NEGATE_STMT = 6;
const SET_BASIC_BLOCK = 7;
const CONST_ADD_PC = 8;
const FIXED_ADVANCE_PC = 9;
const SET_PROLOGUE_END = 10;
const SET_EPILOGUE_BEGIN = 11;
// Extended opcodes
const END_SEQUENCE = 1;
const SET_ADDRESS = 2;

export class LineProgram {
  address = 0;
  file = 1;
  line = 1;
  column = 0;
  readonly #reader: DebugReader;
  readonly #opcodeBase: number;
  readonly #minInstructionLength: number;
  readonly #operandCounts: number;
  /** By special opcode: how far it advances. Most rows are made by one of them. */
  readonly #pcAdvance = new Uint16Array(256);
  readonly #lineAdvance = new Int16Array(256);

  /** `pos` is the offset of an opcode in the section. */
  constructor(section: Uint8Array, unit: LineUnit, pos: number = unit.program) {
    this.#reader = new DebugReader(section, pos, unit.end);
    this.#opcodeBase = unit.opcodeBase;
    this.#minInstructionLength = unit.minInstructionLength;
    this.#operandCounts = unit.operandCounts;
    for (let opcode = unit.opcodeBase; opcode < 256; opcode++) {
      const adjusted = opcode - unit.opcodeBase;
      this.#pcAdvance[opcode] = Math.floor(adjusted / unit.lineRange) * unit.minInstructionLength;
      this.#lineAdvance[opcode] = unit.lineBase + (adjusted % unit.lineRange);
    }
  }

  /** Offset of the next opcode. */
  get pos(): number {
    return this.#reader.pos;
  }

  /** Registers of the beginning of a sequence. */
  reset(): void {
    this.address = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
  }

  /** Runs up to the next row; its registers are those of this object. */
  next(): Step {
    const reader = this.#reader;
    const { bytes, end } = reader;
    while (reader.pos < end) {
      const opcode = bytes[reader.pos++]!;
      if (opcode >= this.#opcodeBase) {
        this.address += this.#pcAdvance[opcode]!;
        this.line = (this.line + this.#lineAdvance[opcode]!) >>> 0;
        return Step.row;
      }
      switch (opcode) {
        case 0:
          if (this.#extended()) return reader.failed ? Step.programEnd : Step.sequenceEnd;
          break;
        case COPY:
          return Step.row;
        case ADVANCE_PC:
          this.address += reader.uleb() * this.#minInstructionLength;
          break;
        case ADVANCE_LINE:
          this.line = (this.line + reader.sleb()) >>> 0;
          break;
        case SET_FILE:
          this.file = reader.uleb() >>> 0;
          break;
        case SET_COLUMN:
          this.column = reader.uleb() >>> 0;
          break;
        case CONST_ADD_PC:
          this.address += this.#pcAdvance[255]!;
          break;
        case FIXED_ADVANCE_PC:
          this.address += reader.u16();
          break;
        case NEGATE_STMT: case SET_BASIC_BLOCK: case SET_PROLOGUE_END: case SET_EPILOGUE_BEGIN:
          break;
        default:
          // Of a later version, or the instruction set: the header says how much to pass over.
          for (let operands = bytes[this.#operandCounts + opcode - 1]!; operands > 0; operands--) reader.uleb();
      }
    }
    return Step.programEnd;
  }

  /** An extended opcode; whether it ends the sequence. */
  #extended(): boolean {
    const reader = this.#reader;
    const length = reader.uleb();
    if (length === 0) return false;
    const opcode = reader.u8();
    if (opcode === SET_ADDRESS && length === 5) this.address = reader.u32();
    else if (opcode === SET_ADDRESS && length === 9) this.address = reader.u64();
    else reader.skip(length - 1);
    return opcode === END_SEQUENCE;
  }
}
