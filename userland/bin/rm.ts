/** Removes files and trees of them. */
import { Bytes, is } from "../sdk/bytes";
import { list, listErrno } from "../sdk/directory";
import { ask } from "../sdk/ask";
import { Stat, removeDirectory, unlink } from "../sdk/files";
import { Options } from "../sdk/options";
import { baseName, join, normalize } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainDoing, complainOf, finish } from "../sdk/program";
import { removeTree } from "../sdk/tree";

const USAGE = `usage: rm [-fi] [-r] file...

Removes files. A symbolic link is removed itself.

  -f, --force       never asks, and does not complain about what is not there
  -i                asks before each removal
  -r, --recursive   directories with all that is in them, too
  -R                the same as -r
`;

let asking = false;
let force = false;
let recursive = false;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {
    switch (options.flag) {
      case "f":
        force = true;
        asking = false;
        break;
      case "i":
        asking = true;
        force = false;
        break;
      default:
        recursive = true;
    }
  }
  const operands = options.operands();
  if (operands.length == 0 && !force) options.misuse("needs a file");
  for (let index = 0; index < operands.length; index++) {
    const path = operands[index];
    const name = baseName(path);
    if (is(name, ".") || is(name, "..")) complainOf(path, "is never removed");
    else if (is(normalize(path), "/") && path.byteLength > 0) complainOf(path, "the root is never removed");
    else remove(path);
  }
  finish();
}

function remove(path: Bytes): void {
  const stat = new Stat();
  const errno = stat.read(path, false);
  if (errno != Errno.success) {
    if (!force || (errno != Errno.noent && errno != Errno.notdir)) complainDoing("cannot remove", path, errno);
  } else if (!stat.isDirectory) {
    if (!asking || ask("remove", path)) report(path, unlink(path));
  } else if (!recursive) {
    report(path, Errno.isdir);
  } else if (asking) {
    removeAsking(path);
  } else {
    removeTree(path);
  }
}

function removeAsking(path: Bytes): void {
  if (!ask("go into directory", path)) return;
  const entries = list(path);
  if (!entries) return report(path, listErrno);
  for (let index = 0; index < entries.length; index++) remove(join(path, entries[index].name));
  if (ask("remove directory", path)) report(path, removeDirectory(path));
}

function report(path: Bytes, errno: u32): void {
  if (errno != Errno.success) complainDoing("cannot remove", path, errno);
}
