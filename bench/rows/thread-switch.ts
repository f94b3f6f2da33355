/**
 * [switch] Handing the processor from one thread to the next: `sched_yield` in a loop, with two
 * threads and with a hundred. Includes the WASI call, the scheduler and the accounts. Beside it:
 * two bare stacks of the host that resume each other and do nothing else.
 */
import { boot } from "../../src/node.ts";
import { YIELD, moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const SWITCHES = 100_000;
const COUNTS = [2, 100] as const;

/** Two stacks, each parked until the other resumes it; gives nanoseconds for each switch. */
function bareSwitch(): () => Promise<number> {
  const module = new WebAssembly.Module(moduleOf(`
    (import "host" "yield" (func $yield))
    (func (export "run") (param $n i32)
      (loop $again (call $yield) (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))`));
  let other: (() => void) | undefined;
  let mine!: () => void;
  const executor = (resolve: () => void): void => {
    mine = resolve;
  };
  const give = new WebAssembly.Suspending(() => {
    const parked = new Promise<void>(executor);
    const next = other;
    other = mine;
    next?.();
    return parked;
  });
  const resumeLast = (): void => other?.();
  const instance = new WebAssembly.Instance(module, { host: { yield: give } });
  const run = WebAssembly.promising(instance.exports["run"] as never) as unknown as (n: number) => Promise<void>;
  return async () => {
    other = undefined;
    const started = threadCpuMs();
    const ends = [run(SWITCHES / 2), run(SWITCHES / 2)];
    // The one that ends first leaves the other parked.
    await Promise.race(ends);
    resumeLast();
    await Promise.all(ends);
    return ((threadCpuMs() - started) * 1e6) / SWITCHES;
  };
}

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const samplers = await Promise.all(COUNTS.map(async (count) => {
    const program = await os.compile(YIELD(SWITCHES / count));
    return async (): Promise<number> => {
      const started = threadCpuMs();
      const processes = await Promise.all(Array.from({ length: count }, () => os.spawn(program, { stdout: "null", stderr: "null" })));
      const ends = await Promise.all(processes.map(({ exited }) => exited));
      if (ends.some(({ status }) => status !== 0)) throw new Error("a thread did not end well");
      return ((threadCpuMs() - started) * 1e3) / SWITCHES;
    };
  }));
  const bare = bareSwitch();
  const [two, hundred, stacks] = await interleave([...samplers, async () => (await bare()) / 1e3], { warmUp: 4, rounds: 15 }) as [number[], number[], number[]];
  const against = { name: "two bare stacks of the host", value: median(stacks) };
  const worse = median(two) > median(hundred) ? two : hundred;
  return {
    value: median(worse),
    against,
    runs: worse.length,
    spread: spread(worse),
    parts: [{ name: "2 threads", value: median(two), unit: "µs", against }, { name: "100 threads", value: median(hundred), unit: "µs", against }],
    notes: ["processor time of the host thread; 100,000 switches a run, start and end of the threads included"],
  };
}

export const threadSwitch: Row = {
  name: "switch",
  meaning: "a voluntary switch from thread to thread through sched_yield, the slower of 2 and 100 threads",
  unit: "µs",
  target: { of: "value", at: "most", bound: 0.7 },
  limitMs: 60_000,
  measure,
};
