/** Renames files, or moves them into a directory; from one file system to another they are copied and removed. */
import { ask } from "../sdk/ask";
import { Bytes } from "../sdk/bytes";
import { Stat, rename, unlink } from "../sdk/files";
import { Options } from "../sdk/options";
import { baseName, join } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainDoing, complainErrno, complainOf, finish } from "../sdk/program";
import { Copying, removeTree } from "../sdk/tree";

const USAGE = `usage: mv [-f | -i] source... target

Gives a file the name of the target, or moves several into the target, which is a directory then.

  -f, --force   never asks
  -i            asks before something is replaced
`;

let asking = false;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) asking = options.flag == "i";
  const operands = options.operands();
  if (operands.length < 2) options.misuse(operands.length == 0 ? "needs a file and a target" : "needs a target");
  const target = operands[operands.length - 1];
  const stat = new Stat();
  const errno = stat.read(target);
  const into = errno == Errno.success && stat.isDirectory;
  if (operands.length > 2 && !into) {
    complainErrno(target, errno == Errno.success ? Errno.notdir : errno);
  } else {
    for (let index = 0; index < operands.length - 1; index++) {
      const source = operands[index];
      move(source, into ? join(target, baseName(source)) : target);
    }
  }
  finish();
}

function move(from: Bytes, to: Bytes): void {
  const source = new Stat();
  const errno = source.read(from, false);
  if (errno != Errno.success) return complainDoing("cannot move", from, errno);
  const target = new Stat();
  const exists = target.read(to, false) == Errno.success;
  if (exists && target.same(source)) return complainOf(to, "is the same file as what is moved");
  if (exists && asking && !ask("replace", to)) return;
  const renamed = rename(from, to);
  if (renamed == Errno.success) return;
  if (renamed != Errno.xdev) return complainDoing("cannot move", from, renamed);
  if (exists && !target.isDirectory) unlink(to);
  const copying = new Copying();
  copying.recursive = true;
  copying.keepsTimes = true;
  if (!copying.copy(from, to, false)) return;
  if (source.isDirectory) removeTree(from);
  else {
    const removed = unlink(from);
    if (removed != Errno.success) complainDoing("cannot remove", from, removed);
  }
}
