/** Threads of one program on several harts. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { boot } from "isola";
import type { SpawnOptions } from "isola";
import { compile as wat } from "watr";

const os = await boot({ harts: 3 });
after(() => os.close());

const module = (main: string, thread: string): string => `(module
  (import "env" "memory" (memory 2 64 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
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
  ;; a lock: 0 free, 1 held
  (func $lock (param $at i32)
    (loop $again
      (if (i32.atomic.rmw.cmpxchg (local.get $at) (i32.const 0) (i32.const 1)) (then
        (drop (memory.atomic.wait32 (local.get $at) (i32.const 1) (i64.const -1)))
        (br $again)))))
  (func $unlock (param $at i32)
    (i32.atomic.store (local.get $at) (i32.const 0))
    (drop (memory.atomic.notify (local.get $at) (i32.const 1))))
  (func (export "_start") (local $i i32) ${main})
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (local $i i32) ${thread}))`;

const SPAWN = (count: number): string => `(loop $more
  (if (i32.le_s (call $spawn (local.get $i)) (i32.const 0)) (then (call $exit (i32.const 90))))
  (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${count}))))`;

async function run(main: string, thread: string, options: SpawnOptions = {}) {
  const program = await os.compile(wat(module(main, thread)), { name: "threads" });
  const process = await os.spawn(program, { hart: 0, ...options });
  return { exit: await process.exited, out: (await process.stdout?.text()) ?? "", usage: process.usage() };
}

/** Nothing is left of them, here and on the other harts. */
async function settled(): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if ((await os.snapshot()).processes.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail("threads are left behind");
}

test("threads run on all harts, and their calls are those of their process", async () => {
  // Each writes a letter; main waits for all of them.
  const { exit, out } = await run(`${SPAWN(12)} (call $wait-for (i32.const 0) (i32.const 12))`, `
    (local.set $i (i32.add (i32.const 1024) (i32.mul (local.get $arg) (i32.const 32))))
    (i32.store8 (local.get $i) (i32.add (i32.const 97) (local.get $arg)))
    (i32.store offset=8 (local.get $i) (local.get $i)) (i32.store offset=12 (local.get $i) (i32.const 1))
    (if (call $write (i32.const 1) (i32.add (local.get $i) (i32.const 8)) (i32.const 1) (i32.add (local.get $i) (i32.const 16))) (then unreachable))
    (call $count (i32.const 0))`);
  assert.deepEqual(exit, { status: 0 });
  assert.equal([...out].sort().join(""), "abcdefghijkl");
  await settled();
});

test("other harts have a part in it", async () => {
  const program = await os.compile(wat(module(`${SPAWN(6)} (call $wait-for (i32.const 8) (i32.const 1))`, "(loop $for-ever (br $for-ever))")), { name: "spread" });
  const process = await os.spawn(program, { hart: 0 });
  let harts = new Set<number>();
  for (let round = 0; round < 500 && harts.size < 2; round++) {
    harts = new Set((await os.snapshot()).processes.map(({ hart }) => hart));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.kill("seen");
  await process.exited;
  assert.ok(harts.size >= 2);
  await settled();
});

test("a lock holds and no wake is lost, over harts", async () => {
  const { exit } = await run(`${SPAWN(6)} (call $wait-for (i32.const 0) (i32.const 6))
    (call $exit (i32.ne (i32.load (i32.const 256)) (i32.const 6000)))`, `
    (loop $more
      (call $lock (i32.const 128))
      (i32.store (i32.const 256) (i32.add (i32.load (i32.const 256)) (i32.const 1)))
      (call $unlock (i32.const 128))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (call $count (i32.const 0))`);
  assert.deepEqual(exit, { status: 0 });
});

test("the program ends promptly when any thread exits, wherever the others wait, spin or read", async () => {
  const { exit } = await run(`${SPAWN(8)} (call $wait-for (i32.const 4) (i32.const 1))`, `
    (call $count (i32.const 0))
    (if (i32.eq (local.get $arg) (i32.const 7)) (then
      (call $wait-for (i32.const 0) (i32.const 8))
      (call $exit (i32.const 7))))
    (if (i32.eq (i32.and (local.get $arg) (i32.const 3)) (i32.const 0)) (then (loop $for-ever (br $for-ever))))
    (if (i32.eq (i32.and (local.get $arg) (i32.const 3)) (i32.const 1)) (then
      (i32.store (i32.const 512) (i32.const 600)) (i32.store (i32.const 516) (i32.const 8))
      (drop (call $read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 520)))))
    (call $wait-for (i32.const 4) (i32.const 1))`, { stdin: "pipe" });
  assert.deepEqual(exit, { status: 7 });
  await settled();
});

test("a trap on another hart is a fault of the program, with its backtrace", async () => {
  for (let round = 0; round < 6; round++) {
    const { exit } = await run(`${SPAWN(3)} (call $wait-for (i32.const 4) (i32.const 1))`, `
      (call $count (i32.const 0)) (call $wait-for (i32.const 0) (i32.const 3))
      (if (i32.eq (local.get $arg) (i32.const ${round % 3})) (then unreachable))
      (call $wait-for (i32.const 4) (i32.const 1))`);
    assert.equal(exit.fault?.trap?.trap, "unreachable");
    assert.ok((exit.fault.trap?.frames.length ?? 0) > 0);
  }
  await settled();
});

test("a limit on processor time counts the threads of all harts", async () => {
  const { exit, usage } = await run(`${SPAWN(4)} (loop $for-ever (br $for-ever))`, "(loop $for-ever (br $for-ever))", { limits: { cpu: "400 ms" } });
  assert.equal(exit.killed, "cpu limit");
  assert.ok(usage.cpuMs >= 300 && usage.cpuMs < 4000, `${usage.cpuMs} ms`);
  await settled();
});

test("threads are started by threads of other harts, and refused beyond the limit", async () => {
  const { exit } = await run(`${SPAWN(2)} (call $wait-for (i32.const 12) (i32.const 4))
    (call $exit (i32.load (i32.const 256)))`, `
    (if (i32.lt_u (local.get $arg) (i32.const 2)) (then
      ;; of two that each tries to start, and one more that the limit refuses
      (if (i32.le_s (call $spawn (i32.const 5)) (i32.const 0)) (then unreachable))
      (call $wait-for (i32.const 0) (i32.const 2))
      (if (i32.ge_s (call $spawn (i32.const 6)) (i32.const 0)) (then unreachable))
      (call $count (i32.const 8))
      (call $wait-for (i32.const 8) (i32.const 2)))
    (else
      (call $count (i32.const 0))
      (call $wait-for (i32.const 8) (i32.const 2))))
    (call $count (i32.const 12))`, { limits: { threads: 5 } });
  assert.deepEqual(exit, { status: 0 });
  await settled();
});
