/** Integers as the constants of C: decimal, octal behind `0`, hexadecimal behind `0x`. */
import { DASH, PLUS } from "./ascii";
import { Bytes, at, hexDigit, isSpace } from "./bytes";

/** What the last call read, wrapped around when it does not fit; 0 when it read nothing. */
export let integer: i64 = 0;
/** Whether it fits 64 bits with a sign. */
export let integerFits: bool = true;
/** Whether what is behind its sign fits 64 bits without one. */
export let integerFitsUnsigned: bool = true;
/** Whether it has a minus. */
export let integerIsNegative: bool = false;

/**
 * Reads an integer at the beginning of a text, with blanks before it and a sign; answers where it ends, 0 when there is
 * none. `decimal`: zeros at its beginning mean nothing.
 */
export function readInteger(text: Bytes, decimal: bool = false): i32 {
  let index = 0;
  while (index < text.byteLength && isSpace(at(text, index))) index++;
  const first = index < text.byteLength ? at(text, index) : 0;
  const isNegative = first == DASH;
  if (isNegative || first == PLUS) index++;
  const end = readConstant(text, index, decimal);
  if (isNegative) {
    integerIsNegative = true;
    integer = -integer;
    integerFits = integerFitsUnsigned && integer <= 0;
  }
  return end == index ? 0 : end;
}

/** Reads a constant, which has no sign, at `from`; answers where it ends, `from` when there is none. Of `0x` without a digit it is the zero. */
export function readConstant(text: Bytes, from: i32, decimal: bool = false): i32 {
  const length = text.byteLength;
  let index = from;
  let base: u64 = 10;
  if (!decimal && index < length && at(text, index) == 0x30) {
    const isHex = index + 2 < length && (at(text, index + 1) | 0x20) == 0x78 && hexDigit(at(text, index + 2)) >= 0;
    base = isHex ? 16 : 8;
    if (isHex) index += 2;
  }
  let value: u64 = 0;
  let fits = true;
  for (; index < length; index++) {
    // What is no digit is more than any base.
    const digit = <u64>hexDigit(at(text, index));
    if (digit >= base) break;
    // One digit more always fits below this bit.
    if (value >> 60 != 0 && value > (u64.MAX_VALUE - digit) / base) fits = false;
    value = value * base + digit;
  }
  integer = <i64>value;
  integerIsNegative = false;
  integerFitsUnsigned = fits;
  integerFits = fits && integer >= 0;
  return index;
}
