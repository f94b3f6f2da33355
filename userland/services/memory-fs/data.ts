/**
 * The bytes of a file, in chunks that are there where something was written or reserved. What is not there
 * reads as zeros and costs nothing, so a file may be longer than the memory.
 */
import { Errno } from "./protocol";

const CHUNK: u64 = 8192;
/** As far as offsets go on the other side. */
const SIZE_MAX: u64 = (1 << 53) - 1;

/** Bytes of all files together. */
export class Quota {
  used: u64 = 0;
  constructor(readonly limit: u64) {}

  get left(): u64 {
    return this.limit - this.used;
  }
}

export class Data {
  size: u64 = 0;
  private readonly chunks: Map<u64, StaticArray<u8>> = new Map<u64, StaticArray<u8>>();

  constructor(private readonly quota: Quota) {}

  read(offset: u64, into: usize, length: u32): u32 {
    if (offset >= this.size) return 0;
    const count = <u32>min(<u64>length, this.size - offset);
    for (let done: u32 = 0; done < count; ) {
      const at = offset + done;
      const within = <u32>(at % CHUNK);
      const part = min(count - done, <u32>CHUNK - within);
      const chunk = this.find(at / CHUNK);
      if (chunk) memory.copy(into + done, changetype<usize>(chunk) + within, part);
      else memory.fill(into + done, 0, part);
      done += part;
    }
    return count;
  }

  /** Writes all or nothing. Answers an errno. */
  write(offset: u64, from: usize, length: u32): u32 {
    const end = offset + length;
    if (end > SIZE_MAX || end < offset) return Errno.fbig;
    const errno = this.reserve(offset, end);
    if (errno != Errno.success) return errno;
    for (let done: u32 = 0; done < length; ) {
      const at = offset + done;
      const within = <u32>(at % CHUNK);
      const part = min(length - done, <u32>CHUNK - within);
      memory.copy(changetype<usize>(this.chunks.get(at / CHUNK)) + within, from + done, part);
      done += part;
    }
    this.size = max(this.size, end);
    return Errno.success;
  }

  /** Makes the chunks of [offset, end), or none when the quota has no room for all. Answers an errno. */
  reserve(offset: u64, end: u64): u32 {
    if (end > SIZE_MAX) return Errno.fbig;
    if (end <= offset) return Errno.success;
    const first = offset / CHUNK;
    const last = (end - 1) / CHUNK;
    // More than all that there may be; so is what follows bounded, too.
    if ((last - first) * CHUNK > this.quota.limit) return Errno.nospc;
    let missing: u64 = 0;
    for (let index = first; index <= last; index++) if (!this.chunks.has(index)) missing++;
    if (missing * CHUNK > this.quota.left) return Errno.nospc;
    for (let index = first; index <= last; index++) {
      if (!this.chunks.has(index)) this.chunks.set(index, new StaticArray<u8>(<i32>CHUNK));
    }
    this.quota.used += missing * CHUNK;
    return Errno.success;
  }

  truncate(size: u64): u32 {
    if (size > SIZE_MAX) return Errno.fbig;
    if (size < this.size) {
      const kept = (size + CHUNK - 1) / CHUNK;
      const indices = this.chunks.keys();
      for (let place = 0; place < indices.length; place++) {
        if (indices[place] < kept) continue;
        this.chunks.delete(indices[place]);
        this.quota.used -= CHUNK;
      }
      const within = <u32>(size % CHUNK);
      const chunk = this.find(size / CHUNK);
      // What comes back when it grows again must be zero.
      if (chunk && within > 0) memory.fill(changetype<usize>(chunk) + within, 0, <u32>CHUNK - within);
    }
    this.size = size;
    return Errno.success;
  }

  private find(index: u64): StaticArray<u8> | null {
    return this.chunks.has(index) ? this.chunks.get(index) : null;
  }
}
