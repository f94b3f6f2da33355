import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSnapshot, SystemSnapshot } from "#kernel";
import { printMetrics } from "./metrics.ts";

const job = (name: string, depth: number, figures: Partial<JobSnapshot> = {}): JobSnapshot =>
  ({ name, depth, processes: 0, threads: 0, handles: 0, memory: 0, peakMemory: 0, cpuMs: 0, ownCpuMs: 0, killed: false, ...figures });
const system = (jobs: readonly JobSnapshot[], more: Partial<SystemSnapshot> = {}): SystemSnapshot =>
  ({ nowMs: 0, machine: "test", switches: 0, started: 0, ends: { exited: 0, kills: {}, faults: {} }, jobs, processes: [], unlisted: 0, ...more });

async function values(snapshot: SystemSnapshot): Promise<Map<string, number>> {
  const { text } = await printMetrics(snapshot);
  return new Map(text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

test("figures per job leave out the jobs below, so that their sums are right", async () => {
  const found = await values(system([
    job("root", 0, { processes: 6, memory: 600, threads: 12, cpuMs: 6000, ownCpuMs: 1000 }),
    job("root/a", 1, { processes: 3, memory: 300, threads: 6, cpuMs: 3000, ownCpuMs: 2500 }),
    job("root/a/b", 2, { processes: 2, memory: 100, threads: 2, cpuMs: 500, ownCpuMs: 500 }),
    job("root/c", 1, { processes: 1, memory: 200, threads: 1, cpuMs: 2000, ownCpuMs: 2000 }),
  ]));
  const of = (name: string): (number | undefined)[] => ["processes", "memory_bytes", "threads", "cpu_seconds_total"].map((what) => found.get(`isola_job_${what}{job="${name}"}`));
  assert.deepEqual(of("root"), [2, 100, 5, 1]);
  assert.deepEqual(of("root/a"), [1, 200, 4, 2.5]);
  assert.deepEqual(of("root/a/b"), [2, 100, 2, 0.5]);
  assert.deepEqual(of("root/c"), [1, 200, 1, 2]);
  assert.equal(found.get("isola_cpu_seconds_total"), 6);
});

test("ends by cause and by trap", async () => {
  const found = await values(system([job("root", 0)], { started: 9, switches: 77, ends: { exited: 4, kills: { "cpu limit": 2 }, faults: { unreachable: 3, none: 1 } } }));
  assert.deepEqual([found.get('isola_kills_total{cause="cpu limit"}'), found.get('isola_faults_total{trap="unreachable"}'), found.get('isola_faults_total{trap="none"}')], [2, 3, 1]);
  assert.deepEqual([found.get("isola_processes_exited_total"), found.get("isola_processes_started_total"), found.get("isola_switches_total")], [4, 9, 77]);
});

test("names that programs choose are escaped, and many jobs share one label", async () => {
  const jobs = [job("root", 0, { processes: 1001 }), job('root/"\n\\', 1, { processes: 1 })];
  for (let index = 0; index < 1000; index++) jobs.push(job(`root/${index}`, 1, { processes: 1 }));
  const found = await values(system(jobs));
  assert.equal(found.get('isola_job_processes{job="root/\\"\\n\\\\"}'), 1);
  const labels = [...found.keys()].filter((name) => name.startsWith("isola_job_processes"));
  assert.equal(labels.length, 201);
  assert.equal(found.get('isola_job_processes{job="(others)"}'), 802);
  assert.equal(labels.reduce((sum, name) => sum + found.get(name)!, 0), 1001);
});
