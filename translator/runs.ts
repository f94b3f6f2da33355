/**
 * Collects the pairs of an offset map while code is written: two words each, a position in the code and the offset
 * in the original that stands there, see `OffsetMap` of the translator.
 *
 * Positions count from the start of the buffer that the code is written into until
 * `moveRuns` adds where that buffer came to lie in the module.
 */
import { delta } from "./input";
import { Buffer, newBuffer } from "./memory";

/** Top bit of the second number of a pair: the run is inserted code. */
const INSERTED: u32 = 0x80000000;

export let runs = changetype<Buffer>(0);

export function openRuns(codeBytes: usize): void {
  runs = newBuffer(max(codeBytes >> 3, 1 << 12));
}

/** Pairs so far. */
@inline
export function runCount(): i32 {
  return <i32>(runs.length >> 3);
}

/** From `position` on the code is the original's from place `original` on. */
@inline
export function runGuest(position: i32, original: usize): void {
  add(position, <u32>(original - delta));
}

/** From `position` on the code is inserted before the instruction at place `original`. */
@inline
export function runInserted(position: i32, original: usize): void {
  add(position, <u32>(original - delta) | INSERTED);
}

/** Ends the code of the guest. */
export function endRuns(position: i32): void {
  add(position, 0);
}

function add(position: i32, original: u32): void {
  if (runs.length > 0 && load<i32>(runs.end - 8) == position) runs.length -= 8;
  runs.reserve(8);
  store<i32>(runs.end, position);
  store<u32>(runs.end, original, 4);
  runs.length += 8;
}

/** Moves the positions of all pairs from number `from` on by `distance`. */
export function moveRuns(from: i32, distance: i32): void {
  const end = runs.end;
  for (let at = runs.at + (<usize>from << 3); at < end; at += 8) store<i32>(at, load<i32>(at) + distance);
}

@inline
export function runPosition(pair: i32): i32 {
  return runs.word(2 * pair);
}

/** The place in the original where a pair begins, or 0 for inserted code. */
@inline
export function runOriginal(pair: i32): usize {
  const original = <u32>runs.word(2 * pair + 1);
  return original < INSERTED ? <usize>original + delta : <usize>0;
}
