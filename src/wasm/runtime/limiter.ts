/**
 * What a store may use, as its embedder answers it.
 *
 * A limiter is asked before every creation and every growth, by the host as well as by the
 * guest. It runs below guest frames: it must not throw and must not enter a guest.
 */

export interface StoreLimiter {
  /**
   * May a linear memory grow from `current` to `desired` bytes? Creation asks with `current`
   * 0. `maximum` is what its type declares, in bytes. True does not promise that the host
   * succeeds; the memory's real size counts.
   */
  memoryGrowing?(current: number, desired: number, maximum: number | undefined): boolean;
  /** The same for a table, in elements. */
  tableGrowing?(current: number, desired: number, maximum: number | undefined): boolean;
  /** No memory may ever be larger than this many bytes. The declared maximum is clamped to it. */
  readonly memoryBytes?: number;
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

export function mayGrowMemory(limiter: StoreLimiter | undefined, current: number, desired: number, maximum: number | undefined): boolean {
  if (limiter === undefined) return true;
  if (limiter.memoryBytes !== undefined && desired > limiter.memoryBytes) return false;
  return limiter.memoryGrowing?.(current, desired, maximum) ?? true;
}

export function mayGrowTable(limiter: StoreLimiter | undefined, current: number, desired: number, maximum: number | undefined): boolean {
  return limiter?.tableGrowing?.(current, desired, maximum) ?? true;
}
