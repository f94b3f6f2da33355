/**
 * Buffered input, by blocks or by lines. Nothing is copied: a line is an address and a length in
 * the buffer, valid until the next is asked for. A line longer than the buffer makes the buffer
 * larger. NUL bytes are bytes like others.
 */
import { Bytes, copyOf } from "./bytes";
import { readSome } from "./io";
import { out } from "./output";
import { find } from "./scan";

const CAPACITY: i32 = 64 * 1024;

export class Input {
  /** The error that ended the reading, or 0. */
  errno: u32 = 0;
  /** The line, without what ends it. */
  line: usize = 0;
  length: i32 = 0;
  /** Whether the line had its end; the last one may not. */
  terminated: bool = false;

  private start: usize = 0;
  private capacity: i32 = CAPACITY;
  private from: i32 = 0;
  private to: i32 = 0;
  private ended: bool = false;

  constructor(readonly fd: u32) {}

  /** Goes to the next line; false at the end or after an error. */
  next(terminator: u8 = 0x0a): bool {
    let searched = this.from;
    while (true) {
      const end = this.start + this.to;
      const found = find(terminator, this.start + searched, end);
      if (found < end) {
        this.line = this.start + this.from;
        this.length = <i32>(found - this.line);
        this.terminated = true;
        this.from += this.length + 1;
        return true;
      }
      const waiting = this.to - this.from;
      if (!this.more()) {
        if (waiting == 0) return false;
        this.line = this.start + this.from;
        this.length = waiting;
        this.terminated = false;
        this.from = this.to;
        return true;
      }
      searched = this.from + waiting;
    }
  }

  /** A copy of the line. */
  lineBytes(): Bytes {
    return copyOf(this.line, this.length);
  }

  /** Goes to the next block of what there is, as `line` and `length`; false at the end or after an error. */
  block(): bool {
    if (this.from == this.to && !this.more()) return false;
    this.line = this.start + this.from;
    this.length = this.to - this.from;
    this.from = this.to;
    return true;
  }

  /** Gives back the end of the block that was taken last. */
  unread(length: i32): void {
    this.from -= length;
  }

  /** The next byte, or -1 at the end or after an error. */
  byte(): i32 {
    if (this.from == this.to && !this.more()) return -1;
    return load<u8>(this.start + this.from++);
  }

  /** Everything up to the end, as `line` and `length`. */
  rest(): void {
    while (this.more()) {}
    this.line = this.start + this.from;
    this.length = this.to - this.from;
    this.from = this.to;
  }

  /** Reads more behind what waits. False at the end or after an error. */
  private more(): bool {
    if (this.ended) return false;
    if (this.start == 0) this.start = heap.alloc(this.capacity);
    else if (this.from > 0) {
      memory.copy(this.start, this.start + this.from, this.to - this.from);
      this.to -= this.from;
      this.from = 0;
    }
    if (this.to == this.capacity) {
      this.capacity *= 2;
      this.start = heap.realloc(this.start, this.capacity);
    }
    out.flush();
    const count = readSome(this.fd, this.start + this.to, this.capacity - this.to);
    if (count <= 0) {
      this.ended = true;
      this.errno = -count;
      return false;
    }
    this.to += count;
    return true;
  }

  /** Gives the memory back. */
  free(): void {
    if (this.start != 0) heap.free(this.start);
    this.start = 0;
    this.from = this.to = 0;
  }
}
