/**
 * A key of a sort: a part of a line, and how it is compared. Of each part there is a number too, whose
 * order never says the opposite of the comparison: most lines are told apart by it.
 *
 * Spec: POSIX, sort, -k.
 */
import { BLANK, COMMA, DOT, TAB } from "../../sdk/ascii";
import { Bytes, at, isDigit, isLetter, isSpace, toUpper } from "../../sdk/bytes";
import { compareBytes, find } from "../../sdk/scan";

/** How a key is compared. */
export class KeyKind {
  blanks: bool = false;
  dictionary: bool = false;
  fold: bool = false;
  printable: bool = false;
  numeric: bool = false;
  units: bool = false;
  reverse: bool = false;
  /** Whether any letter was given. */
  given: bool = false;

  /** Takes a letter; false when it means nothing. */
  set(letter: i32): bool {
    switch (letter) {
      case 0x62: { this.blanks = true; break; } // b
      case 0x64: { this.dictionary = true; break; } // d
      case 0x66: { this.fold = true; break; } // f
      case 0x69: { this.printable = true; break; } // i
      case 0x6e: { this.numeric = true; break; } // n
      case 0x68: { this.units = true; break; } // h
      case 0x72: { this.reverse = true; break; } // r
      default: return false;
    }
    this.given = true;
    return true;
  }

  /** Whether bytes are compared as they are. */
  get plain(): bool {
    return !this.dictionary && !this.fold && !this.printable && !this.numeric && !this.units;
  }

  /** How a byte counts, or -1 when it does not. */
  weight(byte: i32): i32 {
    if (this.dictionary && !isLetter(byte) && !isDigit(byte) && byte != BLANK && byte != TAB) return -1;
    if (this.printable && (byte < 0x20 || byte > 0x7e)) return -1;
    return this.fold ? toUpper(byte) : byte;
  }
}

export class Key {
  kind: KeyKind = new KeyKind();
  firstField: i32 = 1;
  firstChar: i32 = 1;
  /** 0: up to the end of the line. */
  lastField: i32 = 0;
  /** 0: up to the end of the field. */
  lastChar: i32 = 0;
  /** Blanks at the beginning of the last field do not count. */
  lastBlanks: bool = false;

  /** Null when it is not understood. */
  static parse(text: Bytes): Key | null {
    const key = new Key();
    let index = number(text, 0);
    if (index == 0 || value < 1) return null;
    key.firstField = value;
    if (index < text.byteLength && at(text, index) == DOT) {
      index = number(text, index + 1);
      if (value < 1) return null;
      key.firstChar = value;
    }
    while (index < text.byteLength && at(text, index) != COMMA) if (!key.kind.set(at(text, index++))) return null;
    if (index == text.byteLength) return key;
    const from = index + 1;
    index = number(text, from);
    if (index == from || value < 1) return null;
    key.lastField = value;
    if (index < text.byteLength && at(text, index) == DOT) {
      index = number(text, index + 1);
      if (value < 0) return null;
      key.lastChar = value;
    }
    for (; index < text.byteLength; index++) {
      if (at(text, index) == 0x62) {
        key.lastBlanks = true;
        key.kind.given = true;
      } else if (!key.kind.set(at(text, index))) return null;
    }
    return key;
  }
}

/** What `number` read; -1 when there were no digits. */
let value: i32 = -1;

/** Reads digits; answers where they end. Numbers that are too large stay large. */
function number(text: Bytes, from: i32): i32 {
  let index = from;
  value = -1;
  for (; index < text.byteLength && isDigit(at(text, index)); index++) value = min(max(value, 0), 100_000_000) * 10 + at(text, index) - 0x30;
  return index;
}

/** Where a field begins that has `fields` before it; the line's end when there are not so many. */
export function skipFields(from: usize, end: usize, fields: i32, separator: i32): usize {
  let at = from;
  for (let left = fields; left > 0 && at < end; left--) {
    if (separator >= 0) at = min(find(<u8>separator, at, end) + 1, end);
    else at = skipWord(skipBlanks(at, end), end);
  }
  return at;
}

/** Where the field ends that has `fields - 1` before it. */
export function endOfField(from: usize, end: usize, fields: i32, separator: i32): usize {
  const start = skipFields(from, end, fields - 1, separator);
  return separator >= 0 ? find(<u8>separator, start, end) : skipWord(skipBlanks(start, end), end);
}

export function skipBlanks(from: usize, end: usize): usize {
  let at = from;
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

function skipWord(from: usize, end: usize): usize {
  let at = from;
  while (at < end && !isSpace(load<u8>(at))) at++;
  return at;
}

/** Compares two parts by the bytes that count. */
export function compareText(left: usize, leftEnd: usize, right: usize, rightEnd: usize, kind: KeyKind): i32 {
  if (kind.plain) {
    const order = compareBytes(left, right, <i32>min(leftEnd - left, rightEnd - right));
    return order != 0 ? order : <i32>(leftEnd - left) - <i32>(rightEnd - right);
  }
  let a = left;
  let b = right;
  while (true) {
    let x = -1;
    while (a < leftEnd && x < 0) x = kind.weight(load<u8>(a++));
    let y = -1;
    while (b < rightEnd && y < 0) y = kind.weight(load<u8>(b++));
    if (x != y) return x - y;
    if (x < 0) return 0;
  }
}

/** The first eight bytes that count, the first the most. */
export function textPrefix(from: usize, end: usize, kind: KeyKind): u64 {
  let prefix: u64 = 0;
  let count = 0;
  for (let at = from; at < end && count < 8; at++) {
    const weight = kind.weight(load<u8>(at));
    if (weight < 0) continue;
    prefix = prefix << 8 | <u64>weight;
    count++;
  }
  return count == 0 ? 0 : prefix << ((8 - count) << 3);
}
