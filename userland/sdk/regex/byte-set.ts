/** A set of bytes: 256 bits. */
export class ByteSet {
  // Four words, so that a set is one object.
  private a: u64 = 0;
  private b: u64 = 0;
  private c: u64 = 0;
  private d: u64 = 0;

  static of(byte: i32): ByteSet {
    const set = new ByteSet();
    set.add(byte);
    return set;
  }

  static range(from: i32, to: i32): ByteSet {
    const set = new ByteSet();
    for (let byte = from; byte <= to; byte++) set.add(byte);
    return set;
  }

  /** Where the bits are, the lowest byte first. */
  get address(): usize {
    return changetype<usize>(this);
  }

  add(byte: i32): void {
    const place = this.address + (byte >> 3);
    store<u8>(place, load<u8>(place) | <u8>(<u32>1 << <u32>(byte & 7)));
  }

  has(byte: i32): bool {
    return (load<u8>(this.address + (byte >> 3)) >> <u8>(<u32>byte & 7) & 1) != 0;
  }

  get isEmpty(): bool {
    return (this.a | this.b | this.c | this.d) == 0;
  }

  /** Adds the other case of each letter. */
  foldCase(): void {
    for (let letter = 0x61; letter <= 0x7a; letter++) {
      if (this.has(letter)) this.add(letter - 0x20);
      else if (this.has(letter - 0x20)) this.add(letter);
    }
  }
}
