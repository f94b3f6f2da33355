/**
 * What an embedder chooses when it makes an engine, and what the engine may ask of it.
 *
 * The engine has no power of its own: hashing, storage and the clock are handed to it here.
 */
import type { TranslateOptions } from "../translate/translated.ts";

/** A store of bytes under short names. Entries may vanish or rot at any time; the engine checks what it reads. */
export interface BlobCache {
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

/** A WebAssembly function as the host sees it: what `WebAssembly.Table.set` accepts. */
export type RawFunc = WebAssembly.ExportedFunction;

/**
 * Where the safepoints of a store lead. `tick` and `yield` must be functions exported by a
 * wasm instance (type `[] -> [i32]`), since they are put into a table; `Hook` in
 * `translate/translated.ts` gives the meaning of their results.
 */
export interface Safepoints {
  /** One shared page; word 0 is the flag. */
  readonly flag: WebAssembly.Memory;
  readonly tick: RawFunc;
  readonly yield: RawFunc;
  /** Who blocks and wakes threads at shared memories. Without it the host's own instructions do, which stop the whole host thread. */
  readonly parking?: Parking;
}

/** Where a thread waits, and the value that it found there. */
export interface WaitPlace {
  readonly address: bigint;
  /** Whether the value has 64 bits, else 32. */
  readonly wide: boolean;
  /** As the guest gave it; of 32 bits zero-extended. */
  readonly expected: bigint;
}

/** Threads that wait at an address of a shared memory; see `Hook` for what is known of the arguments. */
export interface Parking {
  /** 0 = woken, 1 = another value is there, 2 = timed out, -1 = call `block` for the answer, any other negative value = trap. A negative time never passes. */
  wait(memory: WebAssembly.Memory, at: WaitPlace, timeoutNs: bigint): number;
  /** Wakes at most `count` threads, the longest waiting first; returns how many. */
  notify(memory: WebAssembly.Memory, address: bigint, count: number): number;
  /** May suspend; type `[] -> [i32]`; the answer of the wait, negative to trap. */
  readonly block: RawFunc;
}

/** What an engine may be given; without any it caches nothing and never interrupts. */
export interface EngineOptions {
  /** Rewrites to make; safepoints and limits are on, fuel is off unless said otherwise. */
  readonly translate?: Partial<TranslateOptions>;
  /** SHA-256 in lower-case hexadecimal. Without it nothing is cached. */
  readonly sha256?: (bytes: Uint8Array) => Promise<string>;
  /** Keeps translated modules across runs. Used only together with `sha256`. */
  readonly cache?: BlobCache;
  /** Bytes of original modules whose compiled form is kept in memory; 128 MiB by default, 0 for none. */
  readonly memoryCacheBytes?: number;
  /** Safepoints of stores that bring none. By default a flag that is never raised. */
  readonly safepoints?: Safepoints;
  /** Milliseconds, monotonic, for `Module.timings` and for the length of a turn. */
  readonly now?: () => number;
  /** Resolves after the host's event loop had a turn. With it large modules are compiled in turns; without it each takes the host thread until it is translated. */
  readonly turn?: () => Promise<void>;
}
