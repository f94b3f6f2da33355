/**
 * Paths, as the host wants them: a directory that the program holds, and the way from there.
 *
 * The program holds the directories that it was given at its start, each under an absolute name.
 * A relative path begins at the working directory, which only programs of a session have; it
 * is "/" elsewhere. `..` is left to the host, which knows the links, but above "/" there is nothing.
 */
import { DOT, SLASH } from "./ascii";
import { Bytes, EMPTY, at, bytes, copyOf, is, slice, startsWith } from "./bytes";
import { Buffer } from "./buffer";
import { Errno, chdir, getcwd } from "./posix";
import { fd_prestat_dir_name, fd_prestat_get } from "./wasi";

const SCRATCH = memory.data(8);
const FIRST_DIRECTORY: u32 = 3;
const CWD_MAX: usize = 4096;

/** A place in the tree of names. */
export class Place {
  constructor(readonly directory: u32, readonly path: Bytes) {}

  get address(): usize {
    return changetype<usize>(this.path);
  }

  get length(): i32 {
    return this.path.byteLength;
  }
}

class Given {
  constructor(readonly fd: u32, readonly name: Bytes) {}
}

// @ts-ignore: decorator
@lazy
let given: Given[] = [];
let workingDirectory: Bytes = EMPTY;

/** The path of the working directory. */
export function cwd(): Bytes {
  if (workingDirectory.byteLength == 0) {
    const into = heap.alloc(CWD_MAX);
    const errno = getcwd(into, CWD_MAX, SCRATCH);
    workingDirectory = errno == Errno.success ? copyOf(into, load<i32>(SCRATCH)) : bytes("/");
    heap.free(into);
  }
  return workingDirectory;
}

/** Makes another directory the working directory. Answers an error number. */
export function changeDirectory(path: Bytes): u32 {
  const errno = chdir(changetype<usize>(path), path.byteLength);
  if (errno == Errno.success) workingDirectory = EMPTY;
  return errno;
}

/** Where a path leads, or null when it leads out of all that the program was given. */
export function locate(path: Bytes): Place | null {
  if (given.length == 0) readGiven();
  const isAbsolute = path.byteLength > 0 && at(path, 0) == SLASH;
  if (given.length > 0 && is(given[0].name, "/")) return new Place(given[0].fd, below(isAbsolute ? EMPTY : cwd(), path));
  // Without the root, the mount is found by its name, for which the path has to be plain.
  const plain = normalize(isAbsolute ? path : join(cwd(), path));
  let best = -1;
  for (let index = 0; index < given.length; index++) {
    const name = given[index].name;
    const fits = startsWith(plain, name) && (plain.byteLength == name.byteLength || at(plain, name.byteLength) == SLASH || at(name, name.byteLength - 1) == SLASH);
    if (fits && (best < 0 || name.byteLength > given[best].name.byteLength)) best = index;
  }
  if (best < 0) return null;
  const rest = below(EMPTY, slice(plain, given[best].name.byteLength));
  return new Place(given[best].fd, rest);
}

/** Whether a descriptor is one of the directories that the program was given. */
export function isGiven(fd: u32): bool {
  if (given.length == 0) readGiven();
  for (let index = 0; index < given.length; index++) if (given[index].fd == fd) return true;
  return false;
}

/** The path from the root on, without what would lead above it. */
function below(base: Bytes, path: Bytes): Bytes {
  const made = new Buffer(base.byteLength + path.byteLength + 2);
  let depth = append(made, base, 0);
  depth = append(made, path, depth);
  if (made.length == 0) {
    made.push(DOT);
  } else if (is(baseName(path), ".")) {
    // "d/." is what is in d, and not the name d.
    made.push(SLASH);
    made.push(DOT);
  } else if (path.byteLength > 0 && at(path, path.byteLength - 1) == SLASH) made.push(SLASH);
  return made.toBytes();
}

/** Appends the parts of a path; answers how deep below the root that leads, links aside. */
function append(made: Buffer, path: Bytes, before: i32): i32 {
  let depth = before;
  for (let from = 0; from < path.byteLength; ) {
    let to = from;
    while (to < path.byteLength && at(path, to) != SLASH) to++;
    const length = to - from;
    const up = length == 2 && at(path, from) == DOT && at(path, from + 1) == DOT;
    const stays = length == 0 || (length == 1 && at(path, from) == DOT);
    if (!stays && !(up && depth == 0)) {
      if (made.length > 0) made.push(SLASH);
      made.appendRange(changetype<usize>(path) + from, length);
      depth += up ? -1 : 1;
    }
    from = to + 1;
  }
  return depth;
}

/** An absolute path without ".", ".." and doubled slashes, links aside. */
export function normalize(path: Bytes): Bytes {
  const made = new Buffer(path.byteLength + 1);
  for (let from = 0; from < path.byteLength; ) {
    let to = from;
    while (to < path.byteLength && at(path, to) != SLASH) to++;
    const length = to - from;
    if (length == 2 && at(path, from) == DOT && at(path, from + 1) == DOT) {
      while (made.length > 0 && made.at(--made.length) != SLASH) {}
    } else if (length > 1 || (length == 1 && at(path, from) != DOT)) {
      made.push(SLASH);
      made.appendRange(changetype<usize>(path) + from, length);
    }
    from = to + 1;
  }
  if (made.length == 0) made.push(SLASH);
  return made.toBytes();
}

/** `directory/name`, with one slash between them. */
export function join(directory: Bytes, name: Bytes): Bytes {
  const made = new Buffer(directory.byteLength + name.byteLength + 1);
  made.append(directory);
  if (made.length > 0 && made.at(made.length - 1) != SLASH) made.push(SLASH);
  made.append(name);
  return made.toBytes();
}

/** The last part of a path, slashes behind it aside; "/" for the root. */
export function baseName(path: Bytes): Bytes {
  let end = path.byteLength;
  while (end > 1 && at(path, end - 1) == SLASH) end--;
  let from = end;
  while (from > 0 && at(path, from - 1) != SLASH) from--;
  return from == end ? slice(path, 0, end) : slice(path, from, end);
}

/** What leads to the last part of a path; "." when nothing does. */
export function directoryName(path: Bytes): Bytes {
  let end = path.byteLength;
  while (end > 1 && at(path, end - 1) == SLASH) end--;
  while (end > 0 && at(path, end - 1) != SLASH) end--;
  if (end == 0) return bytes(".");
  while (end > 1 && at(path, end - 1) == SLASH) end--;
  return slice(path, 0, end);
}

function readGiven(): void {
  for (let fd = FIRST_DIRECTORY; fd_prestat_get(fd, SCRATCH) == Errno.success; fd++) {
    const length = load<i32>(SCRATCH, 4);
    const name = new ArrayBuffer(length);
    if (fd_prestat_dir_name(fd, changetype<usize>(name), length) != Errno.success) continue;
    if (is(name, "/")) given.unshift(new Given(fd, name));
    else given.push(new Given(fd, name));
  }
}
