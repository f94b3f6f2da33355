/**
 * Patterns: `*`, `?` and `[...]`, where a backslash takes the meaning from what follows. Characters are those of
 * UTF-8; a byte that begins none is a character by itself.
 *
 * Spec: POSIX XCU 2.14; XBD 9.3.5 for brackets.
 */
import { at, Bytes, characterLength } from "./bytes";

/** The character at `index`, of `length` bytes. */
function character(value: Bytes, index: i32, length: i32): i32 {
  const first = <i32>at(value, index);
  if (length == 1) return first < 0x80 ? first : first | 0x4000_0000;
  let code = first & (0x7f >> length);
  for (let next = 1; next < length; next++) code = code << 6 | (at(value, index + next) & 0x3f);
  return code;
}

/** Where the bracket expression that begins at `from` ends (after `]`), or -1 when it does not. */
function bracketEnd(pattern: Bytes, from: i32, end: i32): i32 {
  let index = from + 1;
  if (index < end && (at(pattern, index) == 0x21 || at(pattern, index) == 0x5e)) index++;
  let first = true;
  while (index < end) {
    const byte = at(pattern, index);
    if (byte == 0x5d && !first) return index + 1;
    first = false;
    if (byte == 0x5b && index + 1 < end) {
      const kind = at(pattern, index + 1);
      if (kind == 0x3a || kind == 0x2e || kind == 0x3d) {
        let close = index + 2;
        while (close + 1 < end && !(at(pattern, close) == kind && at(pattern, close + 1) == 0x5d)) close++;
        if (close + 1 < end) {
          index = close + 2;
          continue;
        }
      }
    }
    index += byte == 0x5c && index + 1 < end ? 2 : 1;
  }
  return -1;
}

function isInClass(pattern: Bytes, from: i32, to: i32, code: i32): bool {
  const length = to - from;
  const name = String.UTF8.decodeUnsafe(changetype<usize>(pattern) + from, length);
  const isUpper = <u32>(code - 0x41) < 26;
  const isLower = <u32>(code - 0x61) < 26;
  const isNumber = <u32>(code - 0x30) < 10;
  const isGraph = code > 0x20 && code != 0x7f;
  if (name == "alpha") return isUpper || isLower || code >= 0xaa && code < 0x4000_0000;
  if (name == "digit") return isNumber;
  if (name == "alnum") return isUpper || isLower || isNumber || code >= 0xaa && code < 0x4000_0000;
  if (name == "upper") return isUpper;
  if (name == "lower") return isLower;
  if (name == "space") return code == 0x20 || <u32>(code - 9) < 5;
  if (name == "blank") return code == 0x20 || code == 9;
  if (name == "punct") return isGraph && code < 0x80 && !isUpper && !isLower && !isNumber;
  if (name == "print") return isGraph || code == 0x20;
  if (name == "graph") return isGraph;
  if (name == "cntrl") return code < 0x20 || code == 0x7f;
  if (name == "xdigit") return isNumber || <u32>((code | 0x20) - 0x61) < 6;
  return false;
}

/** Whether a character is in the bracket expression [from, end), which is whole. */
function matchBracket(pattern: Bytes, from: i32, end: i32, code: i32): bool {
  let index = from + 1;
  const negated = at(pattern, index) == 0x21 || at(pattern, index) == 0x5e;
  if (negated) index++;
  const last = end - 1;
  let found = false;
  while (index < last) {
    const byte = at(pattern, index);
    if (byte == 0x5b && index + 1 < last) {
      const kind = at(pattern, index + 1);
      if (kind == 0x3a || kind == 0x2e || kind == 0x3d) {
        let close = index + 2;
        while (close + 1 < last && !(at(pattern, close) == kind && at(pattern, close + 1) == 0x5d)) close++;
        if (close + 1 < last) {
          if (kind == 0x3a) {
            if (isInClass(pattern, index + 2, close, code)) found = true;
          } else if (close > index + 2 && character(pattern, index + 2, characterLength(pattern, index + 2)) == code) found = true;
          index = close + 2;
          continue;
        }
      }
    }
    if (byte == 0x5c && index + 1 < last) index++;
    let length = characterLength(pattern, index);
    const low = character(pattern, index, length);
    index += length;
    if (index + 1 < last && at(pattern, index) == 0x2d) {
      index++;
      if (at(pattern, index) == 0x5c && index + 1 < last) index++;
      length = characterLength(pattern, index);
      const high = character(pattern, index, length);
      index += length;
      if (low <= code && code <= high) found = true;
    } else if (low == code) found = true;
  }
  return found != negated;
}

/** Whether the pattern [patternAt, patternEnd) matches the whole of the text [textAt, textEnd). */
export function matchRange(pattern: Bytes, patternAt: i32, patternEnd: i32, text: Bytes, textAt: i32, textEnd: i32): bool {
  // Where to go back to: after the last star, one character more of the text.
  let starAt = -1;
  let starText = 0;
  while (true) {
    let matched = false;
    if (patternAt < patternEnd) {
      const byte = at(pattern, patternAt);
      if (byte == 0x2a) {
        while (patternAt < patternEnd && at(pattern, patternAt) == 0x2a) patternAt++;
        if (patternAt == patternEnd) return true;
        starAt = patternAt;
        starText = textAt;
        continue;
      }
      if (textAt < textEnd) {
        if (byte == 0x3f) {
          textAt += characterLength(text, textAt);
          patternAt++;
          matched = true;
        } else {
          const end = byte == 0x5b ? bracketEnd(pattern, patternAt, patternEnd) : -1;
          if (end > 0) {
            const length = characterLength(text, textAt);
            if (matchBracket(pattern, patternAt, end, character(text, textAt, length))) {
              patternAt = end;
              textAt += length;
              matched = true;
            }
          } else {
            const literal = byte == 0x5c && patternAt + 1 < patternEnd ? patternAt + 1 : patternAt;
            if (at(pattern, literal) == at(text, textAt)) {
              patternAt = literal + 1;
              textAt++;
              matched = true;
            }
          }
        }
      }
    } else if (textAt == textEnd) return true;
    if (matched) continue;
    if (starAt < 0 || starText >= textEnd) return false;
    starText += characterLength(text, starText);
    textAt = starText;
    patternAt = starAt;
  }
}

export function matches(pattern: Bytes, text: Bytes): bool {
  return matchRange(pattern, 0, pattern.byteLength, text, 0, text.byteLength);
}

/** Whether the pattern has anything but plain bytes. */
export function isPlain(pattern: Bytes): bool {
  for (let index = 0; index < pattern.byteLength; index++) {
    const byte = at(pattern, index);
    if (byte == 0x2a || byte == 0x3f || byte == 0x5b || byte == 0x5c) return false;
  }
  return true;
}

/** How many bytes `${value#pattern}` takes from the front: the fewest or the most that match; -1 when none. */
export function matchedPrefix(pattern: Bytes, value: Bytes, longest: bool): i32 {
  const length = value.byteLength;
  const patternEnd = pattern.byteLength;
  if (longest) {
    for (let end = length; end >= 0; end--) if (matchRange(pattern, 0, patternEnd, value, 0, end)) return end;
  } else {
    for (let end = 0; end <= length; end++) if (matchRange(pattern, 0, patternEnd, value, 0, end)) return end;
  }
  return -1;
}

/** Where the suffix that `${value%pattern}` takes begins; -1 when none matches. */
export function matchedSuffix(pattern: Bytes, value: Bytes, longest: bool): i32 {
  const length = value.byteLength;
  const patternEnd = pattern.byteLength;
  if (longest) {
    for (let from = 0; from <= length; from++) if (matchRange(pattern, 0, patternEnd, value, from, length)) return from;
  } else {
    for (let from = length; from >= 0; from--) if (matchRange(pattern, 0, patternEnd, value, from, length)) return from;
  }
  return -1;
}
