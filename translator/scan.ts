/**
 * Walks one body and writes down its control flow and calls.
 *
 * Structure is not checked again; on a body that no validator has accepted the walk still moves forward with each
 * step and writes only rows. Nesting is kept in words, never on a stack of calls.
 *
 * Spec: core binary/instructions.
 */
import { ARRAY_HEADER, SMALL_BULK, UNCHECKED_ARRAY, UNCHECKED_TABLE } from "../src/wasm/translate/bounds";
import { MEMORY_FOLLOWS, immediateOf, immediateOfPrefixed, isLongRefType, skipImmediates } from "./immediates";
import { callSteps, elementBytes, hasParams, hasReferences, imported, isShared, steps, structBytes, typeCount } from "./input";
import { readU32, skipU32 } from "./leb128";
import { Buffer, newBuffer } from "./memory";
import { Flag, Kind, Row, Seen, addRow, first, length, nest, openBody, rowAt, sawIn } from "./rows";

/** What the scanner does after reading an opcode. The host makes `steps` of it. */
const enum Step { plain = 0, one = 1, memarg = 2, skip4 = 3, skip8 = 4, other = 5, blockType = 6, event = 7 }

const enum Prefix { gc = 0xfb, misc = 0xfc, simd = 0xfd, atomic = 0xfe }

const enum Misc { memoryInit = 8, memoryCopy = 10, memoryFill = 11, tableInit = 12, tableCopy = 14, tableGrow = 15, tableFill = 17 }

const enum Gc {
  structNew = 0, structNewDefault = 1, arrayNew = 6, arrayNewDefault = 7, arrayNewFixed = 8, arrayNewData = 9, arrayNewElem = 10,
  arrayFill = 16, arrayInitElem = 19, brOnCast = 24, brOnCastFail = 25,
}

/** Where the walk stands. */
let pos: usize = 0;
// The stack of open blocks: row of the opener, and the row of the innermost loop around it or -1.
let openers = changetype<Buffer>(0);
let loops = changetype<Buffer>(0);
let depth = 0;
// What was read behind a prefix.
let arg: i32 = 0;
let arg2: i32 = 0;

export function openScanner(): void {
  openers = newBuffer(1024);
  loops = newBuffer(1024);
}

/** Fills the rows with the code in `[code, end)`; `end` is the end of the body. */
export function scan(code: usize, end: usize): void {
  walk(steps, code, end);
}

/** As `scan`, but only calls, `ref.func` and what a body weighs; nesting, flags of loops and counts are not kept. */
export function scanCalls(code: usize, end: usize): void {
  walk(callSteps, code, end);
}

function walk(steps: usize, code: usize, end: usize): void {
  openBody();
  depth = 0;
  let at = code;
  let previous: usize = 0;
  let start: usize = 0;
  let count = 0;
  while (at < end) {
    previous = start;
    start = at;
    const opcode = <u32>load<u8>(at++);
    count++;
    switch (<i32>load<u8>(steps + opcode)) {
      case Step.plain:
        break;
      case Step.one:
        while (load<u8>(at++) >= 0x80);
        break;
      case Step.memarg:
        if (load<u8>(at) >= 0x40) {
          at = skipImmediates(at, end, immediateOf(opcode));
        } else {
          at++;
          while (load<u8>(at++) >= 0x80);
        }
        break;
      case Step.skip4:
        at += 4;
        break;
      case Step.skip8:
        at += 8;
        break;
      case Step.blockType:
        if (isLongRefType(at)) at++;
        while (load<u8>(at++) >= 0x80);
        break;
      case Step.other:
        at = skipImmediates(at, end, immediateOf(opcode));
        break;
      default:
        pos = at;
        if (event(opcode, start, previous, count, end)) count = 0;
        at = pos;
    }
  }
}

@inline
function u32At(): u32 {
  const value = readU32(pos);
  pos = skipU32(pos);
  return value;
}

/** Returns whether a row was written. */
function event(opcode: u32, start: usize, previous: usize, count: i32, end: usize): bool {
  let kind = <i32>opcode;
  let first: i32 = 0;
  let second: i32 = 0;
  let flags = 0;
  switch (opcode) {
    case Kind.block:
    case Kind.loop:
    case Kind.if_:
    case Kind.try_:
      first = <i32>pos;
      flags = blockType();
      break;
    case Kind.tryTable:
      first = <i32>pos;
      flags = blockType();
      for (let clauses = u32At(); clauses > 0 && pos < end; clauses--) {
        if (load<u8>(pos++) < 2) u32At();
        branch(u32At());
      }
      break;
    case Kind.br:
    case Kind.brIf:
    case Kind.brOnNull:
    case Kind.brOnNonNull:
      first = u32At();
      branch(first);
      break;
    case Kind.brTable:
      for (let left = u32At(); pos < end; left--) {
        branch(u32At());
        if (left == 0) break;
      }
      break;
    case Kind.rethrow:
    case Kind.delegate:
    case Kind.catch_:
    case Kind.throw_:
    case Kind.refFunc:
    case Kind.memoryGrow:
    case Kind.call:
    case Kind.returnCall:
    case Kind.callRef:
    case Kind.returnCallRef:
      first = u32At();
      break;
    case Kind.callIndirect:
    case Kind.returnCallIndirect:
      first = u32At();
      second = u32At();
      break;
    case Prefix.gc:
    case Prefix.misc:
    case Prefix.simd:
    case Prefix.atomic: {
      kind = readPrefixed(opcode, end);
      if (kind < 0) return false;
      first = arg;
      second = arg2;
      const small = smallLength(kind);
      if (small > 0 && !isSmallConst(previous, start, small)) flags = Flag.large;
      break;
    }
    case Kind.end:
    case Kind.else_:
    case Kind.catchAll:
      break;
    default:
  }
  if (opcode == Kind.end || opcode == Kind.else_ || opcode == Kind.catch_ || opcode == Kind.catchAll || opcode == Kind.delegate) count--;
  const row = addRow();
  row.start = start;
  row.end = pos;
  row.arg = first;
  row.arg2 = second;
  row.count = count;
  row.open(kind, flags);
  enter(row, kind, flags);
  return true;
}

/** Keeps the stack of open blocks and what is known of the loops on it. */
function enter(row: Row, kind: i32, flags: i32): void {
  switch (kind) {
    case Kind.block:
    case Kind.loop:
    case Kind.if_:
    case Kind.try_:
    case Kind.tryTable: {
      const at = depth++;
      nest(depth);
      openers.length = loops.length = <usize>at << 2;
      const around = at == 0 ? -1 : loops.word(at - 1);
      if (kind == Kind.loop) {
        sawIn(Seen.loop);
        if (around >= 0) rowAt(around).mark(Flag.outer);
      } else if (kind == Kind.try_ || kind == Kind.tryTable) {
        sawIn(Seen.handlers);
      }
      openers.pushWord(length - 1);
      loops.pushWord(kind == Kind.loop ? length - 1 : around);
      break;
    }
    case Kind.end:
    case Kind.delegate: {
      if (depth == 0) break;
      const at = --depth;
      const index = openers.word(at);
      const opener = rowAt(index);
      row.match = index;
      opener.match = length - 1;
      const around = at == 0 ? -1 : loops.word(at - 1);
      if (opener.kind == Kind.loop && opener.has(Flag.calls) && around >= 0) rowAt(around).mark(Flag.calls);
      break;
    }
    case Kind.else_:
    case Kind.catch_:
    case Kind.catchAll:
      if (depth > 0) row.match = openers.word(depth - 1);
      break;
    case Kind.call:
    case Kind.returnCall:
      if (row.arg < imported) sawIn(Seen.importCall);
      runsLong();
      break;
    case Kind.callIndirect:
    case Kind.returnCallIndirect:
    case Kind.callRef:
    case Kind.returnCallRef:
      runsLong();
      break;
    case Kind.memoryGrow:
    case Kind.tableGrow:
      sawIn(Seen.growth);
      runsLong();
      break;
    case Kind.memoryInit:
    case Kind.memoryCopy:
    case Kind.memoryFill:
    case Kind.tableBulk:
    case Kind.arrayBulk:
      if ((flags & Flag.large) != 0) {
        sawIn(Seen.largeBulk);
        runsLong();
      }
      break;
    case Kind.brTable:
      if (depth > 0 && loops.word(depth - 1) >= 0) rowAt(loops.word(depth - 1)).mark(Flag.dispatch);
      break;
    case Kind.arrayNew:
    case Kind.objectNew:
      sawIn(Seen.allocation);
      break;
    case Kind.throw_:
      if (hasReferences(row.arg)) sawIn(Seen.allocation);
      break;
    case Kind.atomicNotify:
    case Kind.atomicWait32:
    case Kind.atomicWait64:
      sawIn(Seen.parking);
      runsLong();
      break;
    default:
  }
}

@inline
function runsLong(): void {
  if (depth == 0) return;
  const loop = loops.word(depth - 1);
  if (loop >= 0) rowAt(loop).mark(Flag.calls);
}

/** Marks the opener that a label stands for. The label of the body itself has none. */
@inline
function branch(label: u32): void {
  if (label < <u32>depth) rowAt(openers.word(depth - 1 - label)).mark(Flag.targeted);
}

/** Reads a block type; returns `params` when the block has some. */
function blockType(): i32 {
  if (isLongRefType(pos)) {
    pos = skipU32(pos + 1);
    return 0;
  }
  const byte = load<u8>(pos);
  const index = u32At();
  return (byte & 0xc0) != 0x40 && hasParams(index) ? Flag.params : 0;
}

/** Reads behind a prefix byte; returns the kind of row, or -1. */
function readPrefixed(prefix: u32, end: usize): i32 {
  const sub = <i32>u32At();
  if (prefix == Prefix.gc && (sub == Gc.brOnCast || sub == Gc.brOnCastFail)) {
    pos++;
    arg = u32At();
    arg2 = 0;
    pos = skipU32(skipU32(pos));
    branch(arg);
    return Kind.brOnCast;
  }
  if (prefix == Prefix.misc) {
    if (sub == Misc.memoryInit || sub == Misc.memoryCopy) {
      arg = u32At();
      arg2 = u32At();
      return sub == Misc.memoryInit ? Kind.memoryInit : Kind.memoryCopy;
    }
    if (sub == Misc.memoryFill || sub == Misc.tableGrow) {
      arg = u32At();
      arg2 = 0;
      return sub == Misc.memoryFill ? Kind.memoryFill : Kind.tableGrow;
    }
  }
  const at = pos;
  pos = skipImmediates(at, end, immediateOfPrefixed(prefix, <u32>sub));
  switch (prefix) {
    case Prefix.atomic:
      if (<u32>sub > 2) return -1;
      arg = readU32(at) >= MEMORY_FOLLOWS ? readU32(skipU32(at)) : 0;
      arg2 = <i32>at;
      return isShared(arg) ? Kind.atomicNotify + sub : -1;
    case Prefix.misc:
      if (sub != Misc.tableInit && sub != Misc.tableCopy && sub != Misc.tableFill) return -1;
      readBulk(at);
      return Kind.tableBulk;
    case Prefix.gc:
      if (<u32>sub <= <u32>Gc.arrayNewElem) return allocation(sub, at);
      if (sub < Gc.arrayFill || sub > Gc.arrayInitElem) return -1;
      readBulk(at);
      return Kind.arrayBulk;
    default:
      return -1;
  }
}

/** Reads the immediates, one or two, between `at` and where the walk stands. */
function readBulk(at: usize): void {
  arg = readU32(at);
  const next = skipU32(at);
  arg2 = next < pos ? readU32(next) : 0;
}

/** What an instruction with the number `sub` makes, if anything. */
function allocation(sub: i32, at: usize): i32 {
  const type = readU32(at);
  arg2 = 0;
  switch (sub) {
    case Gc.arrayNew:
    case Gc.arrayNewDefault:
    case Gc.arrayNewData:
    case Gc.arrayNewElem:
      arg = sizeOf(elementBytes, type);
      return Kind.arrayNew;
    case Gc.arrayNewFixed:
      arg = (ARRAY_HEADER + readU32(skipU32(at)) * sizeOf(elementBytes, type) + 7) & ~7;
      return Kind.objectNew;
    case Gc.structNew:
    case Gc.structNewDefault:
      arg = sizeOf(structBytes, type);
      return Kind.objectNew;
    default:
      return -1;
  }
}

function sizeOf(table: usize, type: u32): i32 {
  return type < <u32>typeCount ? load<i32>(table + (<usize>type << 2)) : 0;
}

/** Whether the instruction in `[start, end)` is a constant of at most `most`. */
function isSmallConst(start: usize, end: usize, most: i32): bool {
  const opcode = start == 0 ? 0 : load<u8>(start);
  const length = <i32>(end - start) - 1;
  if ((opcode != 0x41 && opcode != 0x42) || length > 3) return false;
  let value = 0;
  for (let i = 0; i < length; i++) value |= (<i32>load<u8>(start + 1 + i) & 0x7f) << (7 * i);
  return (load<u8>(start + length) & 0x40) == 0 && value <= most;
}

/** Constant length up to which a bulk operation is left as it is; 0 when `kind` is none. */
function smallLength(kind: i32): i32 {
  switch (kind) {
    case Kind.memoryInit:
    case Kind.memoryCopy:
    case Kind.memoryFill:
      return SMALL_BULK;
    case Kind.tableBulk:
      return UNCHECKED_TABLE;
    case Kind.arrayBulk:
      return UNCHECKED_ARRAY;
    default:
      return 0;
  }
}
