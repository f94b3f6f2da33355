/** The preemption clock of a Node host: one timekeeper thread per kernel, asleep while nothing runs. */
import { Worker } from "node:worker_threads";
import type { PreemptionClock } from "#kernel";
import { ClockState } from "./clock-state.ts";
import type { TimekeeperData } from "./clock-state.ts";

export function startPreemption(flag: SharedArrayBuffer, quantumMs: number): Promise<PreemptionClock> {
  const control = new SharedArrayBuffer(8);
  const words = new Int32Array(control);
  const data: TimekeeperData = { flag, control, quantumMs };
  const file = import.meta.url.endsWith(".ts") ? "./timekeeper.ts" : "./timekeeper.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData: data, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } });
  const clock: PreemptionClock = {
    arm() {
      if (Atomics.load(words, 0) !== ClockState.asleep) return;
      if (Atomics.compareExchange(words, 0, ClockState.asleep, ClockState.armed) === ClockState.asleep) Atomics.notify(words, 0);
    },
    close() {
      Atomics.store(words, 0, ClockState.closed);
      Atomics.notify(words, 0);
    },
  };
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", () => {
      worker.off("error", reject);
      worker.unref();
      resolve(clock);
    });
  });
}
