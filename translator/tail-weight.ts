/**
 * Puts checks behind calls that lie on a cycle of the call graph, so that a deep recursion
 * that returns meets checks too.
 *
 * On the way down each round of a cycle passes a check. On the way back every frame goes on behind its
 * call. What it runs there is its tail, up to the next check or the return; a tail that may weigh
 * more than `Weight.tail` gets a check before it does. Each call needs one such check only: what
 * follows is bounded by `Weight.limit`, as all text is.
 *
 * One pass in text order keeps an upper bound of the tail, or `NO_TAIL`. Where a block ends it is the
 * highest one from which a branch leads there; in bodies with handlers, which can be entered
 * from anywhere inside, the highest one inside. A loop without a check of its own passes one
 * in each round, so what a round carries over to the next is one tail more at most.
 */
import { outOf } from "./labels";
import { readU32, skipU32 } from "./leb128";
import { Buffer, newBuffer } from "./memory";
import { isCyclicCall, tailWeightAt } from "./placement";
import { Action, Kind, Row, Seen, first, length, nesting, rowAfter, rowAt, seen } from "./rows";
import { Weight } from "./weight";

/** No call of a cycle has returned since the last check. */
const NO_TAIL = -1;

// By nesting: the tail where the block was entered, and the highest that reaches its end.
let entered = changetype<Buffer>(0);
let leaving = changetype<Buffer>(0);

export function openTailWeight(): void {
  entered = newBuffer(1024);
  leaving = newBuffer(1024);
}

export function checkTails(): void {
  entered.room(<usize>(nesting + 1) << 2);
  leaving.room(<usize>(nesting + 1) << 2);
  const handlers = (seen & Seen.handlers) != 0;
  let tail = NO_TAIL;
  let behind: usize = 0;
  let depth = 0;
  leaving.setWord(0, NO_TAIL);
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    const kind = row.kind;
    const action = row.action;
    if (tail != NO_TAIL) {
      tail = min(tail + <i32>(row.start - behind), Weight.limit);
      const more = kind == Kind.loop ? loopWeight(row) : tailWeightAt(row);
      if (handlers) reach(depth, tail);
      if ((action & Action.checkBefore) != 0 || more < 0) {
        tail = NO_TAIL;
      } else if (tail + more > Weight.tail) {
        row.act(Action.checkBefore);
        tail = NO_TAIL;
      } else {
        tail += more + <i32>(row.end - row.start);
      }
    }
    behind = row.end;
    if (tail == NO_TAIL && isCyclicCall(row)) tail = 0;
    if (handlers) reach(depth, tail);
    switch (kind) {
      case Kind.block:
      case Kind.loop:
      case Kind.if_:
      case Kind.try_:
      case Kind.tryTable:
        if ((action & (Action.checkHead | Action.outline)) != 0) tail = NO_TAIL;
        depth++;
        entered.setWord(depth, tail);
        leaving.setWord(depth, kind == Kind.if_ || handlers ? tail : NO_TAIL);
        break;
      case Kind.else_:
        reach(depth, tail);
        tail = entered.word(depth);
        break;
      case Kind.catch_:
      case Kind.catchAll:
        tail = leaving.word(depth);
        break;
      case Kind.end:
      case Kind.delegate: {
        if (depth == 0) break;
        const inside = leaving.word(depth--);
        if (handlers) reach(depth, inside);
        if (rowAt(row.match).kind != Kind.loop) tail = max(tail, inside);
        break;
      }
      case Kind.br:
        reach(outOf(depth, row.arg), tail);
        if (!handlers) tail = NO_TAIL;
        break;
      case Kind.brIf:
      case Kind.brOnNull:
      case Kind.brOnNonNull:
      case Kind.brOnCast:
        reach(outOf(depth, row.arg), tail);
        break;
      case Kind.brTable:
        if (tail != NO_TAIL) {
          for (let at = skipU32(row.start + 1); at < row.end; at = skipU32(at)) reach(outOf(depth, readU32(at)), tail);
        }
        if (!handlers) tail = NO_TAIL;
        break;
      case Kind.return_:
      case Kind.unreachable:
        // What follows is reached by branches only.
        if (!handlers) tail = NO_TAIL;
        break;
      default:
    }
  }
}

/** The rounds of a loop that have no check of their own. */
function loopWeight(row: Row): i32 {
  if (row.is(Action.counter)) return Weight.counter;
  return row.rounds == 0 ? 0 : row.rounds * <i32>(rowAt(row.match).start - row.end);
}

@inline
function reach(depth: i32, tail: i32): void {
  if (depth >= 0 && leaving.word(depth) < tail) leaving.setWord(depth, tail);
}
