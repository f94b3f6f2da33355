/**
 * Reading and writing descriptors. Calls that a signal handler interrupted start over. The result
 * is a count, or below zero an error number with its sign turned.
 */
import { Errno } from "./posix";
import { fd_read, fd_write } from "./wasi";

const VECTOR = memory.data(8);
const COUNT = memory.data(8);

/** Reads what there is, up to `length`; 0 at the end. */
export function readSome(fd: u32, address: usize, length: i32): i32 {
  while (true) {
    store<u32>(VECTOR, <u32>address);
    store<u32>(VECTOR, length, 4);
    const errno = fd_read(fd, VECTOR, 1, COUNT);
    if (errno == Errno.success) return load<i32>(COUNT);
    if (errno != Errno.intr) return -<i32>errno;
  }
}

/** Writes all of it. Answers 0 or an error number. */
export function writeAll(fd: u32, address: usize, length: i32): u32 {
  for (let left = length; left > 0; ) {
    store<u32>(VECTOR, <u32>(address + (length - left)));
    store<u32>(VECTOR, left, 4);
    const errno = fd_write(fd, VECTOR, 1, COUNT);
    if (errno == Errno.success) left -= load<i32>(COUNT);
    else if (errno != Errno.intr) return errno;
  }
  return Errno.success;
}
