/**
 * Patterns of file names: * ? [...] and backslashes. In time by the length of both multiplied at most.
 *
 * Spec: POSIX, shell command language, pattern matching notation.
 */
import { BACKSLASH, CARET, CLOSE_BRACKET, COLON, DASH, EXCLAMATION, OPEN_BRACKET, QUESTION, STAR } from "./ascii";
import { Bytes, at, characterLength, toLower } from "./bytes";
import { classHas, classNamed } from "./classes";

/** Whether a pattern fits all of a text. */
export function globMatches(pattern: Bytes, text: Bytes, ignoreCase: bool = false): bool {
  return globMatchesRange(pattern, changetype<usize>(text), changetype<usize>(text) + text.byteLength, ignoreCase);
}

/** As `globMatches`, for the text [from, end). */
export function globMatchesRange(pattern: Bytes, from: usize, end: usize, ignoreCase: bool = false): bool {
  let place = 0;
  let address = from;
  // Where the last star is, and what it was tried on: all before it fits for good.
  let star = -1;
  let tried: usize = 0;
  while (true) {
    if (place < pattern.byteLength && at(pattern, place) == STAR) {
      star = ++place;
      tried = address;
      continue;
    }
    if (place == pattern.byteLength && address == end) return true;
    if (place < pattern.byteLength && address < end) {
      const length = characterLength(address, end);
      const next = fits(pattern, place, address, length, ignoreCase);
      if (next >= 0) {
        place = next;
        address += length;
        continue;
      }
    }
    if (star < 0 || tried >= end) return false;
    tried += characterLength(tried, end);
    address = tried;
    place = star;
  }
}

/** Where the pattern goes on when its character at `place` fits; -1 when it does not. */
function fits(pattern: Bytes, place: i32, address: usize, length: i32, ignoreCase: bool): i32 {
  let from = place;
  const byte = at(pattern, from);
  if (byte == QUESTION) return from + 1;
  if (byte == OPEN_BRACKET) {
    const end = bracketEnd(pattern, from);
    if (end > 0) return inBracket(pattern, from, end, point(address, length), ignoreCase) ? end + 1 : -1;
  }
  if (byte == BACKSLASH && from + 1 < pattern.byteLength) from++;
  const start = changetype<usize>(pattern) + from;
  const width = characterLength(start, changetype<usize>(pattern) + pattern.byteLength);
  return same(point(start, width), point(address, length), ignoreCase) ? from + width : -1;
}

/** Where the ] of a bracket is; -1 when it has none, and so is no bracket. */
function bracketEnd(pattern: Bytes, from: i32): i32 {
  let index = from + 1;
  if (index < pattern.byteLength && (at(pattern, index) == EXCLAMATION || at(pattern, index) == CARET)) index++;
  for (let first = true; index < pattern.byteLength; first = false) {
    const byte = at(pattern, index);
    if (byte == CLOSE_BRACKET && !first) return index;
    if (byte == OPEN_BRACKET && index + 1 < pattern.byteLength && at(pattern, index + 1) == COLON) {
      const end = classEnd(pattern, index + 2);
      if (end > 0) index = end + 1;
    }
    index++;
  }
  return -1;
}

/** Where the :] of a class is, or -1. */
function classEnd(pattern: Bytes, from: i32): i32 {
  for (let index = from; index + 1 < pattern.byteLength; index++) if (at(pattern, index) == COLON && at(pattern, index + 1) == CLOSE_BRACKET) return index;
  return -1;
}

function inBracket(pattern: Bytes, from: i32, end: i32, wanted: u32, ignoreCase: bool): bool {
  let index = from + 1;
  const negated = at(pattern, index) == EXCLAMATION || at(pattern, index) == CARET;
  if (negated) index++;
  let found = false;
  while (index < end) {
    if (at(pattern, index) == OPEN_BRACKET && at(pattern, index + 1) == COLON) {
      const stop = classEnd(pattern, index + 2);
      const number = stop > 0 ? classNamed(changetype<usize>(pattern) + index + 2, stop - index - 2) : -1;
      if (stop > 0 && stop < end) {
        found = found || (number >= 0 && wanted < 0x80 && classHas(number, wanted));
        index = stop + 2;
        continue;
      }
    }
    const low = take(pattern, index, end);
    index = taken;
    let high = low;
    if (index + 1 < end && at(pattern, index) == DASH) {
      high = take(pattern, index + 1, end);
      index = taken;
    }
    if (low <= wanted && wanted <= high) found = true;
    if (ignoreCase && wanted < 0x80) {
      const other = <u32>toLower(wanted) == wanted ? wanted & ~0x20 : wanted | 0x20;
      if (isLetterPoint(wanted) && low <= other && other <= high) found = true;
    }
  }
  return found != negated;
}

let taken: i32 = 0;

/** The character at `index` of a bracket; `taken` is where it ends. */
function take(pattern: Bytes, index: i32, end: i32): u32 {
  const from = at(pattern, index) == BACKSLASH && index + 1 < end ? index + 1 : index;
  const start = changetype<usize>(pattern) + from;
  const width = characterLength(start, changetype<usize>(pattern) + end);
  taken = from + width;
  return point(start, width);
}

function point(address: usize, length: i32): u32 {
  const first = <u32>load<u8>(address);
  if (length == 1) return first;
  let value = first & (0x7f >> length);
  for (let next = 1; next < length; next++) value = value << 6 | (load<u8>(address + next) & 0x3f);
  return value;
}

function same(left: u32, right: u32, ignoreCase: bool): bool {
  return left == right || (ignoreCase && left < 0x80 && right < 0x80 && toLower(left) == toLower(right));
}

function isLetterPoint(value: u32): bool {
  return (value | 0x20) - 0x61 < 26;
}
