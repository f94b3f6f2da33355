/**
 * Numbers in text, compared by their digits, so that they may be of any size: blanks, a minus sign, digits,
 * a point and digits. What is no number counts as 0.
 */
import { DASH, DOT } from "../../sdk/ascii";
import { isDigit } from "../../sdk/bytes";
import { compareBytes } from "../../sdk/scan";
import { skipBlanks } from "./key";

/** More digits than this before the point, and the prefix stays the same. */
const DIGITS_MAX: usize = 15;
/** The letters behind a number that `-h` knows, each a thousand times the one before. */
const UNITS = "KMGTPEZY";

/** A number taken apart. */
class Parts {
  negative: bool = false;
  /** Digits before the point, without zeros in front. */
  whole: usize = 0;
  wholeEnd: usize = 0;
  /** Digits behind it, without zeros at the end. */
  rest: usize = 0;
  restEnd: usize = 0;
  /** 0 for none. */
  unit: i32 = 0;

  take(from: usize, end: usize): void {
    let at = skipBlanks(from, end);
    this.negative = at < end && load<u8>(at) == DASH;
    if (this.negative) at++;
    while (at < end && load<u8>(at) == 0x30) at++;
    this.whole = at;
    while (at < end && isDigit(load<u8>(at))) at++;
    this.wholeEnd = this.rest = this.restEnd = at;
    if (at < end && load<u8>(at) == DOT) {
      this.rest = ++at;
      this.restEnd = at;
      for (; at < end && isDigit(load<u8>(at)); at++) if (load<u8>(at) != 0x30) this.restEnd = at + 1;
    }
    this.unit = at < end ? unitOf(load<u8>(at)) : 0;
    if (this.isZero) this.negative = false;
  }

  get isZero(): bool {
    return this.whole == this.wholeEnd && this.rest == this.restEnd;
  }
}

const left = new Parts();
const right = new Parts();

export function compareNumbers(leftFrom: usize, leftEnd: usize, rightFrom: usize, rightEnd: usize, units: bool): i32 {
  left.take(leftFrom, leftEnd);
  right.take(rightFrom, rightEnd);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  const order = compareSizes(units);
  return left.negative ? -order : order;
}

function compareSizes(units: bool): i32 {
  if (units && (left.isZero || right.isZero)) return <i32>right.isZero - <i32>left.isZero;
  if (units && left.unit != right.unit) return left.unit - right.unit;
  const length = <i32>(left.wholeEnd - left.whole);
  const difference = length - <i32>(right.wholeEnd - right.whole);
  if (difference != 0) return difference;
  const order = compareBytes(left.whole, right.whole, length);
  if (order != 0) return order;
  const leftRest = <i32>(left.restEnd - left.rest);
  const rightRest = <i32>(right.restEnd - right.rest);
  const rest = compareBytes(left.rest, right.rest, min(leftRest, rightRest));
  return rest != 0 ? rest : leftRest - rightRest;
}

/** A number whose order is the order of the whole parts, as far as they go. */
export function numberPrefix(from: usize, end: usize, units: bool): u64 {
  left.take(from, end);
  let size: i64 = 0;
  if (left.wholeEnd - left.whole > DIGITS_MAX) size = 999_999_999_999_999;
  else for (let at = left.whole; at < left.wholeEnd; at++) size = size * 10 + (load<u8>(at) - 0x30);
  if (units && !left.isZero) size += <i64>(left.unit + 1) << 52;
  return <u64>(left.negative ? -size : size) ^ (<u64>1 << 63);
}

function unitOf(byte: i32): i32 {
  for (let index = 0; index < UNITS.length; index++) if ((UNITS.charCodeAt(index) | 0x20) == (byte | 0x20)) return index + 1;
  return 0;
}
