import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { compile } from "watr";
import { NodeMachine } from "#machine/node";
import { Engine, Linker, Memory, Module, Store } from "#wasm";
import type { Instance, MemoryType } from "#wasm";
import { Kernel } from "../kernel.ts";
import type { Process } from "../process.ts";
import { ThreadState } from "../thread.ts";
import type { Entry } from "../thread.ts";

/** Waits and wakes at address 64 (and 72 for i64); a log of who ran when stands from address 1024 on. */
const GUEST = `
  (memory (export "memory") 1 1 shared)
  (global $logged (mut i32) (i32.const 0))
  (func $log (param i32)
    (i32.store8 offset=1024 (global.get $logged) (local.get 0))
    (global.set $logged (i32.add (global.get $logged) (i32.const 1))))
  (func $wait (param $who i32) (param $timeout i64)
    (call $log (local.get $who))
    (call $log (i32.add (i32.const 100) (memory.atomic.wait32 offset=60 (i32.const 4) (i32.const 0) (local.get $timeout))))
    (call $log (local.get $who)))
  (func (export "first") (call $wait (i32.const 1) (i64.const -1)))
  (func (export "second") (call $wait (i32.const 2) (i64.const -1)))
  (func (export "third") (call $wait (i32.const 3) (i64.const -1)))
  (func (export "brief") (call $wait (i32.const 4) (i64.const 5000000)))
  (func (export "at once") (call $wait (i32.const 5) (i64.const 0)))
  (func (export "unequal")
    (call $log (memory.atomic.wait32 (i32.const 64) (i32.const 7) (i64.const -1)))
    (call $log (memory.atomic.wait64 (i32.const 64) (i64.const 7) (i64.const -1))))
  (func (export "wide") (call $log (i32.add (i32.const 100) (memory.atomic.wait64 (i32.const 64) (i64.const 0) (i64.const -1)))) (call $log (i32.const 6)))
  (func (export "wake one") (call $log (i32.add (i32.const 200) (memory.atomic.notify (i32.const 64) (i32.const 1)))))
  (func (export "wake two") (call $log (i32.add (i32.const 200) (memory.atomic.notify offset=64 (i32.const 0) (i32.const 2)))))
  (func (export "wake all") (call $log (i32.add (i32.const 200) (memory.atomic.notify (i32.const 64) (i32.const -1)))))
  (func (export "wake elsewhere") (call $log (i32.add (i32.const 200) (memory.atomic.notify (i32.const 128) (i32.const -1)))))
  (func (export "catching") (loop $again
    (block $h (try_table (catch_all $h) (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1)))))
    (br $again)))
  (func (export "ping") (local $n i32)
    (loop $l
      (i32.atomic.store (i32.const 200) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 200) (i32.const 1)))
      (block $go (loop $w
        (br_if $go (i32.eqz (i32.atomic.load (i32.const 200))))
        (drop (memory.atomic.wait32 (i32.const 200) (i32.const 1) (i64.const -1)))
        (br $w)))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000)))))
  (func (export "pong") (local $n i32)
    (loop $l
      (block $go (loop $w
        (br_if $go (i32.atomic.load (i32.const 200)))
        (drop (memory.atomic.wait32 (i32.const 200) (i32.const 0) (i64.const -1)))
        (br $w)))
      (i32.atomic.store (i32.const 200) (i32.const 0))
      (drop (memory.atomic.notify (i32.const 200) (i32.const 1)))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000)))))`;

const TRAPS = `
  (memory $plain 1) (memory $shared 1 1 shared) (memory $wide i64 1 1 shared)
  (func (export "unshared") (drop (memory.atomic.wait32 $plain (i32.const 0) (i32.const 0) (i64.const -1))))
  (func (export "misaligned wait") (drop (memory.atomic.wait32 $shared (i32.const 2) (i32.const 0) (i64.const -1))))
  (func (export "misaligned wide wait") (drop (memory.atomic.wait64 $shared (i32.const 4) (i64.const 0) (i64.const -1))))
  (func (export "misaligned notify") (drop (memory.atomic.notify $shared (i32.const 1) (i32.const 0))))
  (func (export "distant wait") (drop (memory.atomic.wait32 $shared offset=65532 (i32.const 4) (i32.const 0) (i64.const -1))))
  (func (export "distant notify") (drop (memory.atomic.notify $shared offset=0xffffffff (i32.const -3) (i32.const 0))))
  (func (export "distant wait in a wide memory") (drop (memory.atomic.wait32 $wide offset=0xfffffff8 (i64.const -0xfffffff0) (i32.const 0) (i64.const -1))))
  (func (export "good")
    (drop (memory.atomic.notify $plain (i32.const 0) (i32.const 1)))
    (if (i32.ne (memory.atomic.wait64 $wide offset=8 (i64.const 8) (i64.const 0) (i64.const 1)) (i32.const 2)) (then unreachable))
    (if (memory.atomic.notify $wide (i64.const 16) (i32.const 1)) (then unreachable)))`;

describe("waits at shared memories", () => {
  let kernel: Kernel;
  let guest: Module;
  let traps: Module;
  const engine = new Engine();
  const bugs: unknown[] = [];
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }), { onBug: (error) => bugs.push(error) });
    guest = await Module.compile(engine, compile(`(module ${GUEST})`) as Uint8Array);
    traps = await Module.compile(engine, compile(`(module ${TRAPS})`) as Uint8Array);
  });
  after(async () => {
    await kernel.shutdown();
    assert.deepEqual(bugs, []);
  });

  const until = async (reached: () => boolean): Promise<void> => {
    const end = performance.now() + 5000;
    while (!reached() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const blocked = (process: Process, threads: number) => (): boolean => [...process.threads].filter(({ state }) => state === ThreadState.blocked).length === threads;
  const entry = (instance: Instance, name: string): Entry => instance.func(name)!.raw as unknown as Entry;

  /** A process with one instance of the guest, and one thread for each list of entries. */
  function start(module: Module, ...threads: readonly (readonly string[])[]): { process: Process; instance: Instance; thread(...names: string[]): void; log(): number[] } {
    const process = kernel.createProcess(kernel.root, { name: "guest" });
    const store = new Store(engine, { safepoints: kernel.hooks });
    process.store = store;
    const instance = new Linker(engine).instantiatePre(module).create(store);
    const memory = instance.memory("memory")?.raw;
    const thread = (...names: string[]): void => void process.startThread(names.map((name) => entry(instance, name)));
    for (const names of threads) thread(...names);
    const log = (): number[] => {
      const bytes = new Uint8Array(memory!.buffer, 1024);
      return [...bytes.subarray(0, bytes.indexOf(0))];
    };
    return { process, instance, thread, log };
  }

  test("a notify wakes as many as it says, the longest waiting first", async () => {
    const { process, thread, log } = start(guest, ["first"], ["second"], ["third"]);
    await until(blocked(process, 3));
    assert.deepEqual(log(), [1, 2, 3]);
    thread("wake elsewhere", "wake two");
    await until(() => process.threads.size === 1);
    assert.deepEqual(log().slice(0, 5), [1, 2, 3, 200, 202]);
    // Which of them runs first is the scheduler's choice.
    assert.deepEqual(log().slice(5).sort((a, b) => a - b), [1, 2, 100, 100]);
    thread("wake all", "wake all");
    assert.deepEqual(await process.exited, { kind: "exited", status: 0 });
    assert.deepEqual([...process.threads], []);
    assert.deepEqual(log().slice(9).sort((a, b) => a - b), [3, 100, 200, 201]);
  });

  test("a wake ends a wait of 64 bits, another value is told at once", async () => {
    const { process, thread, log } = start(guest, ["wide"]);
    await until(blocked(process, 1));
    thread("wake one");
    await process.exited;
    assert.deepEqual(log(), [201, 100, 6]);
    const unequal = start(guest, ["unequal"]);
    await unequal.process.exited;
    assert.deepEqual(unequal.log(), [1, 1]);
  });

  test("a wait gives up when its time has passed, and is not counted by a later notify", async () => {
    const { process, log } = start(guest, ["brief", "at once", "wake all"]);
    const began = performance.now();
    assert.deepEqual(await process.exited, { kind: "exited", status: 0 });
    assert.ok(performance.now() - began >= 4.5);
    assert.deepEqual(log(), [4, 102, 4, 5, 102, 5, 200]);
  });

  test("two threads hand a value to and fro", async () => {
    const { process } = start(guest, ["ping"], ["pong"]);
    assert.deepEqual(await process.exited, { kind: "exited", status: 0 });
    assert.ok(process.usage().switches >= 2000, `${process.usage().switches} switches`);
  });

  test("a thread that waits is killed, also inside catch_all, and waits no more", async () => {
    const waiting = start(guest, ["catching"], ["first"]);
    await until(blocked(waiting.process, 2));
    waiting.process.kill({ cause: "request", message: "test" });
    assert.equal((await waiting.process.exited).kind, "killed");
    assert.equal(waiting.process.usage().threads, 0);
  });

  test("threads of two processes meet at a memory that both import", async () => {
    const module = await Module.compile(engine, compile(`(module
      (import "m" "memory" (memory 1 1 shared))
      (func (export "wait") (if (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 2000000000)) (then unreachable)))
      (func (export "wake") (if (i32.ne (memory.atomic.notify (i32.const 8) (i32.const 9)) (i32.const 1)) (then unreachable))))`) as Uint8Array);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const type: MemoryType = { kind: "memory", addr: "i32", limits: { min: 1n, max: 1n }, shared: true, pageSizeLog2: 16 };
    const lone = (name: string): Process => {
      const process = kernel.createProcess(kernel.root, { name });
      const store = new Store(engine, { safepoints: kernel.hooks });
      process.store = store;
      const linker = new Linker(engine);
      linker.define("m", "memory", store.wrapped(memory, (raw) => new Memory(store, raw, type)));
      process.startThread([entry(linker.instantiatePre(module).create(store), name)]);
      return process;
    };
    const waiter = lone("wait");
    await until(blocked(waiter, 1));
    assert.deepEqual(await lone("wake").exited, { kind: "exited", status: 0 });
    assert.deepEqual(await waiter.exited, { kind: "exited", status: 0 });
  });

  test("what the instructions refuse traps as without a kernel", async () => {
    const expected: Record<string, string> = {
      "unshared": "expected-shared-memory",
      "misaligned wait": "unaligned-atomic",
      "misaligned wide wait": "unaligned-atomic",
      "misaligned notify": "unaligned-atomic",
      "distant wait": "out-of-bounds-memory-access",
      "distant notify": "out-of-bounds-memory-access",
      "distant wait in a wide memory": "out-of-bounds-memory-access",
    };
    for (const [name, trap] of Object.entries(expected)) {
      const { process } = start(traps, [name]);
      const status = await process.exited;
      assert.ok(status.kind === "fault", name);
      assert.equal(status.fault.trap?.trap, trap, name);
      assert.equal(status.fault.trap?.frames.length, 1, name);
    }
    assert.deepEqual(await start(traps, ["good"]).process.exited, { kind: "exited", status: 0 });
  });
});
