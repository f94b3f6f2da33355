/**
 * The clock outside the host thread: a worker that raises preemption flags.
 *
 * It sleeps until armed, then stores 1 into the flag each quantum. When the flag has stayed up for
 * `IDLE_QUANTA` quanta nobody runs guest code, and it goes back to sleep by itself; the flag is
 * left up, so the next safepoint that is met arms the clock again.
 */
import { parentPort, workerData } from "node:worker_threads";

export const ClockState = { asleep: 0, armed: 1, closed: 2 } as const;
const IDLE_QUANTA = 16;

export interface TimekeeperData {
  readonly flag: SharedArrayBuffer;
  /** Word 0: ClockState. Word 1: never written, to sleep on. */
  readonly control: SharedArrayBuffer;
  readonly quantumMs: number;
}

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

if (parentPort !== null) {
  parentPort.postMessage("ready");
  keepTime(workerData as TimekeeperData);
}
