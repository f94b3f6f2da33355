/** Writes the beginning of files. */
import { LINE_FEED } from "../sdk/ascii";
import { Bytes } from "../sdk/bytes";
import { parseCount } from "../sdk/decimal";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { NUMBER, Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish } from "../sdk/program";

const USAGE = `usage: head [-n number | -c number] [-qv] [file...]

Writes the first 10 lines of each file.

  -n, --lines NUMBER   so many lines
  -c, --bytes NUMBER   so many bytes
  -NUMBER              the same as -n NUMBER
  -q, --quiet          no line with its name before a file
  -v, --verbose        always a line with its name before a file
`;

export function _start(): void {
  const options = new Options(USAGE);
  let count: i64 = 10;
  let byLines = true;
  let headers = 0;
  while (options.next()) {
    switch (options.flag) {
      case "q":
        headers = -1;
        break;
      case "v":
        headers = 1;
        break;
      default: {
        count = parseCount(options.value);
        if (count < 0) options.misuseOf(options.value, "no number");
        byLines = options.flag != "c";
      }
    }
  }
  const operands = options.operands();
  const inputs = new Inputs(operands);
  const titled = headers > 0 || (headers == 0 && operands.length > 1);
  let first = true;
  while (inputs.next()) {
    if (titled) title(inputs.isStandard ? String.UTF8.encode("standard input") : inputs.name, first);
    first = false;
    if (byLines) lines(inputs.input, count);
    else bytesOf(inputs.input, count);
  }
  finish();
}

function title(name: Bytes, first: bool): void {
  out.text(first ? "==> " : "\n==> ");
  out.bytes(name);
  out.text(" <==\n");
}

function lines(input: Input, count: i64): void {
  for (let left = count; left > 0 && input.next(); left--) {
    out.range(input.line, input.length);
    if (input.terminated) out.byte(LINE_FEED);
  }
}

function bytesOf(input: Input, count: i64): void {
  for (let left = count; left > 0 && input.block(); ) {
    const part = <i32>min(left, <i64>input.length);
    out.range(input.line, part);
    left -= part;
  }
}
