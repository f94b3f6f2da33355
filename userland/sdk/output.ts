/**
 * Buffered output. Standard output is written when 64 KiB are there, before the program reads on
 * (so that a person sees answers before the next question), before complaints, and at the end.
 *
 * A program whose output cannot be written ends at once: what it would do has no purpose any more.
 */
import { BLANK, LINE_FEED } from "./ascii";
import { Bytes, putText } from "./bytes";
import { Buffer } from "./buffer";
import { DECIMAL_MAX, putDecimal } from "./decimal";
import { errnoWords } from "./errno";
import { writeAll } from "./io";
import { failure, programName } from "./program";
import { proc_exit } from "./wasi";

const CAPACITY: i32 = 64 * 1024;
const STDERR: u32 = 2;

export class Output {
  private start: usize = 0;
  private used: i32 = 0;

  constructor(readonly fd: u32) {}

  byte(value: i32): void {
    if (this.used == CAPACITY || this.start == 0) this.makeRoom();
    store<u8>(this.start + this.used++, <u8>value);
  }

  range(address: usize, length: i32): void {
    if (length > CAPACITY - this.used || this.start == 0) {
      this.makeRoom();
      if (length >= CAPACITY) return this.write(address, length);
    }
    memory.copy(this.start + this.used, address, length);
    this.used += length;
  }

  bytes(value: Bytes): void {
    this.range(changetype<usize>(value), value.byteLength);
  }

  /** The bytes and a line feed. */
  line(value: Bytes): void {
    this.bytes(value);
    this.byte(LINE_FEED);
  }

  text(text: string): void {
    const most = text.length * 3;
    if (most > CAPACITY - this.used || this.start == 0) this.makeRoom();
    if (most <= CAPACITY) this.used += putText(this.start + this.used, text);
    else this.bytes(String.UTF8.encode(text));
  }

  number(value: i64): void {
    if (DECIMAL_MAX > CAPACITY - this.used || this.start == 0) this.makeRoom();
    this.used += putDecimal(this.start + this.used, value);
  }

  /** A number, right-aligned with blanks. */
  padded(value: i64, width: i32): void {
    if (DECIMAL_MAX > CAPACITY - this.used || this.start == 0) this.makeRoom();
    const digits = putDecimal(this.start + this.used, value);
    if (digits >= width) {
      this.used += digits;
      return;
    }
    this.pad(width - digits);
    this.number(value);
  }

  pad(blanks: i32): void {
    for (let index = 0; index < blanks; index++) this.byte(BLANK);
  }

  /** Writes out what waits. */
  flush(): void {
    const length = this.used;
    this.used = 0;
    if (length > 0) this.write(this.start, length);
  }

  private makeRoom(): void {
    if (this.start == 0) this.start = heap.alloc(CAPACITY);
    else this.flush();
  }

  private write(address: usize, length: i32): void {
    const errno = writeAll(this.fd, address, length);
    if (errno == 0) return;
    const line = new Buffer();
    line.append(programName);
    line.appendText(": write error: ");
    line.appendText(errnoWords(errno));
    line.push(LINE_FEED);
    writeAll(STDERR, line.address, line.length);
    proc_exit(failure);
  }
}

/** Standard output. */
export const out: Output = new Output(1);
