/**
 * `echo` and `printf`.
 *
 * Spec: POSIX XCU echo (as XSI says: backslashes are read), printf; XBD 5 for formats.
 */
import { escapeEnd, putEscape } from "../../sdk/escapes";
import { integer, integerFits, integerFitsUnsigned, integerIsNegative, readInteger } from "../../sdk/integer";
import { at, Buffer, Bytes, bytes, characterLength, EMPTY, is, slice } from "../bytes";
import { complain } from "../report";
import { flushMuch, out } from "../output";
import { formatFloat, parseFloatPrefix, parsedFloat } from "./float";
import { misuse } from "./options";

/** `\c` was met: nothing more is written. */
let stopped: bool = false;
/** Where the number that `size` read ends. */
let after: i32 = 0;
let failed: bool = false;

/** Writes the escape at `index`; answers where it ends. */
function writeEscape(into: Buffer, text: Bytes, index: i32, leadingZero: bool): i32 {
  putEscape(into, text, index, leadingZero);
  if (escapeEnd >= 0) return escapeEnd;
  stopped = true;
  return text.byteLength;
}

/** Writes a text with its escapes, as `echo` and `%b` read them. */
function writeEscaped(text: Bytes, into: Buffer): void {
  for (let index = 0; index < text.byteLength && !stopped; ) {
    const byte = at(text, index);
    if (byte != 0x5c) {
      into.push(byte);
      index++;
      continue;
    }
    index = writeEscape(into, text, index, true);
  }
}

export function echo(args: Array<Bytes>): i32 {
  stopped = false;
  const newline = !(args.length > 1 && is(args[1], "-n"));
  for (let index = newline ? 1 : 2; index < args.length && !stopped; index++) {
    if (index > (newline ? 1 : 2)) out.push(0x20);
    writeEscaped(args[index], out);
    flushMuch();
  }
  if (newline && !stopped) out.push(0x0a);
  return 0;
}

/** One conversion: `%-10.3d`. */
class Conversion {
  minus: bool = false;
  plus: bool = false;
  space: bool = false;
  alternative: bool = false;
  zero: bool = false;
  width: i32 = 0;
  precision: i32 = -1;
}

/** No field is wider than this, whatever is asked for. */
const WIDTH_MAX = 1 << 20;

const field = new Buffer(64);
let list: Array<Bytes> = [];
let next: i32 = 0;

function argument(): Bytes | null {
  return next < list.length ? list[next++] : null;
}

function wrongNumber(text: Bytes, message: string): void {
  complain(new Buffer(48).text("printf: ").add(text).text(message).copy());
  failed = true;
}

/** The number of an argument: an integer constant, or a quote and a character. One that is too large becomes the largest there is. */
function integerOf(text: Bytes | null, signed: bool): i64 {
  if (!text || text.byteLength == 0) return 0;
  const first = at(text, 0);
  if (first == 0x27 || first == 0x22) return characterCode(text);
  // As much as is a number counts.
  const end = readInteger(text);
  const fits = signed ? integerFits : integerFitsUnsigned;
  if (end < text.byteLength) wrongNumber(text, end > 0 ? ": not completely converted" : ": expected numeric value");
  else if (!fits) wrongNumber(text, ": out of range");
  if (fits) return integer;
  return !signed ? -1 : integerIsNegative ? i64.MIN_VALUE : i64.MAX_VALUE;
}

function characterCode(text: Bytes): i64 {
  if (text.byteLength < 2) return 0;
  const length = characterLength(text, 1);
  const first = <i64>at(text, 1);
  if (length == 1) return first;
  let code = first & (0x7f >> length);
  for (let index = 1; index < length; index++) code = code << 6 | (at(text, 1 + index) & 0x3f);
  return code;
}

function float(text: Bytes | null): f64 {
  if (!text || text.byteLength == 0) return 0;
  const first = at(text, 0);
  if (first == 0x27 || first == 0x22) return <f64>characterCode(text);
  const used = parseFloatPrefix(text);
  if (used != text.byteLength) wrongNumber(text, used > 0 ? ": not completely converted" : ": expected numeric value");
  return used > 0 ? parsedFloat : 0;
}

/** Writes the field with its sign or prefix, filled to the width. */
function pad(conversion: Conversion, prefix: Bytes, digits: Bytes, zeros: bool): void {
  const missing = conversion.width - prefix.byteLength - digits.byteLength;
  if (!conversion.minus && !zeros) out.fill(0x20, missing);
  out.append(prefix);
  if (!conversion.minus && zeros) out.fill(0x30, missing);
  out.append(digits);
  if (conversion.minus) out.fill(0x20, missing);
}

function signOf(conversion: Conversion, negative: bool): Bytes {
  return bytes(negative ? "-" : conversion.plus ? "+" : conversion.space ? " " : "");
}

function isSigned(letter: i32): bool {
  return letter == 0x64 || letter == 0x69;
}

function writeInteger(conversion: Conversion, letter: i32, value: i64): void {
  const signed = isSigned(letter);
  let rest: u64 = signed && value < 0 ? 0 - <u64>value : <u64>value;
  const base: u64 = letter == 0x6f ? 8 : (letter | 0x20) == 0x78 ? 16 : 10;
  field.clear();
  while (rest != 0) {
    const digit = <i32>(rest % base);
    field.push(digit < 10 ? 0x30 + digit : (letter == 0x58 ? 0x37 : 0x57) + digit);
    rest /= base;
  }
  if (conversion.precision < 0 && field.length == 0) field.push(0x30);
  while (field.length < conversion.precision) field.push(0x30);
  if (conversion.alternative && base == 8 && (field.length == 0 || field.at(field.length - 1) != 0x30)) field.push(0x30);
  const digits = new ArrayBuffer(field.length);
  for (let index = 0; index < field.length; index++) store<u8>(changetype<usize>(digits) + index, field.at(field.length - 1 - index));
  let prefix = signed ? signOf(conversion, value < 0) : EMPTY;
  if (conversion.alternative && base == 16 && value != 0) prefix = bytes(letter == 0x58 ? "0X" : "0x");
  pad(conversion, prefix, digits, conversion.zero && conversion.precision < 0);
}

function writeText(conversion: Conversion, text: Bytes): void {
  const precision = conversion.precision;
  pad(conversion, EMPTY, precision >= 0 && precision < text.byteLength ? slice(text, 0, precision) : text, false);
}

/** Reads the number at `index`, or takes the next argument for `*`. Where it ends is in `after`. */
function size(format: Bytes, index: i32): i32 {
  after = index;
  if (index < format.byteLength && at(format, index) == 0x2a) {
    after = index + 1;
    return <i32>max<i64>(-WIDTH_MAX, min<i64>(WIDTH_MAX, integerOf(argument(), true)));
  }
  let value: i32 = 0;
  while (after < format.byteLength && at(format, after) >= 0x30 && at(format, after) <= 0x39) value = min(WIDTH_MAX, value * 10 + at(format, after++) - 0x30);
  return value;
}

/** Writes the conversion after the `%` at `from - 1`; answers where it ends, -1 after an error that ends all. */
function convert(format: Bytes, from: i32): i32 {
  const conversion = new Conversion();
  let index = from;
  for (let more = true; more && index < format.byteLength; ) {
    switch (at(format, index)) {
      case 0x2d: conversion.minus = true; break;
      case 0x2b: conversion.plus = true; break;
      case 0x20: conversion.space = true; break;
      case 0x23: conversion.alternative = true; break;
      case 0x30: conversion.zero = true; break;
      default: more = false;
    }
    if (more) index++;
  }
  conversion.width = size(format, index);
  index = after;
  if (conversion.width < 0) {
    conversion.minus = true;
    conversion.width = -conversion.width;
  }
  if (index < format.byteLength && at(format, index) == 0x2e) {
    conversion.precision = size(format, index + 1);
    index = after;
  }
  if (index >= format.byteLength) {
    complain(bytes("printf: missing format character"));
    failed = true;
    return -1;
  }
  const letter = at(format, index);
  switch (letter) {
    case 0x25: out.push(0x25); break;
    case 0x64: case 0x69: case 0x75: case 0x6f: case 0x78: case 0x58:
      writeInteger(conversion, letter, integerOf(argument(), isSigned(letter)));
      break;
    case 0x65: case 0x45: case 0x66: case 0x46: case 0x67: case 0x47: {
      const value = float(argument());
      const negative = value < 0 || 1 / value < 0;
      const digits = formatFloat(abs(value), letter, conversion.precision < 0 ? 6 : min(conversion.precision, 1100), conversion.alternative);
      pad(conversion, signOf(conversion, negative), digits, conversion.zero && isFinite(value));
      break;
    }
    case 0x63: {
      const text = argument();
      writeText(conversion, text ? slice(text, 0, 1) : EMPTY);
      break;
    }
    case 0x73: {
      const text = argument();
      writeText(conversion, text ? text : EMPTY);
      break;
    }
    case 0x62: {
      const text = argument();
      const expanded = new Buffer(64);
      if (text) writeEscaped(text, expanded);
      writeText(conversion, expanded.copy());
      break;
    }
    default: {
      const message = new Buffer(32).text("printf: %");
      message.push(letter);
      complain(message.text(": invalid directive").copy());
      failed = true;
      return -1;
    }
  }
  return index + 1;
}

export function printf(args: Array<Bytes>): i32 {
  let from = 1;
  if (args.length > 1 && is(args[1], "--")) from = 2;
  if (args.length <= from) return misuse(args, "usage: printf format [argument...]");
  const format = args[from];
  list = args;
  next = from + 1;
  stopped = false;
  failed = false;
  do {
    const before = next;
    for (let index = 0; index < format.byteLength && !stopped; ) {
      const byte = at(format, index);
      if (byte == 0x5c) {
        index = writeEscape(out, format, index, false);
      } else if (byte == 0x25) {
        index = convert(format, index + 1);
        if (index < 0) return 1;
      } else {
        out.push(byte);
        index++;
      }
    }
    flushMuch();
    // A format that takes no argument is not used again for what is left.
    if (next == before) break;
  } while (next < list.length && !stopped);
  return failed ? 1 : 0;
}
