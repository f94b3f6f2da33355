/**
 * Programs that mean harm. Each one must end with a report that a person understands, while a
 * neighbour that does ordinary work beside it is not disturbed and nothing of it is left.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { compile } from "watr";
import { boot, exitReport, memory } from "../../src/node.ts";
import type { Exit, Process, SpawnOptions, System } from "../../src/node.ts";

const NEIGHBOUR = `
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (global $n (mut i32) (i32.const 0))
  (func (export "_start")
    (loop $l (drop (call $yield)) (global.set $n (i32.add (global.get $n) (i32.const 1))) (br $l)))`;

const bytes = (fields: string): Uint8Array => compile(`(module ${fields})`) as Uint8Array;

describe("hostile programs", () => {
  let os: System;
  let neighbour: Process;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
    neighbour = await os.spawn(await os.compile(bytes(NEIGHBOUR)), { name: "neighbour" });
  });
  after(async () => {
    assert.equal(neighbour.running, true, "the neighbour was harmed");
    neighbour.kill();
    await neighbour.exited;
    assert.deepEqual(os.processes(), []);
    for (const resource of ["memory", "processes", "threads", "handles"] as const) assert.equal(os.root.account.used(resource), 0, resource);
    assert.deepEqual(bugs, []);
    await os.close();
  });

  /** Runs a program while the neighbour works; gives how it ended, as a value and as people read it. */
  async function run(fields: string | Uint8Array, options: SpawnOptions = {}): Promise<{ exit: Exit; report: string; process: Process }> {
    const program = await os.compile(typeof fields === "string" ? bytes(fields) : fields, { name: "hostile.wasm" });
    const before = neighbour.usage().switches;
    const process = await os.spawn(program, { limits: { cpu: "300ms", wall: "5s" }, ...options });
    const exit = await process.exited;
    // A program that ends within its first few slices may have been served first, as a newcomer.
    assert.ok(neighbour.usage().switches > before || process.usage().switches <= 5, "the neighbour did not run meanwhile");
    return { exit, report: exitReport(exit, "hostile.wasm"), process };
  }

  const spins: Record<string, string> = {
    "an endless loop without calls": `(func (export "_start") (loop $l (br $l)))`,
    "an endless loop that computes": `(func (export "_start") (local i64) (loop $l (local.set 0 (i64.mul (i64.add (local.get 0) (i64.const 1)) (i64.const 31))) (br $l)))`,
    "a loop in a start function": `(func $s (loop $l (br $l))) (start $s) (func (export "_start"))`,
    "a loop inside catch_all that retries for ever": `
      (func (export "_start") (loop $again (block $h (try_table (catch_all $h) (loop $l (br $l)))) (br $again)))`,
    "a loop of tail calls": `(func $f (return_call $f)) (func (export "_start") (call $f))`,
    "two tail calls through a table": `
      (type $v (func)) (table funcref (elem $a $b))
      (func $a (return_call_indirect (type $v) (i32.const 1))) (func $b (return_call_indirect (type $v) (i32.const 0)))
      (func (export "_start") (call $a))`,
    "a loop of exceptions": `
      (tag $t) (func $throw (throw $t))
      (func (export "_start") (loop $again (block $h (try_table (catch $t $h) (call $throw))) (br $again)))`,
    "calls that double at each level": `
      (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "_start") (call $f (i32.const 1000)))`,
    "memory.copy on the largest memory allowed, for ever": `
      (memory 2048 2048) (func (export "_start") (loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 134217727)) (br $l)))`,
    "memory.fill on the largest memory allowed, for ever": `
      (memory 2048 2048) (func (export "_start") (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 134217728)) (br $l)))`,
    "a growing memory, refused for ever": `
      (memory 1) (func (export "_start") (loop $l (drop (memory.grow (i32.const 16))) (br $l)))`,
    "a growing table, refused for ever": `
      (table 1 funcref) (func (export "_start") (loop $l (drop (table.grow (ref.null func) (i32.const 100000))) (br $l)))`,
    "kernel calls for ever": `
      (import "wasi_snapshot_preview1" "clock_time_get" (func $c (param i32 i64 i32) (result i32)))
      (memory (export "memory") 1) (func (export "_start") (loop $l (drop (call $c (i32.const 0) (i64.const 0) (i32.const 0))) (br $l)))`,
    "giving way for ever": `
      (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
      (func (export "_start") (loop $l (drop (call $y)) (br $l)))`,
  };
  for (const [name, fields] of Object.entries(spins)) {
    test(`${name} meets the cpu limit`, async () => {
      const { exit, report, process } = await run(fields, { limits: { cpu: "100ms", wall: "8s", memory: "256MiB" } });
      assert.equal(exit.killed, "cpu limit", report);
      assert.match(report, /^hostile\.wasm: killed: cpu limit of 0\.1 s reached \(process \d+ \(hostile\.wasm\)\)$/);
      // Time that the host takes away in the middle of a quantum counts as well.
      assert.ok(process.usage().cpuMs < 500, `it ran ${process.usage().cpuMs} ms`);
      assert.ok(process.usage().peakMemory <= 256 * 1024 ** 2);
    });
  }

  const overflows: Record<string, string> = {
    "endless recursion": `(func $f (call $f) (call $f)) (func (export "_start") (call $f))`,
    "mutual recursion through a table": `
      (type $v (func)) (table funcref (elem $a $b))
      (func $a (call_indirect (type $v) (i32.const 1)) (nop)) (func $b (call_indirect (type $v) (i32.const 0)) (nop))
      (func (export "_start") (call $a))`,
    "recursion under catch_all": `
      (func $f (block $h (try_table (catch_all $h) (call $f) (return))) (call $f)) (func (export "_start") (call $f))`,
  };
  for (const [name, fields] of Object.entries(overflows)) {
    test(`${name} is a fault`, async () => {
      const { exit, report } = await run(fields);
      assert.equal(exit.fault?.trap?.trap, "call-stack-exhausted", report);
      assert.match(report, /^hostile\.wasm: wasm trap: call stack exhausted\nwasm backtrace:\n +0: +0x[0-9a-f]+ - hostile\.wasm!/);
    });
  }

  test("flooding standard output is stopped at its limit, and what was written can be read", async () => {
    const { exit, report, process } = await run(`
      (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\00\\10\\00\\00")
      (func (export "_start") (loop $l (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))) (br $l)))`, { limits: { output: "1MiB", wall: "5s" } });
    assert.equal(exit.killed, "output limit", report);
    assert.match(report, /output limit of 1048576 bytes reached/);
    assert.equal((await process.stdout!.bytes()).length, 1024 ** 2);
  });

  test("flooding a pipe that nobody reads blocks the program, and only it", async () => {
    const { exit, process } = await run(`
      (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\00\\10\\00\\00")
      (func (export "_start") (loop $l (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))) (br $l)))`, { stdout: "pipe", limits: { wall: "300ms" } });
    assert.equal(exit.killed, "wall limit");
    assert.ok(process.usage().cpuMs < 100);
  });

  test("opening files without end meets the limit of open files", async () => {
    // Exits with the errno of the first refusal.
    const { exit, process } = await run(`
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 0) "file")
      (func (export "_start") (local $e i32)
        (loop $l
          (local.set $e (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
          (br_if $l (i32.eqz (local.get $e))))
        (call $exit (local.get $e)))`, { fs: { "/": memory() }, limits: { openFiles: 100, wall: "5s" } });
    assert.equal(exit.status, 33, "EMFILE");
    assert.equal(process.usage().handles, 0);
  });

  test("filling a file system meets its limit", async () => {
    const { exit } = await run(`
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 0) "file") (data (i32.const 32) "\\00\\00\\00\\00\\00\\80\\00\\00")
      (func (export "_start") (local $e i32)
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
        (loop $l
          (local.set $e (call $w (i32.load (i32.const 16)) (i32.const 32) (i32.const 1) (i32.const 24)))
          (br_if $l (i32.eqz (local.get $e))))
        (call $exit (local.get $e)))`, { fs: { "/": memory({ limit: 1024 ** 2 }) }, limits: { wall: "5s" } });
    assert.equal(exit.status, 51, "ENOSPC");
  });

  test("a host that is busy in each of its turns leaves programs theirs", async () => {
    const spinning = await os.spawn(await os.compile(bytes(`(func (export "_start") (loop $l (br $l)))`)));
    const rounds = 60;
    for (let round = 0; round < rounds; round++) {
      const until = performance.now() + 4;
      while (performance.now() < until);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { switches } = spinning.usage();
    spinning.kill();
    await spinning.exited;
    assert.ok(switches > rounds / 3, `it ran ${switches} times in ${rounds} turns`);
  });

  test("an abort ends it with the reason in words, whatever that is", async () => {
    for (const [reason, words] of [["enough", "enough"], [new Error("too long"), "too long"], [Object.create(null), "a reason without words"], [Symbol("s"), "Symbol(s)"], [5n, "5"]] as const) {
      const controller = new AbortController();
      const running = run(`(func (export "_start") (loop $l (br $l)))`, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 20);
      const { exit } = await running;
      assert.deepEqual(exit, { killed: "request", message: `aborted: ${words}` });
    }
  });

  test("limits of nothing let nothing run", async () => {
    const hello = `
      (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00hi")
      (func (export "_start") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))`;
    for (const [limit, cause] of [["wall", "wall limit"], ["cpu", "cpu limit"], ["output", "output limit"]] as const) {
      const { exit, process } = await run(hello, { limits: { [limit]: 0 } });
      assert.equal(exit.killed, cause);
      assert.equal(await process.stdout!.text(), "");
    }
  });

  test("sleeping for ever ends at the wall limit and uses no processor", async () => {
    // One clock subscription, monotonic, for 2^62 ns.
    const { exit, process } = await run(`
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 16) "\\01") (data (i32.const 24) "\\00\\00\\00\\00\\00\\00\\00\\40")
      (func (export "_start") (loop $l (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) (br $l)))`, { limits: { wall: "200ms" } });
    assert.equal(exit.killed, "wall limit");
    assert.ok(process.usage().cpuMs < 50, `${process.usage().cpuMs} ms`);
  });

  test("an atomic wait for ever blocks only the program that makes it", async () => {
    const { exit, process } = await run(`
      (memory 1 1 shared)
      (func (export "_start") (loop $l (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))) (br $l)))`, { limits: { wall: "200ms" } });
    assert.equal(exit.killed, "wall limit");
    assert.ok(process.usage().cpuMs < 100, `${process.usage().cpuMs} ms`);
  });

  test("a program that asks for more memory than it may have is not started", async () => {
    await assert.rejects(run(`(memory 2000) (func (export "_start"))`, { limits: { memory: "64MiB" } }), /process \d+ \(hostile\.wasm\): memory limit of 67108864 reached \(0 in use, 131072000 more requested\)/);
    await assert.rejects(run(`(table 9000000 funcref) (func (export "_start"))`, { limits: { memory: "64MiB" } }), /memory limit of 67108864 reached/);
  });

  test("a program with so many memories that none are left for others is not started", async () => {
    await assert.rejects(run(`${"(memory 0)".repeat(2000)} (func (export "_start"))`), { code: "os/memories", message: /^hostile\.wasm has 2000 memories; a process can have 128$/ });
    assert.equal((await run(`${"(memory 0)".repeat(128)} (func (export "_start"))`)).exit.status, 0);
  });

  test("the tables of a program have ten million elements in all, at the start and when they grow", async () => {
    const most = { limits: { memory: "1GiB" } } as const;
    await assert.rejects(run(`(table 5000000 funcref) (table 5000001 funcref) (func (export "_start"))`, most), {
      code: "os/tables", message: "the tables of hostile.wasm have more elements than a process can: 10000000 in all",
    });
    const grows = (first: number, second: number): string => `(table $a 10 funcref) (table $b 10 funcref) (func (export "_start")
      (if (i32.ne (table.grow $a (ref.null func) (i32.const ${first})) (i32.const 10)) (then unreachable))
      (if (i32.ne (table.grow $b (ref.null func) (i32.const ${second})) (i32.const -1)) (then unreachable))
      (if (i32.ne (table.grow $b (ref.null func) (i32.const ${second - 1})) (i32.const 10)) (then unreachable)))`;
    assert.equal((await run(grows(5_000_000, 10_000_000 - 5_000_000 - 20 + 1), most)).exit.status, 0);
  });

  test("random bytes for a gibibyte, and a directory of 100,000 entries at once, stop at the wall limit", async () => {
    const fs = memory({ limit: 2 ** 28 });
    fs.writeFile("/f0", "");
    const root = fs.root();
    for (let index = 1; index < 100_000; index++) root.link("f0", root, `f${index}`);
    root.close();
    for (const call of ["(call $random (i32.const 0) (i32.const 0x40000000))", "(call $readdir (i32.const 3) (i32.const 64) (i32.const 0x2000000) (i64.const 0) (i32.const 0))"]) {
      const { exit } = await run(`
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
        (memory (export "memory") 16384) (func (export "_start") (drop ${call}))`, { fs: { "/": fs }, limits: { wall: "20ms", memory: "2GiB" } });
      assert.equal(exit.killed, "wall limit", call);
    }
  });

  test("a growing memory stops at its limit", async () => {
    const { exit, process } = await run(`
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory 1) (func (export "_start")
        (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (call $exit (memory.size)))`, { limits: { memory: "8MiB", wall: "5s" } });
    assert.equal(exit.status, 128);
    assert.equal(process.usage().peakMemory, 8 * 1024 ** 2);
  });

  test("modules that are malformed, invalid, truncated or random are refused with a typed error", async () => {
    const good = bytes(`(func (export "_start") (drop (i32.const 1)))`);
    for (let length = 0; length < good.length; length++) {
      // Some beginnings are whole modules: the bare header, and one with types alone.
      if (WebAssembly.validate(good.subarray(0, length) as Uint8Array<ArrayBuffer>)) continue;
      await assert.rejects(os.compile(good.subarray(0, length)), (error: { code?: string }) => /^(decode|validate)\//.test(error.code ?? "") || assert.fail(`${length}: ${String(error)}`));
    }
    let seed = 1;
    const random = (): number => (seed = (seed * 1103515245 + 12345) >>> 0);
    for (let round = 0; round < 300; round++) {
      const noise = Uint8Array.from({ length: 9 + random() % 200 }, () => random() >>> 16);
      if (round % 2 === 0) noise.set(good.subarray(0, 8));
      await assert.rejects(os.compile(noise), (error: { code?: string }) => /^(decode|validate)\//.test(error.code ?? "") || assert.fail(String(error)));
    }
  });

  test("the bytes of a module may be an ArrayBuffer, and are nothing else", async () => {
    const module = bytes(`(func (export "_start"))`);
    const program = await os.compile(Uint8Array.from(module).buffer, { name: "hostile.wasm" });
    assert.deepEqual(await (await os.spawn(program)).exited, { status: 0 });
    for (const wrong of ["(module)", null, [0, 97]]) await assert.rejects(os.compile(wrong as never), /must be a Uint8Array or an ArrayBuffer/);
  });

  test("imports that do not exist or have another type are named, with what was expected and what is there", async () => {
    const unknown = await os.compile(bytes(`
      (import "env" "secret" (func (param i32) (result i64))) (import "env" "table" (table 1 funcref))
      (import "wasi_snapshot_preview1" "fd_unheard" (func)) (func (export "_start"))`));
    await assert.rejects(os.spawn(unknown), (error: Error & { imports?: unknown[] }) => {
      assert.equal(error.imports?.length, 3);
      assert.match(error.message, /"env" "secret".*i32.*i64/);
      assert.match(error.message, /"env" "table".*funcref/);
      assert.match(error.message, /"wasi_snapshot_preview1" "fd_unheard"/);
      return true;
    });
    const wrong = await os.compile(bytes(`(import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))) (func (export "_start"))`));
    await assert.rejects(os.spawn(wrong), /"wasi_snapshot_preview1" "fd_close" expects .*i64.*i32.* is defined/);
    const kind = await os.compile(bytes(`(import "wasi_snapshot_preview1" "fd_close" (memory 1)) (func (export "_start"))`));
    await assert.rejects(os.spawn(kind), /"wasi_snapshot_preview1" "fd_close" expects a memory/);
  });

  test("a module that is no program says what is missing", async () => {
    await assert.rejects(run(`(func (export "main"))`), /hostile\.wasm is no program: it exports neither "_start" nor "_initialize"/);
    await assert.rejects(run(`(func (export "_start") (param i32))`), /"_start" of hostile\.wasm must have neither parameters nor results/);
  });

  test("a thousand hostile programs at once all end, the neighbour and the host go on", async () => {
    const program = await os.compile(bytes(`(memory 1) (func (export "_start") (loop $l (br $l)))`), { name: "spinner" });
    const started = performance.now();
    const crowd = await Promise.all(Array.from({ length: 1000 }, () => os.spawn(program, { limits: { wall: "400ms" } })));
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const ends = await Promise.all(crowd.map((process) => process.exited));
    clearInterval(timer);
    assert.ok(ends.every((exit) => exit.killed === "wall limit"));
    assert.ok(turns >= 3, `the host had ${turns} turns in ${performance.now() - started} ms`);
  });
});
