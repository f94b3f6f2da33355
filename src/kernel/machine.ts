/**
 * The host, as the kernel sees it. `src/machine/` implements this once per host; nothing else
 * in the system names Node or the browser. All powers arrive through this one object, so that a
 * test can pass a machine of its own with a virtual clock and seeded entropy.
 */

import type { ByteSink, ByteSource } from "./object/stream.ts";

/** One preemption flag. `buffer` is the flag memory's buffer; word 0 is the flag. */
export interface PreemptionClock {
  /** Raises the flag (stores 1 in word 0) every quantum from now on; stops by itself when nobody has cleared the flag for several quanta. Cheap, idempotent. */
  arm(): void;
  /** Releases the clock; the flag is never written again. */
  close(): void;
}

export interface Machine {
  readonly name: string;
  /** Monotonic time in milliseconds with a fraction; zero is arbitrary. About 50 ns a call. */
  now(): number;
  /** Processor time that the calling host thread has used, in milliseconds; may lag a few milliseconds behind. About 2 µs a call. */
  threadCpuMs(): number;
  /** Monotonic time in nanoseconds, same zero as `now`. */
  monotonicNs(): bigint;
  /** Nanoseconds since the Unix epoch. */
  realtimeNs(): bigint;
  /** Fills `into` (not shared memory) from the host's cryptographic source. */
  entropy(into: Uint8Array): void;
  /** Runs `task` after the host's event loop had a turn for input, timers and callbacks. */
  afterTurn(task: () => void): void;
  /** Tries to get memory of dropped instances back now, when the host can; called before something is refused for lack of it. */
  collect(): Promise<void>;
  /** Collects the heap before it returns; false when the host cannot. */
  collectNow(): boolean;
  /** The heap that objects of JavaScript and of guests share; undefined when the host does not tell. A few microseconds. */
  heap(): HeapUse | undefined;
  /** Runs `task` once, `ms` milliseconds from now or later; returns a cancel function. `keepAlive` = the host must not exit meanwhile. */
  timer(ms: number, task: () => void, keepAlive: boolean): () => void;
  /** A clock outside this host thread that raises the flag in `buffer` each `quantumMs`. Resolves when it is able to. */
  preemption(buffer: SharedArrayBuffer, quantumMs: number): Promise<PreemptionClock>;
  /** SHA-256 of `bytes`, lower-case hexadecimal. */
  sha256(bytes: Uint8Array): Promise<string>;
  /** Persistent cache of translated modules, or undefined when the host has none. Entries may vanish or rot at any time. */
  readonly cache: BlobCache | undefined;
  /** The host's own standard streams, for programs that inherit them. Closing them does nothing. */
  readonly stdio: HostStdio;
  /** What the host process can bear; the kernel refuses before a limit is met. */
  readonly capacity: Capacity;
}

export interface HeapUse {
  /** Garbage that has not been collected yet counts. */
  readonly usedBytes: number;
  /** Beyond this the host process aborts. */
  readonly limitBytes: number;
}

export interface HostStdio {
  readonly stdin: ByteSource;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
}

export interface BlobCache {
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface Capacity {
  /** Memory mappings that the kernel may use in all (for stacks and memories), `Infinity` when the host has no such limit. */
  readonly mappings: number;
  /** Mappings of one fiber stack and of one linear memory. */
  readonly mappingsPerStack: number;
  readonly mappingsPerMemory: number;
  /** Linear memories that may exist at once. */
  readonly memories: number;
}
