/** Writes parts of lines. */
import { LINE_FEED } from "../sdk/ascii";
import { Bytes, at, bytes, characterLength } from "../sdk/bytes";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish } from "../sdk/program";
import { Ranges } from "../sdk/ranges";
import { find } from "../sdk/scan";

const USAGE = `usage: cut -b list [-n] [file...] | cut -c list [file...] | cut -f list [-d char] [-s] [file...]

Writes the parts of each line that the list names: numbers from 1 on, and ranges as in 2-5, -3 or 7-.

  -b, --bytes LIST                bytes
  -c, --characters LIST           characters of UTF-8
  -f, --fields LIST               fields, which tabs separate
  -d, --delimiter CHAR            fields are separated by this byte
  -s, --only-delimited            leaves out lines without it
  -n                              is accepted
  -O, --output-delimiter STRING   between fields that are written, instead of the separator
`;

let ranges: Ranges = new Ranges();
let mode = "";
let delimiter: u8 = 0x09;
let between: Bytes | null = null;
let only = false;

export function _start(): void {
  const options = new Options(USAGE);
  let separated = false;
  while (options.next()) {
    switch (options.flag) {
      case "d":
        if (options.value.byteLength != 1) options.misuseOf(options.value, "a separator is one byte");
        delimiter = at(options.value, 0);
        separated = true;
        break;
      case "s":
        only = true;
        break;
      case "O":
        between = options.value;
        break;
      case "n":
        break;
      default: {
        if (mode != "") options.misuse("takes one list");
        mode = options.flag;
        const list = Ranges.parse(options.value);
        if (list) ranges = list;
        else options.misuseOf(options.value, "no list");
      }
    }
  }
  if (mode == "") options.misuse("needs a list");
  if (mode != "f" && separated) options.misuse("a separator is for fields only");
  if (mode != "f" && only) options.misuse("lines without separators are left out for fields only");
  if (!between) between = mode == "f" ? bytes(String.fromCharCode(delimiter)) : bytes("");
  const inputs = new Inputs(options.operands());
  while (inputs.next()) {
    const input = inputs.input;
    while (input.next()) {
      if (mode == "f") cutFields(input);
      else cutCharacters(input, mode == "c");
    }
  }
  finish();
}

function cutFields(input: Input): void {
  const end = input.line + input.length;
  if (find(delimiter, input.line, end) == end) {
    if (only) return;
    out.range(input.line, input.length);
  } else {
    let written = false;
    let number = 1;
    for (let from = input.line; from <= end; number++) {
      const to = find(delimiter, from, end);
      if (ranges.has(number)) {
        if (written) out.bytes(between!);
        out.range(from, <i32>(to - from));
        written = true;
      }
      from = to + 1;
    }
  }
  out.byte(LINE_FEED);
}

function cutCharacters(input: Input, whole: bool): void {
  const end = input.line + input.length;
  let number = 1;
  // Whether the one before was left out after something was written.
  let gap = false;
  let written = false;
  for (let from = input.line; from < end; number++) {
    const length = whole ? characterLength(from, end) : 1;
    if (ranges.has(number)) {
      if (gap && written) out.bytes(between!);
      gap = false;
      written = true;
      out.range(from, length);
    } else gap = true;
    from += length;
  }
  out.byte(LINE_FEED);
}
