/**
 * Files and directories by their paths. Results are error numbers, 0 for success, unless told;
 * `openX` answers a descriptor, or below zero an error number with its sign turned.
 */
import { Bytes, copyOf } from "./bytes";
import { Place, locate } from "./path";
import { Errno } from "./posix";
import {
  FOLLOW, FdFlag, Kind, OpenFlag, Right, fd_close, fd_filestat_get, path_create_directory, path_filestat_get, path_filestat_set_times,
  path_link, path_open, path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file,
} from "./wasi";

const OPENED = memory.data(4);
const STAT = memory.data(64, 8);
const LINK_MAX: usize = 4096;
const READING: u64 = Right.read | Right.seek | Right.tell | Right.filestat | Right.poll;
const WRITING: u64 = Right.write | Right.seek | Right.tell | Right.filestat | Right.poll | Right.setSize;

/** What is known of a file. Times are nanoseconds since 1970, UTC. */
export class Stat {
  device: u64 = 0;
  inode: u64 = 0;
  kind: u8 = 0;
  links: u64 = 0;
  size: u64 = 0;
  accessed: u64 = 0;
  modified: u64 = 0;
  changed: u64 = 0;

  get isDirectory(): bool {
    return this.kind == Kind.directory;
  }

  get isFile(): bool {
    return this.kind == Kind.file;
  }

  get isLink(): bool {
    return this.kind == Kind.link;
  }

  /** Whether both are of one file. */
  same(other: Stat): bool {
    return this.device == other.device && this.inode == other.inode;
  }

  private take(): void {
    this.device = load<u64>(STAT);
    this.inode = load<u64>(STAT, 8);
    this.kind = load<u8>(STAT, 16);
    this.links = load<u64>(STAT, 24);
    this.size = load<u64>(STAT, 32);
    this.accessed = load<u64>(STAT, 40);
    this.modified = load<u64>(STAT, 48);
    this.changed = load<u64>(STAT, 56);
  }

  /** Looks at what a path leads to; with `follow` false at a symbolic link itself. */
  read(path: Bytes, follow: bool = true): u32 {
    const place = find(path);
    if (!place) return Errno.noent;
    const errno = path_filestat_get(place.directory, follow ? FOLLOW : 0, place.address, place.length, STAT);
    if (errno == Errno.success) this.take();
    return errno;
  }

  readFd(fd: u32): u32 {
    const errno = fd_filestat_get(fd, STAT);
    if (errno == Errno.success) this.take();
    return errno;
  }
}

/** How `openToWrite` begins. */
export namespace Begin {
  /** with an empty file */
  export const empty: u32 = 0;
  /** at the end of what is there */
  export const atEnd: u32 = 1;
  /** with a file that is not there yet */
  export const anew: u32 = 2;
  /** with what is there, or an empty file */
  export const asIs: u32 = 3;
}

export function openToRead(path: Bytes): i32 {
  return open(path, 0, READING, 0);
}

export function openToWrite(path: Bytes, begin: u32 = Begin.empty): i32 {
  const flags = OpenFlag.create | (begin == Begin.empty ? OpenFlag.truncate : begin == Begin.anew ? OpenFlag.exclusive : 0);
  return open(path, flags, WRITING, begin == Begin.atEnd ? FdFlag.append : 0);
}

/** Opens what is there to read and to write. */
export function openToUpdate(path: Bytes): i32 {
  return open(path, 0, READING | WRITING, 0);
}

export function openDirectory(path: Bytes): i32 {
  return open(path, OpenFlag.directory, Right.readdir | Right.filestat, 0);
}

export function close(fd: u32): void {
  fd_close(fd);
}

export function makeDirectory(path: Bytes): u32 {
  const place = find(path);
  return place ? path_create_directory(place.directory, place.address, place.length) : Errno.noent;
}

export function removeDirectory(path: Bytes): u32 {
  const place = find(path);
  return place ? path_remove_directory(place.directory, place.address, place.length) : Errno.noent;
}

export function unlink(path: Bytes): u32 {
  const place = find(path);
  return place ? path_unlink_file(place.directory, place.address, place.length) : Errno.noent;
}

export function rename(from: Bytes, to: Bytes): u32 {
  const source = find(from);
  if (!source) return Errno.noent;
  const target = find(to);
  if (!target) return Errno.noent;
  return path_rename(source.directory, source.address, source.length, target.directory, target.address, target.length);
}

/** A second name for a file. */
export function link(from: Bytes, to: Bytes, follow: bool): u32 {
  const source = find(from);
  if (!source) return Errno.noent;
  const target = find(to);
  if (!target) return Errno.noent;
  return path_link(source.directory, follow ? FOLLOW : 0, source.address, source.length, target.directory, target.address, target.length);
}

export function symbolicLink(target: Bytes, path: Bytes): u32 {
  const place = find(path);
  if (!place) return Errno.noent;
  return path_symlink(changetype<usize>(target), target.byteLength, place.directory, place.address, place.length);
}

/** Where a symbolic link leads; null when it cannot be read. */
export function readLink(path: Bytes): Bytes | null {
  const place = find(path);
  if (!place) return null;
  const into = heap.alloc(LINK_MAX);
  const errno = path_readlink(place.directory, place.address, place.length, into, LINK_MAX, OPENED);
  const target = errno == Errno.success ? copyOf(into, load<i32>(OPENED)) : null;
  heap.free(into);
  return target;
}

/** Sets the times that `flags`, of `TimeFlag`, name. */
export function setTimes(path: Bytes, accessed: u64, modified: u64, flags: u32, follow: bool = true): u32 {
  const place = find(path);
  if (!place) return Errno.noent;
  return path_filestat_set_times(place.directory, follow ? FOLLOW : 0, place.address, place.length, accessed, modified, flags);
}

function open(path: Bytes, flags: u32, rights: u64, fdFlags: u32): i32 {
  const place = find(path);
  if (!place) return -<i32>Errno.noent;
  const errno = path_open(place.directory, FOLLOW, place.address, place.length, flags, rights, 0, fdFlags, OPENED);
  return errno == Errno.success ? load<i32>(OPENED) : -<i32>errno;
}

/** Null for the empty path, and for what lies outside of all that the program was given: nothing is there. */
function find(path: Bytes): Place | null {
  return path.byteLength == 0 ? null : locate(path);
}
