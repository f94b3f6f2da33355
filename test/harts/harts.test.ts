/** Programs on other harts behave as on the first one. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { boot, hostDir, memory } from "../../src/node.ts";
import type { Process } from "../../src/node.ts";
import { COPY, COPY_FILE, SPIN, TRAP, WAIT, until, wat } from "./support.ts";

const os = await boot({ harts: 3, cacheFolder: false });
after(() => os.close());

const harts = [0, 1, 2];

test("programs run on the hart that is named, and end as they do anywhere", async () => {
  const exit = await os.compile(wat(`(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (func (export "_start") (call $exit (i32.const 7)))`));
  const trap = await os.compile(TRAP, { name: "trap" });
  const renamed = await os.compile(TRAP, { name: "renamed" });
  const numbers = new Set<number>();
  for (const hart of harts) {
    const again = await os.spawn(renamed, { hart });
    assert.equal(again.name, "renamed");
    assert.deepEqual((await again.exited).fault?.trap?.frames.map(({ module }) => module.name), ["renamed", "renamed"]);
    const ended = await os.spawn(exit, { hart });
    assert.deepEqual(await ended.exited, { status: 7 });
    const faulty = await os.spawn(trap, { hart, core: true, history: true });
    const { fault } = await faulty.exited;
    assert.equal(fault?.trap?.trap, "unreachable");
    assert.deepEqual(fault.trap.frames.map(({ module, funcIndex }) => [module.name, funcIndex]), [["trap", 0], ["trap", 1]]);
    assert.ok(fault.core!.length > 8);
    assert.equal(fault.process, faulty.id);
    numbers.add(ended.id).add(faulty.id);
  }
  assert.equal(numbers.size, 2 * harts.length, "no two processes have the same number");
  await assert.rejects(os.spawn(exit, { hart: 3 }), (error: Error & { code?: string }) => error.code === "os/hart-none");
});

test("what cannot be started is refused with the error that it has on one hart", async () => {
  const none = await os.compile(wat(`(func (export "other"))`));
  const large = await os.compile(wat(`(memory 64) (func (export "_start"))`));
  for (const hart of harts) {
    await assert.rejects(os.spawn(none, { hart }), (error: Error & { code?: string }) => error.constructor.name === "ProgramError" && error.code === "os/no-start");
    await assert.rejects(os.spawn(large, { hart, limits: { memory: "1 MiB" } }), (error: Error & { code?: string; resource?: string; limit?: number }) =>
      error.constructor.name === "LimitError" && error.code === "kernel/limit" && error.resource === "memory" && error.limit === 1024 ** 2);
  }
});

test("standard streams carry any amount, with back-pressure, in all modes", async () => {
  const copy = await os.compile(COPY);
  const bytes = new Uint8Array(700_001);
  for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 7 + (index >> 8)) & 0xff;
  for (const hart of harts) {
    const buffered = await os.spawn(copy, { hart, stdin: bytes });
    assert.deepEqual(await buffered.exited, { status: 0 });
    assert.deepEqual(Buffer.from(await buffered.stdout!.bytes()), Buffer.from(bytes));
    assert.equal(buffered.usage().output, bytes.length);

    const piped = await os.spawn(copy, { hart, stdin: "pipe", stdout: "pipe" });
    const writer = piped.stdin!.getWriter();
    const writing = (async () => {
      for (let at = 0; at < bytes.length; at += 50_000) await writer.write(bytes.subarray(at, at + 50_000));
      await writer.close();
    })();
    // Nobody reads: what is under way is bounded, so the writer has to wait.
    await until(() => piped.usage().output >= 64 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(piped.usage().output < 400_000, `${piped.usage().output} bytes were written though nobody reads`);
    assert.deepEqual(Buffer.from(await piped.stdout!.bytes()), Buffer.from(bytes));
    await writing;
    assert.deepEqual(await piped.exited, { status: 0 });
  }
});

test("kill, limits, signals, usage and traces reach a program on another hart", async () => {
  const spin = await os.compile(SPIN);
  const wait = await os.compile(WAIT);
  for (const hart of harts) {
    const spinning = await os.spawn(spin, { hart });
    await until(() => spinning.usage().cpuMs > 3);
    spinning.kill("enough");
    assert.deepEqual(await spinning.exited, { killed: "request", message: "enough" });
    assert.equal((await (await os.spawn(spin, { hart, limits: { cpu: "20 ms" } })).exited).killed, "cpu limit");
    assert.equal((await (await os.spawn(wait, { hart, stdin: "pipe", limits: { wall: "20 ms" } })).exited).killed, "wall limit");
    const abort = new AbortController();
    const aborted = await os.spawn(spin, { hart, signal: abort.signal });
    abort.abort(new Error("no more"));
    assert.deepEqual(await aborted.exited, { killed: "request", message: "aborted: no more" });
    const lines: string[] = [];
    const traced = await os.spawn(wait, { hart, trace: (line) => lines.push(line) });
    await traced.exited;
    assert.match(lines.join("\n"), /fd_read\(0/);
    const numbered = await os.spawn(spin, { hart });
    assert.equal(await os.kill(numbered.id, "by its number"), true);
    assert.deepEqual(await numbered.exited, { killed: "request", message: "by its number" });
    assert.equal(await os.kill(numbered.id, "again"), false);
  }
});

test("file systems that are given work from any hart", async () => {
  const copy = await os.compile(COPY_FILE);
  const folder = mkdtempSync(join(tmpdir(), "isola-harts-"));
  try {
    for (const hart of harts) {
      const files = memory({ files: { in: `memory ${hart}` } });
      assert.deepEqual(await (await os.spawn(copy, { hart, fs: { "/": files } })).exited, { status: 0 });
      assert.deepEqual(await (await os.spawn(await os.compile(COPY_FILE), { hart, fs: { "/": files } })).exited, { status: 0 });
      const reader = await os.spawn(copy, { hart: 0, fs: { "/": files } });
      assert.deepEqual(await reader.exited, { status: 0 });

      writeFileSync(join(folder, "in"), `host ${hart}`);
      using dir = { fs: hostDir(folder, { write: true }), [Symbol.dispose]() { this.fs.close(); } };
      assert.deepEqual(await (await os.spawn(copy, { hart, fs: { "/": dir.fs } })).exited, { status: 0 });
      assert.equal(readFileSync(join(folder, "out"), "utf8"), `host ${hart}`);
      const denied = hostDir(folder);
      assert.notDeepEqual(await (await os.spawn(copy, { hart, fs: { "/": denied } })).exited, { status: 0 });
      denied.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("programs are placed where the least is to do, and a snapshot shows all harts", async () => {
  const spin = await os.compile(SPIN);
  const started: Process[] = [];
  for (let count = 0; count < 6; count++) {
    started.push(await os.spawn(spin));
    // Its hart tells of it once it runs.
    await until(() => started.at(-1)!.usage().switches > 0);
  }
  const { processes } = await os.snapshot();
  for (const hart of harts) assert.equal(processes.filter((process) => process.hart === hart).length, 2, JSON.stringify(processes.map(({ hart: at }) => at)));
  assert.deepEqual(processes.map(({ id }) => id), started.map(({ id }) => id));
  for (const process of started) process.kill();
  await Promise.all(started.map(({ exited }) => exited));
  assert.deepEqual((await os.snapshot()).processes, []);
});

test("a job's limits hold over all harts together", async () => {
  const exit = await os.compile(wat(`(func (export "_start"))`));
  const wait = await os.compile(WAIT);
  const job = os.createJob({ name: "few", limits: { processes: 4 } });
  const started = [];
  for (const hart of [0, 1, 2, 1]) started.push(await os.spawn(wait, { hart, job, stdin: "pipe" }));
  for (const hart of harts) {
    await assert.rejects(os.spawn(exit, { hart, job }), (error: Error & { account?: string; resource?: string; used?: number }) =>
      error.constructor.name === "LimitError" && error.account === "job root/few" && error.resource === "processes" && error.used === 4);
  }
  const shown = (await os.snapshot()).jobs.filter(({ name }) => name === "root/few");
  assert.deepEqual(shown.map(({ processes }) => processes), [4]);
  started[1]!.kill();
  await started[1]!.exited;
  assert.deepEqual(await (await os.spawn(exit, { hart: 2, job })).exited, { status: 0 });
  job.kill({ cause: "job", message: "all of it" });
  for (const process of [started[0]!, started[2]!, started[3]!]) assert.deepEqual(await process.exited, { killed: "job", message: "all of it" });
  assert.equal(job.ended, true);
});

test("a CPU limit and a CPU share of a job are of all harts together", async () => {
  const spin = await os.compile(SPIN);
  const limited = os.createJob({ name: "limited", limits: { cpuMs: 150 } });
  const ends = await Promise.all(harts.map(async (hart) => (await os.spawn(spin, { hart, job: limited })).exited));
  assert.deepEqual(ends.map(({ killed }) => killed), ["cpu limit", "cpu limit", "cpu limit"]);
  assert.ok(limited.account.cpuMs >= 150 && limited.account.cpuMs < 300, `${limited.account.cpuMs} ms`);

  const shared = os.createJob({ name: "shared", limits: { cpuShare: 0.4 } });
  const started = await Promise.all(harts.map((hart) => os.spawn(spin, { hart, job: shared })));
  await until(() => started.every((process) => process.usage().switches > 0));
  const [from, cpu] = [os.machine.now(), shared.account.cpuMs];
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const share = (shared.account.cpuMs - cpu) / (os.machine.now() - from);
  assert.ok(share < 0.5, `a share of ${share}`);
  for (const process of started) process.kill();
  await Promise.all(started.map(({ exited }) => exited));
});

test("a job that is killed takes what is being started in it on other harts", async () => {
  const spin = await os.compile(SPIN);
  for (let round = 0; round < 20; round++) {
    const job = os.createJob({ name: `doomed ${round}` });
    const starting = harts.flatMap((hart) => [os.spawn(spin, { hart, job }), os.spawn(spin, { hart, job })]);
    if (round % 2 === 1) await starting[round % starting.length];
    job.kill({ cause: "job", message: "now" });
    for (const start of await Promise.allSettled(starting)) {
      if (start.status === "fulfilled") assert.equal((await start.value.exited).killed, "job");
    }
    await until(() => job.account.used("processes") === 0);
  }
  assert.deepEqual((await os.snapshot()).processes, []);
});
