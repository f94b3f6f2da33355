/**
 * A cursor over debug data, which is only a claim of the guest's authors.
 *
 * It never throws: a read that leaves the range gives 0, and from then on `failed` is set and the
 * cursor stands at the end, so that every loop over it ends. Integers wider than 53 bits come out
 * rounded; whoever uses them checks their range.
 *
 * Spec: DWARF 5 section 7.6, Variable Length Data.
 */

export class DebugReader {
  readonly bytes: Uint8Array;
  pos: number;
  readonly end: number;
  failed: boolean;

  constructor(bytes: Uint8Array, pos: number, end: number = bytes.length) {
    this.bytes = bytes;
    this.end = Math.min(end, bytes.length);
    this.pos = pos;
    this.failed = pos > this.end;
    if (this.failed) this.pos = this.end;
  }

  u8(): number {
    if (this.pos >= this.end) return this.#fail();
    return this.bytes[this.pos++]!;
  }

  u16(): number {
    return this.u8() + this.u8() * 0x100;
  }

  u32(): number {
    return this.u16() + this.u16() * 0x1_0000;
  }

  u64(): number {
    return this.u32() + this.u32() * 0x1_0000_0000;
  }

  /** An unsigned LEB128 of any length; what exceeds 70 bits is dropped. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8();
      if (scale <= 2 ** 63) value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A signed LEB128 of any length; what exceeds 70 bits is dropped. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8();
      if (scale <= 2 ** 63) value += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      return (byte & 0x40) === 0 || scale > 2 ** 63 ? value : value - scale * 0x80;
    }
  }

  skip(count: number): void {
    if (count > this.end - this.pos) this.#fail();
    else this.pos += count;
  }

  /** Range of the bytes before the next NUL, which is passed over too. */
  text(): { readonly start: number; readonly end: number } {
    const start = this.pos;
    let at = start;
    while (at < this.end && this.bytes[at] !== 0) at++;
    if (at >= this.end) {
      this.#fail();
      return { start: this.end, end: this.end };
    }
    this.pos = at + 1;
    return { start, end: at };
  }

  #fail(): number {
    this.failed = true;
    this.pos = this.end;
    return 0;
  }
}
