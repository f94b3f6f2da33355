/**
 * [kill.rss.growth] Whether killing leaks: programs with a memory of their own are started, spin and are
 * killed, 100,000 of them after a warm-up. Resident memory, address space and mappings are read after
 * collections through the run, and a line is laid through what was read.
 *
 * The warm-up is 80,000 rounds long, since the heap of the host finds its size until then: of 640,000 rounds the
 * first 80,000 grew by 45 MiB, the other 560,000 by 5.
 */
import { readFileSync } from "node:fs";
import { boot } from "../../src/node.ts";
import type { System } from "../../src/node.ts";
import { SPIN } from "../guests.ts";
import type { Measured, Row } from "../row.ts";
import { slope } from "../statistics.ts";

const WARM_UP = 80_000;
const MEASURED = 100_000;
const KILLS = WARM_UP + MEASURED;
const AT_ONCE = 20;
const SAMPLE_EVERY = 5_000;
/** A deadline within the row's own: with less done than asked for, the row says so. */
const BUDGET_MS = 150_000;

interface Sample {
  readonly kills: number;
  readonly rssMiB: number;
  readonly addressGiB: number;
  readonly mappings: number;
}

async function sample(os: System, kills: number): Promise<Sample> {
  // Twice, with a pause: the host gives memory back on other threads.
  await os.machine.collect();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await os.machine.collect();
  const status = readFileSync("/proc/self/status", "utf8");
  const kiB = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { kills, rssMiB: kiB("VmRSS") / 1024, addressGiB: kiB("VmSize") / 1024 ** 2, mappings: readFileSync("/proc/self/maps", "utf8").split("\n").length - 1 };
}

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const program = await os.compile(SPIN());
  const samples: Sample[] = [];
  const started = performance.now();
  let kills = 0;
  for (; kills < KILLS && performance.now() - started < BUDGET_MS; kills += AT_ONCE) {
    if (kills % SAMPLE_EVERY === 0 && kills >= WARM_UP) samples.push(await sample(os, kills));
    const processes = [];
    for (let count = 0; count < AT_ONCE; count++) processes.push(await os.spawn(program, { stdout: "null", stderr: "null" }));
    // One turn, in which one of them spins for a quantum.
    await new Promise((resolve) => setImmediate(resolve));
    for (const process of processes) process.kill();
    const ends = await Promise.all(processes.map(({ exited }) => exited));
    if (ends.some(({ killed }) => killed !== "request")) throw new Error("a program was not killed");
  }
  const elapsedMs = performance.now() - started;
  samples.push(await sample(os, kills));
  const growth = (field: "rssMiB" | "addressGiB" | "mappings"): number => slope(samples.map((at) => [at.kills, at[field]])) * MEASURED;
  if (samples.length < 2) throw new Error(`only ${kills} rounds in ${BUDGET_MS / 1000} s, all of them warm-up`);
  const first = samples[0]!;
  const last = samples.at(-1)!; // the same
  return {
    value: growth("rssMiB"),
    runs: kills,
    parts: [
      { name: "resident at the end", value: last.rssMiB, unit: "MiB", against: { name: "after the warm-up", value: first.rssMiB } },
      { name: "address space at the end", value: last.addressGiB, unit: "GiB", against: { name: "after the warm-up", value: first.addressGiB } },
      { name: "mappings at the end", value: last.mappings, unit: "", against: { name: "after the warm-up", value: first.mappings } },
      { name: "address space growth", value: growth("addressGiB"), unit: "GiB per 100,000" },
      { name: "mappings growth", value: growth("mappings"), unit: "per 100,000" },
      { name: "a round", value: (elapsedMs * 1000) / kills, unit: "µs" },
    ],
    ...(kills < KILLS ? { notes: [`only ${kills.toLocaleString("en-US")} rounds in ${BUDGET_MS / 1000} s`] } : {}),
  };
}

export const killRss: Row = {
  name: "kill.rss.growth",
  meaning: "growth of resident memory over 100,000 programs that spin and are killed, by the slope after a warm-up of 80,000",
  unit: "MiB",
  target: { of: "value", at: "most", bound: 8 },
  limitMs: 200_000,
  measure,
};
