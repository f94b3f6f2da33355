/**
 * [kill.spin.p99] From `kill` to the reaped end of a program that spins, beside what stops a
 * spinning module without safepoints: terminating the worker that it runs in.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { boot } from "../../src/node.ts";
import { SPIN } from "../guests.ts";
import type { Measured, Row } from "../row.ts";
import { median, quantile, spread } from "../statistics.ts";

const ROUNDS = 30;
const KILLS = 15;
const WORKER = new URL("../hosts/spin-worker.ts", import.meta.url);

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const bytes = SPIN();
  const program = await os.compile(bytes);
  const module = await WebAssembly.compile(bytes);
  const ours: number[] = [];
  const workers: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let count = 0; count < KILLS; count++) {
      const process = await os.spawn(program);
      // Somewhere in the middle of a quantum.
      await new Promise((resolve) => setTimeout(resolve, 1 + (count % 5)));
      const started = performance.now();
      process.kill();
      const end = await process.exited;
      ours.push(performance.now() - started);
      if (end.killed !== "request") throw new Error("the program was not killed");
    }
    const worker = new Worker(WORKER, { workerData: { module } });
    await once(worker, "message");
    await new Promise((resolve) => setTimeout(resolve, 2));
    const started = performance.now();
    await worker.terminate();
    workers.push(performance.now() - started);
  }
  return {
    value: quantile(ours, 0.99),
    against: { name: "worker.terminate(), p99", value: quantile(workers, 0.99) },
    runs: ours.length,
    spread: spread(ours),
    parts: [{ name: "p50", value: median(ours), unit: "ms", against: { name: "worker.terminate()", value: median(workers) } }],
  };
}

export const killSpin: Row = {
  name: "kill.spin.p99",
  meaning: "from the kill of a spinning program to its reaped end, p99",
  unit: "ms",
  target: { of: "value", at: "most", bound: 5 },
  limitMs: 120_000,
  measure,
};
