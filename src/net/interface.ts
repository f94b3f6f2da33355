/**
 * Granted sockets. There is no ambient network: a guest holds a `Listener` or a `Connection`
 * because somebody gave it one. Both follow the rule of byte streams: nothing blocks, a call that
 * cannot go on says WOULD_BLOCK, and the queue beside it is woken when it is worth trying again.
 */
import type { ByteSink, ByteSource, WaitQueue, WOULD_BLOCK } from "#kernel";

export interface Connection extends ByteSource, ByteSink {
  /** For people: "127.0.0.1:5000", "loopback". */
  readonly peer: string;
  /** Most bytes that are ever `available` at once. */
  readonly capacity: number;
  /** As `read`, but the bytes stay where they are. */
  peek(into: Uint8Array): number;
  /** Ends one direction or both: after "read", `read` gives 0; after "write", the peer meets the end and `write` is BROKEN. Idempotent. */
  shutdown(direction: "read" | "write" | "both"): void;
  /** Ends both directions and gives the socket back. Idempotent. */
  close(): void;
}

export interface Listener {
  /** For people: "127.0.0.1:8080". */
  readonly address: string;
  /** The longest waiting connection, or WOULD_BLOCK. */
  accept(): Connection | typeof WOULD_BLOCK;
  /** Connections that wait to be accepted. */
  readonly pending: number;
  readonly readable: WaitQueue;
  /** Takes no more connections and drops those that wait. Idempotent. */
  close(): void;
}
