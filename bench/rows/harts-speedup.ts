/**
 * [harts.speedup] Two programs that only compute: both on one hart against one on each of two harts. The quickest runs of each,
 * since other work on the machine takes cores away from them.
 */
import { boot } from "../../src/node.ts";
import type { Program, System } from "../../src/node.ts";
import { interleave } from "../interleave.ts";
import { moduleOf } from "../guests.ts";
import type { Measured, Row } from "../row.ts";
import { spread } from "../statistics.ts";

/** Some 50 ms of arithmetic. */
const COMPUTE = moduleOf(`
  (func (export "_start") (local $n i32) (local $x i64)
    (local.set $n (i32.const 40000000))
    (local.set $x (i64.const 88172645463325252))
    (loop $again
      (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i64.eqz (local.get $x)) (then unreachable)))`);

async function together(os: System, program: Program, harts: readonly number[]): Promise<number> {
  const started = performance.now();
  const processes = await Promise.all(harts.map((hart) => os.spawn(program, { hart, stdout: "null", stderr: "null" })));
  for (const { exited } of processes) if ((await exited).status !== 0) throw new Error("a program did not end well");
  return performance.now() - started;
}

async function measure(): Promise<Measured> {
  await using os = await boot({ harts: 3, cacheFolder: false });
  const program = await os.compile(COMPUTE);
  const [one = [], two = [], alone = []] = await interleave([
    () => together(os, program, [1, 1]),
    () => together(os, program, [1, 2]),
    () => together(os, program, [1]),
  ], { warmUp: 2, rounds: 25 });
  const best = (samples: readonly number[]): number => Math.min(...samples);
  return {
    value: best(one) / best(two), runs: two.length, spread: spread(two),
    parts: [
      { name: "both on one hart", value: best(one), unit: "ms" },
      { name: "on two harts", value: best(two), unit: "ms" },
      { name: "one program alone", value: best(alone), unit: "ms" },
    ],
    notes: ["time of day, the quickest of the runs; the host has to have two cores free at least then"],
  };
}

export const hartsSpeedup: Row = {
  name: "harts.speedup",
  meaning: "two programs that compute on two harts against both on one",
  unit: "ratio",
  target: { of: "value", at: "least", bound: 1.8 },
  limitMs: 120_000,
  measure,
};
