/**
 * Sizes of LEB128 integers, for those who lay out bytes before they write them. Reading and
 * writing them stands in the reader and the writer of the binary format, whose cursors they move.
 *
 * Spec: core binary/values, Integers.
 */

/** Bytes of the shortest LEB128 form of a u32. */
export function u32Length(value: number): number {
  const bits = 32 - Math.clz32(value | 1);
  return Math.ceil(bits / 7);
}

/** Bytes of the shortest LEB128 form of an s32. */
export function s32Length(value: number): number {
  const bits = 33 - Math.clz32(value < 0 ? ~value : value);
  return Math.ceil(bits / 7);
}
