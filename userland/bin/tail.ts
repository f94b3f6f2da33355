/**
 * Writes the end of files. Of a file that can be read from anywhere only the end is read; of any
 * other what may still be the end is kept.
 */
import { DASH, LINE_FEED, PLUS } from "../sdk/ascii";
import { Bytes, at, bytes, slice } from "../sdk/bytes";
import { parseCount } from "../sdk/decimal";
import { Buffer } from "../sdk/buffer";
import { Stat } from "../sdk/files";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { readSome } from "../sdk/io";
import { NUMBER, Options } from "../sdk/options";
import { out } from "../sdk/output";
import { Errno } from "../sdk/posix";
import { complainErrno, finish } from "../sdk/program";
import { findLast } from "../sdk/scan";
import { sleep } from "../sdk/sleep";
import { Whence, fd_seek } from "../sdk/wasi";

const USAGE = `usage: tail [-f] [-n number | -c number] [-qv] [file...]

Writes the last 10 lines of each file.

  -n, --lines NUMBER   so many lines; with + in front, from this line on
  -c, --bytes NUMBER   so many bytes; with + in front, from this byte on
  -NUMBER              the same as -n NUMBER
  -f, --follow         goes on with what is added to the last file
  -q, --quiet          no line with its name before a file
  -v, --verbose        always a line with its name before a file
`;
const POSITION = memory.data(8, 8);
const BLOCK: i32 = 64 * 1024;
const KEPT: i32 = 1024 * 1024;
const PAUSE: u64 = 200_000_000;

let count: i64 = 10;
let fromStart = false;
let byLines = true;

export function _start(): void {
  const options = new Options(USAGE);
  let headers = 0;
  let follows = false;
  while (options.next()) {
    switch (options.flag) {
      case "f":
        follows = true;
        break;
      case "q":
        headers = -1;
        break;
      case "v":
        headers = 1;
        break;
      default:
        takeCount(options);
    }
  }
  const operands = options.operands();
  const inputs = new Inputs(operands);
  const titled = headers > 0 || (headers == 0 && operands.length > 1);
  let first = true;
  while (inputs.next()) {
    if (titled) title(inputs.isStandard ? bytes("standard input") : inputs.name, first);
    first = false;
    write(inputs.input);
    if (follows && inputs.index >= operands.length) follow(inputs.input.fd, inputs.name);
  }
  finish();
}

function takeCount(options: Options): void {
  byLines = options.flag != "c";
  let value = options.value;
  const sign = value.byteLength > 0 ? at(value, 0) : 0;
  fromStart = sign == PLUS;
  if (sign == PLUS || (sign == DASH && options.flag != NUMBER)) value = slice(value, 1);
  count = parseCount(value);
  if (count < 0) options.misuseOf(options.value, "no number");
}

function title(name: Bytes, first: bool): void {
  out.text(first ? "==> " : "\n==> ");
  out.bytes(name);
  out.text(" <==\n");
}

function write(input: Input): void {
  if (fromStart) return writeFrom(input);
  const stat = new Stat();
  if (stat.readFd(input.fd) == Errno.success && stat.isFile && fd_seek(input.fd, 0, Whence.current, POSITION) == Errno.success) {
    return writeEndOfFile(input, load<u64>(POSITION), stat.size);
  }
  const kept = new Buffer(BLOCK);
  while (input.block()) {
    kept.appendRange(input.line, input.length);
    if (kept.length >= KEPT) drop(kept, startOfEnd(kept));
  }
  const start = startOfEnd(kept);
  out.range(kept.address + start, kept.length - start);
}

/** Everything from a line or byte on. */
function writeFrom(input: Input): void {
  let left = max<i64>(count, 1) - 1;
  if (byLines) for (; left > 0 && input.next(); left--) {}
  while (input.block()) {
    const skipped = byLines ? 0 : <i32>min<i64>(left, input.length);
    left -= skipped;
    out.range(input.line + skipped, input.length - skipped);
  }
}

/** Reads backwards until there is enough. */
function writeEndOfFile(input: Input, begin: u64, size: u64): void {
  let span: u64 = byLines ? BLOCK : <u64>count;
  while (true) {
    const from = size > span && size - span > begin ? size - span : begin;
    fd_seek(input.fd, from, Whence.set, POSITION);
    const part = new Input(input.fd);
    part.rest();
    if (part.errno != 0) {
      input.errno = part.errno;
      return part.free();
    }
    const start = startOf(part.line, part.length);
    if (byLines && start == 0 && from > begin) {
      part.free();
      span *= 4;
      continue;
    }
    out.range(part.line + start, part.length - start);
    return part.free();
  }
}

function startOfEnd(kept: Buffer): i32 {
  return startOf(kept.address, kept.length);
}

/** Where in a run of bytes begins what is to be written. */
function startOf(address: usize, length: i32): i32 {
  if (!byLines) return length - <i32>min<i64>(count, length);
  if (count == 0) return length;
  // What ends the last line ends no line before it.
  let at = length > 0 && load<u8>(address + length - 1) == LINE_FEED ? address + length - 1 : address + length;
  for (let left = count; left > 0; left--) {
    at = findLast(LINE_FEED, address, at);
    if (at < address) return 0;
  }
  return <i32>(at + 1 - address);
}

function drop(kept: Buffer, start: i32): void {
  if (start < kept.length / 2) return;
  memory.copy(kept.address, kept.address + start, kept.length - start);
  kept.length -= start;
}

function follow(fd: u32, name: Bytes): void {
  const stat = new Stat();
  if (stat.readFd(fd) != Errno.success || !stat.isFile) return; // a stream has ended
  const block = heap.alloc(BLOCK);
  while (true) {
    out.flush();
    const count = readSome(fd, block, BLOCK);
    if (count > 0) out.range(block, count);
    else if (count < 0) return complainErrno(name, -count);
    else if (sleep(PAUSE) != Errno.success) return;
  }
}
