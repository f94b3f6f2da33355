/**
 * [fairness.100] Whether equal threads get equal shares: a hundred programs count for some seconds,
 * and Jain's index is taken over how far each one came. What the accounts say is a part.
 */
import { boot } from "../../src/node.ts";
import type { Process } from "../../src/node.ts";
import { moduleOf } from "../guests.ts";
import type { Measured, Row } from "../row.ts";
import { jain, quantile } from "../statistics.ts";

const THREADS = 100;
const SECONDS = 6;
/**
 * Where the counter is. At the start of a page it would lie in the same set of the processor's cache as the
 * preemption flag, and where the ways collide as well, which the address of a memory decides by chance, a loop of four
 * instructions takes twice as long.
 */
const AT = 2112;
const COUNT = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (memory (export "memory") 1)
  (func (export "_start") (loop $count (i64.store (i32.const ${AT}) (i64.add (i64.load (i32.const ${AT})) (i64.const 1))) (br $count)))`);

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const program = await os.compile(COUNT());
  // Compiled by the host's optimizing compiler before it counts.
  const warm = await os.spawn(program);
  await new Promise((resolve) => setTimeout(resolve, 200));
  warm.kill();
  await warm.exited;
  const counters: Process[] = [];
  for (let count = 0; count < THREADS; count++) counters.push(await os.spawn(program));
  const memories = os.processes().map((process) => {
    const [instance] = process.store!.instances; // it runs
    return instance!.memory("memory")!.raw;
  });
  const reached = (): number[] => memories.map((memory) => Number(new DataView(memory.buffer).getBigUint64(AT, true)));
  const used = (): number[] => counters.map((counter) => counter.usage().cpuMs);
  // The first have run while the last were started, in which there were fewer to share with.
  const [progressBefore, chargedBefore] = [reached(), used()];
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const progress = reached().map((count, index) => count - progressBefore[index]!);
  const charged = used().map((ms, index) => ms - chargedBefore[index]!);
  for (const counter of counters) counter.kill();
  await Promise.all(counters.map(({ exited }) => exited));
  return {
    value: jain(progress),
    against: { name: "equal shares", value: 1 },
    runs: THREADS,
    parts: [
      { name: "by charged time", value: jain(charged), unit: "Jain", against: { name: "equal shares", value: 1 } },
      { name: "least share over the greatest", value: Math.min(...progress) / Math.max(...progress), unit: "ratio" },
      { name: "p10 share over p90", value: quantile(progress, 0.1) / quantile(progress, 0.9), unit: "ratio" },
    ],
  };
}

export const fairness: Row = {
  name: "fairness.100",
  meaning: "Jain's index over the progress of 100 equal threads that compute",
  unit: "Jain",
  target: { of: "value", at: "least", bound: 0.98 },
  limitMs: 30_000,
  measure,
};
