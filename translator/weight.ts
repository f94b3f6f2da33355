/**
 * How much may run between two checks.
 *
 * Cutting cycles alone does not bound it: thirty functions that each call the next one twice
 * make a thousand million calls without any cycle. So work is weighed. The unit is a byte of
 * code; a function weighs its text and all that it calls, per call in its text. A loop counts
 * once, because its rounds are checked. A function that outgrows `limit` is checked at its
 * entry and weighs nothing for its callers; inside a body a check is put wherever `limit` is
 * reached along the text.
 */
export const enum Weight {
  /** About a millisecond in optimised code. */
  limit = 1 << 22,
  /**
   * What a frame may run behind a call that lies on a cycle, before a check or its return: some 0.25 µs.
   * A deep recursion has tens of thousands of frames, and all of them may do so one after another.
   */
  tail = 1024,
  /** A bulk memory operation of a constant length up to `SMALL_BULK`. */
  smallBulk = 512,
  /** `memory.grow`, `table.grow`. */
  growth = 1 << 14,
  /** An exception: the host looks for the handler, frame by frame. */
  throw_ = 1 << 13,
  /** A bulk memory operation that may copy up to 64 KiB without a check. */
  bulk = 1 << 14,
  /** `table.fill`, `table.copy`, `table.init`: up to `UNCHECKED_TABLE` elements without a check. */
  tableBulk = 1 << 18,
  /** Array instructions: up to `UNCHECKED_ARRAY` elements without a check, or the making of an array. */
  arrayBulk = 1 << 12,
  /** Rounds of loops that have no check may weigh this many times the text of their function. */
  countedShare = 64,
  /** Longest text of a loop that counts: its copies are gone through `counterRounds` times between two looks at the flag, some 20 µs. */
  counterText = 2048,
  counterRounds = 16,
  counterCopies = 2,
  /** What a loop that counts may run between two looks at the flag. */
  counter = 16 * 2 * 2048,
}

/** Making an object of so many bytes. */
export function objectWeight(bytes: i32): i32 {
  return 64 + (bytes >> 2);
}
