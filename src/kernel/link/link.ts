/**
 * The link from this hart to one other: records in order over a pair of shared rings.
 *
 * What is said belongs to a *line*: a number that one side opened and the other accepted. Small things
 * are records of the ring; a value that the host has to clone (a module, a memory, an object) goes through
 * a port of the host, and a record in the ring keeps its place in the order. What does not fit into
 * the ring waits here; its length is bounded by whoever sends, since each line has limits of its own.
 *
 * When the other hart has died, `lost` ends every line.
 */
import { Ring, assert } from "#base";
import { callHart } from "./face.ts";
import { RingReader, RingWriter } from "./shared-ring.ts";

/** Values that the host clones, in the order in which they were sent. */
export interface LinkPort {
  post(value: unknown): void;
  /** The next value, which was posted before its record was written; undefined when there is none. */
  take(): unknown;
  close(): void;
}

/** One end of a link, as it is given to a hart. */
export interface LinkEnd {
  /** The number of the hart at the other end. */
  readonly peer: number;
  readonly out: SharedArrayBuffer;
  readonly in: SharedArrayBuffer;
  /** See face.ts. */
  readonly peerFace: SharedArrayBuffer;
  readonly port: LinkPort;
}

/** What happens at this end of a line. */
export interface Endpoint {
  received(kind: number, arg: number, bytes: Uint8Array): void;
  posted(value: unknown): void;
  /** The hart at the other end is dead, for this reason. Called once; nothing follows. */
  lost(reason: string): void;
}

/** Kinds of records below this are the link's own. */
export const FIRST_KIND = 8;
const Kind = { part: 0, posted: 1 } as const;
const KIND_MASK = 0xff;
/** The sender opened the line, so the receiver accepted it. */
const BY_OPENER = 0x100;
const NO_BYTES = new Uint8Array(0);
/** Records that are dealt with before others get their turn. */
const BATCH = 256;

interface Waiting {
  readonly kind: number;
  readonly id: number;
  readonly arg: number;
  readonly bytes: Uint8Array;
}

/** One line, at this end. */
export class Line {
  readonly link: Link;
  readonly id: number;
  readonly #sender: number;

  /** Only links make lines. */
  constructor(link: Link, id: number, opened: boolean) {
    this.link = link;
    this.id = id;
    this.#sender = opened ? BY_OPENER : 0;
  }

  /** The bytes are copied, or kept unchanged by the caller when they have to wait. */
  send(kind: number, arg = 0, bytes: Uint8Array = NO_BYTES): void {
    this.link.write(kind | this.#sender, this.id, arg, bytes);
  }
  /** For values that cannot be bytes. */
  post(value: unknown): void {
    this.link.post(Kind.posted | this.#sender, this.id, value);
  }
  /** Nothing arrives any more. The other end closes its own. */
  close(): void {
    this.link.forget(this.id, this.#sender !== 0);
  }
}

export class Link {
  readonly peer: number;
  /** Set by whoever looks after the links of this hart: told when something was sent or came. */
  onActivity: (() => void) | undefined = undefined;
  readonly #port: LinkPort;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #peerFace: Int32Array;
  readonly #waiting = new Ring<Waiting>();
  readonly #opened = new Map<number, Endpoint>();
  readonly #accepted = new Map<number, Endpoint>();
  #nextId = 1;
  #parts: Uint8Array[] = [];
  #dead = false;

  constructor(end: LinkEnd) {
    this.peer = end.peer;
    this.#port = end.port;
    this.#writer = new RingWriter(end.out);
    this.#reader = new RingReader(end.in);
    this.#peerFace = new Int32Array(end.peerFace);
  }

  get dead(): boolean {
    return this.#dead;
  }
  /** Lines that are open. */
  get lines(): number {
    return this.#opened.size + this.#accepted.size;
  }

  /** A new line; the other side has to be told its number. */
  open(endpoint: Endpoint): Line {
    const id = this.#nextId++;
    this.#opened.set(id, endpoint);
    return new Line(this, id, true);
  }
  /** The end of a line that the other side opened. */
  accept(id: number, endpoint: Endpoint): Line {
    this.#accepted.set(id, endpoint);
    return new Line(this, id, false);
  }
  /** The line with number 0, which is there from the start. */
  first(endpoint: Endpoint, opener: boolean): Line {
    (opener ? this.#opened : this.#accepted).set(0, endpoint);
    return new Line(this, 0, opener);
  }

  forget(id: number, opened: boolean): void {
    (opened ? this.#opened : this.#accepted).delete(id);
  }

  write(kind: number, id: number, arg: number, bytes: Uint8Array): void {
    if (this.#dead) return;
    const most = this.#writer.bytesMax;
    let at = 0;
    for (; bytes.length - at > most; at += most) this.#put(Kind.part, 0, 0, bytes.subarray(at, at + most));
    this.#put(kind, id, arg, at === 0 ? bytes : bytes.subarray(at));
    callHart(this.#peerFace);
    this.onActivity?.();
  }

  post(kind: number, id: number, value: unknown): void {
    if (this.#dead) return;
    this.#port.post(value);
    this.write(kind, id, 0, NO_BYTES);
  }

  #put(kind: number, id: number, arg: number, bytes: Uint8Array): void {
    if (this.#waiting.length === 0 && this.#writer.write(kind, id, arg, bytes)) return;
    this.#waiting.push({ kind, id, arg, bytes });
  }

  /**
   * Deals with what has come, with at most a batch of it. With `quickOnly` values that the host cloned
   * stay, and all that is behind them, since what they cause may take long. True when something is left.
   */
  poll(quickOnly: boolean): boolean {
    if (this.#dead) return false;
    if (this.#waiting.length > 0) this.#flush();
    const reader = this.#reader;
    let left = BATCH;
    let kind = reader.peek();
    for (; kind !== -1 && left > 0; kind = reader.peek()) {
      if (quickOnly && (kind & KIND_MASK) === Kind.posted) break;
      left--;
      reader.read();
      this.#take(kind, reader);
      if (this.#dead) return false;
    }
    if (left < BATCH) {
      if (reader.writerStarves()) callHart(this.#peerFace);
      this.onActivity?.();
    }
    return kind !== -1;
  }

  #take(kind: number, reader: RingReader): void {
    const { id, arg } = reader;
    let { bytes } = reader;
    if (kind === Kind.part) {
      this.#parts.push(bytes);
      return;
    }
    if (this.#parts.length > 0) {
      bytes = joined([...this.#parts, bytes]);
      this.#parts = [];
    }
    const endpoint = ((kind & BY_OPENER) === 0 ? this.#opened : this.#accepted).get(id);
    if ((kind & KIND_MASK) === Kind.posted) {
      const value = this.#port.take();
      assert(value !== undefined, "a posted value is there before its record");
      endpoint?.posted(value);
    } else {
      endpoint?.received(kind & KIND_MASK, arg, bytes);
    }
  }

  #flush(): void {
    let wrote = false;
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (!this.#writer.write(next.kind, next.id, next.arg, next.bytes)) break;
      this.#waiting.shift();
      wrote = true;
    }
    if (wrote) callHart(this.#peerFace);
  }

  /** The hart at the other end is dead, or this one is shut down. */
  lost(reason: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#waiting.clear();
    const ends = [...this.#opened.values(), ...this.#accepted.values()];
    this.#opened.clear();
    this.#accepted.clear();
    for (const end of ends) end.lost(reason);
    this.#port.close();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
