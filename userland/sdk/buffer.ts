/**
 * Bytes that grow. What is at `address` stays there until the next byte is added.
 */
import { Bytes, copyOf, putText } from "./bytes";
import { DECIMAL_MAX, putDecimal } from "./decimal";

export class Buffer {
  private data: ArrayBuffer;
  length: i32 = 0;

  constructor(capacity: i32 = 64) {
    this.data = new ArrayBuffer(capacity);
  }

  get address(): usize {
    return changetype<usize>(this.data);
  }

  /** The byte at `index`, which the caller has checked. */
  // @ts-ignore: decorator
  @inline
  at(index: i32): u8 {
    return load<u8>(changetype<usize>(this.data) + index);
  }

  // @ts-ignore: decorator
  @inline
  set(index: i32, byte: u8): void {
    store<u8>(changetype<usize>(this.data) + index, byte);
  }

  push(byte: i32): void {
    if (this.length == this.data.byteLength) this.reserve(1);
    store<u8>(changetype<usize>(this.data) + this.length++, <u8>byte);
  }

  append(value: Bytes): void {
    this.appendRange(changetype<usize>(value), value.byteLength);
  }

  appendRange(address: usize, length: i32): void {
    this.reserve(length);
    memory.copy(changetype<usize>(this.data) + this.length, address, length);
    this.length += length;
  }

  appendText(text: string): void {
    this.reserve(text.length * 3);
    this.length += putText(changetype<usize>(this.data) + this.length, text);
  }

  appendDecimal(value: i64): void {
    this.reserve(DECIMAL_MAX);
    this.length += putDecimal(changetype<usize>(this.data) + this.length, value);
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what is in it. */
  toBytes(): Bytes {
    return copyOf(changetype<usize>(this.data), this.length);
  }

  /** Makes room for so many more bytes. */
  reserve(more: i32): void {
    const room = this.data.byteLength;
    if (more <= room - this.length) return;
    const made = new ArrayBuffer(max(room * 2, this.length + more));
    memory.copy(changetype<usize>(made), changetype<usize>(this.data), this.length);
    this.data = made;
  }
}
