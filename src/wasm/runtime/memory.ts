/**
 * Memory: a linear memory of a store.
 *
 * `bytes()` is the only way to the contents. A view goes stale when an unshared memory
 * grows, which is seen by its length becoming 0; a shared memory's view stays valid but
 * short. Hold a view no longer than until guest code or `grow` may run.
 *
 * Spec: core exec/runtime, Memory Instances; JS API, Memory.
 */
import type { MemoryType } from "../types/externtype.ts";
import { HOST_PAGES, PAGE, bounded, memoryRefusal, scaled } from "./limiter.ts";
import type { Store } from "./store.ts";
import { LimitError, StoreError } from "./store-errors.ts";

export class Memory {
  readonly kind = "memory";
  readonly store: Store;
  readonly type: MemoryType;
  #raw: WebAssembly.Memory | undefined;
  readonly #maximum: number | undefined;
  #view: Uint8Array;

  /** For instantiation; others use `create` or an instance's exports. */
  constructor(store: Store, raw: WebAssembly.Memory, type: MemoryType) {
    this.store = store;
    this.type = type;
    this.#raw = raw;
    const { max } = type.limits;
    this.#maximum = max === undefined ? undefined : scaled(max, PAGE);
    this.#view = new Uint8Array(raw.buffer);
  }

  /**
   * A new memory that belongs to no instance.
   *
   * @throws LimitError when the limiter or the host refuses the initial size.
   */
  static create(store: Store, type: MemoryType): Memory {
    store.alive();
    store.charge(0, 1, 0);
    return store.wrapped(createRawMemory(store, type), (raw) => new Memory(store, raw, type));
  }

  /** The host's object. Growing it directly goes past the limiter. */
  get raw(): WebAssembly.Memory {
    if (this.#raw === undefined) throw new StoreError("a memory");
    return this.#raw;
  }

  /** For `Store.dispose`: lets go of the host's object. */
  release(): void {
    this.#raw = undefined;
    this.#view = new Uint8Array(0);
  }

  /** The contents now. */
  bytes(): Uint8Array {
    const view = this.#view;
    if (view.byteLength !== 0 && !this.type.shared) {
      if (this.store.disposed) this.store.alive("a memory");
      return view;
    }
    return this.#bytesSlow();
  }

  #bytesSlow(): Uint8Array {
    const { buffer } = this.raw;
    if (buffer !== this.#view.buffer || buffer.byteLength !== this.#view.byteLength) this.#view = new Uint8Array(buffer);
    return this.#view;
  }

  /** Current size in bytes. */
  get byteLength(): number {
    return this.bytes().byteLength;
  }

  /** Current size in pages. */
  get pages(): number {
    return this.byteLength / PAGE;
  }

  /**
   * Grows by `delta` pages; returns the size before, in pages.
   *
   * @throws LimitError when the declared maximum, the limiter or the host refuses.
   */
  grow(delta: number): number {
    const current = this.byteLength;
    const desired = current + delta * PAGE;
    if (!Number.isInteger(delta) || delta < 0) throw new RangeError(`a memory cannot grow by ${delta} pages`);
    const maximum = scaled(bounded(this.type.limits.max, HOST_PAGES[this.type.addr]), PAGE);
    if (desired > maximum) throw new LimitError("memory size", desired, maximum);
    const refusal = memoryRefusal(this.store, current, desired, this.#maximum);
    if (refusal !== undefined) throw refusal;
    try {
      // A 64-bit memory takes and gives bigints, which the host's type declarations do not know.
      const raw = this.raw as unknown as { grow(delta: number | bigint): number | bigint };
      return Number(raw.grow(this.type.addr === "i64" ? BigInt(delta) : delta));
    } catch (cause) {
      throw new LimitError("memory size", desired, undefined, { cause });
    }
  }
}

/**
 * Creates the host's memory for `type`, its maximum clamped to what limiter and host bear.
 *
 * @throws LimitError "memory size".
 */
export function createRawMemory(store: Store, type: MemoryType): WebAssembly.Memory {
  const { min, max } = type.limits;
  const minBytes = scaled(min, PAGE);
  const maxBytes = max === undefined ? undefined : scaled(max, PAGE);
  const { limiter } = store;
  const host = HOST_PAGES[type.addr];
  if (min > host) throw new LimitError("memory size", minBytes, Number(host) * PAGE);
  const refusal = memoryRefusal(store, 0, minBytes, maxBytes);
  if (refusal !== undefined) throw refusal;
  let ceiling = bounded(max, host);
  if (limiter?.memoryBytes !== undefined && Number.isFinite(limiter.memoryBytes)) {
    const allowed = BigInt(Math.floor(limiter.memoryBytes / PAGE));
    if (allowed < ceiling) ceiling = allowed;
  }
  // Without a declared or imposed maximum none is given: the host reserves lazily then.
  const given = max !== undefined || type.shared || ceiling < host;
  const sized = (pages: bigint): number | bigint => type.addr === "i64" ? pages : Number(pages);
  const descriptor = {
    initial: sized(min),
    ...(given ? { maximum: sized(ceiling) } : {}),
    ...(type.shared ? { shared: true } : {}),
    ...(type.addr === "i64" ? { address: "i64" as const } : {}),
  };
  try {
    return store.holdMemory(new WebAssembly.Memory(descriptor));
  } catch (cause) {
    throw new LimitError("memory size", minBytes, undefined, { cause });
  }
}
