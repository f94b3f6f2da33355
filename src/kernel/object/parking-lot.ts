/**
 * Threads that wait at an address of a shared memory: `memory.atomic.wait` and `.notify` of
 * guests, without stopping the host thread that all of them share.
 *
 * A queue exists only while somebody waits in it.
 *
 * A memory may be shared with other harts. Then each hart counts, in memory that they share, how many of its
 * threads wait, by a hash of the address. Who waits counts itself first and looks at the value again, who notifies has
 * stored the value before it looks at the counts, so one of the two sees the other and no wake is lost. A notify that
 * wakes fewer than it may tells every hart that counts waiters there; so more threads may be woken than
 * it says, each of which finds the value changed or waits again.
 *
 * Spec: threads exec/instructions, memory.atomic.wait32, wait64 and notify.
 */
import type { WaitPlace } from "#wasm";
import type { CallContext } from "../calls.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Results of `memory.atomic.wait`. */
const WOKEN = 0;
const NOT_EQUAL = 1;
const TIMED_OUT = 2;

/** How waiters are counted over harts. */
const BUCKETS = 256;

/** Bytes of the counts of so many harts. */
export function waiterCountBytes(harts: number): number {
  return harts * BUCKETS * Int32Array.BYTES_PER_ELEMENT;
}

/** What a memory that other harts have too needs. */
export interface SharedWaits {
  /** This hart's row in the counts. */
  readonly hart: number;
  /** `waiterCountBytes` of the harts there can be. */
  readonly counts: Int32Array;
  /** Has another hart call `wake` of its lot. */
  wakeThere(hart: number, address: bigint, count: number): void;
}

interface Place {
  readonly queues: Map<bigint, WaitQueue>;
  shared: SharedWaits | undefined;
}

export class ParkingLot {
  readonly #places = new WeakMap<WebAssembly.Memory, Place>();

  /** From here on other harts have the memory too. Its threads must not wait yet. */
  share(memory: WebAssembly.Memory, shared: SharedWaits): void {
    this.#place(memory).shared = shared;
  }

  /** Blocks the calling thread until it is notified or `timeoutNs` has passed; a negative time never passes. The guest has compared the value already. */
  wait(context: CallContext, memory: WebAssembly.Memory, at: WaitPlace, timeoutNs: bigint): number {
    const { queues, shared } = this.#place(memory);
    const { address } = at;
    if (shared !== undefined) {
      change(shared, address, 1);
      if (valueAt(memory, at) !== at.expected) {
        change(shared, address, -1);
        return NOT_EQUAL;
      }
    }
    let queue = queues.get(address);
    if (queue === undefined) queues.set(address, (queue = new WaitQueue()));
    const leave = (): void => {
      if (queue.isEmpty && queues.get(address) === queue) queues.delete(address);
      if (shared !== undefined) change(shared, address, -1);
    };
    return context.block({
      reason: "memory.atomic.wait",
      queues: [queue],
      ...(timeoutNs < 0n ? {} : { deadlineMs: context.process.machine.now() + Number(timeoutNs) / 1e6 }),
      resume: (wake) => {
        leave();
        return wake === "event" ? WOKEN : TIMED_OUT;
      },
      cancel: leave,
    });
  }

  /** Wakes at most `count` threads of this hart that wait at `address`, the longest waiting first, and then those of others; returns how many. */
  notify(memory: WebAssembly.Memory, address: bigint, count: number): number {
    const woken = this.wake(memory, address, count);
    const shared = this.#places.get(memory)?.shared;
    return shared === undefined || woken === count ? woken : woken + wakeElsewhere(shared, address, count - woken);
  }

  /** As `notify`, of this hart alone. */
  wake(memory: WebAssembly.Memory, address: bigint, count: number): number {
    const queue = this.#places.get(memory)?.queues.get(address);
    if (queue === undefined) return 0;
    let woken = 0;
    while (woken < count && queue.wakeOne()) woken++;
    return woken;
  }

  #place(memory: WebAssembly.Memory): Place {
    let place = this.#places.get(memory);
    if (place === undefined) this.#places.set(memory, (place = { queues: new Map(), shared: undefined }));
    return place;
  }
}

/** Wakes up to `left` threads of each hart that counts some; returns how many at most it says. */
function wakeElsewhere(shared: SharedWaits, address: bigint, left: number): number {
  const { counts, hart: own } = shared;
  let waiting = 0;
  for (let hart = 0, at = bucketOf(address); at < counts.length; hart++, at += BUCKETS) {
    const there = hart === own ? 0 : Atomics.load(counts, at);
    if (there <= 0) continue;
    waiting += there;
    shared.wakeThere(hart, address, left);
  }
  return Math.min(waiting, left);
}

function change({ counts, hart }: SharedWaits, address: bigint, by: number): void {
  Atomics.add(counts, hart * BUCKETS + bucketOf(address), by);
}

function bucketOf(address: bigint): number {
  const low = Number(BigInt.asUintN(32, address >> 2n));
  return (Math.imul(low, 0x9e37_79b1) >>> 24) % BUCKETS;
}

/** The value where somebody is to wait; the access is known to be aligned and in bounds. */
function valueAt(memory: WebAssembly.Memory, { address, wide }: WaitPlace): bigint {
  const { buffer } = memory;
  if (wide) return BigInt.asUintN(64, Atomics.load(new BigInt64Array(buffer, Number(address), 1), 0));
  return BigInt(Atomics.load(new Int32Array(buffer, Number(address), 1), 0) >>> 0);
}
