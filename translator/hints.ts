/**
 * The `metadata.code.branch_hint` section: which branches of which function are unlikely.
 *
 * Offsets count from the start of the function body, its local declarations included. The
 * hints of the guest's own section are carried over to where its branches came to lie.
 *
 * Spec: branch hinting proposal, Binary Format.
 */
import { guestHints, hasGuestHints, hintFirst, imported } from "./input";
import { Buffer, newBuffer } from "./memory";
import { runCount, runOriginal, runPosition } from "./runs";

const UNLIKELY = 0;

/** The entries of the section, and how many there are. */
export let hints = changetype<Buffer>(0);
export let hintedFunctions = 0;
/** Words: the checks of the body being written, as positions after its start, ascending. */
let own = changetype<Buffer>(0);
/** Pairs of words: hints of the guest in the body being written, at their new positions. */
let guests = changetype<Buffer>(0);

export function openHints(codeBytes: usize): void {
  hints = newBuffer((codeBytes >> 5) + 1024);
  own = newBuffer(1024);
  guests = newBuffer(64);
  hintedFunctions = 0;
}

/** The branch at `offset` after the body's start is unlikely; called in ascending order. */
@inline
export function unlikely(offset: i32): void {
  own.pushWord(offset);
}

/**
 * Ends the body of defined function `index`, which began at `position` of the code, at place `original`,
 * and with pair number `firstRun`.
 */
export function endHints(index: i32, position: i32, original: usize, firstRun: i32): void {
  if (hasGuestHints) carryOver(index, position, original, firstRun);
  const count = (own.length >> 2) + (guests.length >> 3);
  if (count == 0) return;
  hintedFunctions++;
  hints.u32(imported + index);
  hints.u32(<u32>count);
  let guest = 0;
  const guestCount = <i32>(guests.length >> 3);
  for (let at = own.at; at < own.end; at += 4) {
    const offset = load<i32>(at);
    for (; guest < guestCount && guests.word(2 * guest) < offset; guest++) put(guests.word(2 * guest), guests.word(2 * guest + 1));
    put(offset, UNLIKELY);
  }
  for (; guest < guestCount; guest++) put(guests.word(2 * guest), guests.word(2 * guest + 1));
  own.length = guests.length = 0;
}

function put(offset: i32, value: i32): void {
  hints.u32(offset);
  hints.u8(1);
  hints.u8(value);
}

/** Some runs are copies: a hint of the guest counts wherever its branch stands. */
function carryOver(index: i32, position: i32, original: usize, firstRun: i32): void {
  const from = load<i32>(hintFirst + (<usize>index << 2));
  const to = load<i32>(hintFirst + (<usize>(index + 1) << 2));
  if (from == to) return;
  const pairs = runCount();
  for (let pair = firstRun; pair < pairs; pair++) {
    const start = runOriginal(pair);
    if (start == 0) continue;
    const at = runPosition(pair);
    const length = pair + 1 < pairs ? runPosition(pair + 1) - at : i32.MAX_VALUE;
    const begin = <i32>(start - original);
    for (let next = firstHint(from, to, begin); next < to; next++) {
      const hint = guestHints + (<usize>next << 3);
      const behind = load<i32>(hint) - begin;
      if (behind >= length) break;
      guests.pushWord(at + behind - position);
      guests.pushWord(load<i32>(hint, 4));
    }
  }
}

/** The first hint between `low` and `high` that stands at `offset` or behind it. */
function firstHint(low: i32, high: i32, offset: i32): i32 {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<i32>(guestHints + (<usize>middle << 3)) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
