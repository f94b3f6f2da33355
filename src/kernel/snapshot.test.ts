import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { instantiateGuest, testModule } from "../../test/kernel-guest.ts";
import type { HostFunction } from "./calls.ts";
import { Kernel } from "./kernel.ts";
import type { Job } from "./object/job.ts";
import { WaitQueue } from "./object/wait-queue.ts";
import type { Process } from "./process.ts";
import { THREADS_LISTED, snapshot } from "./snapshot.ts";

const GUEST = testModule(`(import "h" "wait" (func $wait (result i32)))`, `
  (func (export "spin") (loop $l (call $safepoint) (br $l)))
  (func (export "wait") (drop (call $wait)))
  (func (export "trap") unreachable)
  (func (export "end"))`);

let kernel: Kernel;
before(async () => {
  kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }));
});
after(() => kernel.shutdown());

function start(name: string, job: Job, entries: readonly string[]): Process {
  const process = kernel.createProcess(job, { name });
  const wait: HostFunction = {
    name: "wait", type: { kind: "func", params: [], results: ["i32"] }, mayBlock: true,
    call: () => process.current().block({ reason: "a test", queues: [new WaitQueue()], resume: () => 0 }),
  };
  const guest = instantiateGuest(kernel, process, GUEST, [wait]);
  for (const entry of entries) process.startThread([guest.exports[entry]!]);
  return process;
}
/** Until `seen` holds of the snapshot; at most ten seconds, then what was seen last. */
async function snapshotWhen(holds: (seen: ReturnType<typeof snapshot>) => boolean): Promise<ReturnType<typeof snapshot>> {
  const started = performance.now();
  for (;;) {
    const seen = snapshot(kernel);
    if (holds(seen) || performance.now() - started > 10_000) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("processes with their states and reasons, jobs in the order of the tree, and it can be sent away", async () => {
  const a = kernel.createJob(kernel.root, { name: "a" });
  const inner = kernel.createJob(a, { name: "inner" });
  kernel.createJob(kernel.root, { name: "b" });
  const spin = start("spin", a, ["spin", "wait"]);
  const wait = start("wait", inner, ["wait", "wait"]);
  const service = kernel.createProcess(inner, { name: "service" });
  service.stays = true;
  service.startThread([instantiateGuest(kernel, service, GUEST, [{ name: "wait", type: { kind: "func", params: [], results: ["i32"] }, mayBlock: false, call: () => 0 }]).exports["end"]!]);
  const waiting = ({ waitsFor }: { readonly waitsFor: string | null }): boolean => waitsFor !== null;
  const seen = await snapshotWhen(({ processes }) => processes.filter(waiting).length === 2
    && processes.some(({ cpuMs, switches, threads }) => cpuMs > 5 && switches > 1 && threads.some(waiting)));
  const byName = new Map(seen.processes.map((process) => [process.name, process]));
  assert.deepEqual(["spin", "wait", "service"].map((name) => [byName.get(name)?.state, byName.get(name)?.waitsFor, byName.get(name)?.threadCount]), [["running", null, 2], ["blocked", "a test", 2], ["blocked", "calls", 0]]);
  assert.deepEqual(byName.get("spin")?.threads.map(({ state, waitsFor }) => [state, waitsFor]), [["ready", null], ["blocked", "a test"]]);
  assert.deepEqual(seen.jobs.map(({ name, depth, processes }) => [name, depth, processes]), [["root", 0, 3], ["root/a", 1, 3], ["root/a/inner", 2, 2], ["root/b", 1, 0]]);
  assert.ok(byName.get("spin")!.cpuMs > 5 && byName.get("spin")!.switches > 1);
  const [root, jobA, jobInner] = seen.jobs;
  assert.ok(Math.abs(jobA!.ownCpuMs + jobInner!.cpuMs - jobA!.cpuMs) < 1e-6 && root!.cpuMs >= jobA!.cpuMs);
  assert.deepEqual(JSON.parse(JSON.stringify(seen)), seen);
  for (const process of [spin, wait, service]) process.kill({ cause: "request", message: "test" });
  await Promise.all([spin.exited, wait.exited, service.exited]);
  assert.deepEqual(snapshot(kernel).processes, []);
});

test("ends are counted by cause and by trap", async () => {
  const before = snapshot(kernel);
  const processes = [start("end", kernel.root, ["end"]), start("trap", kernel.root, ["trap"]), start("trap", kernel.root, ["trap"]), start("abort", kernel.root, ["spin"]), start("killed", kernel.root, ["spin"])];
  processes[3]!.abort("it broke a rule");
  processes[4]!.kill({ cause: "cpu limit", message: "test" });
  await Promise.all(processes.map((process) => process.exited));
  const { ends, started } = snapshot(kernel);
  assert.equal(started - before.started, 5);
  assert.equal(ends.exited - before.ends.exited, 1);
  // These guests have no store, so that their traps are not known as such.
  assert.deepEqual(ends.faults, { none: 3 });
  assert.equal(ends.kills["cpu limit"], 1);
});

test("of many threads the first are listed, and all are counted", async () => {
  const process = start("many", kernel.root, Array.from({ length: THREADS_LISTED + 10 }, () => "wait"));
  const { processes: [seen] } = await snapshotWhen(({ processes: [only] }) => only?.threads.length === THREADS_LISTED);
  assert.deepEqual([seen?.threads.length, seen?.threadCount], [THREADS_LISTED, THREADS_LISTED + 10]);
  process.kill({ cause: "request", message: "test" });
  await process.exited;
});
