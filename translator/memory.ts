/**
 * Memory of one translation: taken piece by piece, never given back, empty again for the next one.
 *
 * An instance serves one translation at a time, so there is nothing to collect: what outgrows its place
 * moves and leaves the old one behind, which at most doubles what is used.
 */
import { outOfMemory } from "./host";

const PAGE: usize = 65536;

/** The next free byte. */
let top: usize = 0;
/** Below here an earlier translation has written. */
let used: usize = 0;

/** Gives all pieces back. */
export function clear(): void {
  if (top > used) used = top;
  top = (__heap_base + 15) & ~15;
}

/** `bytes` zeros at a multiple of 16. */
export function take(bytes: usize): usize {
  const at = top;
  const after = at + ((bytes + 15) & ~15);
  if (after < at) outOfMemory();
  const have = <usize>memory.size() * PAGE;
  if (after > have) {
    // Asked for in large steps, since each one costs a call of the host.
    const wanted = max((after - have + PAGE - 1) / PAGE, min<usize>(<usize>memory.size() >> 2, 256));
    if (memory.grow(<i32>wanted) < 0 && memory.grow(<i32>((after - have + PAGE - 1) / PAGE)) < 0) outOfMemory();
  }
  top = after;
  if (at < used) memory.fill(at, 0, min(after, used) - at);
  return at;
}

/** A growing row of bytes or words. */
@unmanaged
export class Buffer {
  at: usize;
  length: usize;
  capacity: usize;

  /** The next byte to write. */
  @inline
  get end(): usize {
    return this.at + this.length;
  }

  /** Makes room for `more` bytes behind the length. */
  @inline
  reserve(more: usize): void {
    if (this.length + more > this.capacity) grow(this, this.length + more);
  }

  /** Makes room for `bytes` in all; what lies there may be lost. */
  @inline
  room(bytes: usize): void {
    if (bytes > this.capacity) grow(this, bytes);
  }

  /** Word number `index`. */
  @inline
  word(index: i32): i32 {
    return load<i32>(this.at + (<usize>index << 2));
  }

  @inline
  setWord(index: i32, value: i32): void {
    store<i32>(this.at + (<usize>index << 2), value);
  }

  @inline
  pushWord(value: i32): void {
    this.reserve(4);
    store<i32>(this.end, value);
    this.length += 4;
  }

  @inline
  u8(value: i32): void {
    this.reserve(1);
    store<u8>(this.end, value);
    this.length++;
  }

  /** Unsigned LEB128. */
  @inline
  u32(value: u32): void {
    if (value < 0x80) this.u8(value);
    else writeUnsigned(this, value);
  }

  /** Signed LEB128 of an i32, or of a byte code or type index as s33. */
  @inline
  s33(value: i64): void {
    if (value >= -0x40 && value <= 0x3f) this.u8(<i32>value & 0x7f);
    else writeSigned(this, value);
  }

  /** The bytes `[start, end)`. */
  copy(start: usize, end: usize): void {
    const count = end - start;
    this.reserve(count);
    memory.copy(this.end, start, count);
    this.length += count;
  }
}

export function newBuffer(capacity: usize): Buffer {
  const buffer = changetype<Buffer>(take(offsetof<Buffer>()));
  buffer.at = take(capacity);
  buffer.capacity = capacity;
  return buffer;
}

function grow(buffer: Buffer, least: usize): void {
  const capacity = max(least, buffer.capacity * 2);
  const at = take(capacity);
  memory.copy(at, buffer.at, buffer.length);
  buffer.at = at;
  buffer.capacity = capacity;
}

function writeUnsigned(buffer: Buffer, value: u32): void {
  while (value >= 0x80) {
    buffer.u8((value & 0x7f) | 0x80);
    value >>= 7;
  }
  buffer.u8(value);
}

function writeSigned(buffer: Buffer, value: i64): void {
  while (value < -0x40 || value > 0x3f) {
    buffer.u8((<i32>value & 0x7f) | 0x80);
    value >>= 7;
  }
  buffer.u8(<i32>value & 0x7f);
}
