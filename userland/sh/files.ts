/**
 * Files, as the shell needs them: opened, looked at, listed. A path goes to the mount with the longest name that it
 * begins with; a relative one is below the working directory.
 */
import { chdir, Errno, getcwd, ModeBit, path_mode } from "../sdk/posix";
import { fd_close, fd_prestat_dir_name, fd_prestat_get, fd_read, fd_readdir, FOLLOW, path_filestat_get, path_open, Right } from "../sdk/wasi";
import { at, Buffer, Bytes, bytes, concat, copyOf, EMPTY, is, startsWith } from "./bytes";

const scratch: usize = memory.data(64);
const ROOT = bytes("/");

class Mount {
  constructor(readonly fd: u32, readonly name: Bytes) {}
}

let mounts: Array<Mount> | null = null;

function findMounts(): Array<Mount> {
  const known = mounts;
  if (known) return known;
  const found = new Array<Mount>();
  // A number between that is no mount tells so by another error than one after the last.
  for (let fd: u32 = 3; fd < 4096; fd++) {
    const errno = fd_prestat_get(fd, scratch);
    if (errno == Errno.badf) break;
    if (errno != Errno.success) continue;
    const length = load<u32>(scratch, 4);
    const name = new ArrayBuffer(length);
    if (fd_prestat_dir_name(fd, changetype<usize>(name), length) == Errno.success) found.push(new Mount(fd, name));
  }
  mounts = found;
  return found;
}

/** Numbers of the process that are mounts. */
export function isMount(fd: u32): bool {
  const all = findMounts();
  for (let index = 0; index < all.length; index++) if (all[index].fd == fd) return true;
  return false;
}

/** The working directory, as the system has it. */
export function workingDirectory(): Bytes {
  let room: i32 = 256;
  while (true) {
    const buffer = new ArrayBuffer(room);
    const errno = getcwd(changetype<usize>(buffer), room, scratch);
    const length = load<u32>(scratch);
    if (errno == Errno.success) return copyOf(changetype<usize>(buffer), length);
    if (errno != Errno.range || <i32>length <= room) return EMPTY;
    room = length;
  }
}

export function changeDirectory(path: Bytes): u32 {
  return chdir(changetype<usize>(path), path.byteLength);
}

/** A path below a mount. */
class Place {
  fd: u32 = 0;
  path: Bytes = EMPTY;
}
const place = new Place();

/** Finds the mount of a path. Answers an errno. */
function locate(path: Bytes): u32 {
  if (path.byteLength == 0) return Errno.noent;
  const whole = at(path, 0) == 0x2f ? path : new Buffer(64).add(workingDirectory()).text("/").add(path).copy();
  const all = findMounts();
  let best = -1;
  let bestLength = -1;
  for (let index = 0; index < all.length; index++) {
    const name = all[index].name;
    const length = name.byteLength;
    const isRoot = length == 1 && at(name, 0) == 0x2f;
    if (!isRoot && !(startsWith(whole, name) && (whole.byteLength == length || at(whole, length) == 0x2f))) continue;
    if (length > bestLength) {
      best = index;
      bestLength = isRoot ? 0 : length;
    }
  }
  if (best < 0) return Errno.noent;
  place.fd = all[best].fd;
  let from = bestLength;
  while (from < whole.byteLength && at(whole, from) == 0x2f) from++;
  place.path = from == whole.byteLength ? bytes(".") : copyOf(changetype<usize>(whole) + from, whole.byteLength - from);
  return Errno.success;
}

/** The descriptor of the file that `open` opened. */
export let opened: i32 = -1;

/** Opens a path. Answers an errno. */
export function open(path: Bytes, flags: u32, rights: u64, fdFlags: u32): u32 {
  const errno = locate(path);
  if (errno != Errno.success) return errno;
  const done = path_open(place.fd, FOLLOW, changetype<usize>(place.path), place.path.byteLength, flags, rights, rights, fdFlags, scratch);
  opened = done == Errno.success ? <i32>load<u32>(scratch) : -1;
  return done;
}

/** Kind and permissions of a path, as in `st_mode`; 0 when there is nothing. */
export function modeOf(path: Bytes, follow: bool = true): u32 {
  if (path.byteLength == 0) return 0;
  return path_mode(changetype<usize>(path), path.byteLength, follow ? 1 : 0, scratch) == Errno.success ? load<u32>(scratch) : 0;
}

export function isDirectory(path: Bytes): bool {
  return (modeOf(path) & ModeBit.kinds) == ModeBit.directory;
}

export function isRunnable(path: Bytes): bool {
  const mode = modeOf(path);
  return (mode & ModeBit.kinds) == ModeBit.regular && (mode & 0o111) != 0;
}

/** What is known of a file, besides its mode. */
export class Facts {
  device: u64 = 0;
  node: u64 = 0;
  size: u64 = 0;
  modified: u64 = 0;
}

/** Answers null when there is no such file. */
export function factsOf(path: Bytes, follow: bool = true): Facts | null {
  if (locate(path) != Errno.success) return null;
  if (path_filestat_get(place.fd, follow ? FOLLOW : 0, changetype<usize>(place.path), place.path.byteLength, scratch) != Errno.success) return null;
  const facts = new Facts();
  facts.device = load<u64>(scratch);
  facts.node = load<u64>(scratch, 8);
  facts.size = load<u64>(scratch, 32);
  facts.modified = load<u64>(scratch, 48);
  return facts;
}

const LISTING = 16384;

/** The names in a directory without `.` and `..`, in no order; null when it cannot be read. */
export function namesIn(path: Bytes): Array<Bytes> | null {
  if (open(path, 2, Right.readdir, 0) != Errno.success) return null;
  const fd = opened;
  const names = new Array<Bytes>();
  const buffer = new ArrayBuffer(LISTING);
  let room = LISTING;
  let listing: ArrayBuffer = buffer;
  let cookie: u64 = 0;
  while (true) {
    const base = changetype<usize>(listing);
    if (fd_readdir(fd, base, room, cookie, scratch) != Errno.success) break;
    const used = load<u32>(scratch);
    let offset: u32 = 0;
    let taken = 0;
    while (offset + 24 <= used) {
      const length = load<u32>(base + offset, 16);
      if (offset + 24 + length > used) break;
      cookie = load<u64>(base + offset);
      const name = copyOf(base + offset + 24, length);
      if (!is(name, ".") && !is(name, "..")) names.push(name);
      offset += 24 + length;
      taken++;
    }
    if (<i32>used < room) break;
    if (taken == 0) {
      // One name that is longer than the buffer.
      room <<= 1;
      if (room > 1 << 20) break;
      listing = new ArrayBuffer(room);
    }
  }
  fd_close(fd);
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

/** A path in a directory. */
export function join(directory: Bytes, name: Bytes): Bytes {
  if (directory.byteLength == 0) return name;
  if (at(directory, directory.byteLength - 1) == 0x2f) return concat(directory, name);
  return new Buffer(directory.byteLength + name.byteLength + 1).add(directory).text("/").add(name).copy();
}

export { ROOT };
