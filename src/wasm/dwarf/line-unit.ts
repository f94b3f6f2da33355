/**
 * The header of one line unit: a program that lists the lines of one compilation.
 *
 * Versions 2 to 5, in the 32-bit and the 64-bit format. Units for machines that issue several
 * operations per instruction are refused; WebAssembly has none.
 *
 * Spec: DWARF 5 section 6.2.4, The Line Number Program Header.
 */
import { DebugReader } from "./debug-reader.ts";

export interface LineUnit {
  readonly version: number;
  /** Size of an offset into another section. */
  readonly offsetSize: 4 | 8;
  /** Offsets in the section: of the directory table, of the program, and of what follows the unit. */
  readonly tables: number;
  readonly program: number;
  readonly end: number;
  readonly minInstructionLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Offset of the operand count of opcode 1. */
  readonly operandCounts: number;
}

export interface LineUnitAt {
  /** Undefined when the unit is damaged or of another version. */
  readonly unit: LineUnit | undefined;
  /** Where the next unit begins; always further on. */
  readonly next: number;
}

/** Reads the header at `at`, an offset in the section. */
export function readLineUnit(section: Uint8Array, at: number): LineUnitAt {
  const length = new DebugReader(section, at);
  let size = length.u32();
  const offsetSize = size === 0xffff_ffff ? 8 : 4;
  if (offsetSize === 8) size = length.u64();
  const end = length.pos + size;
  // The rest of a section that is cut off cannot be trusted to be of this unit.
  if (length.failed || end > section.length) return { unit: undefined, next: section.length };

  const reader = new DebugReader(section, length.pos, end);
  const version = reader.u16();
  // Address size and segment selector size: an address says its own size where it stands.
  if (version === 5) reader.skip(2);
  const headerLength = offsetSize === 8 ? reader.u64() : reader.u32();
  const program = reader.pos + headerLength;
  const minInstructionLength = reader.u8();
  const maxOperations = version >= 4 ? reader.u8() : 1;
  reader.skip(1); // default_is_stmt: every row counts here
  const lineBase = (reader.u8() << 24) >> 24;
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  const operandCounts = reader.pos;
  reader.skip(Math.max(0, opcodeBase - 1));
  const usable = !reader.failed && version >= 2 && version <= 5 && maxOperations <= 1 && lineRange > 0 && opcodeBase > 0 && program >= reader.pos && program <= end;
  return {
    unit: usable ? { version, offsetSize, tables: reader.pos, program, end, minInstructionLength, lineBase, lineRange, opcodeBase, operandCounts } : undefined,
    next: end,
  };
}
