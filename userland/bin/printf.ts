/**
 * Writes words as a format says. The format is used again while there are words left. Numbers are whole;
 * those with a point are not known.
 */
import { APOSTROPHE, BACKSLASH, BLANK, DASH, DOT, HASH, PERCENT, PLUS, QUOTE, STAR } from "../sdk/ascii";
import { Bytes, EMPTY, at, bytes, characterLength, indexOf, isDigit, slice } from "../sdk/bytes";
import { Buffer } from "../sdk/buffer";
import { escapeEnd, putEscape } from "../sdk/escapes";
import { integer, integerFits, integerFitsUnsigned, integerIsNegative, readInteger } from "../sdk/integer";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { complainOf, finish } from "../sdk/program";

const USAGE = `usage: printf format [word...]

Writes the words as the format says, which has %s %b %c %d %i %o %u %x %X %%, with -, +, blank, 0, #, width and precision, and \\n, \\t, \\\\, \\", \\a, \\b, \\e, \\f, \\r, \\v, \\123, \\x12, \\c.
`;

let words: Bytes[] = [];
let next = 0;
let stopped = false;
const scratch = new Buffer();

// What stands between % and the letter.
let left = false;
let plus = false;
let blank = false;
let zero = false;
let other = false;
let width = 0;
let precision = -1;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a format");
  words = operands.slice(1);
  while (true) {
    const before = next;
    write(operands[0]);
    if (stopped || next >= words.length || next == before) break;
  }
  finish();
}

function write(format: Bytes): void {
  for (let index = 0; index < format.byteLength && !stopped; ) {
    const byte = at(format, index);
    if (byte == BACKSLASH) {
      scratch.clear();
      putEscape(scratch, format, index, false);
      out.range(scratch.address, scratch.length);
      if (escapeEnd < 0) stopped = true;
      else index = escapeEnd;
    } else if (byte == PERCENT) {
      index = conversion(format, index + 1);
    } else {
      out.byte(byte);
      index++;
    }
  }
}

/** Writes what follows a %; answers where the format goes on. */
function conversion(format: Bytes, from: i32): i32 {
  let index = from;
  left = plus = blank = zero = other = false;
  for (; index < format.byteLength; index++) {
    const flag = at(format, index);
    if (flag == DASH) left = true;
    else if (flag == PLUS) plus = true;
    else if (flag == BLANK) blank = true;
    else if (flag == 0x30) zero = true;
    else if (flag == HASH) other = true;
    else break;
  }
  width = 0;
  precision = -1;
  index = size(format, index, false);
  if (index < format.byteLength && at(format, index) == DOT) index = size(format, index + 1, true);
  const letter = index < format.byteLength ? String.fromCharCode(at(format, index)) : "";
  switch (letter) {
    case "%":
      out.byte(PERCENT);
      break;
    case "c":
      field(slice(word(), 0, 1));
      break;
    case "s":
      field(precision < 0 ? word() : slice(word(), 0, precision));
      break;
    case "b":
      field(escaped(word()));
      break;
    case "d":
    case "i":
      signed(number(word(), true));
      break;
    case "o":
      digits(number(word(), false), 8, false);
      break;
    case "u":
      digits(number(word(), false), 10, false);
      break;
    case "x":
    case "X":
      digits(number(word(), false), 16, letter == "X");
      break;
    default:
      complainOf(slice(format, from - 1, index + 1), "unknown conversion");
      stopped = true;
  }
  return index + 1;
}

/** Reads a width or precision, which may be a word. */
function size(format: Bytes, from: i32, isPrecision: bool): i32 {
  let value = isPrecision ? 0 : width;
  let index = from;
  if (index < format.byteLength && at(format, index) == STAR) {
    value = <i32>max<i64>(min<i64>(number(word(), true), 1_000_000), -1_000_000);
    index++;
  } else {
    for (; index < format.byteLength && isDigit(at(format, index)); index++) value = min(value * 10 + at(format, index) - 0x30, 1_000_000);
  }
  if (isPrecision) precision = value;
  else {
    left = left || value < 0;
    width = value < 0 ? -value : value;
  }
  return index;
}

function word(): Bytes {
  return next < words.length ? words[next++] : EMPTY;
}

/** Writes text in its width. */
function field(text: Bytes): void {
  const room = width - text.byteLength;
  if (!left) out.pad(room);
  out.bytes(text);
  if (left) out.pad(room);
}

/** The text of %b: escapes are read, and \c ends all. */
function escaped(text: Bytes): Bytes {
  if (indexOf(text, BACKSLASH) < 0) return precision < 0 ? text : slice(text, 0, precision);
  const made = new Buffer();
  for (let index = 0; index < text.byteLength; ) {
    if (at(text, index) != BACKSLASH) {
      made.push(at(text, index++));
      continue;
    }
    putEscape(made, text, index, true);
    if (escapeEnd < 0) {
      stopped = true;
      break;
    }
    index = escapeEnd;
  }
  return precision < 0 ? made.toBytes() : slice(made.toBytes(), 0, precision);
}

/** A number in decimal, 0x hexadecimal or 0 octal, or the value of the character behind a quote. One that is too large becomes the largest there is. */
function number(text: Bytes, isSigned: bool): i64 {
  const length = text.byteLength;
  if (length == 0) return 0;
  if (at(text, 0) == QUOTE || at(text, 0) == APOSTROPHE) return length > 1 ? code(text, 1) : 0;
  const end = readInteger(text);
  if (end < length) complainOf(text, end == 0 ? "is no number" : "is not all a number");
  if (isSigned ? integerFits : integerFitsUnsigned) return integer;
  if (end == length) complainOf(text, "is out of range");
  return !isSigned ? -1 : integerIsNegative ? i64.MIN_VALUE : i64.MAX_VALUE;
}

/** The value of the character that begins at `index`. */
function code(text: Bytes, index: i32): i64 {
  const address = changetype<usize>(text) + index;
  const length = characterLength(address, changetype<usize>(text) + text.byteLength);
  const first = <i64>load<u8>(address);
  if (length == 1) return first;
  let value = first & (0x7f >> length);
  for (let next = 1; next < length; next++) value = value << 6 | <i64>(load<u8>(address + next) & 0x3f);
  return value;
}

function signed(value: i64): void {
  const sign = value < 0 ? "-" : plus ? "+" : blank ? " " : "";
  padded(bytes(sign), text(value < 0 ? 0 - <u64>value : value, 10, false));
}

function digits(value: u64, base: u64, capitals: bool): void {
  const number = text(value, base, capitals);
  // Of octal ones, # asks for a zero in front, which may be there already.
  const filled = zero && !left && precision < 0 && width > number.byteLength;
  if (other && base == 8 && !filled && number.byteLength >= precision && (value != 0 || precision == 0)) precision = number.byteLength + <i32>(value != 0);
  const prefix = other && base == 16 && value != 0 ? (capitals ? "0X" : "0x") : "";
  padded(bytes(prefix), number);
}

/** Writes a number: its sign or prefix, then zeros to the precision or width, then digits. */
function padded(prefix: Bytes, number: Bytes): void {
  const shown = precision == 0 && number.byteLength == 1 && at(number, 0) == 0x30 ? EMPTY : number;
  const wanted = precision >= 0 ? precision : zero && !left ? width - prefix.byteLength : 0;
  const zeros = max(wanted - shown.byteLength, 0);
  const room = width - prefix.byteLength - zeros - shown.byteLength;
  if (!left) out.pad(room);
  out.bytes(prefix);
  for (let count = zeros; count > 0; count--) out.byte(0x30);
  out.bytes(shown);
  if (left) out.pad(room);
}

function text(value: u64, base: u64, capitals: bool): Bytes {
  const made = new Buffer(64);
  let scale: u64 = 1;
  while (value / scale >= base) scale *= base;
  for (let rest = value; scale > 0; scale /= base) {
    const digit = <i32>(rest / scale);
    made.push(digit < 10 ? 0x30 + digit : (capitals ? 0x37 : 0x57) + digit);
    rest %= scale;
  }
  return made.toBytes();
}
