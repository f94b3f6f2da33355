/** What `${value#pattern}` and `${value%pattern}` take from a value. */
import { globMatchesRange } from "../sdk/glob";
import { at, Bytes, characterLength } from "./bytes";

/** Whether a pattern has nothing but plain bytes. */
export function isPlain(pattern: Bytes): bool {
  for (let index = 0; index < pattern.byteLength; index++) {
    const byte = at(pattern, index);
    if (byte == 0x2a || byte == 0x3f || byte == 0x5b || byte == 0x5c) return false;
  }
  return true;
}

/** Whether a value can be cut before the byte at `index`: not within a character. */
function isBoundary(value: Bytes, index: i32): bool {
  if (index >= value.byteLength || (at(value, index) & 0xc0) != 0x80) return true;
  for (let from = index - 1; from >= 0 && from >= index - 3; from--) {
    if ((at(value, from) & 0xc0) != 0x80) return from + characterLength(value, from) <= index;
  }
  return true;
}

/** How many bytes `${value#pattern}` takes from the front: the fewest or the most that match; -1 when none. */
export function matchedPrefix(pattern: Bytes, value: Bytes, longest: bool): i32 {
  const length = value.byteLength;
  const start = changetype<usize>(value);
  if (longest) {
    for (let end = length; end >= 0; end--) if (isBoundary(value, end) && globMatchesRange(pattern, start, start + end)) return end;
  } else {
    for (let end = 0; end <= length; end++) if (isBoundary(value, end) && globMatchesRange(pattern, start, start + end)) return end;
  }
  return -1;
}

/** Where the suffix that `${value%pattern}` takes begins; -1 when none matches. */
export function matchedSuffix(pattern: Bytes, value: Bytes, longest: bool): i32 {
  const length = value.byteLength;
  const start = changetype<usize>(value);
  if (longest) {
    for (let from = 0; from <= length; from++) if (isBoundary(value, from) && globMatchesRange(pattern, start + from, start + length)) return from;
  } else {
    for (let from = length; from >= 0; from--) if (isBoundary(value, from) && globMatchesRange(pattern, start + from, start + length)) return from;
  }
  return -1;
}
