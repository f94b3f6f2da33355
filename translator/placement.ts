/**
 * Decides where one body is checked, what is charged for fuel, and which instructions become
 * calls of helpers.
 *
 * INV: each round of a loop and each cycle of the call graph passes a check, with two exceptions: counted
 * loops (`loops.ts`), and short innermost loops, whose text is written several times for one check.
 * Innermost loops that dispatch look at the flag in the first round of a call and then every 32 rounds: with
 * a look in each round, three loads in a row before each jump through a table, an interpreter took
 * twice its time; with a counter and two copies of the text it takes 1.05 times [safepoint.geomean].
 * Loops without a table gain nothing by a counter. Behind a call of a cycle a frame runs little before
 * a check (`tail-weight.ts`). At a call that lies on a cycle no check is made where all paths
 * from the beginning of the function have passed one.
 */
import { component } from "./cycles";
import { chargeBlocks, openFuel } from "./fuel";
import { firstEdge, target } from "./graph";
import { bulkLength } from "./host";
import { isLongRefType } from "./immediates";
import { Option, bodyCode, bodyEnd, bodyStart, bordersOpen, defined, delta, hasReferences, imported, nodeCount, options, typeNode } from "./input";
import { outOf } from "./labels";
import { readU32, skipU32 } from "./leb128";
import { countRounds, passesInnerCheck } from "./loops";
import { Buffer, newBuffer, take } from "./memory";
import { Action, Flag, Kind, Row, Seen, first, length, nesting, rowAfter, rowAt, seen } from "./rows";
import { callWeight, isEdgeChecked, isEntryChecked, isHeavy, tailOf } from "./sites";
import { checkTails, openTailWeight } from "./tail-weight";
import { checkHeavyText, openTextWeight } from "./text-weight";
import { Weight, objectWeight } from "./weight";

/** Bytes. Hosts limit a body (V8: 7.6 MB), so the checks of longer ones are kept short. */
const LONG_BODY = 1 << 20;
/** Bytes. In bodies up to here loops may be written in forms that make them up to eleven times as long. */
const SMALL_BODY = 1 << 18;
/**
 * Innermost loops with a text up to so many bytes are written so many times for one check: that
 * is two instructions of the host a round, where the whole round may have six [safepoint.geomean]. Copies of longer
 * texts gain nothing there, and make a large program slower by their mere size [safepoint.cpython].
 */
const COPIED_TEXT = 32;
const COPIES = 4;
/** Outer loops without calls are outlined too, up to a text of so many bytes. */
const OUTLINED_TEXT = 1024;

// What is to be done with the body besides its rows.
/** A check at its entry. */
export let checkEntry = false;
/** Checks are calls, to keep the body short. */
export let compact = false;
/** It has bulk operations to replace whose length is an i32 or an i64; outlined loops; loops with a counter. */
export let bulk32 = false;
export let bulk64 = false;
export let outlines = false;
export let counters = false;

// Words by nesting, for `checkCalls`.
let entered = changetype<Buffer>(0);
let leaving = changetype<Buffer>(0);
/** Words by node: 1 + the function whose calls of it are checked. */
let checkedBy: usize = 0;
/** Number of the cycles that the body at hand lies on, or -1. */
let cycles = -1;

export function openPlacement(): void {
  entered = newBuffer(1024);
  leaving = newBuffer(1024);
  openTextWeight();
  openTailWeight();
  openFuel();
  checkedBy = take(<usize>nodeCount << 2);
}

/** Sets the actions for the body of defined function `index`, whose rows are there. */
export function place(index: i32): void {
  const code = bodyCode(index);
  const bytes = <i32>(bodyEnd(index) - bodyStart(index));
  checkEntry = bulk32 = bulk64 = outlines = counters = false;
  compact = bytes > LONG_BODY;
  const limits = (options & Option.limits) != 0;
  if (limits && (seen & Seen.growth) != 0) replaceGrowths();
  if (limits && (seen & Seen.allocation) != 0) payForObjects();
  if ((options & Option.safepoints) != 0) {
    if ((seen & Seen.largeBulk) != 0) replaceBulks();
    if ((seen & Seen.parking) != 0) replaceWaits();
    if ((seen & Seen.loop) != 0) checkLoops(code, bodyEnd(index), bytes <= SMALL_BODY);
    checkCalls(index);
    if (isHeavy(index)) checkHeavyText(code);
    cycles = component(index);
    if (cycles >= 0) checkTails();
  }
  if ((options & Option.fuel) != 0) chargeBlocks();
}

function replaceGrowths(): void {
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    if (row.kind == Kind.memoryGrow || row.kind == Kind.tableGrow) row.act(Action.replace);
  }
}

function payForObjects(): void {
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    const kind = row.kind;
    if (kind == Kind.objectNew || kind == Kind.arrayNew || (kind == Kind.throw_ && hasReferences(row.arg))) row.act(Action.allocate);
  }
}

function replaceWaits(): void {
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    if (row.kind >= Kind.atomicNotify && row.kind <= Kind.atomicWait64) row.act(Action.replace);
  }
}

function replaceBulks(): void {
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    if (!row.has(Flag.large) || !isBulk(row.kind)) continue;
    const bits = bulkLength(row.start - delta, row.arg, row.arg2);
    if (bits == 0) continue;
    row.act(Action.replace);
    if (bits == 64) bulk64 = true;
    else bulk32 = true;
  }
}

/** From the last loop to the first, so that inner ones are decided before those around them. */
function checkLoops(code: usize, end: usize, small: bool): void {
  let budget: i64 = <i64>Weight.countedShare * <i64>(end - code);
  for (let index = length - 1; index >= first; index--) {
    const row = rowAt(index);
    if (row.kind != Kind.loop || !row.has(Flag.targeted) || row.match < 0) continue;
    const count = countRounds(index, code);
    const weight = <i64>count * <i64>(rowAt(row.match).start - row.end);
    if (count > 0 && weight <= budget) {
      budget -= weight;
      row.rounds = count;
      continue;
    }
    if (!passesInnerCheck(row)) checkLoop(row, small);
  }
}

/** Chooses the form of the check of a loop; `small` tells whether the body may become several times as long. */
function checkLoop(row: Row, small: bool): void {
  const text = <i32>(rowAt(row.match).start - row.end);
  const outer = row.has(Flag.outer);
  const plain = row.has(Flag.calls | Flag.params) || (options & Option.fuel) != 0 || compact;
  if (plain || (outer && !(small && text <= OUTLINED_TEXT))) {
    row.act(Action.checkHead);
    return;
  }
  row.act(Action.outline);
  outlines = true;
  row.copies = 1;
  if (outer) return;
  if (row.has(Flag.dispatch)) {
    if (text > Weight.counterText) return;
    row.act(Action.counter);
    counters = true;
    if (small) row.copies = Weight.counterCopies;
  } else if (small && text <= COPIED_TEXT) {
    row.copies = COPIES;
  }
}

function checkCalls(index: i32): void {
  if (isEntryChecked(index)) {
    checkEntry = true;
    return;
  }
  const mark = index + 1;
  let checked = (seen & Seen.importCall) != 0;
  const lastEdge = firstEdge(mark);
  for (let edge = firstEdge(index); edge < lastEdge; edge++) {
    if (!isEdgeChecked(edge)) continue;
    store<i32>(checkedBy + (<usize>target(edge) << 2), mark);
    checked = true;
  }
  if (!checked) return;
  entered.room(<usize>(nesting + 1) << 2);
  leaving.room(<usize>(nesting + 1) << 2);
  // 1 when every path from the body's beginning to here passes a check; by nesting where the
  // block was entered, and where branches lead out of it. Text that nothing leads to counts as checked.
  let passed = 0;
  let depth = 0;
  leaving.setWord(0, 1);
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    switch (row.kind) {
      case Kind.call:
      case Kind.returnCall:
      case Kind.callIndirect:
      case Kind.returnCallIndirect:
      case Kind.callRef:
      case Kind.returnCallRef: {
        if (passed == 1) break;
        const node = nodeOf(row);
        if (node < 0 ? row.arg < imported : load<i32>(checkedBy + (<usize>node << 2)) == mark) {
          row.act(Action.checkBefore);
          passed = 1;
        }
        break;
      }
      case Kind.block:
      case Kind.loop:
      case Kind.if_:
      case Kind.try_:
      case Kind.tryTable:
        if (row.is(Action.checkHead | Action.outline) && !row.is(Action.counter)) passed = 1;
        depth++;
        entered.setWord(depth, passed);
        leaving.setWord(depth, 1);
        if (row.kind == Kind.tryTable && passed == 0) leaveByHandlers(row, depth - 1);
        break;
      case Kind.else_:
        leave(depth, passed);
        passed = entered.word(depth);
        // No path leads from the condition to the end.
        entered.setWord(depth, 1);
        break;
      case Kind.catch_:
      case Kind.catchAll:
        leave(depth, passed);
        passed = entered.word(depth);
        break;
      case Kind.end:
      case Kind.delegate: {
        if (depth == 0) break;
        const opener = rowAt(row.match).kind;
        if (opener != Kind.loop) passed &= leaving.word(depth);
        if (opener == Kind.if_) passed &= entered.word(depth);
        depth--;
        break;
      }
      case Kind.br:
        leave(outOf(depth, row.arg), passed);
        passed = 1;
        break;
      case Kind.brIf:
      case Kind.brOnNull:
      case Kind.brOnNonNull:
      case Kind.brOnCast:
        leave(outOf(depth, row.arg), passed);
        break;
      case Kind.brTable:
        if (passed == 0) {
          for (let at = skipU32(row.start + 1); at < row.end; at = skipU32(at)) leave(outOf(depth, readU32(at)), 0);
        }
        passed = 1;
        break;
      case Kind.return_:
      case Kind.unreachable:
      case Kind.throw_:
      case Kind.throwRef:
      case Kind.rethrow:
        passed = 1;
        break;
      default:
    }
  }
}

@inline
function leave(depth: i32, passed: i32): void {
  if (depth >= 0) leaving.setWord(depth, leaving.word(depth) & passed);
}

/** Handlers of a `try_table` lead to labels that count from `depth`. */
function leaveByHandlers(row: Row, depth: i32): void {
  for (let at = firstHandler(row); at < row.end;) {
    at = load<u8>(at) < 2 ? skipU32(at + 1) : at + 1;
    leave(outOf(depth, readU32(at)), 0);
    at = skipU32(at);
  }
}

/** Where the first clause of a `try_table` stands: behind a block type and their number. */
export function firstHandler(row: Row): usize {
  let at = <usize>row.arg;
  if (isLongRefType(at)) at++;
  return skipU32(skipU32(at));
}

/** The node that a call leads to; negative for an imported function or none. */
@inline
function nodeOf(row: Row): i32 {
  if (row.kind == Kind.call || row.kind == Kind.returnCall) {
    const func = row.arg - imported;
    return func < defined ? func : -1;
  }
  return typeNode(row.arg);
}

/** What an instruction weighs besides its text. */
export function callWeightAt(row: Row): i32 {
  switch (row.kind) {
    case Kind.call:
    case Kind.returnCall:
    case Kind.callIndirect:
    case Kind.returnCallIndirect:
    case Kind.callRef:
    case Kind.returnCallRef: {
      const node = nodeOf(row);
      return node < 0 ? 0 : callWeight(node);
    }
    case Kind.memoryFill:
    case Kind.memoryCopy:
    case Kind.memoryInit:
      return row.has(Flag.large) ? Weight.bulk : 0;
    case Kind.tableBulk:
      return Weight.tableBulk;
    case Kind.arrayBulk:
    case Kind.arrayNew:
      return Weight.arrayBulk;
    default:
      return 0;
  }
}

/** Whether it is a call that is part of a cycle which the body at hand lies on. */
export function isCyclicCall(row: Row): bool {
  if (!isCall(row.kind)) return false;
  const node = nodeOf(row);
  if (node >= 0) return component(node) == cycles;
  // Imports lead to "outside", where references cross the border.
  return bordersOpen && component(nodeCount - 1) == cycles;
}

/** What an instruction weighs besides its text behind a call of a cycle; -1 when it is sure to pass a check. */
export function tailWeightAt(row: Row): i32 {
  const kind = row.kind;
  if (isCall(kind)) {
    const node = nodeOf(row);
    if (node < 0) return Weight.limit;
    // Off the cycle, the check at its entry is sure to be passed.
    return node < defined && isEntryChecked(node) && component(node) != cycles ? -1 : tailOf(node);
  }
  switch (kind) {
    case Kind.memoryFill:
    case Kind.memoryCopy:
    case Kind.memoryInit:
      return row.has(Flag.large) ? Weight.bulk : Weight.smallBulk;
    case Kind.memoryGrow:
    case Kind.tableGrow:
    case Kind.atomicNotify:
    case Kind.atomicWait32:
    case Kind.atomicWait64:
      return Weight.growth;
    case Kind.throw_:
    case Kind.rethrow:
    case Kind.throwRef:
      return Weight.throw_;
    case Kind.objectNew:
      return objectWeight(row.arg);
    default:
      return callWeightAt(row);
  }
}

@inline
function isCall(kind: i32): bool {
  return kind >= Kind.call && kind <= Kind.returnCallRef;
}

function isBulk(kind: i32): bool {
  return (kind >= Kind.memoryInit && kind <= Kind.memoryFill) || kind == Kind.tableBulk || kind == Kind.arrayBulk;
}
