/**
 * Calls between programs through the public interface, with translated modules: what each side
 * sees when the other ends, lies, floods or is replaced. The rules are those of docs/gates.md.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { GateStatus, boot, exitReport } from "../../src/node.ts";
import type { Interface, Process, SpawnOptions, System } from "../../src/node.ts";
import { ALLOCATOR, FUNCTIONS, PAIR, SERVICE, bytes, caller } from "./guests.ts";

describe("gates between programs", { timeout: 60_000 }, () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  });
  after(async () => {
    for (const process of os.processes()) process.kill({ cause: "request", message: "test" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(os.processes(), []);
    for (const resource of ["memory", "processes", "threads", "handles"] as const) assert.equal(os.root.account.used(resource), 0, resource);
    assert.deepEqual(bugs, []);
    await os.close();
  });

  const start = async (fields: string, options: SpawnOptions = {}): Promise<Process> => os.spawn(await os.compile(bytes(fields), { name: "program" }), options);
  const serve = (options: SpawnOptions = {}): Promise<Process> => start(SERVICE, { name: "service", service: true, ...options });
  /** What a client prints: numbers, then the text of its memory. */
  async function ask(svc: Interface, fields: string, options: SpawnOptions = {}): Promise<{ numbers: number[]; text: string }> {
    const client = await start(fields, { imports: { svc }, limits: { wall: "10s" }, ...options });
    const exit = await client.exited;
    assert.equal(exit.status, 0, exitReport(exit, "client"));
    const lines = (await client.stdout!.text()).split("\n");
    return { numbers: lines.slice(0, -1).map(Number), text: lines.at(-1)!.replaceAll("\0", ".") };
  }

  test("numbers of all types, and a service that keeps its state", async () => {
    const service = await serve();
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    assert.deepEqual((await ask(svc, caller("sub"))).numbers, [-1, GateStatus.ok]);
    assert.deepEqual((await ask(svc, caller("slow", undefined, undefined, 3))).numbers, [-1, 0, -1, 0, -1, 0]);
    const wide = caller("wide", "", "").replace("(call $show (call $call )", "(call $show (i32.wrap_i64 (call $call (i64.const -9) (f32.const 4) (f64.const 2)))").replace(`(func $call )`, "(func $call (param i64 f32 f64) (result i64))");
    assert.deepEqual((await ask(svc, wide)).numbers, [-3, GateStatus.ok]);
    assert.deepEqual((await ask(svc, caller("count", "", "(result i32)", 2))).numbers, [101, 0, 102, 0]);
    assert.deepEqual((await ask(svc, caller("count", "", "(result i32)"))).numbers, [103, 0]);
    assert.equal(service.running, true);
    service.kill();
  });

  test("many parameters and many results, on either stack", async () => {
    for (const blocking of [false, true]) {
      const service = await start(`(memory (export "memory") 1) ${ALLOCATOR}
        (func (export "mix") (param i32 i64 f32 f64 i32 i32 i64) (result i64 i32 f64)
          (i64.add (local.get 1) (local.get 6)) (i32.sub (local.get 0) (i32.sub (local.get 4) (local.get 5))) (f64.mul (f64.promote_f32 (local.get 2)) (local.get 3)))
        (func (export "two") (param i64 i32 i32 f32) (result i32 i32) (i32.load8_u (local.get 1)) (i32.add (i32.wrap_i64 (local.get 0)) (local.get 2)))`, { service: true });
      const svc = service.offer({ name: "svc", functions: {
        mix: { params: ["i32", "i64", "f32", "f64", "i32", "i32", "i64"], results: ["i64", "i32", "f64"], blocking },
        two: { params: ["i64", "bytes", "f32"], results: ["i32", "i32"], blocking },
      } });
      const mix = caller("mix", "", "").replace("(func $call )", "(func $call (param i32 i64 f32 f64 i32 i32 i64) (result i64 i32 f64))").replace("(call $show (call $call ))", `
        (call $call (i32.const -1) (i64.const -5) (f32.const 1.5) (f64.const 4) (i32.const 10) (i32.const 20) (i64.const 2))
        (call $show (i32.trunc_f64_s)) (call $show) (call $show (i32.wrap_i64))`);
      assert.deepEqual((await ask(svc, mix)).numbers, [6, 9, -3, GateStatus.ok]);
      const two = caller("two", "", "").replace("(func $call )", "(func $call (param i64 i32 i32 f32) (result i32 i32))").replace("(call $show (call $call ))", `
        (call $call (i64.const 100) (i32.const 257) (i32.const 3) (f32.const 0)) (call $show) (call $show)`);
      assert.deepEqual((await ask(svc, two)).numbers, [103, 98, GateStatus.ok]);
      service.kill();
      assert.deepEqual((await ask(svc, mix)).numbers, [0, 0, 0, GateStatus.ended]);
    }
  });

  test("bytes are copied both ways; empty, short, large and overlapping ranges", async () => {
    const service = await serve();
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    const sum = (at: number, length: number): string => caller("sum", `(i32.const ${at}) (i32.const ${length})`);
    assert.deepEqual((await ask(svc, sum(256, 8))).numbers, [804, GateStatus.ok]);
    assert.deepEqual((await ask(svc, sum(256, 0))).numbers, [0, GateStatus.ok]);
    assert.deepEqual((await ask(svc, sum(65536, 0))).numbers, [0, GateStatus.ok]);
    assert.deepEqual((await ask(svc, sum(200, 60_000))).numbers, [804, GateStatus.ok]);
    const reverse = (from: number, length: number, to: number, capacity: number): string =>
      caller("reverse", `(i32.const ${from}) (i32.const ${length}) (i32.const ${to}) (i32.const ${capacity})`, "(param i32 i32 i32 i32) (result i32)");
    assert.deepEqual(await ask(svc, reverse(256, 8, 264, 8)), { numbers: [8, GateStatus.ok], text: "abcdefghhgfedcba" });
    assert.deepEqual(await ask(svc, reverse(256, 8, 256, 100)), { numbers: [8, GateStatus.ok], text: "hgfedcba........" });
    assert.deepEqual(await ask(svc, reverse(256, 8, 260, 8)), { numbers: [8, GateStatus.ok], text: "abcdhgfedcba...." });
    assert.deepEqual(await ask(svc, reverse(256, 8, 264, 4)), { numbers: [-28, GateStatus.ok], text: "abcdefgh........" });
    service.kill();
  });

  test("ranges outside the caller's memory are the caller's error, and the callee does not see them", async () => {
    const service = await serve();
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    for (const [at, length] of [[65535, 2], [-1, 1], [-1, -1], [0, -1], [1, -1], [65536, 1], [-8, 16]]) {
      assert.deepEqual((await ask(svc, caller("sum", `(i32.const ${at}) (i32.const ${length})`))).numbers, [0, GateStatus.range], `${at} ${length}`);
    }
    const type = "(param i32 i32 i32 i32) (result i32)";
    assert.deepEqual((await ask(svc, caller("reverse", "(i32.const 256) (i32.const 8) (i32.const 65530) (i32.const 7)", type))).numbers, [0, GateStatus.range]);
    assert.equal(service.running, true);
    service.kill();
  });

  test("a callee that lies about places or lengths is at fault", async () => {
    const boaster = await serve();
    const svc = boaster.offer({ name: "svc", functions: FUNCTIONS });
    assert.deepEqual((await ask(svc, caller("boast", "(i32.const 300) (i32.const 8)"))).numbers, [0, GateStatus.fault]);
    assert.match((await boaster.exited).fault!.message, /wrote 9 bytes into a buffer of 8/);

    const lies = ["(i32.const -16)", "(i32.const 65536)", "(i32.sub (i32.const 65536) (local.get 3))"];
    const ends = [GateStatus.fault, GateStatus.fault, GateStatus.ok];
    for (const [index, place] of lies.entries()) {
      const liar = await start(`(memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${place})
        (func (export "sum") (param i32 i32) (result i32) (local.get 1))`, { service: true });
      const other = liar.offer({ name: "liar", functions: { sum: FUNCTIONS.sum } });
      assert.equal((await ask(other, caller("sum", "(i32.const 256) (i32.const 8)"))).numbers[1], ends[index], place);
      if (ends[index] === GateStatus.fault) assert.match((await liar.exited).fault!.message, /allocator gave 256 bytes at \d+, which is beyond its memory of 65536/);
      liar.kill();
    }
    const full = await start(`(memory (export "memory") 1)
      (func (export "room") (param i32) (result i32) (i32.const 0))
      (func (export "sum") (param i32 i32) (result i32) (local.get 1))`, { service: true });
    assert.deepEqual((await ask(full.offer({ name: "full", allocator: "room", functions: { sum: FUNCTIONS.sum } }), caller("sum", "(i32.const 256) (i32.const 8)"))).numbers, [0, GateStatus.limit]);
    assert.equal(full.running, true, "to have no room is no fault");
    full.kill();
  });


  test("every end of the callee is a status for the caller and a report of its own", async () => {
    const cases: [string, GateStatus, RegExp][] = [
      ["trap", GateStatus.fault, /unreachable/],
      ["throw", GateStatus.fault, /exception/],
      ["recurse", GateStatus.fault, /call stack/],
      ["spin", GateStatus.budget, /did not answer a call within its budget of 20 quanta/],
      ["stubborn", GateStatus.budget, /did not answer/],
    ];
    for (const blocking of [false, true]) {
      for (const [name, status, message] of cases) {
        const service = await serve();
        const svc = service.offer({ name: "svc", functions: { [name]: { ...PAIR, blocking } }, ...(blocking ? { budgetMs: 30 } : {}) });
        assert.deepEqual((await ask(svc, caller(name))).numbers, [0, status], name);
        const end = await service.exited;
        assert.match(end.fault?.message ?? "", blocking && status === GateStatus.budget ? /did not answer a call of svc\.\w+ within 30 ms/ : message);
        assert.deepEqual((await ask(svc, caller(name))).numbers, [0, GateStatus.ended]);
      }
      const service = await serve();
      const svc = service.offer({ name: "svc", functions: { exit: { ...PAIR, blocking } } });
      assert.deepEqual((await ask(svc, caller("exit"))).numbers, [0, GateStatus.ended]);
      assert.deepEqual(await service.exited, { status: 3 });
    }
  });

  test("the callee's limits are its own", async () => {
    const hog = await serve({ limits: { memory: "1 MiB" } });
    const svc = hog.offer({ name: "svc", functions: FUNCTIONS });
    assert.deepEqual((await ask(svc, caller("hog"), { limits: { memory: "64 KiB" } })).numbers, [16, GateStatus.ok]);
    hog.kill();
    const spinner = await serve({ limits: { cpu: "20ms" } });
    const own = spinner.offer({ name: "svc", functions: { spin: { ...PAIR, blocking: true } } });
    assert.deepEqual((await ask(own, caller("spin"))).numbers, [0, GateStatus.ended]);
    assert.equal((await spinner.exited).killed, "cpu limit");
  });
});
