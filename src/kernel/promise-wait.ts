/** Waiting for a promise of the host, as a wait like any other. */
import type { Parked, Wait } from "./calls.ts";
import type { Waiter } from "./object/wait-queue.ts";

/** What a call does with the value, the error, and (when its thread was killed meanwhile) the value that comes too late. */
export interface PromiseEnds<T> {
  readonly done: (value: T) => number;
  readonly failed: (error: unknown) => number;
  readonly abandoned: ((value: T) => void) | undefined;
}

/** A wait that ends when `promise` settles; `waiter` is the thread's own, in no queue. `again` blocks on the wait once more. */
export function promiseWait<T>(promise: Promise<T>, reason: string, waiter: Waiter, ends: PromiseEnds<T>, again: (wait: Wait) => Parked): Wait {
  let finish: (() => number) | undefined = undefined;
  let cancelled = false;
  const settle = (then: () => number): void => {
    finish = then;
    waiter.wake();
  };
  promise.then(
    (value) => (cancelled ? ends.abandoned?.(value) : settle(() => ends.done(value))),
    (error: unknown) => (cancelled ? undefined : settle(() => ends.failed(error))),
  );
  const wait: Wait = {
    reason,
    queues: [],
    // Another wake of this thread may still be on its way; only the promise ends this wait.
    resume: () => (finish === undefined ? again(wait) : finish()),
    cancel: () => {
      cancelled = true;
    },
  };
  return wait;
}
