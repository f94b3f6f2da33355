/**
 * Numbers that the translator's passes and the rest of the translator have in common: both languages read this file.
 */

/** Numbers behind a prefix byte for which the passes have a kind of immediates; more than there are. */
export const PREFIXED = 512;
/** Bytes before the elements of a garbage-collected array, see `gc-size.ts`. */
export const ARRAY_HEADER = 24;

/** Constant lengths of bulk memory operations up to here (bytes) are left as they are. */
export const SMALL_BULK = 4096;
/** Lengths (bytes) that are known at run time only and run at once up to here: some 4 µs without a check. */
export const UNCHECKED_BULK = 65536;
/** Elements that a bulk operation on a table handles at once: up to 60 µs without a check. */
export const UNCHECKED_TABLE = 1024;
/** Elements that a bulk operation on an array handles at once: some 2 µs without a check. */
export const UNCHECKED_ARRAY = 512;
