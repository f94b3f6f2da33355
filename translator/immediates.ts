/**
 * Walking over instructions without reading what they say. The kinds are those of the instruction table
 * (`src/wasm/binary/instructions.ts`), whose order counts: kinds from 1 to `elem` are one u32, those up to `tableTable` two.
 *
 * Bodies are those that a validator accepts. What is malformed traps, or is passed over; each step moves forward.
 *
 * Spec: core binary/instructions.
 */
import { PREFIXED } from "../src/wasm/translate/bounds";
import { immediates, prefixed } from "./input";
import { readU32, skipU32 } from "./leb128";

export const enum Immediate {
  none = 0, elem = 10, tableTable = 20, zero = 21, blockType = 22, tryTable = 23, labelTable = 24, selectTypes = 25, heapType = 26,
  castBranch = 27, memarg = 28, memargLane = 29, lane = 30, shuffle = 31, i32 = 32, i64 = 33, f32 = 34, f64 = 35, v128 = 36,
  prefix = 254, illegal = 255,
}

/** Bit of a memarg's first number. */
export const MEMORY_FOLLOWS: u32 = 0x40;
const FIRST_PREFIX: u32 = 0xfb;

export function immediateOf(opcode: u32): i32 {
  return load<u8>(immediates + opcode);
}

export function immediateOfPrefixed(prefix: u32, sub: u32): i32 {
  return sub < <u32>PREFIXED ? load<u8>(prefixed + (prefix - FIRST_PREFIX) * <u32>PREFIXED + sub) : Immediate.illegal;
}

/** Whether a reference type in its long form stands at `at`, with a heap type behind. */
@inline
export function isLongRefType(at: usize): bool {
  return <u32>load<u8>(at) - 0x63 < 2;
}

/** Behind a value type, block type or s33. */
export function skipType(at: usize): usize {
  return skipU32(isLongRefType(at) ? at + 1 : at);
}

/** Behind the instruction whose opcode stands at `at`. */
export function skipInstruction(at: usize, end: usize): usize {
  const opcode = <u32>load<u8>(at);
  const kind = immediateOf(opcode);
  if (kind == Immediate.none) return at + 1;
  if (kind != Immediate.prefix) return skipImmediates(at + 1, end, kind);
  const sub = readU32(at + 1);
  return skipImmediates(skipU32(at + 1), end, immediateOfPrefixed(opcode, sub));
}

/** Behind the immediates that begin at `at`. Traps when there is no such instruction, or it goes on after `end`. */
export function skipImmediates(at: usize, end: usize, kind: i32): usize {
  let next: usize = 0;
  if (kind == Immediate.none) return at;
  if (kind <= Immediate.elem) next = skipU32(at);
  else if (kind <= Immediate.tableTable) next = skipU32(skipU32(at));
  else {
    switch (kind) {
      case Immediate.i32:
      case Immediate.i64:
      case Immediate.heapType:
        next = skipU32(at);
        break;
      case Immediate.memarg:
        next = skipMemarg(at);
        break;
      case Immediate.blockType:
        next = skipType(at);
        break;
      case Immediate.f32:
        next = at + 4;
        break;
      case Immediate.f64:
        next = at + 8;
        break;
      case Immediate.zero:
      case Immediate.lane:
        next = at + 1;
        break;
      case Immediate.shuffle:
      case Immediate.v128:
        next = at + 16;
        break;
      case Immediate.memargLane:
        next = skipMemarg(at) + 1;
        break;
      case Immediate.labelTable:
        next = skipU32(at);
        for (let left = readU32(at); next < end; left--) {
          next = skipU32(next);
          if (left == 0) break;
        }
        break;
      case Immediate.selectTypes:
        next = skipU32(at);
        for (let left = readU32(at); left > 0 && next < end; left--) next = skipType(next);
        break;
      case Immediate.castBranch:
        next = skipU32(skipU32(skipU32(at + 1)));
        break;
      case Immediate.tryTable:
        next = skipType(at);
        const clauses = readU32(next);
        next = skipU32(next);
        for (let left = clauses; left > 0 && next < end; left--) next = skipU32(load<u8>(next) < 2 ? skipU32(next + 1) : next + 1);
        break;
      default:
        unreachable();
    }
  }
  if (next > end) unreachable();
  return next;
}

function skipMemarg(at: usize): usize {
  const flags = readU32(at);
  let next = skipU32(at);
  if ((flags & MEMORY_FOLLOWS) != 0) next = skipU32(next);
  return skipU32(next);
}
