/**
 * Byte ranges through a gate.
 *
 * "bytes" is a (pointer, length) of the caller. They are copied once, memory to memory, to a place
 * in the callee's memory, and the callee gets the place. "buffer" is a (pointer, capacity) of the
 * caller to be filled: the callee gets a place of that capacity, answers how many bytes it wrote
 * there, and these are copied back; a negative answer is an error of the callee's own.
 *
 * Both sides are hostile. Every number is a claim until `MemoryView.holds` has looked, and is
 * looked at again after code of a guest ran, since memories grow (they never shrink). Ranges of the
 * caller may overlap, because those of the callee never do.
 *
 * Places come from the callee's own allocator and are kept for the next call, so a call costs no
 * allocation. They belong to the gate: the callee may use a place until it returns.
 */
import type { FuncType, ValType } from "#wasm";
import { GateStatus } from "./gate-state.ts";

export const PARAM_KINDS = ["i32", "i64", "f32", "f64", "bytes", "buffer"] as const;
export type ParamKind = (typeof PARAM_KINDS)[number];
export type ResultKind = "i32" | "i64" | "f32" | "f64";

/** Bytes of all ranges of one call. */
const PLACE_MAX = 2 ** 31 - 1;
const PLACE_MIN = 256;
const ALIGN = 16;
const NO_BYTES = new Uint8Array(0);

/** A call that ends before the callee's function ran, or after it with nothing handed over. */
export class GateRefusal {
  readonly status: GateStatus;
  /** What the callee did wrong, when it did. */
  readonly fault: string | undefined;
  constructor(status: GateStatus, fault?: string) {
    this.status = status;
    this.fault = fault;
  }
}

/** A memory of a guest as a gate sees it. Without a memory nothing but empty ranges at 0 fits. */
export class MemoryView {
  bytes: Uint8Array = NO_BYTES;
  #memory: WebAssembly.Memory | undefined = undefined;

  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
    this.bytes = new Uint8Array(memory.buffer);
  }

  /** Lets go of the memory. */
  release(): void {
    this.#memory = undefined;
    this.bytes = NO_BYTES;
  }

  /** Whether the range is within the memory; `bytes` then is its view. Both mean u32. */
  holds(addr: number, byteLength: number): boolean {
    const end = (addr >>> 0) + (byteLength >>> 0);
    // A detached view has no bytes; that of a shared memory stays short.
    return (end <= this.bytes.length && this.bytes.length > 0) || this.#holdsSlow(end);
  }

  #holdsSlow(end: number): boolean {
    if (this.#memory !== undefined) this.bytes = new Uint8Array(this.#memory.buffer);
    return end <= this.bytes.length;
  }
}

/** Where bytes of calls stand in the callee. */
export interface Place {
  addr: number;
  byteLength: number;
}

export type Allocator =
  /** (old, oldSize, align, newSize) -> pointer, as `cabi_realloc` of the Canonical ABI. */
  | { readonly kind: "realloc"; readonly call: (old: number, oldSize: number, align: number, newSize: number) => number }
  /** (size) -> pointer. What is too small stays unused, so sizes double. */
  | { readonly kind: "alloc"; readonly call: (size: number) => number };

/** The places of one callee: one for each call that is under way in it. */
export class Places {
  readonly memory: MemoryView;
  #allocator: Allocator | undefined;
  readonly #free: Place[] = [];

  constructor(memory: MemoryView, allocator: Allocator | undefined) {
    this.memory = memory;
    this.#allocator = allocator;
  }

  /** Code of the callee may run. @throws GateRefusal, and what the callee throws */
  take(byteLength: number): Place {
    const place = this.#free.pop() ?? { addr: 0, byteLength: 0 };
    if (byteLength > place.byteLength) this.#growSlow(place, byteLength);
    return place;
  }

  giveBack(place: Place): void {
    this.#free.push(place);
  }

  /** The callee is dead. */
  release(): void {
    this.memory.release();
    this.#allocator = undefined;
  }

  #growSlow(place: Place, byteLength: number): void {
    const size = Math.max(byteLength, PLACE_MIN, Math.min(2 * place.byteLength, PLACE_MAX));
    const allocator = this.#allocator;
    if (allocator === undefined) {
      this.#free.push(place);
      throw new GateRefusal(GateStatus.limit);
    }
    const addr = (allocator.kind === "alloc" ? allocator.call(size | 0) : allocator.call(place.addr | 0, place.byteLength | 0, ALIGN, size | 0)) >>> 0;
    if (addr === 0) {
      this.#free.push(place);
      throw new GateRefusal(GateStatus.limit);
    }
    if (!this.memory.holds(addr, size)) throw new GateRefusal(GateStatus.fault, `its allocator gave ${size} bytes at ${addr}, which is beyond its memory of ${this.memory.bytes.length}`);
    place.addr = addr;
    place.byteLength = size;
  }
}

/** The functype of a function whose parameters are of these kinds; the same on both sides. */
export function coreType(params: readonly ParamKind[], results: readonly ResultKind[]): FuncType {
  const core = params.flatMap((kind): ValType[] => (kind === "bytes" || kind === "buffer" ? ["i32", "i32"] : [kind]));
  return { kind: "func", params: core, results };
}

/** How the arguments of one function cross. */
export class BytesPlan {
  /** Index of the pointer of each range among the core parameters; the length follows it. */
  readonly #ranges: readonly number[];
  readonly #buffer: number | undefined;

  private constructor(ranges: readonly number[], buffer: number | undefined) {
    this.#ranges = ranges;
    this.#buffer = buffer;
  }

  /** Undefined when there are no ranges among the parameters. */
  static of(params: readonly ParamKind[]): BytesPlan | undefined {
    const ranges: number[] = [];
    let buffer: number | undefined;
    let index = 0;
    for (const kind of params) {
      if (kind === "bytes" || kind === "buffer") ranges.push(index);
      if (kind === "buffer") buffer = index;
      index += kind === "bytes" || kind === "buffer" ? 2 : 1;
    }
    return ranges.length === 0 ? undefined : new BytesPlan(ranges, buffer);
  }

  /**
   * Copies the ranges of `args` into the callee and puts their places into `args`. Gives the place
   * that must go back after the call. Runs inside the gate, as code of the callee may run.
   *
   * @throws GateRefusal, and what the callee's allocator throws
   */
  copyIn(args: unknown[], caller: MemoryView, places: Places): Place {
    const ranges = this.#ranges;
    let total = 0;
    for (let i = 0; i < ranges.length; i++) {
      const at = ranges[i]!;
      const byteLength = args[at + 1] as number >>> 0;
      if (!caller.holds(args[at] as number, byteLength)) throw new GateRefusal(GateStatus.range);
      total += byteLength + ALIGN - 1 & -ALIGN;
      if (byteLength > PLACE_MAX || total < 0 || total > PLACE_MAX) throw new GateRefusal(GateStatus.limit);
    }
    const place = places.take(total);
    const callee = places.memory;
    callee.holds(place.addr, place.byteLength);
    let to = place.addr;
    for (let i = 0; i < ranges.length; i++) {
      const at = ranges[i]!;
      const from = args[at] as number >>> 0;
      const byteLength = args[at + 1] as number >>> 0;
      if (at !== this.#buffer && byteLength > 0) copy(callee.bytes, to, caller.bytes, from, byteLength);
      args[at] = to | 0;
      to += byteLength + ALIGN - 1 & -ALIGN;
    }
    return place;
  }

  /**
   * After the call: what the callee wrote, to the caller's buffer. `pointer` is the caller's, the
   * capacity stands in `args` still.
   *
   * @throws GateRefusal
   */
  copyOut(answer: unknown, args: readonly unknown[], pointer: number, caller: MemoryView, places: Places): void {
    const at = this.#buffer;
    const written = answer as number;
    if (at === undefined || written <= 0) return;
    const capacity = args[at + 1] as number >>> 0;
    if (written > capacity) throw new GateRefusal(GateStatus.fault, `it answered that it wrote ${written} bytes into a buffer of ${capacity}`);
    const from = args[at] as number >>> 0;
    const callee = places.memory;
    // Both held before the call, and a memory does not shrink; this refreshes the views.
    if (!callee.holds(from, written) || !caller.holds(pointer, written)) throw new GateRefusal(GateStatus.range);
    copy(caller.bytes, pointer >>> 0, callee.bytes, from, written);
  }

  /** The caller's own pointer to its buffer, to be kept for `copyOut`. */
  bufferPointer(args: readonly unknown[]): number {
    return this.#buffer === undefined ? 0 : args[this.#buffer] as number;
  }
}

/** Below this a loop beats the view that `set` needs (bench: gate.bytes1k). */
const SHORT = 48;

function copy(into: Uint8Array, to: number, from: Uint8Array, at: number, byteLength: number): void {
  if (byteLength <= SHORT) {
    for (let i = 0; i < byteLength; i++) into[to + i] = from[at + i]!;
  } else {
    into.set(from.subarray(at, at + byteLength), to);
  }
}
