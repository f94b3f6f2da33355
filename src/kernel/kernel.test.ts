import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { BLOCK, DIE } from "./calls.ts";
import type { HostFunction } from "./calls.ts";
import { Kernel } from "./kernel.ts";
import { LimitError } from "./object/account.ts";
import { WaitQueue } from "./object/wait-queue.ts";
import type { Process, ProcessOptions } from "./process.ts";
import { instantiateGuest, testModule } from "../../test/kernel-guest.ts";

const SPIN = testModule("", `
  (global $n (export "n") (mut i64) (i64.const 0))
  (func (export "spin") (loop $l (call $safepoint) (global.set $n (i64.add (global.get $n) (i64.const 1))) (br $l)))
  (func (export "stubborn")
    (loop $again
      (block $h (try_table (catch_all $h) (loop $l (call $safepoint) (br $l))))
      (br $again)))
  (func $deep (param i32) (call $safepoint) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "brief") (call $deep (i32.const 10)))
  (func $forever (call $forever) (call $forever))
  (func (export "overflow") (call $forever))
  (func (export "trap") (drop (i32.div_u (i32.const 1) (i32.const 0))))`);

const CALLS = testModule(`(import "h" "call" (func $call (param i32) (result i32)))`, `
  (global $sum (export "sum") (mut i32) (i32.const 0))
  (func (export "once") (global.set $sum (call $call (i32.const 7))))
  (func (export "catching")
    (loop $again
      (block $h (try_table (catch_all $h) (drop (call $call (i32.const 7)))))
      (call $safepoint)
      (br $again)))`);

describe("kernel", () => {
  let kernel: Kernel;
  const bugs: unknown[] = [];
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }), { onBug: (error) => bugs.push(error) });
  });
  after(async () => {
    await kernel.shutdown();
    assert.equal(kernel.mappings.stacks, 0);
  });

  const create = (options: Partial<ProcessOptions> = {}): Process => kernel.createProcess(kernel.root, { name: "guest", ...options });
  const start = (entry: string, options: Partial<ProcessOptions> = {}): Process => {
    const process = create(options);
    process.startThread([instantiateGuest(kernel, process, SPIN).exports[entry]!]);
    return process;
  };
  const kill = (process: Process): void => process.kill({ cause: "request", message: "test" });
  const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const call = (call: HostFunction["call"], mayBlock = true): HostFunction => ({ name: "call", type: { kind: "func", params: ["i32"], results: ["i32"] }, mayBlock, call });
  const caller = (entry: string, fn: HostFunction, process = create()): { process: Process; sum(): number } => {
    const guest = instantiateGuest(kernel, process, CALLS, [fn]);
    process.startThread([guest.exports[entry]!]);
    return { process, sum: () => (guest.instance.exports["sum"] as WebAssembly.Global<"i32">).value };
  };

  test("a thread that returns ends its process with status 0", async () => {
    assert.deepEqual(await start("brief").exited, { kind: "exited", status: 0 });
  });

  test("a trap and a stack overflow are faults", async () => {
    for (const entry of ["trap", "overflow"]) {
      const status = await start(entry).exited;
      assert.equal(status.kind, "fault", entry);
    }
  });

  test("a spinning thread leaves the host its turns and is killed, also inside catch_all", async () => {
    for (const entry of ["spin", "stubborn"]) {
      const process = start(entry);
      while (process.usage().cpuMs < 5) await turn(5);
      assert.equal(process.status, undefined);
      kill(process);
      const status = await process.exited;
      assert.equal(status.kind, "killed");
      assert.equal(process.usage().threads, 0);
    }
  });

  test("a call that goes on in pieces leaves the host its turns, and is killed between two of them", async () => {
    let pieces = 0;
    let sinceTurn = 0;
    let most = 0;
    const piece = (): number => {
      for (const until = performance.now() + 0.2; performance.now() < until; );
      most = Math.max(most, ++sinceTurn);
      return ++pieces === 3000 ? 1 : kernel.block({ reason: "piece", queues: [], deadlineMs: performance.now(), resume: piece });
    };
    const { process } = caller("once", call(piece));
    while (pieces < 500 && process.status === undefined) {
      await new Promise(setImmediate);
      sinceTurn = 0;
    }
    assert.ok(most < 150, `${most} pieces without a turn, of 5 in a quantum`);
    kill(process);
    assert.equal((await process.exited).kind, "killed");
  });

  test("a process that never ran can be killed", async () => {
    const process = start("spin");
    kill(process);
    assert.equal((await process.exited).kind, "killed");
    assert.equal(process.usage().switches, 0);
    const threadless = create();
    kill(threadless);
    assert.equal((await threadless.exited).kind, "killed");
  });

  test("equal threads share the processor equally, weights in proportion", async () => {
    const processes = [100, 100, 300].map((weight) => {
      const process = create({ weight });
      process.startThread([instantiateGuest(kernel, process, SPIN).exports["spin"]!]);
      return process;
    });
    await turn(500);
    processes.forEach(kill);
    const [a, b, c] = processes.map((process) => process.usage().cpuMs) as [number, number, number];
    // Wide bounds: other programs of the host take the processor away in the middle of quanta. The exact
    // shares are tested on a virtual clock, in sched/run-queue.test.ts.
    assert.ok(Math.abs(a / b - 1) < 0.4, `${a} ms and ${b} ms`);
    assert.ok(c / a > 2 && c / a < 4.5, `${c} ms and ${a} ms`);
  });

  test("cpu, wall and share limits hold", async () => {
    const cpu = start("spin", { limits: { cpuMs: 30 } });
    const cpuStatus = await cpu.exited;
    assert.ok(cpuStatus.kind === "killed" && cpuStatus.reason.cause === "cpu limit");
    assert.ok(cpu.usage().cpuMs >= 30 && cpu.usage().cpuMs < 90, `${cpu.usage().cpuMs} ms`);

    const wall = start("spin", { limits: { wallMs: 30 } });
    const wallStatus = await wall.exited;
    assert.ok(wallStatus.kind === "killed" && wallStatus.reason.cause === "wall limit");

    const share = start("spin", { limits: { cpuShare: 0.2 } });
    await turn(500);
    kill(share);
    const used = share.usage().cpuMs / share.usage().wallMs;
    // A busy host gives less.
    assert.ok(used > 0.02 && used < 0.35, `share ${used}`);
  });

  test("a job's limits bind all its processes, and killing it kills what is being created", async () => {
    const job = kernel.createJob(kernel.root, { name: "tenant", limits: { processes: 2, cpuMs: 40 } });
    const spin = (): Process => {
      const process = kernel.createProcess(job, { name: "spinner" });
      process.startThread([instantiateGuest(kernel, process, SPIN).exports["spin"]!]);
      return process;
    };
    const pair = [spin(), spin()];
    assert.throws(() => spin(), (error) => error instanceof LimitError && error.resource === "processes" && error.account === "job root/tenant");
    for (const process of pair) assert.equal((await process.exited).kind, "killed");
    job.kill({ cause: "job", message: "job killed" });
    const late = kernel.createProcess(job, { name: "late" });
    assert.equal((await late.exited).kind, "killed");
    assert.equal(job.account.used("processes"), 0);
  });

  test("a plain answer, a blocked answer, a promised answer and a yield come back to the guest", async () => {
    const queue = new WaitQueue();
    let open = false;
    const ways: Record<string, (context: Process) => number> = {
      plain: () => 42,
      blocked: (process) => process.current().block({ reason: "test", queues: [queue], resume: () => (open ? 42 : process.current().block({ reason: "again", queues: [queue], resume: () => 42 })) }),
      promised: (process) => process.current().await(turn(5).then(() => 42), "test", (value) => value, () => 0),
      failed: (process) => process.current().await(turn(5).then(() => Promise.reject(new Error("no"))), "test", () => 0, () => 42),
      deadline: (process) => process.current().block({ reason: "test", queues: [queue], deadlineMs: performance.now() + 5, resume: (wake) => (wake === "deadline" ? 42 : 0) }),
      past: (process) => process.current().block({ reason: "test", queues: [], deadlineMs: 0, resume: () => 42 }),
      yielded: (process) => process.current().yield(42),
    };
    for (const [name, way] of Object.entries(ways)) {
      const process = create();
      const guest = caller("once", call(() => way(process)), process);
      if (name === "blocked") {
        await turn(5);
        queue.wakeAll();
        await turn(1);
        open = true;
        queue.wakeAll();
      }
      assert.deepEqual(await process.exited, { kind: "exited", status: 0 }, name);
      assert.equal(guest.sum(), 42, name);
    }
    assert.ok(queue.isEmpty);
  });

  test("kill of a blocked thread cancels its wait and passes catch_all", async () => {
    const queue = new WaitQueue();
    let cancelled = 0;
    const process = create();
    caller("catching", call(() => process.current().block({ reason: "test", queues: [queue], resume: () => 0, cancel: () => cancelled++ })), process);
    while (queue.isEmpty) await turn(1);
    kill(process);
    assert.equal((await process.exited).kind, "killed");
    assert.equal(cancelled, 1);
    assert.ok(queue.isEmpty);
  });

  test("an abandoned promise's value is given back", async () => {
    const process = create();
    const abandoned: number[] = [];
    let called = false;
    let finish!: () => void;
    const late = new Promise<void>((resolve) => (finish = resolve));
    caller("once", call(() => {
      called = true;
      return process.current().await(late.then(() => 5), "test", (v) => v, () => 0, (v) => abandoned.push(v));
    }), process);
    while (!called) await turn(1);
    kill(process);
    await process.exited;
    finish();
    await turn(1);
    assert.deepEqual(abandoned, [5]);
  });

  test("exit ends the process from inside a call, DIE from a kill by itself", async () => {
    const process = create();
    caller("catching", call(() => process.exit(3)), process);
    assert.deepEqual(await process.exited, { kind: "exited", status: 3 });
    const own = create();
    caller("catching", call(() => { kill(own); return DIE; }), own);
    assert.equal((await own.exited).kind, "killed");
  });

  test("kill inside a plain call takes effect at the next safepoint", async () => {
    const process = create();
    caller("catching", call(() => { kill(process); return 0; }, false), process);
    assert.equal((await process.exited).kind, "killed");
  });

  test("a mistake of ours in a call ends that process only and is told to the host", async () => {
    for (const mayBlock of [true, false]) {
      const process = create();
      caller("catching", call(() => { throw new TypeError("ours"); }, mayBlock), process);
      const status = await process.exited;
      assert.ok(status.kind === "killed" && status.reason.cause === "bug");
      assert.match(String(bugs.pop()), /ours/);
    }
    assert.deepEqual(await start("brief").exited, { kind: "exited", status: 0 });
  });

  test("output is charged and its limit kills", async () => {
    const process = create({ limits: { output: 10 } });
    caller("catching", call(() => (process.chargeOutput(4) ? 0 : DIE)), process);
    const status = await process.exited;
    assert.ok(status.kind === "killed" && status.reason.cause === "output limit");
    assert.equal(process.usage().output, 8);
  });

  test("several threads of one process run side by side and end together", async () => {
    const process = create();
    const guest = instantiateGuest(kernel, process, SPIN);
    process.startThread([guest.exports["spin"]!]);
    process.startThread([guest.exports["spin"]!]);
    process.startThread([guest.exports["brief"]!]);
    while (process.usage().threads !== 2) await turn(1);
    await turn(5);
    assert.equal(process.usage().threads, 2);
    kill(process);
    await process.exited;
    assert.equal(process.usage().threads, 0);
  });

  test("1,000 kills in every state leave no stack, thread or wait behind", async () => {
    const queue = new WaitQueue();
    for (let round = 0; round < 10; round++) {
      const processes: Process[] = [];
      for (let i = 0; i < 100; i++) {
        if (i % 3 === 0) processes.push(start("stubborn"));
        else {
          const process = create();
          caller("catching", call(() => (i % 3 === 1 ? process.current().block({ reason: "test", queues: [queue], resume: () => BLOCK }) : process.current().yield(0))), process);
          processes.push(process);
        }
      }
      await turn(2);
      processes.forEach(kill);
      for (const process of processes) assert.equal((await process.exited).kind, "killed");
    }
    assert.ok(queue.isEmpty);
    assert.equal([...kernel.processes].length, 0);
    assert.equal(kernel.root.account.used("threads"), 0);
    assert.deepEqual(bugs, []);
  });
});
