/**
 * Byte streams between threads, and between threads and the host: the two halves of a pipe, a
 * console, a connection. Nothing here blocks: a call that cannot go on says `WOULD_BLOCK`, and
 * the queue beside it is woken when it is worth trying again.
 */
import type { WaitQueue } from "./wait-queue.ts";

export const WOULD_BLOCK = -1;
/** Answer of `write` when nobody will ever read. */
export const BROKEN = -2;

export interface ByteSource {
  /** Bytes read (at least 1), 0 at the end of the stream, or WOULD_BLOCK. `into` must not be empty. */
  read(into: Uint8Array): number;
  /** Bytes that `read` would give now; 0 also at the end. */
  readonly available: number;
  /** The other side is gone: after `available` bytes comes the end. */
  readonly ended: boolean;
  readonly readable: WaitQueue;
  close(): void;
}

export interface ByteSink {
  /** Bytes taken (at least 1), WOULD_BLOCK, or BROKEN. `from` must not be empty. The bytes are copied. */
  write(from: Uint8Array): number;
  /** Bytes that `write` would take now. */
  readonly room: number;
  readonly broken: boolean;
  readonly writable: WaitQueue;
  close(): void;
}
