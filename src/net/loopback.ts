/**
 * Sockets inside the system: a connection is two pipes, one each way; a loopback listener gives
 * its holder's callers one end and its acceptor the other.
 */
import { mustBeAmount, mustBeString } from "#base";
import type { PipeSink, PipeSource, WaitQueue } from "#kernel";
import { createPipe, PIPE_CAPACITY, WaitQueue as Queue, WOULD_BLOCK } from "#kernel";
import type { Connection, Listener } from "./interface.ts";

class PipeConnection implements Connection {
  readonly peer: string;
  readonly capacity: number;
  readonly #source: PipeSource;
  readonly #sink: PipeSink;

  constructor(peer: string, source: PipeSource, sink: PipeSink, capacity: number) {
    this.peer = peer;
    this.#source = source;
    this.#sink = sink;
    this.capacity = capacity;
  }

  get available(): number {
    return this.#source.available;
  }
  get ended(): boolean {
    return this.#source.ended;
  }
  get readable(): WaitQueue {
    return this.#source.readable;
  }
  get room(): number {
    return this.#sink.room;
  }
  get broken(): boolean {
    return this.#sink.broken;
  }
  get writable(): WaitQueue {
    return this.#sink.writable;
  }
  read(into: Uint8Array): number {
    return this.#source.read(into);
  }
  peek(into: Uint8Array): number {
    return this.#source.peek(into);
  }
  write(from: Uint8Array): number {
    return this.#sink.write(from);
  }
  shutdown(direction: "read" | "write" | "both"): void {
    if (direction !== "write") this.#source.close();
    if (direction !== "read") this.#sink.close();
  }
  close(): void {
    this.shutdown("both");
  }
}

/** Two connections, each the other's peer, with at most `capacity` bytes under way in each direction. */
export function connectionPair(peer = "loopback", capacity: number = PIPE_CAPACITY): readonly [Connection, Connection] {
  const there = createPipe(capacity);
  const back = createPipe(capacity);
  return [new PipeConnection(peer, back.source, there.sink, capacity), new PipeConnection(peer, there.source, back.sink, capacity)];
}

export class Loopback implements Listener {
  readonly address: string;
  readonly readable = new Queue();
  readonly #backlog: number;
  readonly #waiting: Connection[] = [];
  #closed = false;

  /** At most `backlog` connections wait to be accepted. @throws OptionError */
  constructor(address: string, backlog = 128) {
    mustBeString(address, "address");
    mustBeAmount(backlog, "backlog");
    this.address = address;
    this.#backlog = backlog;
  }

  get pending(): number {
    return this.#waiting.length;
  }

  /** The caller's end of a new connection; undefined when nobody listens any more or too many wait. */
  connect(): Connection | undefined {
    if (this.#closed || this.#waiting.length >= this.#backlog) return undefined;
    const [mine, theirs] = connectionPair(this.address);
    this.#waiting.push(theirs);
    this.readable.wakeAll();
    return mine;
  }

  accept(): Connection | typeof WOULD_BLOCK {
    return this.#waiting.shift() ?? WOULD_BLOCK;
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.readable.wakeAll();
  }
}
