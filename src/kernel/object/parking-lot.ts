/**
 * Threads that wait at an address of a shared memory: `memory.atomic.wait` and `.notify` of
 * guests, without stopping the host thread that all of them share.
 *
 * A queue exists only while somebody waits in it.
 *
 * Spec: threads exec/instructions, memory.atomic.wait32, wait64 and notify.
 */
import type { CallContext } from "../calls.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Results of `memory.atomic.wait`. */
const WOKEN = 0;
const TIMED_OUT = 2;

export class ParkingLot {
  readonly #memories = new WeakMap<WebAssembly.Memory, Map<bigint, WaitQueue>>();

  /** Blocks the calling thread at `address` until it is notified or `timeoutNs` has passed; a negative time never passes. The guest has compared the value already. */
  wait(context: CallContext, memory: WebAssembly.Memory, address: bigint, timeoutNs: bigint): number {
    let queues = this.#memories.get(memory);
    if (queues === undefined) this.#memories.set(memory, (queues = new Map()));
    let queue = queues.get(address);
    if (queue === undefined) queues.set(address, (queue = new WaitQueue()));
    const leave = (): void => {
      if (queue.isEmpty && queues.get(address) === queue) queues.delete(address);
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

  /** Wakes at most `count` threads that wait at `address`, the longest waiting first; returns how many. */
  notify(memory: WebAssembly.Memory, address: bigint, count: number): number {
    const queue = this.#memories.get(memory)?.get(address);
    if (queue === undefined) return 0;
    let woken = 0;
    while (woken < count && queue.wakeOne()) woken++;
    return woken;
  }
}
