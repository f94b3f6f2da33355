/**
 * What is in a directory. The names "." and ".." are left out.
 */
import { DOT } from "./ascii";
import { Bytes, compare, copyOf } from "./bytes";
import { close, openDirectory } from "./files";
import { Errno } from "./posix";
import { fd_readdir } from "./wasi";

const CAPACITY: i32 = 32 * 1024;
const HEADER: i32 = 24;
const USED = memory.data(4);

export class Entry {
  constructor(
    readonly name: Bytes,
    /** One of `Kind`. */
    readonly kind: u8,
    readonly inode: u64,
  ) {}
}

/** The entries in the order of their names; null after an error, which `listErrno` then is. */
export function list(path: Bytes): Entry[] | null {
  const fd = openDirectory(path);
  if (fd < 0) {
    listErrno = -fd;
    return null;
  }
  const entries: Entry[] = [];
  listErrno = read(fd, entries);
  close(fd);
  if (listErrno != Errno.success) return null;
  entries.sort((left, right) => compare(left.name, right.name));
  return entries;
}

/** Why the last `list` failed. */
export let listErrno: u32 = 0;

function read(fd: u32, entries: Entry[]): u32 {
  let capacity = CAPACITY;
  let buffer = heap.alloc(capacity);
  let errno: u32 = Errno.success;
  for (let cookie: u64 = 0; ; ) {
    errno = fd_readdir(fd, buffer, capacity, cookie, USED);
    if (errno != Errno.success) break;
    const used = load<i32>(USED);
    let from = 0;
    while (from + HEADER <= used) {
      const header = buffer + from;
      const length = load<i32>(header, 16);
      if (from + HEADER + length > used) break;
      cookie = load<u64>(header);
      if (!isDots(header + HEADER, length)) entries.push(new Entry(copyOf(header + HEADER, length), load<u8>(header, 20), load<u64>(header, 8)));
      from += HEADER + length;
    }
    if (used < capacity) break;
    if (from == 0) {
      heap.free(buffer);
      capacity *= 2;
      buffer = heap.alloc(capacity);
    }
  }
  heap.free(buffer);
  return errno;
}

function isDots(address: usize, length: i32): bool {
  return (length == 1 || (length == 2 && load<u8>(address, 1) == DOT)) && load<u8>(address) == DOT;
}
