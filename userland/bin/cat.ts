/**
 * Copies files to standard output, 64 KiB at a time and without any change.
 */
import { Bytes, bytes, is } from "../sdk/bytes";
import { close, openToRead } from "../sdk/files";
import { readSome, writeAll } from "../sdk/io";
import { Options } from "../sdk/options";
import { complainErrno, finish } from "../sdk/program";

const USAGE = `usage: cat [-u] [file...]

Writes files to standard output, one after the other; "-" is standard input.

  -u   does nothing more: nothing is ever held back
`;
const BLOCK: i32 = 64 * 1024;
const STDOUT: u32 = 1;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length == 0) operands.push(bytes("-"));
  const block = heap.alloc(BLOCK);
  for (let index = 0; index < operands.length; index++) {
    const name = operands[index];
    const fd = is(name, "-") ? 0 : openToRead(name);
    if (fd < 0) {
      complainErrno(name, -fd);
      continue;
    }
    if (!copy(fd, name, block)) break;
    if (fd != 0) close(fd);
  }
  finish();
}

/** False when there is no way to write any more. */
function copy(fd: u32, name: Bytes, block: usize): bool {
  while (true) {
    const count = readSome(fd, block, BLOCK);
    if (count == 0) return true;
    if (count < 0) {
      complainErrno(name, -count);
      return true;
    }
    const errno = writeAll(STDOUT, block, count);
    if (errno != 0) {
      complainErrno(bytes("write error"), errno);
      return false;
    }
  }
}
