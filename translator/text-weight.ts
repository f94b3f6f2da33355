/**
 * Puts checks along the text of a heavy body, so that no path between two of them weighs much
 * more than `Weight.limit`.
 *
 * One pass in text order keeps an upper bound of what ran since the last check. Branches only
 * lead forward, loop heads excepted, which are checked. Where a block ends that branches may
 * lead out of, the bound is the highest one that was reached inside.
 */
import { outOf } from "./labels";
import { readU32, skipU32 } from "./leb128";
import { Buffer, newBuffer } from "./memory";
import { Action, Kind, Seen, first, length, nesting, rowAfter, rowAt, seen } from "./rows";
import { callWeightAt } from "./placement";
import { Weight } from "./weight";

/** Nothing leads here. */
const UNREACHED = -1;

// By nesting: the bound where the block was entered, and the highest that reaches its end.
let entered = changetype<Buffer>(0);
let leaving = changetype<Buffer>(0);

export function openTextWeight(): void {
  entered = newBuffer(1024);
  leaving = newBuffer(1024);
}

/** `code` is where the instructions begin. */
export function checkHeavyText(code: usize): void {
  entered.room(<usize>(nesting + 1) << 2);
  leaving.room(<usize>(nesting + 1) << 2);
  const handlers = (seen & Seen.handlers) != 0;
  let weight = 0;
  let behind = code;
  let depth = 0;
  leaving.setWord(0, UNREACHED);
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    const kind = row.kind;
    const action = row.action;
    if (weight != UNREACHED) {
      weight += <i32>(row.end - behind);
      const more = callWeightAt(row);
      if ((more > 0 || kind == Kind.block || kind == Kind.call) && weight + more > Weight.limit) {
        reach(depth, handlers ? weight : UNREACHED);
        row.act(Action.checkBefore);
        weight = 0;
      }
      weight += more;
      if ((action & Action.counter) != 0) weight += Weight.counter;
      if (handlers) reach(depth, weight);
      if ((action & Action.counter) == 0 && (action & (Action.checkHead | Action.outline)) != 0) weight = 0;
    }
    behind = row.end;
    switch (kind) {
      case Kind.block:
      case Kind.loop:
      case Kind.if_:
      case Kind.try_:
      case Kind.tryTable:
        depth++;
        entered.setWord(depth, weight);
        leaving.setWord(depth, handlers ? weight : UNREACHED);
        break;
      case Kind.else_:
        reach(depth, weight);
        weight = entered.word(depth);
        // No path leads from the condition to the end.
        entered.setWord(depth, UNREACHED);
        break;
      case Kind.catch_:
      case Kind.catchAll:
        weight = leaving.word(depth);
        break;
      case Kind.end:
      case Kind.delegate: {
        if (depth == 0) break;
        const opener = rowAt(row.match);
        if (opener.kind == Kind.if_) reach(depth, entered.word(depth));
        const inside = leaving.word(depth--);
        if (handlers) reach(depth, inside);
        if (opener.kind != Kind.loop) weight = max(weight, inside);
        else if (weight != UNREACHED) weight += opener.rounds * <i32>(row.start - opener.end);
        break;
      }
      case Kind.br:
        reach(outOf(depth, row.arg), weight);
        if (!handlers) weight = UNREACHED;
        break;
      case Kind.brIf:
      case Kind.brOnNull:
      case Kind.brOnNonNull:
      case Kind.brOnCast:
        reach(outOf(depth, row.arg), weight);
        break;
      case Kind.brTable:
        if (weight != UNREACHED) {
          for (let at = skipU32(row.start + 1); at < row.end; at = skipU32(at)) reach(outOf(depth, readU32(at)), weight);
        }
        if (!handlers) weight = UNREACHED;
        break;
      case Kind.return_:
      case Kind.unreachable:
        if (!handlers) weight = UNREACHED;
        break;
      default:
    }
  }
}

/** Branches with this bound lead out of the block at `depth`. */
@inline
function reach(depth: i32, weight: i32): void {
  if (depth >= 0 && leaving.word(depth) < weight) leaving.setWord(depth, weight);
}
