/** Writes the SHA-256 of files, or checks it. */
import { BACKSLASH, BLANK, CARRIAGE_RETURN, LINE_FEED, STAR, TAB } from "../sdk/ascii";
import { Buffer } from "../sdk/buffer";
import { Bytes, EMPTY, at, copyOf, hexDigit, indexOf, is, toLower } from "../sdk/bytes";
import { close, openToRead } from "../sdk/files";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { complainErrno, complainOf, finish, setStatus } from "../sdk/program";
import { Sha256 } from "../sdk/sha256";

const USAGE = `usage: sha256sum [-bct] [file...]

Writes the SHA-256 of each file and its name. With a backslash, a line feed or a carriage return in the name, the line begins with a backslash and the name has \\\\, \\n and \\r for them.

  -c, --check    the files have such lines: says of each file named whether it is the same
  -b, --binary   with a star before the name
  -t, --text     does nothing more
`;
const DIGITS: i32 = 64;
const DIGEST = memory.data(64);

export function _start(): void {
  const options = new Options(USAGE);
  let checks = false;
  let marker = 0x20;
  while (options.next()) {
    if (options.flag == "c") checks = true;
    else if (options.flag == "b") marker = 0x2a;
  }
  const inputs = new Inputs(options.operands());
  while (inputs.next()) {
    if (checks) check(inputs.input, inputs.name);
    else {
      hash(inputs.input);
      if (inputs.input.errno != 0) continue;
      const name = escaped(inputs.name);
      if (name !== inputs.name) out.byte(BACKSLASH);
      out.range(DIGEST, DIGITS);
      out.byte(BLANK);
      out.byte(marker);
      out.line(name);
    }
  }
  finish();
}

/** Reads all and leaves the hash in `DIGEST`. */
function hash(input: Input): void {
  const sha = new Sha256();
  while (input.block()) sha.update(input.line, input.length);
  sha.finish(DIGEST);
}

/** A name without what would end or change its line: a line feed, a carriage return and a backslash become `\\n`, `\\r` and `\\\\`. The same object when it has none. */
function escaped(name: Bytes): Bytes {
  let plain = true;
  for (let index = 0; index < name.byteLength && plain; index++) plain = letterFor(at(name, index)) == 0;
  if (plain) return name;
  const made = new Buffer(name.byteLength + 8);
  for (let index = 0; index < name.byteLength; index++) {
    const letter = letterFor(at(name, index));
    if (letter != 0) made.push(BACKSLASH);
    made.push(letter != 0 ? letter : at(name, index));
  }
  return made.toBytes();
}

/** What stands behind the backslash for this byte; 0 for one that stands for itself. */
function letterFor(byte: i32): i32 {
  return byte == LINE_FEED ? 0x6e : byte == CARRIAGE_RETURN ? 0x72 : byte == BACKSLASH ? BACKSLASH : 0;
}

/** The name that an escaped one is of; null when it was not written so. */
function unescaped(text: Bytes): Bytes | null {
  const made = new Buffer(text.byteLength);
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (byte != BACKSLASH) {
      made.push(byte);
      continue;
    }
    const letter = ++index < text.byteLength ? <i32>at(text, index) : 0;
    if (letter == 0x6e) made.push(LINE_FEED);
    else if (letter == 0x72) made.push(CARRIAGE_RETURN);
    else if (letter == BACKSLASH) made.push(BACKSLASH);
    else return null;
  }
  return made.toBytes();
}

/** Of the last line that `parse` understood. */
let wanted: Bytes = EMPTY;
let path: Bytes = EMPTY;

/** Takes "hash  name" apart, before which a backslash says that the name is escaped. False when it is no such line. */
function parse(line: usize, length: i32): bool {
  let from = 0;
  while (from < length && (load<u8>(line + from) == BLANK || load<u8>(line + from) == TAB)) from++;
  const isEscaped = from < length && load<u8>(line + from) == BACKSLASH;
  if (isEscaped) from++;
  let behind = from + DIGITS;
  if (behind + 2 > length) return false;
  for (let index = from; index < behind; index++) if (hexDigit(load<u8>(line + index)) < 0) return false;
  if (load<u8>(line + behind) != BLANK && load<u8>(line + behind) != TAB) return false;
  behind++;
  // There are programs that leave the marker out.
  if (behind + 1 < length && (load<u8>(line + behind) == BLANK || load<u8>(line + behind) == STAR)) behind++;
  wanted = copyOf(line + from, DIGITS);
  path = copyOf(line + behind, length - behind);
  if (!isEscaped) return true;
  const name = unescaped(path);
  if (!name) return false;
  path = name;
  return true;
}

/** Reads lines "hash  name" and looks at each file. */
function check(input: Input, name: Bytes): void {
  let lines = 0;
  while (input.next()) {
    if (!parse(input.line, input.length)) continue;
    lines++;
    const verdict = compare(path, wanted);
    // Only what would end the line needs it here.
    if (indexOf(path, LINE_FEED) < 0) out.bytes(path);
    else {
      out.byte(BACKSLASH);
      out.bytes(escaped(path));
    }
    out.text(verdict);
    if (verdict != ": OK\n") setStatus(1);
  }
  if (lines == 0 && input.errno == 0) complainOf(name, "has no line with a hash");
}

function compare(path: Bytes, wanted: Bytes): string {
  const fd = is(path, "-") ? 0 : openToRead(path);
  if (fd < 0) {
    complainErrno(path, -fd);
    return ": FAILED open or read\n";
  }
  const input = new Input(fd);
  hash(input);
  const errno = input.errno;
  if (fd != 0) close(fd);
  input.free();
  if (errno != 0) {
    complainErrno(path, errno);
    return ": FAILED open or read\n";
  }
  for (let index = 0; index < DIGITS; index++) if (toLower(at(wanted, index)) != <i32>load<u8>(DIGEST + index)) return ": FAILED\n";
  return ": OK\n";
}
