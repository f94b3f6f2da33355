/**
 * Replaces, removes and squeezes bytes. Characters of several bytes are not known: each byte is one.
 */
import { BACKSLASH, CLOSE_BRACKET, COLON, DASH, EQUALS, LINE_FEED, OPEN_BRACKET, STAR, TAB } from "../sdk/ascii";
import { Bytes, at, isDigit } from "../sdk/bytes";
import { classHas, classNamed } from "../sdk/classes";
import { Input } from "../sdk/input";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { complainErrno, finish } from "../sdk/program";

const USAGE = `usage: tr [-c | -C] [-ds] set1 [set2]

Replaces each byte of the first set by the one at the same place in the second, whose last stands for all that it lacks.
Sets have single bytes, ranges a-z, classes [:alpha:], [=x=], in the second [x*n], and \\n, \\t, \\\\, \\123 and such.

  -c, --complement        the first set is all bytes that are not in it
  -C                      the same as -c
  -d, --delete            removes the bytes of the first set
  -s, --squeeze-repeats   of bytes of the last set that repeat, writes one
`;
const ALL = 256;
/** In a set: the byte before it fills up the set to the length of the first. */
const FILL: i32 = -1;

export function _start(): void {
  const options = new Options(USAGE);
  let complement = false;
  let removes = false;
  let squeezes = false;
  while (options.next()) {
    if (options.flag == "d") removes = true;
    else if (options.flag == "s") squeezes = true;
    else complement = true;
  }
  const operands = options.operands();
  const needs = removes == squeezes ? 2 : 1;
  if (operands.length < needs) options.misuse(needs == 2 ? "needs two sets" : "needs a set");
  if (operands.length > (removes && !squeezes ? 1 : 2)) options.misuse("has too many sets");
  let first = parse(options, operands[0], 0);
  if (complement) first = others(first);
  const second = operands.length > 1 ? parse(options, operands[1], first.length) : [];
  const replaces = !removes && operands.length > 1;
  if (replaces && second.length == 0) options.misuse("the second set is empty");
  const map = new StaticArray<u8>(ALL);
  for (let byte = 0; byte < ALL; byte++) map[byte] = <u8>byte;
  if (replaces) for (let index = 0; index < first.length; index++) map[first[index]] = <u8>second[min(index, second.length - 1)];
  const gone = new StaticArray<bool>(ALL);
  if (removes) for (let index = 0; index < first.length; index++) gone[first[index]] = true;
  const once = new StaticArray<bool>(ALL);
  const last = operands.length > 1 ? second : first;
  if (squeezes) for (let index = 0; index < last.length; index++) once[last[index]] = true;
  copy(map, gone, once);
}

function copy(map: StaticArray<u8>, gone: StaticArray<bool>, once: StaticArray<bool>): void {
  const input = new Input(0);
  let before = -1;
  while (input.block()) {
    const end = input.line + input.length;
    // What comes out is not longer, and takes the place of what came in.
    let to = input.line;
    for (let from = input.line; from < end; from++) {
      const byte = load<u8>(from);
      if (unchecked(gone[byte])) continue;
      const mapped = unchecked(map[byte]);
      if (<i32>mapped == before && unchecked(once[mapped])) continue;
      before = mapped;
      store<u8>(to++, mapped);
    }
    out.range(input.line, <i32>(to - input.line));
  }
  if (input.errno != 0) complainErrno(String.UTF8.encode("standard input"), input.errno);
  finish();
}

/** All bytes that are not in a set. */
function others(set: i32[]): i32[] {
  const made: i32[] = [];
  for (let byte = 0; byte < ALL; byte++) if (!set.includes(byte)) made.push(byte);
  return made;
}

let next = 0;

/** The bytes of a set in their order. `length` is what [x*] fills up to. */
function parse(options: Options, text: Bytes, length: i32): i32[] {
  const made: i32[] = [];
  let fill = -1;
  next = 0;
  while (next < text.byteLength) {
    if (bracketed(options, text, made, length)) {
      if (made.length > 0 && made[made.length - 1] == FILL) {
        made.pop();
        fill = made.length - 1;
      }
      continue;
    }
    const from = byteAt(text);
    if (next + 1 < text.byteLength && at(text, next) == DASH) {
      next++;
      const to = byteAt(text);
      if (to < from) options.misuseOf(text, "a range goes backwards");
      for (let byte = from; byte <= to; byte++) made.push(byte);
    } else made.push(from);
  }
  if (fill < 0) return made;
  // Behind what fills may come more.
  const filled = made.slice(0, fill + 1);
  for (let count = length - made.length; count > 0; count--) filled.push(made[fill]);
  return filled.concat(made.slice(fill + 1));
}

/** [:class:], [=x=], [x*n]; false when it is none of them. */
function bracketed(options: Options, text: Bytes, made: i32[], length: i32): bool {
  if (at(text, next) != OPEN_BRACKET || next + 3 >= text.byteLength) return false;
  const kind = at(text, next + 1);
  if (kind == COLON) {
    let end = next + 2;
    while (end + 1 < text.byteLength && !(at(text, end) == COLON && at(text, end + 1) == CLOSE_BRACKET)) end++;
    if (end + 1 >= text.byteLength) return false;
    const number = classNamed(changetype<usize>(text) + next + 2, end - next - 2);
    if (number < 0) options.misuseOf(text, "has an unknown class");
    for (let byte = 0; byte < ALL; byte++) if (classHas(number, byte)) made.push(byte);
    next = end + 2;
    return true;
  }
  if (kind == EQUALS && next + 4 < text.byteLength && at(text, next + 3) == EQUALS && at(text, next + 4) == CLOSE_BRACKET) {
    made.push(at(text, next + 2));
    next += 5;
    return true;
  }
  const start = next++;
  const byte = byteAt(text);
  if (next < text.byteLength && at(text, next) == STAR) {
    let count: i32 = 0;
    let index = next + 1;
    const base = index < text.byteLength && at(text, index) == 0x30 ? 8 : 10;
    while (index < text.byteLength && isDigit(at(text, index))) count = min(count * base + at(text, index++) - 0x30, 1_000_000);
    if (index < text.byteLength && at(text, index) == CLOSE_BRACKET) {
      next = index + 1;
      if (count == 0) {
        made.push(byte);
        made.push(FILL);
      } else for (let left = min(count, max(length, 1)); left > 0; left--) made.push(byte);
      return true;
    }
  }
  next = start;
  return false;
}

/** The byte that is written at `next`, which moves on. */
function byteAt(text: Bytes): i32 {
  const byte = at(text, next++);
  if (byte != BACKSLASH || next == text.byteLength) return byte;
  const escaped = at(text, next++);
  switch (escaped) {
    case 0x61: return 0x07; // a
    case 0x62: return 0x08; // b
    case 0x66: return 0x0c; // f
    case 0x6e: return LINE_FEED; // n
    case 0x72: return 0x0d; // r
    case 0x74: return TAB; // t
    case 0x76: return 0x0b; // v
  }
  if (escaped < 0x30 || escaped > 0x37) return escaped;
  let value = <i32>escaped - 0x30;
  for (let digits = 1; digits < 3 && next < text.byteLength && at(text, next) >= 0x30 && at(text, next) <= 0x37; digits++) value = value * 8 + at(text, next++) - 0x30;
  return value & 0xff;
}
