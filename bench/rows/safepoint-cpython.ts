/**
 * [safepoint.cpython] What safepoints cost a large interpreter.
 *
 * One Python program with ten microbenchmarks times itself (`bench/python/micro.py`), so that starting
 * and compiling do not count. Processes that run it on Isola and on `node:wasi` alternate.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measured, Row } from "../row.ts";
import { geomean, median, spread } from "../statistics.ts";

const ROUNDS = 5;
/** No further round begins after this time: on a machine that is busy with other things one takes many times longer. */
const BUDGET_MS = 90_000;
const RUNNER = fileURLToPath(new URL("../python/run.ts", import.meta.url));
const run = promisify(execFile);

/** Milliseconds by microbenchmark. */
async function times(host: "isola" | "node", cache: string): Promise<Map<string, number>> {
  const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", RUNNER, host, cache], { timeout: 120_000 });
  const lines = stdout.trim().split("\n").map((line) => line.split(" "));
  const found = new Map(lines.map(([name, ms]) => [name ?? "", Number(ms)]));
  if (found.size < 8 || [...found.values()].some((ms) => !(ms > 0))) throw new Error(`Python on ${host} printed ${JSON.stringify(stdout)}`);
  return found;
}

async function measure(): Promise<Measured> {
  const cache = mkdtempSync(join(tmpdir(), "isola-bench-"));
  const samples = { isola: new Map<string, number[]>(), node: new Map<string, number[]>() };
  const started = performance.now();
  let round = 0;
  try {
    for (; round < ROUNDS && (round === 0 || performance.now() - started < BUDGET_MS); round++) {
      for (const host of round % 2 === 0 ? ["node", "isola"] as const : ["isola", "node"] as const) {
        for (const [name, ms] of await times(host, cache)) {
          const list = samples[host].get(name) ?? [];
          list.push(ms);
          samples[host].set(name, list);
        }
      }
    }
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  const parts = [...samples.isola].map(([name, list]) => ({
    name, value: median(list), unit: "ms", against: { name: "node:wasi", value: median(samples.node.get(name) ?? []) },
  }));
  return {
    value: geomean(parts.map(({ value, against }) => value / against.value)),
    against: { name: "untouched, on node:wasi", value: 1 },
    runs: round,
    spread: median([...samples.isola.values()].map(spread)),
    parts: [...parts, {
      name: "geomean of the best",
      value: geomean([...samples.isola].map(([name, list]) => Math.min(...list) / Math.min(...samples.node.get(name) ?? []))),
      unit: "ratio",
      against: { name: "untouched, on node:wasi", value: 1 },
    }],
    ...(round < ROUNDS ? { notes: [`only ${round} of ${ROUNDS} rounds in ${BUDGET_MS / 1000} s`] } : {}),
  };
}

export const safepointCpython: Row = {
  name: "safepoint.cpython",
  meaning: "time of ten CPython microbenchmarks on Isola over that of the untouched interpreter on node:wasi (geometric mean)",
  unit: "ratio",
  target: { of: "value", at: "most", bound: 1.05 },
  limitMs: 300_000,
  measure,
};
