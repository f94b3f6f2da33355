/**
 * Writes one translated body: the original bytes with what the placement asks for in between.
 *
 * The form of an outlined loop, whose slow path lies outside of what the engine sees as a loop:
 *
 *     block $exit (type of the loop)
 *       loop $again
 *         block $slow
 *           br_if $slow (flag)      outer loops only
 *           loop $body
 *             br_if $slow (flag)
 *             ...the original body, then...
 *             br $exit
 *           end
 *           unreachable
 *         end
 *         call $safepoint
 *         br $again
 *       end
 *       unreachable
 *     end
 *
 * A body with copies stands several times in a row. All but the last are wrapped in a block of their own,
 * which is what their branches to the head of the loop leave, so they go on with the next copy.
 *
 * With a counter in a local, `br_if $slow` is taken when that falls below zero; there it is set anew
 * and the flag is looked at. It begins at zero, so the first round of a call looks at the flag.
 *
 * Three labels or four lie more between the body and what is around it, so branches that leave the loop
 * are written anew.
 */
import { entryCharge } from "./fuel";
import { endHints, unlikely } from "./hints";
import { atomicNotify, atomicWait, bulk, bulkType, bulkUnchecked, bulkWide, gcAllocate, memoryGrow, payArray, poll, refuel, safepoint, tableGrow } from "./host";
import { bodyCode, bodyEnd, bodyLocals, bodyStart, delta, flagMemory, fuelGlobal, gcGlobal } from "./input";
import { readU32, skipU32 } from "./leb128";
import { Buffer, newBuffer } from "./memory";
import { bulk32, bulk64, checkEntry, compact, counters, firstHandler, outlines } from "./placement";
import { Action, Flag, Kind, Row, first, length, nesting, rowAfter, rowAt } from "./rows";
import { moveRuns, runCount, runGuest, runInserted } from "./runs";
import { Weight } from "./weight";

const enum Op {
  unreachable = 0x00, block = 0x02, loop = 0x03, if_ = 0x04, else_ = 0x05, end = 0x0b, br = 0x0c, brIf = 0x0d, call = 0x10,
  localGet = 0x20, localSet = 0x21, localTee = 0x22, globalGet = 0x23, globalSet = 0x24, i32Load = 0x28, i32Const = 0x41, i64Const = 0x42,
  i32LtS = 0x48, i32GtU = 0x4b, i64LtS = 0x53, i64GtU = 0x56, i32Sub = 0x6b, i64Sub = 0x7d,
  /** The block type without parameters and results. */
  empty = 0x40,
  i64 = 0x7e, i32 = 0x7f,
}

const OUTLINE_LABELS = 3;
/** Hosts allow 50,000 locals, parameters included. */
const MAX_LOCALS: u32 = 50000;
/** Package, message and the trace of the stack that V8 takes down for an exception. */
const EXCEPTION_BYTES = 512;
const SIZE_BYTES = 5;
/** Alignment 2 with the flag that a memory index follows. */
const ALIGN_WITH_MEMORY = 0x42;

export let out = changetype<Buffer>(0);
/** Original bytes up to here are written. */
let copied: usize = 0;
/** Position of the body. */
let bodyAt = 0;
/** Words by depth of the blocks that are open in the original: how many labels were added around and between them. */
let added = changetype<Buffer>(0);
let depth = 0;
/** Copies of the innermost outlined loop's body that are still to be written. */
let copiesLeft = 0;
/** Locals that were added for lengths, and one that counts rounds down; or -1. */
let local32 = -1;
let local64 = -1;
let counter = -1;

/** Begins with room for the code and what is inserted: real programs grow by up to an eighth. */
export function openEmitter(codeBytes: usize): void {
  out = newBuffer(codeBytes + (codeBytes >> 3) + 1024);
  added = newBuffer(1024);
}

@inline
function position(): i32 {
  return <i32>out.length;
}

/** Writes the code section entry of defined function `index`. */
export function emit(index: i32): void {
  const start = bodyStart(index);
  const code = bodyCode(index);
  const firstRun = runCount();
  const size = position();
  out.reserve(SIZE_BYTES);
  out.length += SIZE_BYTES;
  bodyAt = position();
  runGuest(bodyAt, start);
  copied = start;
  local32 = local64 = counter = -1;
  if (bulk32 || bulk64 || counters) addLocals(index, start, code);
  if (checkEntry || entryCharge > 0) {
    copyTo(code);
    if (checkEntry) check(code);
    if (entryCharge > 0) pay(code, fuelGlobal, entryCharge, <i64>refuel());
  }
  if (outlines) {
    actAndRelabel();
  } else {
    const last = rowAt(length);
    for (let row = rowAt(first); row != last; row = rowAfter(row)) {
      if (row.action != 0) act(row);
    }
  }
  copyTo(bodyEnd(index));
  // The size is shorter than the room that was left for it.
  const bytes = position() - bodyAt;
  const from = out.at + bodyAt;
  out.length = size;
  out.u32(bytes);
  const moved = bodyAt - position();
  memory.copy(out.end, from, bytes);
  bodyAt = position();
  out.length += bytes;
  moveRuns(firstRun, -moved);
  endHints(index, bodyAt, start, firstRun);
}

function act(row: Row): void {
  const action = row.action;
  if ((action & Action.checkBefore) != 0) {
    copyTo(row.start);
    check(row.start);
  }
  if ((action & Action.allocate) != 0) payObject(row);
  if ((action & Action.replace) != 0) replace(row);
  if ((action & Action.checkHead) != 0) {
    copyTo(row.end);
    check(row.end);
  }
  if ((action & Action.charge) != 0) {
    copyTo(row.end);
    pay(row.end, fuelGlobal, row.count, (action & Action.refuel) != 0 ? <i64>refuel() : -1);
  }
}

@inline
function copyTo(place: usize): void {
  if (place > copied) {
    out.copy(copied, place);
    copied = place;
  }
}

/** The original bytes up to `place` are stood for by what was just written. */
function skipTo(place: usize): void {
  copied = place;
  runGuest(position(), place);
}

/** The next instruction is an unlikely branch. */
@inline
function unlikelyHere(): void {
  unlikely(position() - bodyAt);
}

/**
 * Puts the flag on the stack: `i32.load` of address 0 in the flag memory. Of a comparison with memory and the branch behind
 * it AMD's processors make one operation as long as there is no displacement: at any other address the checks of
 * short loops cost up to half as much again [safepoint.geomean].
 */
function writeFlag(): void {
  out.u8(Op.i32Const); out.u8(0);
  out.u8(Op.i32Load); out.u8(ALIGN_WITH_MEMORY); out.u32(flagMemory); out.u8(0);
}

/** Calls the slow path when the flag is up. */
function writeCheck(): void {
  writeFlag();
  unlikelyHere();
  out.u8(Op.if_); out.u8(Op.empty);
  out.u8(Op.call); out.u32(safepoint());
  out.u8(Op.end);
}

/** A check that stands before the original instruction at `place`. */
function check(place: usize): void {
  runInserted(position(), place);
  if (compact) {
    out.u8(Op.call); out.u32(poll());
  } else {
    writeCheck();
  }
  runGuest(position(), place);
}

/** Pays for what an instruction is about to make. */
function payObject(row: Row): void {
  const start = row.start;
  copyTo(start);
  if (row.kind == Kind.arrayNew) {
    runInserted(position(), start);
    out.u8(Op.call); out.u32(payArray(row.arg));
    runGuest(position(), start);
  } else {
    pay(start, gcGlobal, row.kind == Kind.throw_ ? EXCEPTION_BYTES : row.arg, <i64>gcAllocate());
  }
}

/** Takes `count` from an i64 global; calls `refill` when that goes below zero, unless it is -1. */
function pay(place: usize, global: u32, count: i32, refill: i64): void {
  runInserted(position(), place);
  out.u8(Op.globalGet); out.u32(global);
  out.u8(Op.i64Const); out.s33(count);
  out.u8(Op.i64Sub);
  out.u8(Op.globalSet); out.u32(global);
  if (refill >= 0) {
    out.u8(Op.globalGet); out.u32(global);
    out.u8(Op.i64Const); out.u8(0);
    out.u8(Op.i64LtS);
    unlikelyHere();
    out.u8(Op.if_); out.u8(Op.empty);
    out.u8(Op.call); out.u32(<u32>refill);
    out.u8(Op.end);
  }
  runGuest(position(), place);
}

/** Declares the locals in which lengths of bulk operations and the counter of rounds are kept. */
function addLocals(index: i32, start: usize, code: usize): void {
  let next = bodyLocals(index);
  if (next > MAX_LOCALS - 3) return;
  out.u32(readU32(start) + u32(bulk32) + u32(bulk64) + u32(counters));
  out.copy(skipU32(start), code);
  if (bulk32) {
    local32 = next++;
    out.u8(1); out.u8(Op.i32);
  }
  if (bulk64) {
    local64 = next++;
    out.u8(1); out.u8(Op.i64);
  }
  if (counters) {
    counter = next++;
    out.u8(1); out.u8(Op.i32);
  }
  skipTo(code);
}

function replace(row: Row): void {
  switch (row.kind) {
    case Kind.memoryGrow:
      replaceByCall(row, memoryGrow(row.arg));
      break;
    case Kind.tableGrow:
      replaceByCall(row, tableGrow(row.arg));
      break;
    case Kind.memoryFill:
    case Kind.memoryCopy:
    case Kind.memoryInit:
    case Kind.tableBulk:
    case Kind.arrayBulk:
      replaceWhenLong(row);
      break;
    case Kind.atomicNotify:
      replaceByCall(row, atomicNotify(row.arg, <usize>row.arg2 - delta, row.end - delta));
      break;
    case Kind.atomicWait32:
      replaceByCall(row, atomicWait(false, row.arg, <usize>row.arg2 - delta, row.end - delta));
      break;
    case Kind.atomicWait64:
      replaceByCall(row, atomicWait(true, row.arg, <usize>row.arg2 - delta, row.end - delta));
      break;
    default:
  }
}

function replaceByCall(row: Row, helper: u32): void {
  copyTo(row.start);
  out.u8(Op.call); out.u32(helper);
  skipTo(row.end);
}

/**
 * Keeps the original for lengths up to `bulkUnchecked`. The test stands in the body: as a
 * function it made copies of 100 bytes 1.7 times as slow. A body without room for one more
 * local calls the helper for all lengths, which is right too.
 */
function replaceWhenLong(row: Row): void {
  const start = row.start;
  const end = row.end;
  const helper = bulk(start - delta, row.arg, row.arg2);
  const local = bulkWide ? local64 : local32;
  if (local < 0) {
    replaceByCall(row, helper);
    return;
  }
  copyTo(start);
  runInserted(position(), start);
  out.u8(Op.localTee); out.u32(local);
  out.u8(Op.localGet); out.u32(local);
  out.u8(bulkWide ? Op.i64Const : Op.i32Const); out.s33(bulkUnchecked);
  out.u8(bulkWide ? Op.i64GtU : Op.i32GtU);
  unlikelyHere();
  out.u8(Op.if_); out.s33(<i64>bulkType);
  runGuest(position(), start);
  out.u8(Op.call); out.u32(helper);
  out.u8(Op.else_);
  runGuest(position(), start);
  copyTo(end);
  runInserted(position(), end);
  out.u8(Op.end);
  runGuest(position(), end);
}

/** As a walk over the actions, in a body with outlined loops, whose labels branches have to pass over. */
function actAndRelabel(): void {
  added.room(<usize>(nesting + 1) << 2);
  depth = 0;
  added.setWord(0, 0);
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    if (row.action != 0) act(row);
    switch (row.kind) {
      case Kind.tryTable:
        relabelHandlers(row);
        openBlock();
        break;
      case Kind.block:
      case Kind.if_:
      case Kind.try_:
        openBlock();
        break;
      case Kind.loop:
        openBlock();
        if (!row.is(Action.outline)) break;
        openOutlined(row);
        copiesLeft = row.copies;
        beginCopy(row);
        break;
      case Kind.end: {
        if (row.match >= 0) {
          const opener = rowAt(row.match);
          if (opener.kind == Kind.loop && opener.is(Action.outline)) {
            endCopy(row);
            if (copiesLeft > 0) {
              beginCopy(opener);
              row = opener;
              break;
            }
            closeOutlined(row, opener);
          }
        }
        depth--;
        break;
      }
      case Kind.delegate:
        depth--;
        relabel(row);
        break;
      case Kind.br:
      case Kind.brIf:
      case Kind.brOnNull:
      case Kind.brOnNonNull:
      case Kind.brOnCast:
      case Kind.rethrow:
        relabel(row);
        break;
      case Kind.brTable:
        relabelTable(row);
        break;
      default:
    }
  }
}

function openBlock(): void {
  depth++;
  added.setWord(depth, added.word(depth - 1));
}

/** Begins one of the copies of the body of a loop. */
function beginCopy(row: Row): void {
  let labels = added.word(depth - 1) + OUTLINE_LABELS;
  if (--copiesLeft > 0) {
    // Its label stands for the head of the loop: what goes on there goes on with the next copy.
    runInserted(position(), row.end);
    out.u8(Op.block); out.u8(Op.empty);
    labels++;
  }
  added.setWord(depth, labels);
  skipTo(row.end);
}

/** Ends a copy before the loop's end at `row`: what comes to it leaves the loop. */
function endCopy(row: Row): void {
  copyTo(row.start);
  runInserted(position(), row.start);
  out.u8(Op.br); out.u32(added.word(depth) - added.word(depth - 1));
  if (copiesLeft > 0) out.u8(Op.end);
}

function openOutlined(row: Row): void {
  const start = row.start;
  copyTo(start);
  runInserted(position(), start);
  out.u8(Op.block);
  out.copy(start + 1, row.end);
  out.u8(Op.loop); out.u8(Op.empty);
  out.u8(Op.block); out.u8(Op.empty);
  if (row.has(Flag.outer)) {
    // An engine that knows where the flag lies from here on need not find out in each round.
    writeFlag();
    unlikelyHere();
    out.u8(Op.brIf); out.u32(0);
  }
  runGuest(position(), start);
  out.u8(Op.loop); out.u8(Op.empty);
  runInserted(position(), row.end);
  if (isCounted(row)) {
    out.u8(Op.localGet); out.u32(counter);
    out.u8(Op.i32Const); out.u8(1);
    out.u8(Op.i32Sub);
    out.u8(Op.localTee); out.u32(counter);
    out.u8(Op.i32Const); out.u8(0);
    out.u8(Op.i32LtS);
  } else {
    writeFlag();
  }
  unlikelyHere();
  out.u8(Op.brIf); out.u32(1);
}

/** Whether an outlined loop counts its rounds. */
function isCounted(row: Row): bool {
  return counter >= 0 && row.is(Action.counter);
}

/** Ends the outlined loop whose end is at `row`, behind what branches out of it. */
function closeOutlined(row: Row, opener: Row): void {
  const start = row.start;
  out.u8(Op.end);
  out.u8(Op.unreachable);
  out.u8(Op.end);
  // A frame that waits or traps here stands at the head of the loop.
  runInserted(position(), opener.end);
  if (isCounted(opener)) {
    out.u8(Op.i32Const); out.s33(Weight.counterRounds);
    out.u8(Op.localSet); out.u32(counter);
    writeCheck();
  } else {
    out.u8(Op.call); out.u32(safepoint());
  }
  runInserted(position(), start);
  out.u8(Op.br); out.u32(0);
  out.u8(Op.end);
  out.u8(Op.unreachable);
  skipTo(start);
}

function newLabel(label: u32): u32 {
  return label > <u32>depth ? label : label + added.word(depth) - added.word(depth - label);
}

/** Writes a branch anew when its label lies outside of the outlined loop. */
function relabel(row: Row): void {
  const label = <u32>row.arg;
  if (newLabel(label) == label) return;
  let at = row.start + 1;
  // br_on_cast: the rest of the opcode and the flags stand before the label.
  if (row.kind == Kind.brOnCast) at = skipU32(at) + 1;
  copyTo(at);
  out.u32(newLabel(label));
  out.copy(skipU32(at), row.end);
  skipTo(row.end);
}

function relabelTable(row: Row): void {
  let at = skipU32(row.start + 1);
  copyTo(at);
  while (at < row.end) {
    out.u32(newLabel(readU32(at)));
    at = skipU32(at);
  }
  skipTo(row.end);
}

function relabelHandlers(row: Row): void {
  let at = firstHandler(row);
  copyTo(at);
  while (at < row.end) {
    const label = load<u8>(at) < 2 ? skipU32(at + 1) : at + 1;
    out.copy(at, label);
    out.u32(newLabel(readU32(label)));
    at = skipU32(label);
  }
  skipTo(row.end);
}
