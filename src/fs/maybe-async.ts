/**
 * Procedures whose steps may or may not be asynchronous, written once.
 *
 * A procedure is a generator that hands out a promise only when it has one:
 *
 *     const made = dir.openDirectory(name);
 *     const child = made instanceof Promise ? yield* settled(made) : made;
 *
 * `run` drives it. As long as nothing is handed out it finishes at once and the result is a plain
 * value, so a call into a synchronous file system stays a plain call; `try`/`finally` inside the
 * procedure holds on both ways.
 */
import type { MaybeAsync } from "./interface.ts";

export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits, inside a procedure, for `value` when it is a promise. */
export function* settled<T>(value: MaybeAsync<T>): Steps<T> {
  // What `run` sends back is what this very promise resolved to.
  return value instanceof Promise ? ((yield value) as T) : value;
}

/** Runs `steps` to the end: its value at once when no step was asynchronous, else a promise. */
export function run<T>(steps: Steps<T>): MaybeAsync<T> {
  const first = steps.next();
  return first.done === true ? first.value : runSlow(steps, first.value);
}

async function runSlow<T>(steps: Steps<T>, pending: Promise<unknown>): Promise<T> {
  for (;;) {
    let value: unknown;
    let failed = false;
    try {
      value = await pending;
    } catch (error) {
      failed = true;
      value = error;
    }
    const result = failed ? steps.throw(value) : steps.next(value);
    if (result.done === true) return result.value;
    pending = result.value;
  }
}

/**
 * Does `operation` and gives its value to `done`, or what it failed with to `failed`, whether it
 * answers, throws, resolves or rejects. What `done` throws is not caught.
 */
export function attempt<T, R>(operation: () => MaybeAsync<T>, done: (value: T) => R, failed: (error: unknown) => R): MaybeAsync<R> {
  let value: MaybeAsync<T>;
  try {
    value = operation();
  } catch (error) {
    return failed(error);
  }
  // A promise for R, whichever side made it; `then` flattens nothing else here.
  return value instanceof Promise ? value.then(done, failed) : done(value);
}
