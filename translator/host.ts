/**
 * What the host decides: the helper functions that are appended to the module. They come into being when they are first
 * asked for, so the order of the calls is part of the output. They return a function index.
 *
 * Places of immediates are given as offsets of the original.
 */

/** Ends the translation: it does not return. */
@external("host", "outOfMemory") export declare function outOfMemory(): void;

@external("host", "safepoint") declare function hostSafepoint(): u32;
@external("host", "poll") declare function hostPoll(): u32;
@external("host", "refuel") export declare function refuel(): u32;
@external("host", "gcAllocate") export declare function gcAllocate(): u32;
@external("host", "payArray") export declare function payArray(elementBytes: i32): u32;
@external("host", "memoryGrow") export declare function memoryGrow(memory: i32): u32;
@external("host", "tableGrow") export declare function tableGrow(table: i32): u32;
@external("host", "atomicNotify") export declare function atomicNotify(memory: i32, start: usize, end: usize): u32;
@external("host", "atomicWait") export declare function atomicWait(is64: bool, memory: i32, start: usize, end: usize): u32;
/** Bits of the length of the bulk operation at `start`, or 0 when it needs no help. */
@external("host", "bulkLength") export declare function bulkLength(start: usize, arg: i32, arg2: i32): i32;
/** The helper of a bulk operation that needs one; tells more through `setBulk`. */
@external("host", "bulk") export declare function bulk(start: usize, arg: i32, arg2: i32): u32;

/** Of the last `bulk`: its type, up to which length the original runs, and whether that is an i64. */
export let bulkType: u32 = 0;
export let bulkUnchecked = 0;
export let bulkWide = false;
export function setBulk(type: u32, unchecked: i32, wide: bool): void {
  bulkType = type;
  bulkUnchecked = unchecked;
  bulkWide = wide;
}

const NONE: u32 = 0xffffffff;
let knownSafepoint = NONE;
let knownPoll = NONE;

/** The slow path of a check. */
export function safepoint(): u32 {
  if (knownSafepoint == NONE) knownSafepoint = hostSafepoint();
  return knownSafepoint;
}

/** A whole check as a function. */
export function poll(): u32 {
  if (knownPoll == NONE) knownPoll = hostPoll();
  return knownPoll;
}

/** Begins with a module that has no helpers yet. */
export function forgetHelpers(): void {
  knownSafepoint = knownPoll = NONE;
}
