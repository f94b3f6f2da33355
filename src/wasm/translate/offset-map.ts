/**
 * Finds the original position of a position in translated code.
 */
import { INSERTED } from "./translated.ts";
import type { OffsetMap } from "./translated.ts";

/** A position of the original module; `inserted` when the code there is the translator's own. */
export interface OriginalOffset {
  /** Module offset in the original bytes. For inserted code: of the guest's instruction that follows. */
  readonly offset: number;
  /** Whether the position lies in code that the translator inserted. */
  readonly inserted: boolean;
}

/**
 * The original position of `translatedOffset`, or undefined when it lies in none of the
 * guest's functions (a section that has no code, or a helper of the translator).
 */
export function lookupOffset(map: OffsetMap, translatedOffset: number): OriginalOffset | undefined {
  const runs = map.runs;
  // Pairs below `low` start at or before the position, pairs from `high` on after it.
  let low = 0;
  let high = runs.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle * 2]! <= translatedOffset) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const start = runs[low * 2 - 2]!;
  const original = runs[low * 2 - 1]!;
  if (original === 0) return undefined;
  if (original >= INSERTED) return { offset: original - INSERTED, inserted: true };
  return { offset: original + (translatedOffset - start), inserted: false };
}
