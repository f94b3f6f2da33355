/**
 * A byte stream over a line: the process's side is a `ByteSource` or `ByteSink` like any other, the side
 * with the bytes feeds it from, or drains it into, a stream of its own.
 *
 * Bytes go in one direction and permission for more in the other: the receiver says how many bytes it
 * takes (`want`), so that what is under way is bounded by `WINDOW`, and a source of which nobody reads
 * is never read from. An output without a window is only bounded by the process's output limit.
 */
import { assert } from "#base";
import { BROKEN, WOULD_BLOCK } from "../object/stream.ts";
import type { ByteSink, ByteSource } from "../object/stream.ts";
import { WaitQueue, Waiter } from "../object/wait-queue.ts";
import { FIRST_KIND } from "./link.ts";
import type { Endpoint, Line } from "./link.ts";

const Kind = { bytes: FIRST_KIND, want: FIRST_KIND + 1, end: FIRST_KIND + 2 } as const;
export const WINDOW = 64 * 1024;

abstract class StreamEnd implements Endpoint {
  protected line: Line | undefined = undefined;

  attach(line: Line): void {
    this.line = line;
  }
  abstract received(kind: number, arg: number, bytes: Uint8Array): void;
  abstract lost(): void;
  posted(): void {
    // Streams are bytes.
  }

  /** Nothing more goes over the line. */
  protected hangUp(): void {
    this.line?.send(Kind.end);
    this.detach();
  }
  protected detach(): void {
    this.line?.close();
    this.line = undefined;
  }
}

/** What a process writes to, when the stream is on another hart. */
export class LineSink extends StreamEnd implements ByteSink {
  readonly writable = new WaitQueue();
  #room: number;
  readonly #windowed: boolean;

  constructor(windowed: boolean) {
    super();
    this.#windowed = windowed;
    this.#room = windowed ? WINDOW : Number.MAX_SAFE_INTEGER;
  }

  get room(): number {
    return this.broken ? 0 : this.#room;
  }
  get broken(): boolean {
    return this.line === undefined;
  }

  write(from: Uint8Array): number {
    assert(from.length > 0, "a write has bytes");
    if (this.line === undefined) return BROKEN;
    const count = Math.min(from.length, this.#room);
    if (count === 0) return WOULD_BLOCK;
    if (this.#windowed) this.#room -= count;
    this.line.send(Kind.bytes, 0, from.slice(0, count));
    return count;
  }

  close(): void {
    this.hangUp();
    this.writable.wakeAll();
  }
  received(kind: number, arg: number): void {
    if (kind === Kind.want) this.#room += arg;
    else this.detach();
    this.writable.wakeAll();
  }
  lost(): void {
    this.detach();
    this.writable.wakeAll();
  }
}

/** Writes into `target` what a `LineSink` sends. */
export class SinkFeeder extends StreamEnd {
  readonly #target: ByteSink;
  readonly #queue: Uint8Array[] = [];
  readonly #waiter = new Waiter(() => this.#drain());
  #ended = false;

  constructor(target: ByteSink) {
    super();
    this.#target = target;
  }

  received(kind: number, _arg: number, bytes: Uint8Array): void {
    if (kind === Kind.bytes) this.#queue.push(bytes);
    else this.#ended = true;
    this.#drain();
  }
  lost(): void {
    this.detach();
    this.#ended = true;
    this.#drain();
  }

  #drain(): void {
    this.#waiter.queue?.remove(this.#waiter);
    let taken = 0;
    for (let chunk = this.#queue[0]; chunk !== undefined; chunk = this.#queue[0]) {
      const count = this.#target.write(chunk);
      if (count === BROKEN) {
        this.#queue.length = 0;
        this.hangUp();
        return;
      }
      if (count === WOULD_BLOCK) {
        this.#target.writable.add(this.#waiter);
        break;
      }
      taken += count;
      if (count === chunk.length) this.#queue.shift();
      else this.#queue[0] = chunk.subarray(count);
    }
    if (taken > 0) this.line?.send(Kind.want, taken);
    if (this.#ended && this.#queue.length === 0) {
      this.#target.close();
      this.detach();
    }
  }
}

/** What a process reads from, when the stream is on another hart. */
export class LineSource extends StreamEnd implements ByteSource {
  readonly readable = new WaitQueue();
  readonly #chunks: Uint8Array[] = [];
  #available = 0;
  /** Asked for and not come yet. */
  #wanted = 0;
  #ended = false;

  get available(): number {
    this.#ask();
    return this.#available;
  }
  get ended(): boolean {
    return this.#ended;
  }

  read(into: Uint8Array): number {
    assert(into.length > 0, "a read has room");
    const chunk = this.#chunks[0];
    if (chunk === undefined) {
      this.#ask();
      return this.#ended ? 0 : WOULD_BLOCK;
    }
    const count = Math.min(into.length, chunk.length);
    into.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    this.#available -= count;
    return count;
  }

  close(): void {
    this.#chunks.length = 0;
    this.#available = 0;
    this.#ended = true;
    this.hangUp();
    this.readable.wakeAll();
  }
  received(kind: number, _arg: number, bytes: Uint8Array): void {
    if (kind === Kind.bytes) {
      this.#chunks.push(bytes);
      this.#available += bytes.length;
      this.#wanted -= bytes.length;
    } else {
      this.#ended = true;
      this.detach();
    }
    this.readable.wakeAll();
  }
  lost(): void {
    this.#ended = true;
    this.detach();
    this.readable.wakeAll();
  }

  #ask(): void {
    const more = WINDOW - this.#available - this.#wanted;
    if (this.line === undefined || more < WINDOW / 2) return;
    this.#wanted += more;
    this.line.send(Kind.want, more);
  }
}

/** Sends from `source` what a `LineSource` asks for. */
export class SourceFeeder extends StreamEnd {
  readonly #source: ByteSource;
  readonly #waiter = new Waiter(() => this.#feed());
  #wanted = 0;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  received(kind: number, arg: number): void {
    if (kind === Kind.want) {
      this.#wanted += arg;
      this.#feed();
      return;
    }
    this.#stop();
  }
  lost(): void {
    this.#stop();
  }

  #stop(): void {
    this.#waiter.queue?.remove(this.#waiter);
    this.detach();
    this.#source.close();
  }

  #feed(): void {
    this.#waiter.queue?.remove(this.#waiter);
    while (this.#wanted > 0 && this.line !== undefined) {
      const chunk = new Uint8Array(Math.min(this.#wanted, Math.max(1, this.#source.available)));
      const count = this.#source.read(chunk);
      if (count === WOULD_BLOCK) {
        this.#source.readable.add(this.#waiter);
        return;
      }
      if (count === 0) {
        this.hangUp();
        return;
      }
      this.#wanted -= count;
      this.line.send(Kind.bytes, 0, chunk.subarray(0, count));
    }
  }
}
