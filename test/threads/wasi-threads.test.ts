/** Programs with threads: several instances on one shared memory, in one process. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ThreadsError, boot } from "isola";
import type { SpawnOptions } from "isola";
import { compile as wat } from "watr";

const os = await boot();
after(() => os.close());

/** Words of memory: 0 counts, 4 is waited at and never notified, 8 counts those that start, 64 a vector for fd_write. */
const module = (main: string, thread: string): string => `(module
  (import "env" "memory" (memory 2 64 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (export "memory" (memory 0))
  (func $wait-for (param $at i32) (param $value i32)
    (local $seen i32)
    (loop $again
      (local.set $seen (i32.atomic.load (local.get $at)))
      (if (i32.ne (local.get $seen) (local.get $value)) (then
        (drop (memory.atomic.wait32 (local.get $at) (local.get $seen) (i64.const -1)))
        (br $again)))))
  (func $count (param $at i32)
    (drop (i32.atomic.rmw.add (local.get $at) (i32.const 1)))
    (drop (memory.atomic.notify (local.get $at) (i32.const -1))))
  (func (export "_start") ${main})
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) ${thread}))`;

async function run(main: string, thread: string, options: SpawnOptions = {}) {
  const program = await os.compile(wat(module(main, thread)), { name: "threads" });
  const process = await os.spawn(program, options);
  return { exit: await process.exited, out: await process.stdout?.text(), usage: process.usage() };
}

test("threads share memory, wait and wake each other, and have numbers of their own", async () => {
  const { exit } = await run(`
    (local $i i32) (local $sum i32)
    (loop $more
      (if (i32.le_s (call $spawn (local.get $i)) (i32.const 0)) (then (call $exit (i32.const 1))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (call $wait-for (i32.const 0) (i32.const 8))
    ;; every thread left its number and its argument
    (local.set $i (i32.const 0))
    (loop $more
      (if (i32.eqz (i32.load (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2))))) (then (call $exit (i32.const 2))))
      (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (i32.const 2048) (i32.shl (local.get $i) (i32.const 2))))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (call $exit (local.get $sum))`, `
    (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $arg) (i32.const 2))) (local.get $tid))
    (i32.store (i32.add (i32.const 2048) (i32.shl (local.get $arg) (i32.const 2))) (local.get $arg))
    (call $count (i32.const 0))`);
  assert.deepEqual(exit, { status: 28 });
});

test("spinning threads share the processor", async () => {
  const { exit } = await run(`
    (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0)))
    (call $wait-for (i32.const 0) (i32.const 2))`, `
    (local $i i32)
    (loop $more (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000000))))
    (call $count (i32.const 0))`);
  assert.deepEqual(exit, { status: 0 });
});

test("the program ends when its first thread returns, whatever others do", async () => {
  const { exit } = await run(`
    (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 1)))
    (call $wait-for (i32.const 8) (i32.const 2))`, `
    (call $count (i32.const 8))
    (if (local.get $arg) (then (call $wait-for (i32.const 4) (i32.const 1))))
    (loop $for-ever (br $for-ever))`);
  assert.deepEqual(exit, { status: 0 });
});

test("it ends at once when a thread exits while others wait", async () => {
  const { exit } = await run(`
    (drop (call $spawn (i32.const 1))) (drop (call $spawn (i32.const 1))) (drop (call $spawn (i32.const 0)))
    (call $wait-for (i32.const 4) (i32.const 1))`, `
    (if (local.get $arg) (then (call $count (i32.const 8)) (call $wait-for (i32.const 4) (i32.const 1))))
    (call $wait-for (i32.const 8) (i32.const 2))
    (call $exit (i32.const 7))`);
  assert.deepEqual(exit, { status: 7 });
});

test("a trap in one thread is a fault of the program, told with the thread's own backtrace", async () => {
  const { exit } = await run(`
    (drop (call $spawn (i32.const 0)))
    (call $wait-for (i32.const 4) (i32.const 1))`, "unreachable");
  assert.equal(exit.fault?.trap?.trap, "unreachable");
  assert.equal(exit.fault.thread, 2);
});

test("kernel calls see the memory that all share, also where another thread grew it", async () => {
  const { exit, out } = await run(`
    (drop (call $spawn (i32.const 0)))
    (call $wait-for (i32.const 0) (i32.const 1))
    ;; the text lies in a page that was not there at the start
    (i32.store (i32.const 64) (i32.const 196608)) (i32.store (i32.const 68) (i32.const 5))
    (call $exit (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72)))`, `
    (if (i32.ne (memory.grow (i32.const 4)) (i32.const 2)) (then (call $exit (i32.const 3))))
    (i32.store (i32.const 196608) (i32.const 0x6c6c6548)) (i32.store8 (i32.const 196612) (i32.const 0x6f))
    (call $count (i32.const 0))`);
  assert.deepEqual([exit, out], [{ status: 0 }, "Hello"]);
});

test("the limit on threads answers the guest, and threads that ended make room", async () => {
  const spawnTwice = `
    (if (i32.le_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $exit (i32.const 1))))
    (if (i32.ge_s (call $spawn (i32.const 0)) (i32.const 0)) (then (call $exit (i32.const 2))))
    (i32.atomic.store (i32.const 4) (i32.const 1)) (drop (memory.atomic.notify (i32.const 4) (i32.const -1)))
    ;; it goes some time after it counted
    (loop $again (br_if $again (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))))`;
  const { exit } = await run(spawnTwice, "(call $wait-for (i32.const 4) (i32.const 1))", { limits: { threads: 2 } });
  assert.deepEqual(exit, { status: 0 });
});

test("making threads without end stops at the limits, the rest of the system goes on", async () => {
  const storm = await run(`
    (local $made i32)
    (loop $more
      (if (i32.gt_s (call $spawn (i32.const 0)) (i32.const 0)) (then (local.set $made (i32.add (local.get $made) (i32.const 1))) (br $more))))
    (call $exit (i32.gt_u (local.get $made) (i32.const 50)))`, "(call $wait-for (i32.const 4) (i32.const 1))", { limits: { threads: 100, cpu: "20 s" } });
  assert.deepEqual(storm.exit, { status: 1 });
  assert.deepEqual((await run("", "")).exit, { status: 0 });
  assert.equal(os.processes().length, 0);
  assert.equal(os.root.account.used("threads"), 0);
  assert.equal(os.root.account.used("memory"), 0);
});

test("threads that come and go leave nothing in the process", async () => {
  const spawning = `(module (import "env" "memory" (memory 1 1 shared)) (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
    (table 10000 funcref)
    (func (export "_start") (local $i i32) (local $tid i32)
      (loop $more
        (if (i32.le_s (local.tee $tid (call $spawn (i32.const 0))) (i32.const 0)) (then unreachable))
        ;; until it has come
        (loop $wait (br_if $wait (i32.ne (i32.atomic.load (i32.const 0)) (local.get $tid))))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300)))))
    (func (export "wasi_thread_start") (param $tid i32) (param i32) (i32.atomic.store (i32.const 0) (local.get $tid))))`;
  const process = await os.spawn(await os.compile(wat(spawning)), { limits: { memory: "2 MiB" } });
  assert.deepEqual(await process.exited, { status: 0 });
  // A table of 10,000 elements counts 160,000 bytes: more than a dozen at once would be too many.
  assert.ok(process.usage().peakMemory < 2 << 20);
});

test("the shared memory counts against the memory limit", async () => {
  await assert.rejects(run("", "", { limits: { memory: "64 KiB" } }), { code: "kernel/limit" });
});

test("a program that could start no thread is refused before it runs", async () => {
  const program = await os.compile(wat(`(module (import "env" "memory" (memory 1 1 shared)) (import "wasi" "thread-spawn" (func (param i32) (result i32))) (func (export "_start")))`));
  await assert.rejects(os.spawn(program), (error) => error instanceof ThreadsError && error.message.includes("wasi_thread_start"));
});

test("200 programs with threads leave nothing behind", async () => {
  const program = await os.compile(wat(module(`
    (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 1)))
    (call $wait-for (i32.const 8) (i32.const 2))`, `
    (call $count (i32.const 8))
    (if (local.get $arg) (then (call $wait-for (i32.const 4) (i32.const 1))))
    (loop $for-ever (br $for-ever))`)));
  for (let round = 0; round < 200; round++) {
    const process = await os.spawn(program);
    if (round % 3 === 0) process.kill("the test says so");
    await process.exited;
  }
  assert.equal(os.root.account.used("threads"), 0);
  assert.equal(os.root.account.used("memory"), 0);
});
