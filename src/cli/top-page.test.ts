import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessSnapshot } from "#os";
import { processRow } from "./process-row.ts";
import type { SeenSystem } from "./systems.ts";
import { TopPage } from "./top-page.ts";

const process = (id: number, figures: Partial<ProcessSnapshot> = {}): ProcessSnapshot => ({
  id, hart: 0, name: `p${id}`, job: "root", state: "running", waitsFor: null, cpuMs: 0, wallMs: 0, memory: 0, peakMemory: 0, output: 0, handles: 0, switches: 0, threadCount: 1, threads: [], ...figures,
});
const system = (nowMs: number, processes: readonly ProcessSnapshot[], host = "7"): SeenSystem => ({
  address: { host, pid: 7, path: "" },
  snapshot: { nowMs, machine: "test", switches: 0, started: 0, ends: { exited: 0, kills: {}, faults: {} }, jobs: [], processes, unlisted: 0 },
});
/** Names and shares of the processes, in the order of the page. */
const shares = (lines: readonly string[]): [string, number][] => lines.flatMap((line) => {
  const match = /root {2}(p\d) .*?(\d+\.\d) +\d+:/.exec(line);
  return match === null ? [] : [[match[1]!, Number(match[2])] as [string, number]];
});

test("shares are those since the page before, on the first page since the start, the busiest first", () => {
  const page = new TopPage();
  assert.deepEqual(shares(page.lines([system(1000, [process(1, { cpuMs: 100, wallMs: 1000 }), process(2, { cpuMs: 500, wallMs: 1000 })])])), [["p2", 50], ["p1", 10]]);
  assert.deepEqual(shares(page.lines([system(3000, [process(1, { cpuMs: 1600, wallMs: 3000 }), process(2, { cpuMs: 500, wallMs: 3000 })])])), [["p1", 75], ["p2", 0]]);
});

test("another system under the same number does not give a share below zero", () => {
  const page = new TopPage();
  page.lines([system(9000, [process(1, { cpuMs: 5000, wallMs: 9000 })])]);
  assert.deepEqual(shares(page.lines([system(100, [process(1, { cpuMs: 50, wallMs: 100 })])])), [["p1", 50]]);
});

test("names that would break the columns are quoted, and long ones cut", () => {
  const cell = (name: string): string => processRow("1", process(1, { name }))[3]!;
  assert.equal(cell("plain.wasm"), "plain.wasm");
  assert.equal(cell("two  words"), '"two  words"');
  assert.equal(cell("a\nb\u001b[2J"), '"a\\u{a}b\\u{1b}[2J"');
  assert.equal(cell("x".repeat(100)), `${"x".repeat(40)}…`);
  assert.equal(cell(""), '""');
});
