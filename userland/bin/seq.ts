/**
 * Writes a sequence of whole numbers. Numbers with a point are not known.
 */
import { DASH, LINE_FEED } from "../sdk/ascii";
import { Bytes, at, bytes, isDigit } from "../sdk/bytes";
import { parseDecimal, parsed, parsedFits } from "../sdk/decimal";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { args, finish } from "../sdk/program";

const USAGE = `usage: seq [-w] [-s string] [first [step]] last

Writes the whole numbers from first (1) to last, step (1) apart.

  -s, --separator STRING   between them, instead of a line feed
  -w, --equal-width        with zeros in front, so that all are equally wide
`;

export function _start(): void {
  const options = new Options(USAGE);
  let separator = bytes("\n");
  let equal = false;
  while (!atNumber(options) && options.next()) {
    if (options.flag == "s") separator = options.value;
    else equal = true;
  }
  const operands = options.operands();
  if (operands.length == 0 || operands.length > 3) options.misuse("needs one to three numbers");
  const first = operands.length > 1 ? number(options, operands[0]) : 1;
  const step = operands.length > 2 ? number(options, operands[1]) : 1;
  const last = number(options, operands[operands.length - 1]);
  if (step == 0) options.misuse("the step cannot be 0");
  const width = equal ? max(widthOf(first), widthOf(last)) : 0;
  if (step > 0 ? first <= last : first >= last) write(first, step, last, separator, width);
  finish();
}

function write(first: i64, step: i64, last: i64, separator: Bytes, width: i32): void {
  for (let value = first; ; value += step) {
    if (width == 0) out.number(value);
    else writeWide(value, width);
    if (step > 0 ? value > last - step : value < last - step) break;
    out.bytes(separator);
  }
  out.byte(LINE_FEED);
}

function writeWide(value: i64, width: i32): void {
  const digits = widthOf(value);
  if (value < 0) out.byte(DASH);
  for (let index = digits; index < width; index++) out.byte(0x30);
  out.number(value < 0 ? -value : value);
}

function widthOf(value: i64): i32 {
  let width = value < 0 ? 2 : 1;
  for (let rest = value / 10; rest != 0; rest /= 10) width++;
  return width;
}

/** Whether the next argument is a negative number and so no option. */
function atNumber(options: Options): bool {
  if (options.index >= args.length) return false;
  const next = args[options.index];
  return next.byteLength > 1 && at(next, 0) == DASH && isDigit(at(next, 1));
}

function number(options: Options, value: Bytes): i64 {
  const number = parseDecimal(value);
  if (!parsed) options.misuseOf(value, "no whole number");
  if (!parsedFits) options.misuseOf(value, "too large");
  return number;
}
