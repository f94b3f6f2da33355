/**
 * What a store may use, as its embedder answers it.
 *
 * A limiter is asked before every creation and every growth, by the host as well as by the
 * guest. It runs below guest frames: it must not throw and must not enter a guest.
 */
import type { Store } from "./store.ts";
import { LimitError } from "./store-errors.ts";

/** Answers and numbers that bound one store. Everything is optional; what is not said is not limited. */
export interface StoreLimiter {
  /**
   * May a linear memory grow from `current` to `desired` bytes? Creation asks with `current`
   * 0. `maximum` is what its type declares, in bytes. True does not promise that the host
   * succeeds; the memory's real size counts.
   */
  memoryGrowing?(current: number, desired: number, maximum: number | undefined): boolean;
  /** The same for a table, in elements. */
  tableGrowing?(current: number, desired: number, maximum: number | undefined): boolean;
  /**
   * May guest code make garbage-collected objects of so many bytes beyond what it was given? Returns
   * how many bytes it may make after these before it asks again, or a negative number to refuse, which
   * traps. Constant expressions ask once for all that an instance makes; the rest of the answer lapses.
   */
  gcAllocating?(bytes: number): number;
  /** No memory may ever be larger than this many bytes. The declared maximum is clamped to it. */
  readonly memoryBytes?: number;
  /** No table may ever have more than this many elements. */
  readonly tableElements?: number;
  /** All memories of the store together, in bytes. */
  readonly totalMemoryBytes?: number;
  /** All tables of the store together, in elements. */
  readonly totalTableElements?: number;
  /** How many instances, memories and tables the store may create in all. */
  readonly instances?: number;
  readonly memories?: number;
  readonly tables?: number;
}

export const PAGE = 65536;

/**
 * Pages of a memory and elements of a table that hosts hold at most. What exceeds them is refused
 * before the limiter is asked, so that nobody accounts for what cannot be.
 *
 * Spec: JS API, Implementation-defined Limits; V8 stops 64-bit memories at 16 GiB.
 */
export const HOST_PAGES = { i32: 65536n, i64: 262144n } as const;
export const HOST_ELEMENTS = 10_000_000n;

/** The declared maximum, or what hosts hold where that is less or nothing is declared. */
export function bounded(max: bigint | undefined, host: bigint): bigint {
  return max === undefined || max > host ? host : max;
}

/** A count of pages or elements that a guest named, as bytes or elements; too large ones are `Infinity`. */
export function scaled(count: bigint, unit: number): number {
  return count > BigInt(Number.MAX_SAFE_INTEGER) / BigInt(unit) ? Infinity : Number(count) * unit;
}

/** The limit that forbids a memory of `store` to grow from `current` to `desired` bytes; undefined when it may. */
export function memoryRefusal(store: Store, current: number, desired: number, maximum: number | undefined): LimitError | undefined {
  const { limiter } = store;
  if (limiter === undefined) return undefined;
  const { memoryBytes, totalMemoryBytes } = limiter;
  if (memoryBytes !== undefined && desired > memoryBytes) return new LimitError("memory size", desired, memoryBytes);
  if (totalMemoryBytes !== undefined) {
    const total = store.memoryBytes() - current + desired;
    if (total > totalMemoryBytes) return new LimitError("total memory", total, totalMemoryBytes);
  }
  return limiter.memoryGrowing?.(current, desired, maximum) === false ? new LimitError("memory size", desired, undefined) : undefined;
}

/** The same for a table, in elements. `pending` counts tables that were allowed and do not exist yet. */
export function tableRefusal(store: Store, current: number, desired: number, maximum: number | undefined, pending = 0): LimitError | undefined {
  const { limiter } = store;
  if (limiter === undefined) return undefined;
  const { tableElements, totalTableElements } = limiter;
  if (tableElements !== undefined && desired > tableElements) return new LimitError("table size", desired, tableElements);
  if (totalTableElements !== undefined) {
    const total = store.tableElements() + pending - current + desired;
    if (total > totalTableElements) return new LimitError("total elements", total, totalTableElements);
  }
  return limiter.tableGrowing?.(current, desired, maximum) === false ? new LimitError("table size", desired, undefined) : undefined;
}
