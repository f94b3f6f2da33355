/**
 * A kernel object that can be waited for: one word of signals, the threads that wait for it,
 * and observers (entries of wait sets).
 *
 * A signal is a level, not an edge. Whoever waits looks at the word first and blocks only if
 * none of its signals is up; a signal that rises wakes all who wait, and they look again. So
 * a wake is never lost, and one too many only costs a look (INV-5).
 */
import { KernelObject } from "./handle-table.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Entries of wait sets on one object; whoever changes its signals walks them all. */
export const OBSERVERS_MAX = 16_384;

/** Told of every change of the signals. Kept in a list of the object itself. */
export abstract class Observer {
  // Only the object writes these.
  observed: SignalObject | undefined = undefined;
  nextObserver: Observer | undefined = undefined;
  prevObserver: Observer | undefined = undefined;

  /** The word is now `signals`. Must not add or remove observers of the same object. */
  abstract signalsChanged(signals: number): void;
}

export abstract class SignalObject extends KernelObject {
  /** Number of its kind, see `ObjectKind`. */
  abstract readonly kind: number;
  /** Threads that wait for a signal, or to go on with a call on the object. */
  readonly waiters = new WaitQueue();
  #signals: number;
  #observers: Observer | undefined = undefined;
  #observerCount = 0;

  constructor(signals = 0) {
    super();
    this.#signals = signals;
  }

  get signals(): number {
    return this.#signals;
  }

  /** Threads that use the object through the handle look again, and find it gone. */
  override handleGone(): void {
    this.waiters.wakeAll();
  }

  /** False when the object has as many observers as it may have. */
  observe(observer: Observer): boolean {
    if (this.#observerCount >= OBSERVERS_MAX) return false;
    this.#observerCount++;
    observer.observed = this;
    observer.prevObserver = undefined;
    observer.nextObserver = this.#observers;
    if (this.#observers !== undefined) this.#observers.prevObserver = observer;
    this.#observers = observer;
    return true;
  }

  unobserve(observer: Observer): void {
    if (observer.observed !== this) return;
    this.#observerCount--;
    if (observer.prevObserver === undefined) this.#observers = observer.nextObserver;
    else observer.prevObserver.nextObserver = observer.nextObserver;
    if (observer.nextObserver !== undefined) observer.nextObserver.prevObserver = observer.prevObserver;
    observer.observed = observer.nextObserver = observer.prevObserver = undefined;
  }

  protected raise(bits: number): void {
    this.change(bits, 0);
  }
  protected lower(bits: number): void {
    this.change(0, bits);
  }
  /** Raises some signals and lowers others in one step. */
  protected change(raised: number, lowered: number): void {
    const before = this.#signals;
    const now = (before & ~lowered) | raised;
    if (now === before) return;
    this.#signals = now;
    for (let observer = this.#observers; observer !== undefined; observer = observer.nextObserver) observer.signalsChanged(now);
    if ((now & ~before) !== 0) this.waiters.wakeAll();
  }
}
