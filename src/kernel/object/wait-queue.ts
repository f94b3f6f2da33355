/**
 * Threads that wait for something to become true.
 *
 * A queue remembers nothing: whoever waits checks its condition first, blocks, and checks again
 * when woken. Waking therefore is allowed at any time and costs only a re-check.
 */

/** One entry of one thread in one queue. A thread that waits for several things has several. */
export class Waiter {
  /** Called once per wake; must only mark the thread ready. */
  readonly wake: () => void;
  // Only the queue writes these.
  queue: WaitQueue | undefined = undefined;
  next: Waiter | undefined = undefined;
  prev: Waiter | undefined = undefined;

  constructor(wake: () => void) {
    this.wake = wake;
  }
}

export class WaitQueue {
  #head: Waiter | undefined = undefined;
  #tail: Waiter | undefined = undefined;

  get isEmpty(): boolean {
    return this.#head === undefined;
  }

  /** Appends `waiter`, which must be in no queue. */
  add(waiter: Waiter): void {
    waiter.queue = this;
    waiter.prev = this.#tail;
    waiter.next = undefined;
    if (this.#tail === undefined) this.#head = waiter;
    else this.#tail.next = waiter;
    this.#tail = waiter;
  }

  /** Takes `waiter` out; nothing happens when it is not in this queue. */
  remove(waiter: Waiter): void {
    if (waiter.queue !== this) return;
    if (waiter.prev === undefined) this.#head = waiter.next;
    else waiter.prev.next = waiter.next;
    if (waiter.next === undefined) this.#tail = waiter.prev;
    else waiter.next.prev = waiter.prev;
    waiter.queue = waiter.next = waiter.prev = undefined;
  }

  /** Wakes the longest waiting entry; false when there is none. */
  wakeOne(): boolean {
    const waiter = this.#head;
    if (waiter === undefined) return false;
    this.remove(waiter);
    waiter.wake();
    return true;
  }

  /** Wakes every entry that waits now; one added by a wake waits for the next call. */
  wakeAll(): void {
    const last = this.#tail;
    while (this.#head !== undefined) {
      const waiter = this.#head;
      this.remove(waiter);
      waiter.wake();
      if (waiter === last) return;
    }
  }
}
