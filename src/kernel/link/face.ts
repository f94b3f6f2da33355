/**
 * The face of a hart: the words by which other harts reach it and see how busy it is. They lie in the
 * page of its preemption flag, which every hart of a system has.
 *
 * `flag` is what guests look at: 0, `TICK` from the clock, or `CALLED` from another hart. `pending` says
 * that a ring has something, `asleep` that nobody looks before `asleep` is notified. The rest
 * is written by the hart itself and read by those that place processes and count mappings.
 */
export const FaceWord = {
  flag: 0, pending: 16, asleep: 32,
  /** Threads that could run, about. */
  runnable: 48,
  /** Processes, those on their way included. */
  processes: 49,
  stacks: 50, memories: 51,
} as const;

/** Values of `flag` that are not 0. */
export const TICK = 1;
export const CALLED = 2;

/** Tells the hart with this face that one of its rings has something. */
export function callHart(face: Int32Array): void {
  Atomics.store(face, FaceWord.pending, 1);
  Atomics.compareExchange(face, FaceWord.flag, 0, CALLED);
  if (Atomics.load(face, FaceWord.asleep) === 1 && Atomics.compareExchange(face, FaceWord.asleep, 1, 0) === 1) Atomics.notify(face, FaceWord.asleep);
}
