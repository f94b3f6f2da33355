/**
 * Decimal floating point, exact: a double is an integer times a power of two, and as many decimal digits of that
 * as are asked for are written, rounded to even.
 */
import { at, Buffer, Bytes, bytes, isDigit, slice } from "../bytes";

/** Digits of a number in base 10^9, the lowest first. */
class Big {
  readonly limbs: Array<u32> = [];

  constructor(value: u64) {
    while (value != 0) {
      this.limbs.push(<u32>(value % 1_000_000_000));
      value /= 1_000_000_000;
    }
  }

  multiply(by: u32): void {
    let carry: u64 = 0;
    for (let index = 0; index < this.limbs.length; index++) {
      const value = <u64>this.limbs[index] * by + carry;
      this.limbs[index] = <u32>(value % 1_000_000_000);
      carry = value / 1_000_000_000;
    }
    if (carry != 0) this.limbs.push(<u32>carry);
  }

  /** The decimal digits, the highest first. */
  digits(): Buffer {
    const text = new Buffer(32);
    for (let index = this.limbs.length - 1; index >= 0; index--) {
      let limb = this.limbs[index];
      const from = text.length;
      text.fill(0x30, 9);
      for (let place = 8; place >= 0; place--) {
        text.set(from + place, <u8>(0x30 + limb % 10));
        limb /= 10;
      }
    }
    let zeros = 0;
    while (zeros < text.length && text.at(zeros) == 0x30) zeros++;
    if (zeros > 0) text.remove(0, zeros);
    return text;
  }
}

/** All decimal digits of a finite value above 0; `point` tells how many are before the decimal point. */
let point: i32 = 0;

function exactDigits(value: f64): Buffer {
  const bits = reinterpret<u64>(value);
  const exponent = <i32>(bits >> 52 & 0x7ff);
  let mantissa = bits & 0xf_ffff_ffff_ffff;
  if (exponent != 0) mantissa |= 1 << 52;
  let power = max(exponent, 1) - 1075;
  const big = new Big(mantissa);
  if (power >= 0) {
    for (; power >= 29; power -= 29) big.multiply(1 << 29);
    big.multiply(1 << power);
    const digits = big.digits();
    point = digits.length;
    return digits;
  }
  // Times 5 for every halving, with the point moved one place: m / 2^k = m * 5^k / 10^k.
  let left = -power;
  for (; left >= 13; left -= 13) big.multiply(1_220_703_125);
  for (; left > 0; left--) big.multiply(5);
  const digits = big.digits();
  point = digits.length + power;
  return digits;
}

/** Keeps `count` digits, rounded to even; `point` moves when that makes one more. */
function round(digits: Buffer, count: i32): void {
  if (count >= digits.length) return;
  if (count < 0) {
    digits.length = 0;
    return;
  }
  const first = digits.at(count);
  let up = first > 0x35;
  if (first == 0x35) {
    let rest = false;
    for (let index = count + 1; index < digits.length && !rest; index++) rest = digits.at(index) != 0x30;
    up = rest || count > 0 && (digits.at(count - 1) & 1) == 1;
  }
  digits.length = count;
  if (!up) return;
  let index = count - 1;
  while (index >= 0 && digits.at(index) == 0x39) digits.set(index--, 0x30);
  if (index >= 0) {
    digits.set(index, digits.at(index) + 1);
    return;
  }
  digits.insert(0, bytes("1"));
  point++;
}

/** `%f` with so many places. */
function fixed(value: f64, places: i32, withPoint: bool): Bytes {
  const digits = value == 0 ? new Buffer(1) : exactDigits(value);
  if (value == 0) point = 0;
  if (digits.length > 0) round(digits, point + places);
  if (digits.length == 0) point = min(point, 0);
  const text = new Buffer(32);
  if (point <= 0) text.push(0x30);
  for (let place = 0; place < point; place++) text.push(place < digits.length ? digits.at(place) : 0x30);
  if (places > 0 || withPoint) text.push(0x2e);
  for (let place = point; place < point + places; place++) text.push(place >= 0 && place < digits.length ? digits.at(place) : 0x30);
  return text.copy();
}

/** `%e` with so many places. */
function scientific(value: f64, places: i32, letter: i32, withPoint: bool): Bytes {
  const digits = value == 0 ? new Buffer(1) : exactDigits(value);
  let exponent = 0;
  if (value != 0) {
    round(digits, places + 1);
    exponent = point - 1;
  }
  const text = new Buffer(32);
  text.push(digits.length > 0 ? digits.at(0) : 0x30);
  if (places > 0 || withPoint) text.push(0x2e);
  for (let place = 1; place <= places; place++) text.push(place < digits.length ? digits.at(place) : 0x30);
  text.push(letter);
  text.push(exponent < 0 ? 0x2d : 0x2b);
  if (abs(exponent) < 10) text.push(0x30);
  text.number(abs(exponent));
  return text.copy();
}

/** `%g`: whichever of the two is shorter, without zeros at the end. */
function general(value: f64, precision: i32, letter: i32, keepZeros: bool): Bytes {
  const significant = precision == 0 ? 1 : precision;
  let exponent = 0;
  if (value != 0) {
    const digits = exactDigits(value);
    round(digits, significant);
    exponent = point - 1;
  }
  const isFixed = exponent >= -4 && exponent < significant;
  const text = isFixed ? fixed(value, significant - 1 - exponent, keepZeros) : scientific(value, significant - 1, letter - 2, keepZeros);
  return keepZeros ? text : withoutZeros(text, letter - 2);
}

function withoutZeros(text: Bytes, letter: i32): Bytes {
  let end = 0;
  let hasPoint = false;
  while (end < text.byteLength && at(text, end) != letter) if (at(text, end++) == 0x2e) hasPoint = true;
  if (!hasPoint) return text;
  let last = end;
  while (at(text, last - 1) == 0x30) last--;
  if (at(text, last - 1) == 0x2e) last--;
  return new Buffer(32).add(slice(text, 0, last)).add(slice(text, end)).copy();
}

/** Writes a value that is not negative as one of `e E f F g G` says. */
export function formatFloat(value: f64, letter: i32, precision: i32, alternative: bool): Bytes {
  const isUpper = letter < 0x61;
  if (isNaN(value)) return bytes(isUpper ? "NAN" : "nan");
  if (!isFinite(value)) return bytes(isUpper ? "INF" : "inf");
  switch (letter | 0x20) {
    case 0x66: return fixed(value, precision, alternative);
    case 0x65: return scientific(value, precision, letter, alternative);
    default: return general(value, precision, letter, alternative);
  }
}

/** What `parseFloatPrefix` read. */
export let parsedFloat: f64 = 0;

/** Reads as much of a text as is a number, after blanks; answers how many bytes that is, 0 for none. */
export function parseFloatPrefix(text: Bytes): i32 {
  let index = 0;
  while (index < text.byteLength && (at(text, index) == 0x20 || at(text, index) == 0x09)) index++;
  const from = index;
  if (index < text.byteLength && (at(text, index) == 0x2b || at(text, index) == 0x2d)) index++;
  const digitsFrom = index;
  let digits = 0;
  while (index < text.byteLength && isDigit(at(text, index))) {
    index++;
    digits++;
  }
  if (index < text.byteLength && at(text, index) == 0x2e) {
    index++;
    while (index < text.byteLength && isDigit(at(text, index))) {
      index++;
      digits++;
    }
  }
  if (digits == 0) return wordValue(text, from, digitsFrom);
  if (index < text.byteLength && (at(text, index) | 0x20) == 0x65) {
    let end = index + 1;
    if (end < text.byteLength && (at(text, end) == 0x2b || at(text, end) == 0x2d)) end++;
    if (end < text.byteLength && isDigit(at(text, end))) {
      while (end < text.byteLength && isDigit(at(text, end))) end++;
      index = end;
    }
  }
  parsedFloat = F64.parseFloat(String.UTF8.decodeUnsafe(changetype<usize>(text) + from, index - from));
  return index;
}

/** `inf`, `infinity` and `nan`. */
function wordValue(text: Bytes, from: i32, at_: i32): i32 {
  const rest = String.UTF8.decodeUnsafe(changetype<usize>(text) + at_, min(text.byteLength - at_, 8)).toLowerCase();
  const negative = at_ > from && at(text, from) == 0x2d;
  if (rest.startsWith("infinity") || rest.startsWith("inf")) {
    parsedFloat = negative ? -Infinity : Infinity;
    return at_ + (rest.startsWith("infinity") ? 8 : 3);
  }
  if (!rest.startsWith("nan")) return 0;
  parsedFloat = NaN;
  return at_ + 3;
}
