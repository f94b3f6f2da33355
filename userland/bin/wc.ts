/** Counts lines, words, characters and bytes. */
import { BLANK, LINE_FEED } from "../sdk/ascii";
import { Bytes, isSpace } from "../sdk/bytes";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish } from "../sdk/program";
import { count } from "../sdk/scan";

const USAGE = `usage: wc [-c | -m] [-lw] [file...]

Counts; without options lines, words and bytes.

  -l, --lines   line feeds
  -w, --words   words: runs of what is no white space
  -c, --bytes   bytes
  -m, --chars   characters of UTF-8
`;

class Counts {
  lines: i64 = 0;
  words: i64 = 0;
  chars: i64 = 0;
  bytes: i64 = 0;
}

let showLines = false;
let showWords = false;
let showChars = false;
let showBytes = false;
/** Which characters are in words goes on over the end of a block. */
let inWord = false;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {
    switch (options.flag) {
      case "l":
        showLines = true;
        break;
      case "w":
        showWords = true;
        break;
      case "c":
        showBytes = true;
        break;
      case "m":
        showChars = true;
        break;
    }
  }
  if (!showLines && !showWords && !showChars && !showBytes) showLines = showWords = showBytes = true;
  const operands = options.operands();
  const inputs = new Inputs(operands);
  const total = new Counts();
  // As POSIX has it, one blank is between numbers; they line up when there are several files.
  const width = operands.length > 1 ? 7 : 1;
  while (inputs.next()) {
    const counts = new Counts();
    inWord = false;
    while (inputs.input.block()) add(counts, inputs.input.line, inputs.input.length);
    if (inputs.input.errno != 0 && counts.bytes == 0) continue;
    print(counts, operands.length == 0 ? null : inputs.name, width);
    total.lines += counts.lines;
    total.words += counts.words;
    total.chars += counts.chars;
    total.bytes += counts.bytes;
  }
  if (operands.length > 1) {
    print(total, String.UTF8.encode("total"), width);
  }
  finish();
}

function add(counts: Counts, address: usize, length: i32): void {
  const end = address + length;
  counts.bytes += length;
  if (showLines) counts.lines += count(LINE_FEED, address, end);
  if (showChars) for (let at = address; at < end; at++) counts.chars += <i64>((load<u8>(at) & 0xc0) != 0x80);
  if (!showWords) return;
  let within = inWord;
  let words = 0;
  for (let at = address; at < end; at++) {
    const space = isSpace(load<u8>(at));
    words += <i32>(!space && !within);
    within = !space;
  }
  inWord = within;
  counts.words += words;
}

function print(counts: Counts, name: Bytes | null, width: i32): void {
  let first = true;
  if (showLines) first = field(counts.lines, width, first);
  if (showWords) first = field(counts.words, width, first);
  if (showChars) first = field(counts.chars, width, first);
  if (showBytes) first = field(counts.bytes, width, first);
  if (name) {
    out.byte(BLANK);
    out.bytes(name);
  }
  out.byte(LINE_FEED);
}

function field(value: i64, width: i32, first: bool): bool {
  if (!first) out.byte(BLANK);
  out.padded(value, width);
  return false;
}
