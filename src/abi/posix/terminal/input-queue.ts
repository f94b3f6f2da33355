/**
 * What a terminal has for those who read it: records, each a line or what was there when input was
 * ended, read one at a time. A record without bytes is the end of the input for one read. Without
 * lines, all bytes are one record.
 */
export const INPUT_MAX = 64 * 1024;

interface Piece {
  bytes: Uint8Array;
  /** It ends a record: the next read begins after it. */
  readonly closed: boolean;
}

export class InputQueue {
  #pieces: Piece[] = [];
  #length = 0;

  /** Bytes that it takes now. */
  get room(): number {
    return Math.max(0, INPUT_MAX - this.#length - this.#pieces.length);
  }
  /** Something can be read: bytes, or an end. */
  get ready(): boolean {
    return this.#pieces.length > 0;
  }
  /** The next read meets an end. */
  get atEnd(): boolean {
    const first = this.#pieces[0];
    return first !== undefined && first.closed && first.bytes.length === 0;
  }
  /** Bytes that the next read could give. */
  get available(): number {
    let count = 0;
    for (const { bytes, closed } of this.#pieces) {
      count += bytes.length;
      if (closed) break;
    }
    return count;
  }

  /** A whole record, copied. It may go over the bound by less than a line. */
  pushRecord(bytes: Uint8Array): void {
    this.#pieces.push({ bytes: bytes.slice(), closed: true });
    this.#length += bytes.length;
  }
  /** Bytes that join those before and after them. */
  pushBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push({ bytes: bytes.slice(), closed: false });
    this.#length += bytes.length;
  }

  /** From the first record as much as fits; 0 at an end, which is then over. Something must be ready. */
  read(into: Uint8Array): number {
    let count = 0;
    let taken = 0;
    for (const piece of this.#pieces) {
      const part = piece.bytes.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length < piece.bytes.length) {
        piece.bytes = piece.bytes.subarray(part.length);
        break;
      }
      taken++;
      if (piece.closed || count === into.length) break;
    }
    if (taken > 0) this.#pieces.splice(0, taken);
    this.#length -= count;
    return count;
  }

  /** From now on bytes come as they are: records and ends no longer count. */
  open(): void {
    this.#pieces = this.#pieces.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => ({ bytes, closed: false }));
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}
