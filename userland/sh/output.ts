/**
 * What the shell itself writes: the output of its builtins, which is gathered and written when the builtin ends,
 * or kept when a substitution captures it; and messages.
 */
import { Errno } from "../sdk/posix";
import { fd_write } from "../sdk/wasi";
import { Buffer, Bytes } from "./bytes";
import { descriptors } from "./descriptors";

/** What the present builtin wrote so far. */
export const out = new Buffer(1024);

/** More than this is written at once. */
const FLUSH_AT = 1 << 15;

/** Numbers from here on stand for the buffers of captures, in the order in which they began. */
export const CAPTURES: i32 = 0x1000_0000;
const captures: Array<Buffer> = [];

const iovec: usize = memory.data(8);
const count: usize = memory.data(4);

/** Writes all to a descriptor of the process. Answers an errno. */
export function writeAll(real: i32, address: usize, length: i32): u32 {
  if (real >= CAPTURES) {
    captures[real - CAPTURES].appendRange(address, length);
    return Errno.success;
  }
  while (length > 0) {
    store<u32>(iovec, <u32>address);
    store<u32>(iovec, length, 4);
    const errno = fd_write(real, iovec, 1, count);
    if (errno == Errno.intr) continue;
    if (errno != Errno.success) return errno;
    const written = load<u32>(count);
    address += written;
    length -= <i32>written;
  }
  return Errno.success;
}

/** Begins to gather in memory; answers the number to write to. */
export function beginCapture(): i32 {
  captures.push(new Buffer(256));
  return CAPTURES + captures.length - 1;
}

/** Ends the last capture that began, and answers what it gathered. */
export function endCapture(): Buffer {
  return captures.pop();
}

/** Writes what was gathered. Answers an errno. */
export function flush(): u32 {
  const length = out.length;
  if (length == 0) return Errno.success;
  out.length = 0;
  const real = descriptors.get(1);
  if (real < 0) return Errno.badf;
  return writeAll(real, out.address, length);
}

/** For long outputs: writes what is there when it is much. */
export function flushMuch(): void {
  if (out.length >= FLUSH_AT) flush();
}

/** Writes a message to descriptor 2. What goes wrong with that cannot be told anywhere. */
export function writeError(message: Bytes): void {
  const real = descriptors.get(2);
  if (real >= 0) writeAll(real, changetype<usize>(message), message.byteLength);
}
