/** One zero of time for all threads of the process: each has its own zero in `performance.now`. */

/** What to add to `performance.now()` on this thread for the time since the zero of the process's clock. */
export function monotonicOffset(): number {
  // The two readings are some hundred nanoseconds apart; the smallest of a few is the best.
  let best = Infinity;
  for (let time = 0; time < 5; time++) best = Math.min(best, Number(process.hrtime.bigint()) / 1e6 - performance.now());
  return best;
}
