/**
 * Deadlines of waiting threads: one host timer for the earliest of them.
 *
 * Host timers have a grain of a millisecond, so the last stretch is waited out in event-loop turns.
 */
import type { Machine } from "../machine.ts";
import { Heap } from "./heap.ts";
import type { HeapEntry } from "./heap.ts";

/** Under this many milliseconds a host timer is too coarse. */
const TURN_WAIT_MS = 1;

export class Deadline implements HeapEntry {
  key = 0;
  heapIndex = -1;
  heapOrder = 0;
  readonly expire: () => void;

  constructor(expire: () => void) {
    this.expire = expire;
  }

  get pending(): boolean {
    return this.heapIndex !== -1;
  }
}

export class Deadlines {
  readonly #machine: Machine;
  readonly #heap = new Heap<Deadline>();
  #cancel: (() => void) | undefined = undefined;
  #timerAt = Infinity;
  #turnWanted = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** `expire` of `deadline` runs at `atMs` or soon after, once. */
  set(deadline: Deadline, atMs: number): void {
    deadline.key = atMs;
    this.#heap.push(deadline);
    this.#arm();
  }

  clear(deadline: Deadline): void {
    if (!deadline.pending) return;
    this.#heap.remove(deadline);
    if (this.#heap.size === 0) this.#stopTimer();
  }

  /** Fires what is due. The scheduler calls it also at its switches, so a busy machine is not late. */
  expireDue(nowMs: number): void {
    for (let first = this.#heap.min; first !== undefined && first.key <= nowMs; first = this.#heap.min) {
      this.#heap.remove(first);
      first.expire();
    }
    this.#arm();
  }

  /** Earliest deadline, `Infinity` when there is none. */
  get earliestMs(): number {
    return this.#heap.min?.key ?? Infinity;
  }

  #arm(): void {
    const first = this.#heap.min;
    if (first === undefined) return this.#stopTimer();
    if (first.key >= this.#timerAt || this.#turnWanted) return;
    const ms = first.key - this.#machine.now();
    if (ms < TURN_WAIT_MS) {
      this.#stopTimer();
      this.#turnWanted = true;
      this.#machine.afterTurn(() => {
        this.#turnWanted = false;
        this.expireDue(this.#machine.now());
      });
      return;
    }
    this.#stopTimer();
    this.#timerAt = first.key;
    // Rounded down: the rest is waited out in turns.
    this.#cancel = this.#machine.timer(Math.min(Math.floor(ms), 2 ** 30), () => {
      this.#timerAt = Infinity;
      this.#cancel = undefined;
      this.expireDue(this.#machine.now());
    }, true);
  }

  #stopTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#timerAt = Infinity;
  }
}
