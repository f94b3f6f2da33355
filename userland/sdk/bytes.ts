/**
 * Byte strings. What programs work on are bytes that usually are UTF-8 and need not be. A value is
 * an `ArrayBuffer`: one allocation, never changed after it was made. `Buffer` is what grows, and
 * hot loops work on addresses and lengths.
 */
import { BLANK } from "./ascii";
import { compareBytes, find } from "./scan";

export type Bytes = ArrayBuffer;

export const EMPTY: Bytes = new ArrayBuffer(0);

/** The byte at `index`, which the caller has checked. */
// @ts-ignore: decorator
@inline
export function at(value: Bytes, index: i32): u8 {
  return load<u8>(changetype<usize>(value) + index);
}

/** The bytes of a text. */
export function bytes(text: string): Bytes {
  return String.UTF8.encode(text);
}

export function copyOf(address: usize, length: i32): Bytes {
  const made = new ArrayBuffer(length);
  memory.copy(changetype<usize>(made), address, length);
  return made;
}

/** [from, to) of a byte string. */
export function slice(value: Bytes, from: i32, to: i32 = i32.MAX_VALUE): Bytes {
  const end = min(to, value.byteLength);
  if (from == 0 && end == value.byteLength) return value;
  return from >= end ? EMPTY : copyOf(changetype<usize>(value) + from, end - from);
}

export function concat(left: Bytes, right: Bytes): Bytes {
  const made = new ArrayBuffer(left.byteLength + right.byteLength);
  memory.copy(changetype<usize>(made), changetype<usize>(left), left.byteLength);
  memory.copy(changetype<usize>(made) + left.byteLength, changetype<usize>(right), right.byteLength);
  return made;
}

export function equal(left: Bytes, right: Bytes): bool {
  const length = left.byteLength;
  return length == right.byteLength && compareBytes(changetype<usize>(left), changetype<usize>(right), length) == 0;
}

/** Order by bytes, as in the C locale: below 0, 0 or above 0. */
export function compare(left: Bytes, right: Bytes): i32 {
  const order = compareBytes(changetype<usize>(left), changetype<usize>(right), min(left.byteLength, right.byteLength));
  return order != 0 ? order : left.byteLength - right.byteLength;
}

/** Whether these are the bytes of an ASCII text. */
export function is(value: Bytes, text: string): bool {
  return value.byteLength == text.length && beginsWith(value, text);
}

/** Whether a byte string begins with an ASCII text. */
export function beginsWith(value: Bytes, text: string): bool {
  const length = text.length;
  if (value.byteLength < length) return false;
  for (let index = 0; index < length; index++) {
    if (<u16>at(value, index) != load<u16>(changetype<usize>(text) + (index << 1))) return false;
  }
  return true;
}

export function startsWith(value: Bytes, prefix: Bytes): bool {
  return value.byteLength >= prefix.byteLength && compareBytes(changetype<usize>(value), changetype<usize>(prefix), prefix.byteLength) == 0;
}

/** The first index of a byte from `from` on, or -1. */
export function indexOf(value: Bytes, byte: u8, from: i32 = 0): i32 {
  const start = changetype<usize>(value);
  const end = start + value.byteLength;
  const found = find(byte, start + from, end);
  return found == end ? -1 : <i32>(found - start);
}

export function lastIndexOf(value: Bytes, byte: u8): i32 {
  for (let index = value.byteLength - 1; index >= 0; index--) if (at(value, index) == byte) return index;
  return -1;
}

/** Space, tab, newline, and the other three that C counts. */
// @ts-ignore: decorator
@inline
export function isSpace(byte: i32): bool {
  return byte == BLANK || <u32>(byte - 9) < 5;
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: i32): i32 {
  if (isDigit(byte)) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return <u32>letter < 6 ? letter + 10 : -1;
}

// @ts-ignore: decorator
@inline
export function isLetter(byte: i32): bool {
  return <u32>((byte | 0x20) - 0x61) < 26;
}

// @ts-ignore: decorator
@inline
export function toLower(byte: i32): i32 {
  return <u32>(byte - 0x41) < 26 ? byte + 0x20 : byte;
}

// @ts-ignore: decorator
@inline
export function toUpper(byte: i32): i32 {
  return <u32>(byte - 0x61) < 26 ? byte - 0x20 : byte;
}

/** Writes the UTF-8 of a text, at most three bytes for each of its code units; answers how many. */
export function putText(address: usize, text: string): i32 {
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, address);
}

/** How many bytes the UTF-8 character at `address` has; 1 for what is no well-formed character. */
export function characterLength(address: usize, end: usize): i32 {
  const first = load<u8>(address);
  if (first < 0xc2 || first > 0xf4) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (address + length > end) return 1;
  for (let next = 1; next < length; next++) if ((load<u8>(address + next) & 0xc0) != 0x80) return 1;
  return length;
}
