/**
 * Files, as the shell needs them: opened with the rights that a redirection asks for, looked at, listed, read whole.
 */
import { list } from "../sdk/directory";
import { Stat } from "../sdk/files";
import { locate } from "../sdk/path";
import { dup, Errno, fd_mode, ModeBit, path_mode } from "../sdk/posix";
import { fd_fdstat_get, fd_read, FOLLOW, path_open, Right } from "../sdk/wasi";
import { Buffer, Bytes, is } from "./bytes";
import { descriptors } from "./descriptors";
import { CAPTURES } from "./output";

export { changeDirectory, cwd as workingDirectory, isGiven as isMount, join, normalize as plainPath } from "../sdk/path";

const scratch: usize = memory.data(24, 8);

/** The descriptor of the file that `open` opened. */
export let opened: i32 = -1;

/** Where numbers begin that no script means. */
const OWN_NUMBERS = 10;

/** The descriptor that a path such as `/dev/stdin` stands for, or -1. It is the script's; the system knows only the process's. */
function standardStream(path: Bytes): i32 {
  return is(path, "/dev/stdin") ? 0 : is(path, "/dev/stdout") ? 1 : is(path, "/dev/stderr") ? 2 : -1;
}

/** Opens a path. Answers an errno. */
export function open(path: Bytes, flags: u32, rights: u64, fdFlags: u32): u32 {
  const stream = standardStream(path);
  if (stream >= 0) return openAgain(descriptors.get(stream), rights);
  const place = path.byteLength > 0 ? locate(path) : null;
  if (!place) return Errno.noent;
  const errno = path_open(place.directory, FOLLOW, place.address, place.length, flags, rights, rights, fdFlags, scratch);
  opened = errno == Errno.success ? <i32>load<u32>(scratch) : -1;
  return errno;
}

/** Makes a second number for a descriptor that can do what is asked for. What is captured in memory needs none. */
function openAgain(real: i32, rights: u64): u32 {
  opened = real;
  if (real < 0) return Errno.noent;
  if (real >= CAPTURES) return Errno.success;
  opened = -1;
  if (fd_fdstat_get(real, scratch) == Errno.success && (rights & ~load<u64>(scratch, 8) & (Right.read | Right.write)) != 0) return Errno.acces;
  const errno = dup(real, OWN_NUMBERS, scratch);
  opened = errno == Errno.success ? <i32>load<u32>(scratch) : -1;
  return errno;
}

/** Kind and permissions of what is open, as in `st_mode`; 0 when it is closed. */
function modeOfDescriptor(real: i32): u32 {
  if (real < 0) return 0;
  // A substitution that needs no pipe looks like one that does.
  if (real >= CAPTURES) return ModeBit.fifo | 0o600;
  return fd_mode(real, scratch) == Errno.success ? load<u32>(scratch) : 0;
}

/** Kind and permissions of a path, as in `st_mode`; 0 when there is nothing. */
export function modeOf(path: Bytes, follow: bool = true): u32 {
  if (path.byteLength == 0) return 0;
  const stream = follow ? standardStream(path) : -1;
  if (stream >= 0) return modeOfDescriptor(descriptors.get(stream));
  return path_mode(changetype<usize>(path), path.byteLength, follow ? 1 : 0, scratch) == Errno.success ? load<u32>(scratch) : 0;
}

export function isDirectory(path: Bytes): bool {
  return (modeOf(path) & ModeBit.kinds) == ModeBit.directory;
}

export function isRunnable(path: Bytes): bool {
  const mode = modeOf(path);
  return (mode & ModeBit.kinds) == ModeBit.regular && (mode & 0o111) != 0;
}

/** What is known of a file besides its mode; null when there is none. */
export function factsOf(path: Bytes, follow: bool = true): Stat | null {
  const stat = new Stat();
  const stream = follow ? standardStream(path) : -1;
  const errno = stream >= 0 ? stat.readFd(descriptors.get(stream)) : stat.read(path, follow);
  return errno == Errno.success ? stat : null;
}

/** The names in a directory without `.` and `..`, in order; null when it cannot be read. */
export function namesIn(path: Bytes): Array<Bytes> | null {
  const entries = list(path);
  if (!entries) return null;
  const names = new Array<Bytes>(0);
  for (let index = 0; index < entries.length; index++) names.push(entries[index].name);
  return names;
}

const READ_PART = 16384;

/** Reads what comes from a descriptor, once. Answers an errno; 0 bytes more is the end. */
export function readSome(real: i32, into: Buffer, most: i32 = READ_PART): u32 {
  const address = into.room(most);
  store<u32>(scratch, <u32>address);
  store<u32>(scratch, most, 4);
  const errno = fd_read(real, scratch, 1, scratch + 8);
  if (errno == Errno.success) into.length += load<u32>(scratch, 8);
  return errno;
}

/** More than this is not read into memory. */
const WHOLE_MAX = 256 << 20;

/** Reads a descriptor to its end. Answers an errno, `fbig` when there is too much. */
export function readToEnd(real: i32, into: Buffer): u32 {
  while (true) {
    const before = into.length;
    if (before > WHOLE_MAX) return Errno.fbig;
    const errno = readSome(real, into);
    if (errno == Errno.intr) continue;
    if (errno != Errno.success || into.length == before) return errno;
  }
}
