/**
 * Sorts lines by bytes, numbers or keys in them. All is read before anything is written.
 */
import { COLON } from "../sdk/ascii";
import { Bytes, at, bytes, is } from "../sdk/bytes";
import { openToRead, openToWrite } from "../sdk/files";
import { Options } from "../sdk/options";
import { Output, out } from "../sdk/output";
import { complainBytes, complainErrno, exit, failWith, finish } from "../sdk/program";
import { Buffer } from "../sdk/buffer";
import { Key, SortOrder } from "../lib/sort/order";
import { Lines } from "../lib/sort/lines";

const USAGE = `usage: sort [-bdfhinrsuz] [-k key]... [-t char] [-o file] [-c | -C | -m] [file...]

Sorts the lines of all files together, by bytes unless told.

  -b           blanks at the beginning of keys do not count
  -d           only letters, digits and blanks count
  -f           small letters count as capitals
  -i           only what can be printed counts
  -n           by the number at the beginning
  -h           by the number at the beginning and the unit behind it, as in 2K
  -r           the other way round
  -k KEY       by a part of the line: FIELD[.CHAR][bdfhinr][,FIELD[.CHAR][bdfhinr]], counted from 1
  -t CHAR      fields end at this character; else each begins with the blanks before it
  -s           lines with the same keys stay in order
  -u           of lines with the same keys only the first
  -z           lines end with NUL
  -o FILE      writes there, which may be one of the files
  -c           only checks whether it is sorted: status 1 when it is not, and says where
  -C           the same, and says nothing
  -m           the files are sorted already
`;
const TROUBLE: u32 = 2;

export function _start(): void {
  failWith(TROUBLE);
  const options = new Options(USAGE);
  const order = new SortOrder();
  const keys: Bytes[] = [];
  let target: Bytes | null = null;
  let check = "";
  let terminator: u8 = 0x0a;
  while (options.next()) {
    switch (options.flag) {
      case "k":
        keys.push(options.value);
        break;
      case "t":
        if (is(options.value, "\\0")) order.separator = 0;
        else if (options.value.byteLength != 1) options.misuseOf(options.value, "a separator is one byte");
        else order.separator = at(options.value, 0);
        break;
      case "o":
        target = options.value;
        break;
      case "c":
      case "C":
        check = options.flag;
        break;
      case "m":
        break;
      case "s":
        order.stable = true;
        break;
      case "u":
        order.unique = true;
        break;
      case "z":
        terminator = 0;
        break;
      default:
        order.all.set(options.flag.charCodeAt(0));
    }
  }
  for (let index = 0; index < keys.length; index++) {
    const key = Key.parse(keys[index]);
    if (key) order.add(key);
    else options.misuseOf(keys[index], "no key");
  }
  const operands = options.operands();
  if (operands.length == 0) operands.push(bytes("-"));
  const lines = new Lines(terminator);
  if (check != "" && operands.length > 1) options.misuse("checks one file at a time");
  for (let index = 0; index < operands.length; index++) read(lines, operands[index]);
  lines.split();
  if (check != "") return verify(lines, order, operands[0], check == "c");
  order.sort(lines);
  let output = out;
  if (target) {
    const fd = openToWrite(target);
    if (fd < 0) {
      complainErrno(target, -fd);
      exit(TROUBLE);
    }
    output = new Output(fd);
  }
  write(lines, order, output);
  output.flush();
  finish();
}

function read(lines: Lines, name: Bytes): void {
  const fd = is(name, "-") ? 0 : openToRead(name);
  const errno = fd < 0 ? <u32>-fd : lines.read(fd);
  if (errno == 0) return;
  complainErrno(name, errno);
  exit(TROUBLE);
}

function write(lines: Lines, order: SortOrder, output: Output): void {
  for (let index = 0; index < lines.count; index++) {
    if (order.unique && index > 0 && order.compare(lines, index - 1, index) == 0) continue;
    output.range(lines.address(index), lines.length(index));
    output.byte(lines.terminator);
  }
}

/** Ends with status 1 at the first line that stands before its place. */
function verify(lines: Lines, order: SortOrder, name: Bytes, speaks: bool): void {
  for (let index = 1; index < lines.count; index++) {
    const result = order.compare(lines, index - 1, index);
    if (result < 0 || (result == 0 && !order.unique)) continue;
    if (speaks) {
      const text = new Buffer();
      text.append(name);
      text.push(COLON);
      text.appendDecimal(index + 1);
      text.appendText(": disorder: ");
      text.appendRange(lines.address(index), lines.length(index));
      failWith(1);
      complainBytes(text.toBytes());
    }
    exit(1);
  }
  finish();
}
