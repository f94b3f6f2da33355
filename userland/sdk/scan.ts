/**
 * Searching in memory, sixteen bytes at a time. Loads stay within [from, end).
 */

/** The address of the first such byte in [from, end), or `end`. */
export function find(byte: u8, from: usize, end: usize): usize {
  const wanted = i8x16.splat(byte);
  let at = from;
  for (; at + 16 <= end; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (mask != 0) return at + ctz(mask);
  }
  for (; at < end; at++) if (load<u8>(at) == byte) return at;
  return end;
}

/** How many such bytes are in [from, end). */
export function count(byte: u8, from: usize, end: usize): i32 {
  const wanted = i8x16.splat(byte);
  let total = 0;
  let at = from;
  for (; at + 16 <= end; at += 16) total += popcnt(i8x16.bitmask(i8x16.eq(v128.load(at), wanted)));
  for (; at < end; at++) if (load<u8>(at) == byte) total++;
  return total;
}

/** The address of the last such byte in [from, end), or `from - 1`. */
export function findLast(byte: u8, from: usize, end: usize): usize {
  const wanted = i8x16.splat(byte);
  let at = end;
  for (; at >= from + 16; at -= 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at - 16), wanted));
    if (mask != 0) return at - 16 + (31 - clz(mask));
  }
  for (; at > from; at--) if (load<u8>(at - 1) == byte) return at - 1;
  return from - 1;
}

/** The address of the first occurrence of `needle` in [from, end), or `end`. */
export function findBytes(needle: usize, length: i32, from: usize, end: usize): usize {
  if (length == 0) return from;
  const first = load<u8>(needle);
  for (let at = from; at + length <= end; at++) {
    at = find(first, at, end - length + 1);
    if (at > end - length) return end;
    if (compareBytes(at, needle, length) == 0) return at;
  }
  return end;
}

/** Order by bytes of two runs of the same length: below 0, 0 or above 0. */
export function compareBytes(left: usize, right: usize, length: i32): i32 {
  let at: usize = 0;
  for (; at + 8 <= <usize>length; at += 8) {
    const a = load<u64>(left + at);
    const b = load<u64>(right + at);
    if (a != b) return bswap(a) < bswap(b) ? -1 : 1;
  }
  for (; at < <usize>length; at++) {
    const difference = <i32>load<u8>(left + at) - <i32>load<u8>(right + at);
    if (difference != 0) return difference;
  }
  return 0;
}
