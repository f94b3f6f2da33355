/**
 * What the translator hands to the runtime: the rewritten bytes, and how the rewritten module
 * wants to be instantiated.
 *
 * Index spaces keep their numbers. Memories that the module defined become imports in the
 * same order, so memory 0 stays memory 0; the flag memory follows them as the last index.
 * Functions, tables, globals and types are only appended to. Since nothing shifts, code
 * between two checks is copied byte for byte.
 *
 * The module reaches the kernel through one appended table of `HOOK_COUNT` functions, filled
 * by the host right after instantiation. Nothing of the guest can name that table. The start
 * function is taken out of the module and exported under a hidden name, so that no guest code
 * runs during instantiation.
 */
import type { MemoryType } from "../types/externtype.ts";

/** Part of the cache key: goes up whenever the output for some module changes. */
export const TRANSLATOR_VERSION = 12;

/** Which rewrites to make. Part of the cache key. */
export interface TranslateOptions {
  /** Checks of the preemption flag at loop heads and on cycles of the call graph; waits at shared memories ask the host. */
  readonly safepoints: boolean;
  /** `memory.grow`, `table.grow` and what makes garbage-collected objects ask the store's limiter first. */
  readonly limits: boolean;
  /** Deterministic instruction count: every basic block is charged before it runs. */
  readonly fuel: boolean;
}

/**
 * Slots of the hook table and the functype of each.
 *
 * - `tick`: plain; 0 = go on, 1 = call `yield`, other = trap (`unreachable`) here. It has to lower
 *   the flag: a loop whose slow path lies outside of it looks at the flag again before it goes on.
 * - `yield`: may suspend; 0 = go on, other = trap (`unreachable`) here.
 * - `memoryGrow`, `tableGrow`: (index in the module's memory or table space, current size, requested delta); 1 = allowed.
 *   Sizes are u64 in pages or elements.
 * - `fuel`: called when the fuel global is below zero; returns fuel to add, or a negative value to trap.
 *   It may suspend nothing.
 * - `wait`: (twice the index in the memory space, plus 1 when the value has 64 bits; effective address as
 *   u64; the value expected, zero-extended; timeout in ns or negative for none); may suspend. The value there was
 *   compared just before, with no safepoint in between, and the access is known to be aligned and in bounds.
 *   0 = woken, 1 = it has another value by now, 2 = timed out, `HOST_WAITS` = let the host's own instruction do it all.
 * - `notify`: (index in the memory space, effective address, how many at most as u32); how many were woken,
 *   or `HOST_NOTIFIES`.
 * - `gcAllocate`: called when the objects about to be made exceed the instance's budget; takes the bytes by which
 *   they do (u64), returns the budget that is left once these are paid, or a negative value to trap.
 *   It may suspend nothing. A budget is at most `GC_BUDGET_MAX`.
 */
export const Hook = { tick: 0, yield: 1, memoryGrow: 2, tableGrow: 3, fuel: 4, wait: 5, notify: 6, gcAllocate: 7 } as const;
/** Slots of the hook table. */
export const HOOK_COUNT = 8;
/** The functype of each slot, as the instruction table writes stack types. */
export const HOOK_TYPES = {
  tick: "-> i32",
  yield: "-> i32",
  memoryGrow: "i32 i64 i64 -> i32",
  tableGrow: "i32 i64 i64 -> i32",
  fuel: "-> i64",
  wait: "i32 i64 i64 i64 -> i32",
  notify: "i32 i64 i32 -> i32",
  gcAllocate: "i64 -> i64",
} as const;
export const HOST_WAITS = 3;
export const HOST_NOTIFIES = -1;
export const GC_BUDGET_MAX = 1n << 50n;

/** Maps positions of the translated code section back to the original module. */
export interface OffsetMap {
  /**
   * Sorted ascending, pairs flattened: `runs[2k]` is a module offset in the translated bytes,
   * `runs[2k+1]` the original offset of the same instruction. Up to the next pair both advance
   * together, except inserted code, whose pair has `INSERTED` or-ed into the original offset of the
   * instruction it stands before. A pair with original offset 0 ends the guest's code.
   */
  readonly runs: Uint32Array;
}
/** Top bit of the second number of a pair: the run is code that the translator inserted. */
export const INSERTED = 0x8000_0000;

/** Names of the hidden exports and imports; chosen so that they differ from all names of the guest. */
export interface HiddenNames {
  /** Import module name of the converted memories (named by their index in the memory space, in decimal) and of "flag". */
  readonly module: string;
  /** Export of the hook table. */
  readonly hooks: string;
  /** Exports `${prefix}memory${i}`, `${prefix}table${i}`, `${prefix}global${i}` (mutable or not), by whole-space index. */
  readonly prefix: string;
  /**
   * Export of a function that runs the active segments, when that must wait until the hook
   * table is filled: an earlier one may have put functions within the reach of others when a
   * later one traps. To be called once, before the start function.
   */
  readonly segments: string | undefined;
  /** Export of the start function, when there is one. */
  readonly start: string | undefined;
  /** Export of the mutable i64 fuel global, when fuel is on. */
  readonly fuel: string | undefined;
}

/** A rewritten module, and how it wants to be instantiated. */
export interface Translated {
  readonly bytes: Uint8Array;
  /**
   * Memories that were defined and now are imported, by index in the memory space. Empty when
   * neither `safepoints` nor `limits` is on: then the module defines them still.
   */
  readonly memories: readonly { readonly index: number; readonly type: MemoryType }[];
  /** Whether the module imports the flag memory. */
  readonly flag: boolean;
  readonly hidden: HiddenNames;
  readonly offsets: OffsetMap;
  /** Index of the first function that the translator appended; from here on nothing is the guest's. */
  readonly firstHelper: number;
  /** Bit i is set when the module calls slot i of the hook table. */
  readonly usedHooks: number;
  /** Bytes of garbage-collected objects that an instantiation makes by constant expressions, at most. */
  readonly constantBytes: number;
}
