/**
 * [live.crowd] [live.kib] 10,000 programs that live and wait in one host process, spread over harts: how long a
 * collection of young objects stops a hart, and how much memory each program takes beyond the page that it has.
 */
import { PerformanceObserver, constants } from "node:perf_hooks";
import { CROWD_HARTS, Crowd } from "../crowd.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const SIZE = 10_000;
const WATCH_MS = 3_000;
/** What one program has of its own: a page of 64 KiB, of which it has touched one page of the host's. */
const OWN_BYTES = 4096;

/** Young collections of the host thread while it makes garbage, in milliseconds. */
async function youngPauses(): Promise<number[]> {
  const pauses: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as readonly (PerformanceEntry & { readonly detail?: { readonly kind?: number } })[]) {
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR) pauses.push(duration);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const until = performance.now() + WATCH_MS;
  let kept: unknown = undefined;
  while (performance.now() < until) {
    for (let count = 0; count < 20_000; count++) kept = { count, bytes: [count] };
    await new Promise((resolve) => setImmediate(resolve));
  }
  void kept;
  await new Promise((resolve) => setTimeout(resolve, 10));
  observer.disconnect();
  return pauses;
}

async function measureCrowd(): Promise<Measured> {
  const crowd = await Crowd.start();
  const before = await youngPauses();
  const started = performance.now();
  await crowd.growTo(SIZE);
  const filledMs = performance.now() - started;
  const shares = await crowd.shares();
  const pauses = await youngPauses();
  const killing = performance.now();
  for (const member of crowd.members) member.kill();
  await Promise.all(crowd.members.map(({ exited }) => exited));
  const killedMs = performance.now() - killing;
  await crowd.close();
  return {
    // Of the host thread, which is a hart with as many programs as the others.
    value: median(pauses), runs: pauses.length, spread: spread(pauses),
    against: { name: "the same without the programs", value: median(before) },
    parts: [
      { name: "the shortest", value: Math.min(...pauses), unit: "ms", against: { name: "the same without the programs", value: Math.min(...before) } },
      { name: "programs on one hart, at most", value: Math.max(...shares), unit: "programs" },
      { name: "start each, over all harts", value: (filledMs * 1e3) / SIZE, unit: "µs" },
      { name: "kill each, over all harts", value: (killedMs * 1e3) / SIZE, unit: "µs" },
    ],
    notes: [`${SIZE.toLocaleString("en-US")} programs over ${CROWD_HARTS} harts; time of day, so a host that is busy with other work makes pauses longer`],
  };
}

async function measureKib(): Promise<Measured> {
  const crowd = await Crowd.start();
  await crowd.growTo(100);
  const before = process.memoryUsage.rss();
  const from = crowd.members.length;
  await crowd.growTo(SIZE);
  const each = (process.memoryUsage.rss() - before) / (SIZE - from);
  await crowd.close();
  return {
    value: (each - OWN_BYTES) / 1024, runs: 1,
    notes: [`resident memory of the host process with ${SIZE.toLocaleString("en-US")} waiting programs over ${CROWD_HARTS} harts, less what it was with 100, garbage included, and less the part of its page that a program has touched`],
  };
}

export const liveCrowd: Row = {
  name: "live.crowd",
  meaning: "a collection of young objects while 10,000 programs live in one host process, spread over harts",
  unit: "ms",
  target: { of: "value", at: "most", bound: 3 },
  limitMs: 200_000,
  measure: measureCrowd,
};

export const liveKib: Row = {
  name: "live.kib",
  meaning: "memory of one of 10,000 waiting programs, host and harts included, beyond its own pages",
  unit: "KiB",
  target: { of: "value", at: "most", bound: 64 },
  limitMs: 200_000,
  measure: measureKib,
};
