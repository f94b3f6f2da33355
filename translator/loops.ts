/**
 * Loops of one body that need no check of their own.
 *
 * - A loop without a branch back to its head runs once.
 * - A counted loop: innermost, without calls, with a constant start, step and end, and a small
 *   number of rounds.
 * - A loop whose every round passes the check of an inner loop before it can branch anywhere.
 *   Only straight text is looked at, and nothing that a handler could skip.
 */
import { skipInstruction } from "./immediates";
import { readS32, readU32 } from "./leb128";
import { Action, Flag, Kind, Row, first, rowAfter, rowAt } from "./rows";

const MAX_ROUNDS = 1024;
/** Steps and bounds beyond this are left alone, so that no sum overflows. */
const MAX_BOUND = 1 << 28;
/** Beyond all bounds: there is no value. */
const UNKNOWN = i32.MIN_VALUE;

const enum Op { localGet = 0x20, localSet = 0x21, localTee = 0x22, i32Const = 0x41, i32Ne = 0x47, i32LtS = 0x48, i32LtU = 0x49, i32Add = 0x6a }

/** Instructions looked back at from a branch or a loop, as a ring of their places. */
const WINDOW = 8;
const ring = memory.data(32, 4);
let looked = 0;

/**
 * Rounds of the loop at row `index` when it is a counted one, else 0. `code` is where the
 * body's instructions begin.
 */
export function countRounds(index: i32, code: usize): i32 {
  const row = rowAt(index);
  const last = row.match - 1;
  if (row.match < 0 || row.has(Flag.outer | Flag.calls | Flag.params)) return 0;
  if (last <= index) return 0;
  const branch = rowAt(last);
  const end = rowAt(row.match);
  if (branch.kind != Kind.brIf || branch.arg != 0 || branch.end != end.start) return 0;
  for (let inside = rowAfter(row); inside != branch; inside = rowAfter(inside)) {
    const kind = inside.kind;
    if (kind != Kind.block && kind != Kind.if_ && kind != Kind.else_ && kind != Kind.end) return 0;
  }
  // The condition: local.get v, i32.const step, i32.add, local.tee v, and maybe i32.const bound, compare.
  look(rowAt(last - 1).end, branch.start);
  let back = 1;
  let compare = Op.i32Ne;
  let bound = 0;
  const test = opcode(1);
  if (test == Op.i32Ne || test == Op.i32LtS || test == Op.i32LtU) {
    if (opcode(2) != Op.i32Const) return 0;
    compare = test;
    bound = readS32(place(2) + 1);
    back = 3;
  }
  if (opcode(back) != Op.localTee || opcode(back + 1) != Op.i32Add) return 0;
  if (opcode(back + 2) != Op.i32Const || opcode(back + 3) != Op.localGet) return 0;
  const tee = place(back);
  const local = readU32(tee + 1);
  if (readU32(place(back + 3) + 1) != local) return 0;
  const step = readS32(place(back + 2) + 1);
  if (step == 0 || !isSetOnlyAt(row.end, end.start, local, tee)) return 0;
  const start = startValue(index, code, local);
  if (isFar(start) || isFar(step) || isFar(bound)) return 0;
  const way = bound - start;
  if (compare == Op.i32Ne) {
    const rounds = way / step;
    return way % step == 0 && rounds > 0 && rounds <= MAX_ROUNDS ? rounds : 0;
  }
  if (step < 0 || start < 0 || bound < 0) return 0;
  // A body runs once before the first test.
  const rounds = way <= 0 ? 1 : (way + step - 1) / step;
  return rounds <= MAX_ROUNDS ? rounds : 0;
}

/** Whether each round of the loop at `row` passes the check of an inner loop. Inner ones have been decided. */
export function passesInnerCheck(row: Row): bool {
  if (row.match < 0) return false;
  const end = rowAt(row.match);
  for (let inside = rowAfter(row); inside != end; inside = rowAfter(inside)) {
    switch (inside.kind) {
      case Kind.loop:
        if (!inside.has(Flag.targeted)) break;
        if (inside.rounds == 0 && !inside.is(Action.counter)) return true;
        if (inside.match < 0) return false;
        inside = rowAt(inside.match);
        break;
      case Kind.block:
      case Kind.end:
      case Kind.call:
      case Kind.callIndirect:
      case Kind.callRef:
      case Kind.refFunc:
      case Kind.memoryGrow:
      case Kind.tableGrow:
      case Kind.memoryInit:
      case Kind.memoryCopy:
      case Kind.memoryFill:
      case Kind.tableBulk:
      case Kind.arrayBulk:
      case Kind.arrayNew:
      case Kind.objectNew:
        break;
      default:
        return false;
    }
  }
  return false;
}

function isFar(value: i32): bool {
  return value > MAX_BOUND || value < -MAX_BOUND;
}

/** Reads the straight text `[start, end)` and keeps its last instructions. */
function look(start: usize, end: usize): void {
  looked = 0;
  for (let at = start; at < end; at = skipInstruction(at, end)) store<usize>(ring + (<usize>(looked++ % WINDOW) << 2), at);
}

/** Where the instruction stands that is `back` before the end of what was read (1 = the last), or 0. */
function place(back: i32): usize {
  return back > looked || back > WINDOW ? 0 : load<usize>(ring + (<usize>((looked - back) % WINDOW) << 2));
}

function opcode(back: i32): i32 {
  const at = place(back);
  return at == 0 ? -1 : load<u8>(at);
}

/** Whether no instruction in `[start, end)` but the one at `tee` sets `local`. */
function isSetOnlyAt(start: usize, end: usize, local: u32, tee: usize): bool {
  for (let at = start; at < end; at = skipInstruction(at, end)) {
    const opcode = load<u8>(at);
    if ((opcode == Op.localSet || opcode == Op.localTee) && at != tee && readU32(at + 1) == local) return false;
  }
  return true;
}

/** The constant that `local` holds when the loop at row `index` is entered, if the text right before says so. */
function startValue(index: i32, code: usize, local: u32): i32 {
  let value = UNKNOWN;
  let constant: usize = 0;
  const end = rowAt(index).start;
  for (let at = index == first ? code : rowAt(index - 1).end; at < end; at = skipInstruction(at, end)) {
    const opcode = load<u8>(at);
    if ((opcode == Op.localSet || opcode == Op.localTee) && readU32(at + 1) == local) {
      value = constant == 0 ? UNKNOWN : readS32(constant + 1);
    }
    constant = opcode == Op.i32Const ? at : 0;
  }
  return value;
}
