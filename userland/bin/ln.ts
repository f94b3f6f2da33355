/** Makes links. */
import { Bytes, equal } from "../sdk/bytes";
import { Stat, link, symbolicLink, unlink } from "../sdk/files";
import { Options } from "../sdk/options";
import { baseName, directoryName, join } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainDoing, complainErrno, complainOf, finish } from "../sdk/program";

const USAGE = `usage: ln [-fns] [-L | -P] source... [target]

Makes a second name for a file, or names in the directory that the target is; "." unless told.

  -s, --symbolic         symbolic links, whose contents are the sources as they are
  -f, --force            removes what is there already
  -n, --no-dereference   a target that is a link to a directory is no directory
  -L                     a source that is a symbolic link is followed
  -P                     a source that is a symbolic link is not followed; so it is unless told
`;

let symbolic = false;
let force = false;
let follow = false;

export function _start(): void {
  const options = new Options(USAGE);
  let through = true;
  while (options.next()) {
    switch (options.flag) {
      case "s":
        symbolic = true;
        break;
      case "f":
        force = true;
        break;
      case "n":
        through = false;
        break;
      default:
        follow = options.flag == "L";
    }
  }
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a file");
  if (operands.length == 1) operands.push(String.UTF8.encode("."));
  const target = operands[operands.length - 1];
  const stat = new Stat();
  const errno = stat.read(target, through);
  const into = errno == Errno.success && stat.isDirectory;
  if (operands.length > 2 && !into) {
    complainErrno(target, errno == Errno.success ? Errno.notdir : errno);
  } else {
    for (let index = 0; index < operands.length - 1; index++) {
      const source = operands[index];
      make(source, into ? join(target, baseName(source)) : target);
    }
  }
  finish();
}

function make(source: Bytes, path: Bytes): void {
  const there = new Stat();
  if (force && there.read(path, false) == Errno.success && !there.isDirectory) {
    if (isSameEntry(source, path)) return complainOf(path, "is the file itself");
    // Another name of the source already: to remove it and to make it again changes nothing.
    const original = new Stat();
    if (!symbolic && original.read(source, follow) == Errno.success && original.same(there)) return;
    unlink(path);
  }
  const errno = symbolic ? symbolicLink(source, path) : link(source, path, follow);
  if (errno != Errno.success) complainDoing("cannot make", path, errno);
}

/** Whether both paths are of one name in one directory. */
function isSameEntry(one: Bytes, other: Bytes): bool {
  const first = new Stat();
  const second = new Stat();
  return (
    equal(baseName(one), baseName(other)) &&
    first.read(directoryName(one)) == Errno.success &&
    second.read(directoryName(other)) == Errno.success &&
    first.same(second)
  );
}
