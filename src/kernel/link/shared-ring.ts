/**
 * A ring of records in shared memory, from one hart that writes to one that reads.
 *
 *     words   0 head (the reader's), 16 tail (the writer's), 32 whether the writer waits for room
 *     record  length of the bytes, kind, id, argument (32 bits each), bytes; padded to 16
 *
 * Positions count bytes and wrap at 2^32, of which the capacity is a divisor. Each side trusts the
 * other, since both are kernels of one system; guests never see a ring.
 */
const HEAD = 0;
const TAIL = 16;
const STARVED = 32;
const DATA = 256;
const RECORD_HEAD = 16;
const ALIGN = 16;

export const RING_BYTES = 256 * 1024;
const EMPTY = new Uint8Array(0);

/** A new ring; the capacity is a power of two. */
export function ringBuffer(capacity: number = RING_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA + capacity);
}

class RingSide {
  protected readonly words: Int32Array;
  protected readonly data: Uint8Array;
  protected readonly heads: Int32Array;
  protected readonly capacity: number;
  protected readonly mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.capacity = buffer.byteLength - DATA;
    this.mask = this.capacity - 1;
    this.words = new Int32Array(buffer, 0, DATA / 4);
    this.data = new Uint8Array(buffer, DATA);
    this.heads = new Int32Array(buffer, DATA);
  }
}

export class RingWriter extends RingSide {
  #tail = 0;
  #headSeen = 0;

  /** Bytes of the largest record that surely fits some time. */
  get bytesMax(): number {
    return (this.capacity >>> 2) - RECORD_HEAD;
  }

  /** False when there is no room now; the reader then calls once there is some. */
  write(kind: number, id: number, arg: number, bytes: Uint8Array): boolean {
    const { length } = bytes;
    const size = RECORD_HEAD + ((length + ALIGN - 1) & -ALIGN);
    if (this.#free < size) {
      this.#headSeen = Atomics.load(this.words, HEAD);
      if (this.#free < size) {
        Atomics.store(this.words, STARVED, 1);
        this.#headSeen = Atomics.load(this.words, HEAD);
        if (this.#free < size) return false;
      }
    }
    const at = this.#tail & this.mask;
    const word = at >>> 2;
    const { heads } = this;
    heads[word] = length;
    heads[word + 1] = kind;
    heads[word + 2] = id;
    heads[word + 3] = arg;
    if (length > 0) {
      const start = (at + RECORD_HEAD) & this.mask;
      const first = this.capacity - start;
      if (length <= first) this.data.set(bytes, start);
      else {
        this.data.set(bytes.subarray(0, first), start);
        this.data.set(bytes.subarray(first), 0);
      }
    }
    this.#tail = (this.#tail + size) | 0;
    Atomics.store(this.words, TAIL, this.#tail);
    return true;
  }

  get #free(): number {
    return this.capacity - ((this.#tail - this.#headSeen) | 0);
  }
}

export class RingReader extends RingSide {
  #head = 0;
  #tailSeen = 0;
  // Of the record that was read last.
  kind = 0;
  id = 0;
  arg = 0;
  bytes: Uint8Array = EMPTY;

  /** The kind of the next record, or -1 when there is none. */
  peek(): number {
    if (this.#head === this.#tailSeen) {
      this.#tailSeen = Atomics.load(this.words, TAIL);
      if (this.#head === this.#tailSeen) return -1;
    }
    return this.heads[((this.#head & this.mask) >>> 2) + 1]!;
  }

  /** Takes the next record, which `peek` has seen. The bytes are a copy. */
  read(): void {
    const at = this.#head & this.mask;
    const word = at >>> 2;
    const { heads } = this;
    const length = heads[word]!;
    this.kind = heads[word + 1]!;
    this.id = heads[word + 2]!;
    this.arg = heads[word + 3]!;
    if (length === 0) this.bytes = EMPTY;
    else {
      const bytes = new Uint8Array(length);
      const start = (at + RECORD_HEAD) & this.mask;
      const first = this.capacity - start;
      bytes.set(this.data.subarray(start, start + Math.min(length, first)));
      if (length > first) bytes.set(this.data.subarray(0, length - first), first);
      this.bytes = bytes;
    }
    this.#head = (this.#head + RECORD_HEAD + ((length + ALIGN - 1) & -ALIGN)) | 0;
    Atomics.store(this.words, HEAD, this.#head);
  }

  /** Whether the writer waits for room; it is to be called then. */
  writerStarves(): boolean {
    return Atomics.load(this.words, STARVED) === 1 && Atomics.exchange(this.words, STARVED, 0) === 1;
  }
}
