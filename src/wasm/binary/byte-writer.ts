/**
 * A growing buffer that module bytes are written into.
 *
 * Copies of long ranges go through the engine's block move, short ones through a loop, which
 * spares the view object. Sizes that are known only afterwards are written with `openSize` and
 * one of the two `close` methods.
 *
 * Spec: core binary/values.
 */
import { assert, encodeUtf8 } from "#base";

/** Below this many bytes a loop beats `set(subarray)`. */
const SHORT_COPY = 24;
const SIZE_BYTES = 5;

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written, owned by the caller. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.#length + more > this.#bytes.length) this.#growSlow(more);
  }

  #growSlow(more: number): void {
    const grown = new Uint8Array(Math.max(this.#length + more, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** One byte; the low eight bits count. */
  u8(value: number): void {
    if (this.#length === this.#bytes.length) this.#growSlow(1);
    this.#bytes[this.#length++] = value;
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    if (value >>> 0 < 0x80) this.u8(value);
    else this.#u32Slow(value);
  }

  #u32Slow(value: number): void {
    this.reserve(SIZE_BYTES);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Signed LEB128. */
  s32(value: number): void {
    this.reserve(SIZE_BYTES);
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#bytes[this.#length++] = rest & 0x7f;
  }

  /** A heap type or block type: a type index, or a negative byte code. */
  s33(value: number): void {
    assert(Number.isInteger(value) && value >= -0x1_0000_0000 && value <= 0xffff_ffff, "s33 out of range");
    this.reserve(SIZE_BYTES);
    let rest = value;
    while (rest < -0x40 || rest > 0x3f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest & 0x7f;
  }

  /** Unsigned LEB128 of a bigint in the range of u64. */
  u64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest));
  }

  /** Signed LEB128 of a bigint in the range of s64. */
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest & 0x7fn));
  }

  /** All of `source`. */
  append(source: Uint8Array): void {
    this.copy(source, 0, source.length);
  }

  /** The bytes `[start, end)` of `source`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    assert(start >= 0 && count >= 0 && end <= source.length, "copy outside of its source");
    if (this.#length + count > this.#bytes.length) this.#growSlow(count);
    const target = this.#bytes;
    let at = this.#length;
    this.#length = at + count;
    if (count >= SHORT_COPY) {
      target.set(source.subarray(start, end), at);
      return;
    }
    for (let i = start; i < end; i++) target[at++] = source[i]!;
  }

  /** Byte length, then UTF-8. */
  name(text: string): void {
    const bytes = encodeUtf8(text);
    this.u32(bytes.length);
    this.append(bytes);
  }

  /** Leaves room for a size; what is written from here on counts until the close. */
  openSize(): number {
    this.reserve(SIZE_BYTES);
    const mark = this.#length;
    this.#length += SIZE_BYTES;
    return mark;
  }

  /** Fills in the size as five padded bytes; nothing moves. */
  closeSize(mark: number): void {
    this.patchU32(mark, this.#length - mark - SIZE_BYTES);
  }

  /** Fills in the size in its shortest form and moves the contents up to it. */
  closeSizeTight(mark: number): void {
    const start = mark + SIZE_BYTES;
    const end = this.#length;
    this.#length = mark;
    this.u32(end - start);
    this.#bytes.copyWithin(this.#length, start, end);
    this.#length += end - start;
  }

  /** Overwrites the five bytes at `at` with a padded u32. */
  patchU32(at: number, value: number): void {
    assert(at >= 0 && at + SIZE_BYTES <= this.#length, "patch outside of what was written");
    let rest = value >>> 0;
    for (let i = 0; i < SIZE_BYTES - 1; i++) {
      this.#bytes[at + i] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[at + SIZE_BYTES - 1] = rest;
  }
}
