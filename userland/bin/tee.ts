/** Copies standard input to standard output and to files. What cannot be written any more is left out, and the others go on. */
import { Bytes, bytes } from "../sdk/bytes";
import { Begin, openToWrite } from "../sdk/files";
import { readSome, writeAll } from "../sdk/io";
import { Options } from "../sdk/options";
import { SignalAction, Signal, sigaction } from "../sdk/posix";
import { complainErrno, finish } from "../sdk/program";

const USAGE = `usage: tee [-ai] [file...]

Copies standard input to standard output and to each file.

  -a, --append   adds to what is in the files
  -i             interrupts are ignored
`;
const BLOCK: i32 = 64 * 1024;

export function _start(): void {
  const options = new Options(USAGE);
  let begin = Begin.empty;
  while (options.next()) {
    if (options.flag == "a") begin = Begin.atEnd;
    else sigaction(Signal.INT, SignalAction.ignore, 0);
  }
  const operands = options.operands();
  const names: Bytes[] = [bytes("standard output")];
  const fds: i32[] = [1];
  for (let index = 0; index < operands.length; index++) {
    const fd = openToWrite(operands[index], begin);
    if (fd < 0) complainErrno(operands[index], -fd);
    else {
      names.push(operands[index]);
      fds.push(fd);
    }
  }
  const block = heap.alloc(BLOCK);
  let open = fds.length;
  while (open > 0) {
    const count = readSome(0, block, BLOCK);
    if (count < 0) complainErrno(bytes("standard input"), -count);
    if (count <= 0) break;
    for (let index = 0; index < fds.length; index++) {
      if (fds[index] < 0) continue;
      const errno = writeAll(fds[index], block, count);
      if (errno == 0) continue;
      complainErrno(names[index], errno);
      fds[index] = -1;
      open--;
    }
  }
  finish();
}
