/**
 * The line that is being typed on a terminal: bytes, taken back by character or by word, and how wide
 * each character was when it was shown. A line is bounded; what exceeds it is refused.
 */

/** Bytes of a line with its end, as on other systems. */
export const LINE_MAX = 4096;

export class EditedLine {
  readonly #bytes = new Uint8Array(LINE_MAX);
  /** For each byte: the columns of the character that begins there; 0 in the middle of one. */
  readonly #columns = new Uint8Array(LINE_MAX);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** False when there is no room for it and the end of the line after it. */
  push(byte: number, columns: number): boolean {
    if (this.#length >= LINE_MAX - 1) return false;
    this.#bytes[this.#length] = byte;
    this.#columns[this.#length++] = columns;
    return true;
  }

  /** Columns from the start of the line to its end. */
  get columns(): number {
    let columns = 0;
    for (let index = 0; index < this.#length; index++) columns += this.#columns[index]!;
    return columns;
  }

  /** The first byte of the last character was given `columns` before its other bytes were known. */
  widenLast(columns: number): void {
    const start = this.#startOfLast();
    if (start >= 0) this.#columns[start] = columns;
  }
  /** Bytes of the last character. */
  last(): Uint8Array {
    const start = this.#startOfLast();
    return this.#bytes.subarray(Math.max(start, 0), this.#length);
  }

  /** Takes the last character back; gives its columns, or -1 when the line is empty. */
  erase(): number {
    const start = this.#startOfLast();
    if (start < 0) return -1;
    this.#length = start;
    return this.#columns[start]!;
  }

  /** Takes the last word back, with the blanks after it; gives its columns. */
  eraseWord(): number {
    let columns = 0;
    while (this.#length > 0 && isBlank(this.#bytes[this.#length - 1]!)) columns += this.erase();
    while (this.#length > 0 && !isBlank(this.#bytes[this.#length - 1]!)) columns += this.erase();
    return columns;
  }

  /** Takes all back; gives its columns. */
  eraseAll(): number {
    const { columns } = this;
    this.#length = 0;
    return columns;
  }

  /** The line, which then is empty. Valid until the next `push`. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #startOfLast(): number {
    let start = this.#length - 1;
    while (start > 0 && (this.#bytes[start]! & 0xc0) === 0x80 && this.#length - start < 4) start--;
    return start;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}
