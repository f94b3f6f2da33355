/** Writes the SHA-256 of files, or checks it. */
import { BLANK } from "../sdk/ascii";
import { Bytes, at, copyOf, is, toLower } from "../sdk/bytes";
import { close, openToRead } from "../sdk/files";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { complainErrno, complainOf, finish, setStatus } from "../sdk/program";
import { Sha256 } from "../sdk/sha256";

const USAGE = `usage: sha256sum [-bct] [file...]

Writes the SHA-256 of each file and its name.

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
      out.range(DIGEST, DIGITS);
      out.byte(BLANK);
      out.byte(marker);
      out.line(inputs.name);
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

/** Reads lines "hash  name" and looks at each file. */
function check(input: Input, name: Bytes): void {
  let lines = 0;
  while (input.next()) {
    if (input.length < DIGITS + 3 || load<u8>(input.line + DIGITS) != BLANK) continue;
    const wanted = copyOf(input.line, DIGITS);
    const path = copyOf(input.line + DIGITS + 2, input.length - DIGITS - 2);
    lines++;
    const verdict = compare(path, wanted);
    out.bytes(path);
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
