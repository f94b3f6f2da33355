import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { Kernel } from "../kernel.ts";
import type { Process } from "../process.ts";
import { Objects } from "../objects.ts";
import { LimitError } from "./account.ts";
import { Signal } from "./rights.ts";
import { instantiateGuest, testModule } from "../../../test/kernel-guest.ts";

const SPIN = testModule("", `(func (export "spin") (loop $l (call $safepoint) (br $l)))`);
const REASON = { cause: "job", message: "test" } as const;

describe("jobs", () => {
  let kernel: Kernel;
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }));
  });
  after(async () => {
    await kernel.shutdown();
  });

  test("shares of the processor follow the weights of jobs within 5 %, however many threads each has", async () => {
    const parts = [{ weight: 100, threads: 5 }, { weight: 200, threads: 2 }, { weight: 500, threads: 3 }];
    const jobs = parts.map(({ weight, threads }, index) => {
      const job = kernel.createJob(kernel.root, { name: `share-${index}`, weight });
      const process = kernel.createProcess(job, { name: "spin" });
      const { exports } = instantiateGuest(kernel, process, SPIN);
      for (let thread = 0; thread < threads; thread++) process.startThread([exports["spin"]!]);
      return job;
    });
    // Starting takes time of its own; the shares are those of the time after.
    await new Promise((resolve) => setTimeout(resolve, 200));
    /** Largest distance from the fair share, over two seconds. */
    const unfairness = async (): Promise<number> => {
      const before = jobs.map(({ account }) => account.cpuMs);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const used = jobs.map(({ account }, index) => account.cpuMs - before[index]!);
      const all = used.reduce((sum, ms) => sum + ms, 0);
      assert.ok(all > 1000, `only ${all} ms were used`);
      return Math.max(...parts.map(({ weight }, index) => Math.abs(used[index]! / ((all * weight) / 800) - 1)));
    };
    // A host that takes the processor away in the middle of a slice has it charged to whoever ran: then once more.
    let worst = await unfairness();
    for (let again = 0; again < 2 && worst > 0.05; again++) worst = await unfairness();
    assert.ok(worst <= 0.05, `${(worst * 100).toFixed(1)} % from the fair share`);
    const processes = jobs.flatMap((job) => [...job.processes]);
    for (const job of jobs) job.kill(REASON);
    await Promise.all(processes.map(({ exited }) => exited));
    assert.ok(jobs.every(({ ended }) => ended));
  });

  test("a charge goes to all ancestors, and the one that refuses is named with its limit", () => {
    const outer = kernel.createJob(kernel.root, { name: "outer", limits: { processes: 2 } });
    const inner = kernel.createJob(outer, { name: "inner", limits: { memory: 1000 } });
    const made = [kernel.createProcess(inner, { name: "a" }), kernel.createProcess(outer, { name: "b" })];
    assert.throws(() => kernel.createProcess(inner, { name: "c" }), (error: LimitError) => error instanceof LimitError && error.account === "job root/outer" && error.resource === "processes" && error.limit === 2 && error.used === 2);
    assert.equal(inner.account.used("processes"), 1);
    assert.throws(() => made[0]!.account.chargeOrThrow("memory", 1001), (error: LimitError) => error.account === "job root/outer/inner" && error.limit === 1000);
    assert.equal(outer.account.used("memory"), 0, "nothing was charged anywhere");
    for (const process of made) process.kill(REASON);
    assert.equal(outer.account.used("processes"), 0);
  });

  test("what objects cost stays with the job when their process is gone, until they go", () => {
    const job = kernel.createJob(kernel.root, { name: "objects" });
    const objects = new Objects(kernel);
    const process = kernel.createProcess(job, { name: "maker" });
    const event = objects.event(process.charges)!;
    event.retain();
    process.account.chargeOrThrow("memory", 5000);
    process.kill(REASON);
    assert.equal(process.status?.kind, "killed");
    assert.equal(job.account.used("memory"), process.charges.bytes);
    assert.ok(process.charges.bytes > 0);
    event.release();
    assert.equal(job.account.used("memory"), 0);
  });

  test("a killed job ends once its last process has, and a job that nobody holds leaves the tree", async () => {
    const objects = new Objects(kernel);
    const owner = kernel.createProcess(kernel.root, { name: "owner" });
    const object = objects.newJob(kernel.root, { name: "owned" }, owner.charges)!;
    object.retain();
    const { job } = object;
    const process = kernel.createProcess(job, { name: "spin" });
    process.startThread([instantiateGuest(kernel, process, SPIN).exports["spin"]!]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const child = kernel.createJob(job, { name: "below" });
    const below: Process = kernel.createProcess(child, { name: "idle" });
    job.kill(REASON);
    assert.equal(below.status?.kind, "killed");
    assert.equal(object.signals & Signal.ended, process.status === undefined ? 0 : Signal.ended);
    await process.exited;
    assert.equal(object.signals, Signal.ended);
    assert.equal(kernel.createProcess(child, { name: "late" }).status?.kind, "killed");
    assert.ok(kernel.root.children.has(job));
    object.release();
    assert.ok(kernel.root.children.has(job), "the host's job below it keeps it");
    child.abandon();
    assert.ok(!kernel.root.children.has(job));
    owner.kill(REASON);
    assert.equal(owner.charges.objects, 0);
  });
});
