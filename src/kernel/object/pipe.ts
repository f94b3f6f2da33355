/**
 * A pipe: a bounded queue of bytes with one end that writes and one that reads.
 *
 * The bytes lie in a ring that grows by doubling up to the pipe's capacity, so an idle pipe
 * costs nothing. Closing the sink lets the reader drain what is there and then meet the end;
 * closing the source drops the bytes and breaks the sink. Each side's queue is woken when it can
 * go on, and when the other side has gone.
 */
import { assert } from "#base";
import { BROKEN, WOULD_BLOCK } from "./stream.ts";
import type { ByteSink, ByteSource } from "./stream.ts";
import { WaitQueue } from "./wait-queue.ts";

export const PIPE_CAPACITY = 64 * 1024;
const FIRST_ALLOCATION = 1024;

class Ring {
  readonly capacity: number;
  readonly #mayHold: (bytes: number) => boolean;
  #bytes = new Uint8Array(0);
  #start = 0;
  length = 0;

  constructor(capacity: number, mayHold: (bytes: number) => boolean) {
    this.capacity = capacity;
    this.#mayHold = mayHold;
  }

  /** Appends as much of `from` as fits; returns the count. */
  push(from: Uint8Array): number {
    let count = Math.min(from.length, this.capacity - this.length);
    if (this.length + count > this.#bytes.length) {
      this.#grow(this.length + count);
      count = Math.min(count, this.#bytes.length - this.length);
      if (count === 0) return 0;
    }
    const size = this.#bytes.length;
    const end = (this.#start + this.length) % size;
    const first = Math.min(count, size - end);
    this.#bytes.set(count === from.length && first === count ? from : from.subarray(0, first), end);
    if (first < count) this.#bytes.set(from.subarray(first, count), 0);
    this.length += count;
    return count;
  }

  /** Copies from the front without taking; returns the count. */
  peek(into: Uint8Array): number {
    const count = Math.min(into.length, this.length);
    const first = Math.min(count, this.#bytes.length - this.#start);
    into.set(this.#bytes.subarray(this.#start, this.#start + first), 0);
    if (first < count) into.set(this.#bytes.subarray(0, count - first), first);
    return count;
  }

  drop(count: number): void {
    this.length -= count;
    this.#start = this.length === 0 ? 0 : (this.#start + count) % this.#bytes.length;
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = this.length = 0;
  }

  #grow(needed: number): void {
    let size = Math.max(this.#bytes.length, Math.min(FIRST_ALLOCATION, this.capacity));
    while (size < needed) size = Math.min(size * 2, this.capacity);
    if (!this.#mayHold(size)) return;
    const grown = new Uint8Array(size);
    this.peek(grown);
    this.#bytes = grown;
    this.#start = 0;
  }
}

class State {
  readonly ring: Ring;
  sourceClosed = false;
  sinkClosed = false;
  readonly readable = new WaitQueue();
  readonly writable = new WaitQueue();
  readonly #closed: () => void;
  constructor(capacity: number, closed: () => void, mayHold: (bytes: number) => boolean) {
    this.ring = new Ring(capacity, mayHold);
    this.#closed = closed;
  }
  /** After one end was closed. */
  oneClosed(): void {
    if (this.sourceClosed && this.sinkClosed) this.#closed();
  }
}

export class PipeSource implements ByteSource {
  readonly #state: State;
  constructor(state: State) {
    this.#state = state;
  }

  get readable(): WaitQueue {
    return this.#state.readable;
  }
  get available(): number {
    return this.#state.ring.length;
  }
  get ended(): boolean {
    return this.#state.sinkClosed || this.#state.sourceClosed;
  }

  read(into: Uint8Array): number {
    const count = this.peek(into);
    if (count > 0) {
      this.#state.ring.drop(count);
      this.#state.writable.wakeAll();
    }
    return count;
  }

  /** As `read`, but the bytes stay. */
  peek(into: Uint8Array): number {
    assert(into.length > 0, "a read has room");
    if (this.#state.ring.length === 0) return this.ended ? 0 : WOULD_BLOCK;
    return this.#state.ring.peek(into);
  }

  close(): void {
    if (this.#state.sourceClosed) return;
    this.#state.sourceClosed = true;
    this.#state.ring.clear();
    this.#state.writable.wakeAll();
    this.#state.readable.wakeAll();
    this.#state.oneClosed();
  }
}

export class PipeSink implements ByteSink {
  readonly #state: State;
  constructor(state: State) {
    this.#state = state;
  }

  get writable(): WaitQueue {
    return this.#state.writable;
  }
  get room(): number {
    return this.broken ? 0 : this.#state.ring.capacity - this.#state.ring.length;
  }
  get broken(): boolean {
    return this.#state.sourceClosed || this.#state.sinkClosed;
  }

  write(from: Uint8Array): number {
    assert(from.length > 0, "a write has bytes");
    if (this.broken) return BROKEN;
    const count = this.#state.ring.push(from);
    if (count === 0) return WOULD_BLOCK;
    this.#state.readable.wakeAll();
    return count;
  }

  close(): void {
    if (this.#state.sinkClosed) return;
    this.#state.sinkClosed = true;
    this.#state.readable.wakeAll();
    this.#state.writable.wakeAll();
    this.#state.oneClosed();
  }
}

export interface Pipe {
  readonly source: PipeSource;
  readonly sink: PipeSink;
}

/**
 * A new pipe that holds at most `capacity` bytes (at least 1). `closed` is called when both ends are. `mayHold` is asked
 * before it takes room for so many bytes; a pipe that may not is full until it is read from.
 */
export function createPipe(capacity: number = PIPE_CAPACITY, closed: () => void = () => undefined, mayHold: (bytes: number) => boolean = () => true): Pipe {
  assert(Number.isInteger(capacity) && capacity > 0, "a pipe holds something");
  const state = new State(capacity, closed, mayHold);
  return { source: new PipeSource(state), sink: new PipeSink(state) };
}
