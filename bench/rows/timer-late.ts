/**
 * [timer.late.p99] Whether the host's own work gets its turn: how late a timer of 5 ms fires while
 * a hundred threads spin, beside the same timer with nothing running, in alternating stretches.
 */
import { boot } from "../../src/node.ts";
import { SPIN } from "../guests.ts";
import type { Measured, Row } from "../row.ts";
import { median, quantile, spread } from "../statistics.ts";

const THREADS = 100;
const PERIOD_MS = 5;
const STRETCHES = 6;
const TICKS = 150;

/** How late each of the ticks was, in milliseconds. */
async function lateness(ticks: number): Promise<number[]> {
  const late: number[] = [];
  while (late.length < ticks) {
    const due = performance.now() + PERIOD_MS;
    await new Promise<void>((resolve) => setTimeout(resolve, PERIOD_MS));
    late.push(performance.now() - due);
  }
  return late;
}

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const program = await os.compile(SPIN());
  const busy: number[] = [];
  const idle: number[] = [];
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    idle.push(...await lateness(TICKS));
    const spinners = [];
    for (let count = 0; count < THREADS; count++) spinners.push(await os.spawn(program));
    busy.push(...await lateness(TICKS));
    if (!spinners.every(({ running }) => running)) throw new Error("a thread did not spin");
    for (const spinner of spinners) spinner.kill();
    await Promise.all(spinners.map(({ exited }) => exited));
  }
  return {
    value: quantile(busy, 0.99),
    against: { name: "nothing running", value: quantile(idle, 0.99) },
    runs: busy.length,
    spread: spread(busy),
    parts: [
      { name: "p50", value: median(busy), unit: "ms", against: { name: "nothing running", value: median(idle) } },
      { name: "max", value: Math.max(...busy), unit: "ms", against: { name: "nothing running", value: Math.max(...idle) } },
    ],
  };
}

export const timerLate: Row = {
  name: "timer.late.p99",
  meaning: "how late a 5 ms timer of the host fires while 100 threads spin, p99",
  unit: "ms",
  target: { of: "value", at: "most", bound: 3 },
  limitMs: 60_000,
  measure,
};
