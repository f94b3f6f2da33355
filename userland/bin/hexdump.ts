/** Writes bytes as numbers. A line that is the same as the one before is written as one star. */
import { BLANK, LINE_FEED } from "../sdk/ascii";
import { parseCount } from "../sdk/decimal";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish } from "../sdk/program";
import { compareBytes } from "../sdk/scan";

const USAGE = `usage: hexdump [-Cv] [-n length] [-s skip] [file...]

Writes all files together in hexadecimal, two bytes as one number, the lower first.

  -C               byte by byte, with the characters beside
  -n LENGTH        so many bytes
  -s SKIP          without so many bytes at the beginning
  -v               also lines that repeat
`;
const WIDTH: i32 = 16;
const LINE = memory.data(16);
const BEFORE = memory.data(16);

let canonical = false;
let verbose = false;
let offset: u64 = 0;
/** How many bytes of the line there are. */
let used = 0;
let hasBefore = false;
let starred = false;

export function _start(): void {
  const options = new Options(USAGE);
  let left = i64.MAX_VALUE;
  let skip: i64 = 0;
  while (options.next()) {
    switch (options.flag) {
      case "C":
        canonical = true;
        break;
      case "v":
        verbose = true;
        break;
      default: {
        const number = parseCount(options.value);
        if (number < 0) options.misuseOf(options.value, "no number");
        if (options.flag == "n") left = number;
        else skip = number;
      }
    }
  }
  offset = skip;
  const inputs = new Inputs(options.operands());
  while (left > 0 && inputs.next()) {
    while (left > 0 && inputs.input.block()) {
      const skipped = <i32>min<i64>(skip, inputs.input.length);
      const count = <i32>min<i64>(left, inputs.input.length - skipped);
      skip -= skipped;
      left -= count;
      take(inputs.input.line + skipped, count);
    }
  }
  if (used > 0) writeLine();
  if (offset > 0) {
    address();
    out.byte(LINE_FEED);
  }
  finish();
}

function take(from: usize, count: i32): void {
  for (let at = from; at < from + count; at++) {
    store<u8>(LINE + used++, load<u8>(at));
    if (used == WIDTH) writeLine();
  }
}

function writeLine(): void {
  if (!verbose && hasBefore && used == WIDTH && compareBytes(LINE, BEFORE, WIDTH) == 0) {
    if (!starred) out.text("*\n");
    starred = true;
  } else {
    starred = false;
    address();
    if (canonical) writeCanonical();
    else writeWords();
  }
  offset += used;
  memory.copy(BEFORE, LINE, WIDTH);
  hasBefore = true;
  used = 0;
}

function address(): void {
  const digits = canonical ? 8 : 7;
  for (let place = digits - 1; place >= 0; place--) hex(<i32>(offset >> (place << 2)) & 15);
}

function writeWords(): void {
  for (let at = 0; at < used; at += 2) {
    out.byte(BLANK);
    byte(at + 1 < used ? load<u8>(LINE + at + 1) : 0);
    byte(load<u8>(LINE + at));
  }
  // As wide as a full line, as hexdump has it.
  out.pad(((WIDTH - used) >> 1) * 5);
  out.byte(LINE_FEED);
}

function writeCanonical(): void {
  for (let at = 0; at < WIDTH; at++) {
    out.text(at == 8 || at == 0 ? "  " : " ");
    if (at < used) byte(load<u8>(LINE + at));
    else out.text("  ");
  }
  out.text("  |");
  for (let at = 0; at < used; at++) {
    const value = load<u8>(LINE + at);
    out.byte(value >= 0x20 && value < 0x7f ? value : 0x2e);
  }
  out.text("|\n");
}

function byte(value: u8): void {
  hex(value >> 4);
  hex(value & 15);
}

function hex(digit: i32): void {
  out.byte(digit < 10 ? 0x30 + digit : 0x57 + digit);
}
