/** Leaves out lines that are the same as the one before. */
import { BLANK, LINE_FEED } from "../sdk/ascii";
import { isSpace, toLower } from "../sdk/bytes";
import { Buffer } from "../sdk/buffer";
import { parseCount } from "../sdk/decimal";
import { openToRead, openToWrite } from "../sdk/files";
import { Input } from "../sdk/input";
import { Options } from "../sdk/options";
import { Output, out } from "../sdk/output";
import { complainErrno, exit, finish } from "../sdk/program";
import { compareBytes } from "../sdk/scan";
import { is } from "../sdk/bytes";

const USAGE = `usage: uniq [-c | -d | -u] [-i] [-f fields] [-s chars] [input [output]]

Of lines that follow each other and are the same, writes one.

  -c, --count                with their number before it
  -d, --repeated             only where there are several
  -u, --unique               only where there is one
  -i, --ignore-case          capitals and small letters are the same
  -f, --skip-fields NUMBER   so many fields at the beginning do not count, each with the blanks before it
  -s, --skip-chars NUMBER    after that, so many characters do not count
`;

let counting = false;
let repeated = false;
let single = false;
let folding = false;
let fields: i64 = 0;
let chars: i64 = 0;
let output = out;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {
    switch (options.flag) {
      case "c":
        counting = true;
        break;
      case "d":
        repeated = true;
        break;
      case "u":
        single = true;
        break;
      case "i":
        folding = true;
        break;
      default: {
        const number = parseCount(options.value);
        if (number < 0) options.misuseOf(options.value, "no number");
        if (options.flag == "f") fields = number;
        else chars = number;
      }
    }
  }
  const operands = options.operands();
  if (operands.length > 2) options.misuse("takes one input and one output");
  const fd = operands.length == 0 || is(operands[0], "-") ? 0 : openToRead(operands[0]);
  if (fd < 0) {
    complainErrno(operands[0], -fd);
    exit(1);
  }
  if (operands.length == 2 && !is(operands[1], "-")) {
    const target = openToWrite(operands[1]);
    if (target < 0) {
      complainErrno(operands[1], -target);
      exit(1);
    }
    output = new Output(target);
  }
  const input = new Input(fd);
  copy(input);
  output.flush();
  if (input.errno != 0) complainErrno(operands.length == 0 ? String.UTF8.encode("-") : operands[0], input.errno);
  finish();
}

function copy(input: Input): void {
  const last = new Buffer();
  let count: i64 = 0;
  while (input.next()) {
    if (count > 0 && same(last.address, last.length, input.line, input.length)) {
      count++;
      continue;
    }
    if (count > 0) print(last, count);
    last.clear();
    last.appendRange(input.line, input.length);
    count = 1;
  }
  if (count > 0) print(last, count);
}

function print(line: Buffer, count: i64): void {
  if ((repeated && count == 1) || (single && count > 1)) return;
  if (counting) {
    output.padded(count, 7);
    output.byte(BLANK);
  }
  output.range(line.address, line.length);
  output.byte(LINE_FEED);
}

function same(left: usize, leftLength: i32, right: usize, rightLength: i32): bool {
  const leftSkip = skip(left, leftLength);
  const rightSkip = skip(right, rightLength);
  const length = leftLength - leftSkip;
  if (length != rightLength - rightSkip) return false;
  if (!folding) return compareBytes(left + leftSkip, right + rightSkip, length) == 0;
  for (let index = 0; index < length; index++) {
    if (toLower(load<u8>(left + leftSkip + index)) != toLower(load<u8>(right + rightSkip + index))) return false;
  }
  return true;
}

/** How many bytes at the beginning do not count. */
function skip(line: usize, length: i32): i32 {
  let index = 0;
  for (let left = fields; left > 0 && index < length; left--) {
    while (index < length && isSpace(load<u8>(line + index))) index++;
    while (index < length && !isSpace(load<u8>(line + index))) index++;
  }
  return <i32>min(<i64>length, <i64>index + chars);
}
