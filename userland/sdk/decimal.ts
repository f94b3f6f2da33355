/** Decimal numbers from and to bytes. */
import { DASH, PLUS } from "./ascii";
import { Bytes, at, isDigit } from "./bytes";

/** As long as a number can get, its sign included. */
export const DECIMAL_MAX = 20;

/** Writes the digits of a number; answers how many bytes. */
export function putDecimal(address: usize, value: i64): i32 {
  let rest: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  let sign = 0;
  if (value < 0) {
    store<u8>(address, 0x2d);
    sign = 1;
  }
  let digits = 1;
  for (let left = rest; left >= 10; left /= 10) digits++;
  for (let index = sign + digits - 1; index >= sign; index--) {
    store<u8>(address + index, <u8>(0x30 + rest % 10));
    rest /= 10;
  }
  return sign + digits;
}

/** Whether the last `parseDecimal` met a number. */
export let parsed: bool = false;
/** Whether it was not too large. */
export let parsedFits: bool = false;

/** A decimal number with an optional sign and nothing else; 0 with `parsed` false for any other. What is too large becomes the largest. */
export function parseDecimal(value: Bytes): i64 {
  parsed = false;
  parsedFits = true;
  const length = value.byteLength;
  let index = 0;
  const negative = length > 0 && at(value, 0) == DASH;
  if (negative || (length > 0 && at(value, 0) == PLUS)) index = 1;
  if (index == length) return 0;
  let number: i64 = 0;
  for (; index < length; index++) {
    const byte = at(value, index);
    if (!isDigit(byte)) return 0;
    const digit = <i64>(byte - 0x30);
    if (number > (i64.MAX_VALUE - digit) / 10) parsedFits = false;
    number = parsedFits ? number * 10 + digit : i64.MAX_VALUE;
  }
  parsed = true;
  return negative ? -number : number;
}

/** A decimal number without a sign, or -1. */
export function parseCount(value: Bytes): i64 {
  if (value.byteLength == 0 || !isDigit(at(value, 0))) return -1;
  const number = parseDecimal(value);
  return parsed ? number : -1;
}
