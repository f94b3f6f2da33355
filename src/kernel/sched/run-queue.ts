/**
 * Which thread runs next: weighted fair sharing between jobs, then between the threads of a job.
 *
 * Every group (job) keeps its ready members, threads and groups that have ready threads, ordered
 * by virtual runtime: time run divided by weight. The member that is furthest behind runs. A
 * member that becomes ready starts at most `SLEEPER_CREDIT_MS` behind the others, so sleeping
 * earns no claim on the past.
 *
 * Fair shares alone would make a thread that sleeps 5 ms and works 0.2 ms wait for a whole round
 * of a hundred spinners. Therefore a thread that just woke enters a *latency queue* in front of
 * the fair ones, as long as its credit lasts: credit refills with time at `LATENCY_SHARE` of one
 * processor, up to `LATENCY_BURST_MS`, and running on it uses it up. The latency queue as a whole
 * may be `LATENCY_SLICE_MS` of processor time ahead of the fair queue while that waits, so no number of such
 * threads takes more than half of the time from the rest.
 *
 * Pure: times are given, in milliseconds; nothing here knows threads' stacks or the host.
 */
import { Heap } from "./heap.ts";
import type { HeapEntry } from "./heap.ts";

export const SLEEPER_CREDIT_MS = 3;
export const LATENCY_SHARE = 0.1;
export const LATENCY_BURST_MS = 2;
export const LATENCY_SLICE_MS = 1;
export const WEIGHT_MIN = 1;
export const WEIGHT_MAX = 10_000;
export const WEIGHT_DEFAULT = 100;

abstract class Member implements HeapEntry {
  /** Virtual runtime. */
  key = 0;
  heapIndex = -1;
  heapOrder = 0;
  readonly group: RunGroup | undefined;
  readonly weight: number;

  constructor(group: RunGroup | undefined, weight: number) {
    this.group = group;
    this.weight = Math.min(WEIGHT_MAX, Math.max(WEIGHT_MIN, weight));
  }
}

export class RunGroup extends Member {
  readonly ready = new Heap<Member>();
  /** Highest virtual runtime at which a member was dispatched: where newcomers start. */
  clock = 0;

  constructor(parent: RunGroup | undefined, weight: number) {
    super(parent, weight);
  }
}

/** The schedulable side of a thread. */
export class Runnable extends Member {
  override readonly group: RunGroup;
  latencyCredit = LATENCY_BURST_MS;
  creditAtMs = 0;
  /** Valid while the thread is in the latency queue. */
  latencyNext: Runnable | undefined = undefined;
  latencyPrev: Runnable | undefined = undefined;
  inLatency = false;
  /** Whether the latency queue dispatched it last. */
  viaLatency = false;

  constructor(group: RunGroup, weight: number) {
    super(group, weight);
    this.group = group;
  }

  get queued(): boolean {
    return this.inLatency || this.heapIndex !== -1;
  }
}

export class RunQueue<T extends Runnable = Runnable> {
  readonly root = new RunGroup(undefined, WEIGHT_DEFAULT);
  #latencyHead: T | undefined = undefined;
  #latencyTail: T | undefined = undefined;
  /** Time that latency dispatches are ahead of fair ones. */
  #latencySpentMs = 0;
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** A thread that had the processor and could go on. */
  requeue(thread: T): void {
    this.#count++;
    this.#enqueueFair(thread);
  }

  /** A thread that waited, or is new, can run. */
  wake(thread: T, nowMs: number): void {
    this.#count++;
    for (let member: Member = thread; member.group !== undefined; member = member.group) {
      if (member.heapIndex === -1) member.key = Math.max(member.key, member.group.clock - (SLEEPER_CREDIT_MS * WEIGHT_DEFAULT) / member.weight);
    }
    thread.latencyCredit = Math.min(LATENCY_BURST_MS, thread.latencyCredit + (nowMs - thread.creditAtMs) * LATENCY_SHARE);
    thread.creditAtMs = nowMs;
    if (thread.latencyCredit > 0) this.#enqueueLatency(thread);
    else this.#enqueueFair(thread);
  }

  /** Takes out the thread that should run now. */
  next(): T | undefined {
    if (this.#count === 0) return undefined;
    this.#count--;
    const latency = this.#latencyHead;
    if (latency !== undefined && (this.#latencySpentMs < LATENCY_SLICE_MS || this.root.ready.size === 0)) {
      this.#dequeueLatency(latency);
      latency.viaLatency = true;
      return latency;
    }
    let group = this.root;
    for (;;) {
      const member = group.ready.min!;
      group.clock = Math.max(group.clock, member.key);
      if (member instanceof Runnable) {
        this.#dequeueFair(member);
        member.viaLatency = false;
        return member as T;
      }
      group = member as RunGroup;
    }
  }

  /** Takes out a thread that must not run. */
  remove(thread: T): void {
    if (!thread.queued) return;
    this.#count--;
    if (thread.inLatency) this.#dequeueLatency(thread);
    else this.#dequeueFair(thread);
  }

  /** Adds time that `thread`, which is not queued, has run to its virtual runtime and to those of its groups. */
  charge(thread: T, ms: number): void {
    thread.latencyCredit -= ms;
    // What they ran while nobody else wanted to is not held against them.
    if (!thread.viaLatency) this.#latencySpentMs = Math.max(0, this.#latencySpentMs - ms);
    else if (this.root.ready.size > 0) this.#latencySpentMs += ms;
    for (let member: Member = thread; member.group !== undefined; member = member.group) {
      const key = member.key + (ms * WEIGHT_DEFAULT) / member.weight;
      if (member.heapIndex === -1) member.key = key;
      else member.group.ready.update(member, key);
    }
  }

  #enqueueFair(thread: Runnable): void {
    for (let member: Member = thread; member.group !== undefined; member = member.group) {
      member.group.ready.push(member);
      if (member.group.heapIndex !== -1) return;
    }
  }

  #dequeueFair(thread: Runnable): void {
    for (let member: Member = thread; member.group !== undefined; member = member.group) {
      member.group.ready.remove(member);
      if (member.group.ready.size > 0) return;
    }
  }

  #enqueueLatency(thread: T): void {
    thread.inLatency = true;
    thread.latencyPrev = this.#latencyTail;
    thread.latencyNext = undefined;
    if (this.#latencyTail === undefined) this.#latencyHead = thread;
    else this.#latencyTail.latencyNext = thread;
    this.#latencyTail = thread;
  }

  #dequeueLatency(thread: T): void {
    if (thread.latencyPrev === undefined) this.#latencyHead = thread.latencyNext as T | undefined;
    else thread.latencyPrev.latencyNext = thread.latencyNext;
    if (thread.latencyNext === undefined) this.#latencyTail = thread.latencyPrev as T | undefined;
    else thread.latencyNext.latencyPrev = thread.latencyPrev;
    thread.latencyNext = thread.latencyPrev = undefined;
    thread.inLatency = false;
  }
}
