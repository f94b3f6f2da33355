/**
 * The clock outside the host thread: a worker that raises preemption flags.
 *
 * It sleeps until armed, then stores 1 into the flag each quantum. When the flag has stayed up for
 * `IDLE_QUANTA` quanta nobody runs guest code, and it goes back to sleep by itself; the flag is
 * left up, so the next safepoint that is met arms the clock again.
 *
 * Only `preemption.ts` loads this, as the entry of a worker. Nothing may import it: whoever uses the
 * system may do so in a worker, too.
 */
import { parentPort, workerData } from "node:worker_threads";
import { ClockState } from "./clock-state.ts";
import type { TimekeeperData } from "./clock-state.ts";

const IDLE_QUANTA = 16;

function keepTime({ flag, control, quantumMs }: TimekeeperData): void {
  const flags = new Int32Array(flag);
  const words = new Int32Array(control);
  for (;;) {
    Atomics.wait(words, 0, ClockState.asleep);
    if (Atomics.load(words, 0) === ClockState.closed) return;
    for (let idle = 0; idle < IDLE_QUANTA && Atomics.load(words, 0) === ClockState.armed; ) {
      Atomics.wait(words, 1, 0, quantumMs);
      idle = Atomics.exchange(flags, 0, 1) === 1 ? idle + 1 : 0;
    }
    Atomics.compareExchange(words, 0, ClockState.armed, ClockState.asleep);
  }
}

parentPort!.postMessage("ready");
keepTime(workerData as TimekeeperData);
