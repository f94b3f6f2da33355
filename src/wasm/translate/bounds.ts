/**
 * Lengths that bulk operations may have without a check, for the translator's passes and for the helpers alike: both
 * languages read this file.
 */

/** Constant lengths of bulk memory operations up to here (bytes) are left as they are. */
export const SMALL_BULK = 4096;
/** Lengths (bytes) that are known at run time only and run at once up to here: some 4 µs without a check. */
export const UNCHECKED_BULK = 65536;
/** Elements that a bulk operation on a table handles at once: up to 60 µs without a check. */
export const UNCHECKED_TABLE = 1024;
/** Elements that a bulk operation on an array handles at once: some 2 µs without a check. */
export const UNCHECKED_ARRAY = 512;
