/**
 * A cursor over the bytes of a module.
 *
 * The cursor lives in the object: returning `[value, next]` pairs instead measured more than
 * twice as slow. Reads never pass `end`; running into it throws the code in `endCode`, because
 * the words differ between the module header, a section, and the last section of a file.
 * `section[item].part[partItem]` says what is being read; only an error ever joins them into a path.
 *
 * Spec: core binary/values.
 */
import { decodeUtf8 } from "#base";
import { DecodeError } from "./decode-error.ts";
import type { DecodeErrorCode } from "./decode-error.ts";

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  pos: number;
  /** No byte at or after this offset is read. */
  end: number;
  /** For messages only. */
  readonly module: string;
  endCode: DecodeErrorCode = "decode/unexpected-end";
  section = "";
  item = -1;
  part = "";
  partItem = -1;

  constructor(bytes: Uint8Array, pos = 0, end: number = bytes.length, module = "") {
    this.bytes = bytes;
    this.pos = pos;
    this.end = Math.min(end, bytes.length);
    this.module = module;
  }

  /** Where the reader is in the module, such as `elem[2].init`. */
  get path(): string {
    const item = this.item < 0 ? "" : `[${this.item}]`;
    const partItem = this.partItem < 0 ? "" : `[${this.partItem}]`;
    return `${this.section}${item}${this.part === "" ? "" : `.${this.part}${partItem}`}`;
  }

  /** An error at `offset`, by default where the reader is. */
  error(code: DecodeErrorCode, detail: string, offset: number = this.pos): DecodeError {
    return new DecodeError(code, { module: this.module, offset, path: this.path }, detail);
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.end - this.pos;
  }

  /** One byte. @throws DecodeError at the end. */
  u8(): number {
    if (this.pos >= this.end) throw this.#ended(1);
    return this.bytes[this.pos++]!;
  }

  /** The next byte without moving, or -1 at the end. */
  peek(): number {
    return this.pos < this.end ? this.bytes[this.pos]! : -1;
  }

  /** A LEB128 u32 of at most five bytes. */
  u32(): number {
    const pos = this.pos;
    if (pos < this.end) {
      const byte = this.bytes[pos]!;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.#u32Slow();
  }

  #u32Slow(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if ((last & 0x7f) > 0x0f) throw this.error("decode/leb-too-large", "u32 needs more than 32 bits", start);
    if (last >= 0x80) throw this.error("decode/leb-too-long", "u32 of more than 5 bytes", start);
    return (value | (last << 28)) >>> 0;
  }

  /** Signed LEB128 of at most 32 bits. @throws DecodeError when it is too long or too large. */
  s32(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    const last = this.u8();
    this.#checkSignBits(last, 0x78, start, "s32");
    return value | (last << 28);
  }

  /** A LEB128 s33, the type of block types and heap types; exact as a number. */
  s33(): number {
    const start = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value << (25 - shift)) >> (25 - shift);
    }
    const last = this.u8();
    this.#checkSignBits(last, 0x70, start, "s33");
    const high = (last & 0x7f) >= 0x40 ? (last & 0x7f) - 0x80 : last & 0x7f;
    return high * 0x1000_0000 + value;
  }

  /** Unsigned LEB128 of at most 64 bits. @throws DecodeError when it is too long or too large. */
  u64(): bigint {
    const start = this.pos;
    // Nine bytes carry 63 bits, the tenth one more.
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if ((last & 0x7f) > 1) throw this.error("decode/leb-too-large", "u64 needs more than 64 bits", start);
    if (last >= 0x80) throw this.error("decode/leb-too-long", "u64 of more than 10 bytes", start);
    return value | (BigInt(last) << 63n);
  }

  /** Signed LEB128 of at most 64 bits. @throws DecodeError when it is too long or too large. */
  s64(): bigint {
    const start = this.pos;
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    const last = this.u8();
    this.#checkSignBits(last, 0x7f, start, "s64");
    return BigInt.asIntN(64, value | (BigInt(last & 1) << 63n));
  }

  /** The unused bits of a last byte must repeat the sign, which is the lowest bit of `mask`. */
  #checkSignBits(last: number, mask: number, start: number, what: string): void {
    const bits = last & mask;
    if (bits !== 0 && bits !== mask) throw this.error("decode/leb-too-large", `${what} out of its range`, start);
    if (last >= 0x80) throw this.error("decode/leb-too-long", `${what} has too many bytes`, start);
  }

  /**
   * The length of a vector. Entries take a byte at least, so a count that cannot be true is
   * refused before anybody allocates for it. As in the reference interpreter the bytes of the
   * count itself are forgiven, since the core suite's words depend on it; the reads that follow
   * run into the end.
   */
  count(): number {
    const start = this.pos;
    const count = this.u32();
    if (count > this.end - start) {
      throw this.error("decode/length", `${count} entries in ${this.left} bytes`, start);
    }
    return count;
  }

  /** Moves past `length` bytes and returns where they began. */
  range(length: number): number {
    const start = this.pos;
    if (length > this.end - start) throw this.#ended(length);
    this.pos = start + length;
    return start;
  }

  /** A name: byte length, then strict UTF-8. */
  name(): string {
    const length = this.count();
    const start = this.range(length);
    const text = decodeUtf8(this.bytes, start, start + length);
    if (text === undefined) throw this.error("decode/utf8", `name of ${length} bytes`, start);
    return text;
  }

  #ended(want: number): DecodeError {
    return this.error(this.endCode, `want ${want} ${want === 1 ? "byte" : "bytes"}, have ${this.left}`);
  }
}
