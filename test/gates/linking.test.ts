/** What is checked when interfaces are offered and programs are linked with them, and modules inside one process. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { boot, exitReport } from "../../src/node.ts";
import type { ImportTypeError, InterfaceError, LibraryError, OfferOptions, Process, Program, SpawnOptions, System, UnknownImportError } from "../../src/node.ts";
import { FUNCTIONS, PAIR, SERVICE, bytes, caller } from "./guests.ts";

describe("linking programs", { timeout: 60_000 }, () => {
  let os: System;
  before(async () => {
    os = await boot({ cacheFolder: false });
  });
  after(async () => {
    for (const process of os.processes()) process.kill({ cause: "request", message: "test" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const resource of ["memory", "processes", "threads", "handles"] as const) assert.equal(os.root.account.used(resource), 0, resource);
    await os.close();
  });

  const program = (fields: string): Promise<Program> => os.compile(bytes(fields), { name: "program" });
  const start = async (fields: string, options: SpawnOptions = {}): Promise<Process> => os.spawn(await program(fields), options);
  const printed = async (client: Process): Promise<string> => {
    const exit = await client.exited;
    assert.equal(exit.status, 0, exitReport(exit, "client"));
    return (await client.stdout!.text()).split("\n").slice(0, -1).join(" ");
  };

  test("an offer names everything that does not fit", async () => {
    const service = await start(SERVICE, { service: true });
    const functions = {
      sub: { params: ["i32", "i64"], results: ["i32"] },
      allocations: { params: [], results: ["i32"] },
      nothing: { params: ["bytes"] },
      count: { params: [], results: ["i32"] },
    } satisfies OfferOptions["functions"];
    assert.throws(() => service.offer({ name: "svc", functions }), (error: InterfaceError) => {
      assert.equal(error.code, "os/interface-type");
      assert.deepEqual(error.mismatches, [
        { function: "sub", expected: "(func (param i32 i64) (result i32))", found: "(func (param i32 i32) (result i32))" },
        { function: "allocations", expected: "(func (result i32))", found: "a global" },
        { function: "nothing", expected: "(func (param i32 i32))", found: "no such export" },
      ]);
      assert.match(error.message, /program does not export what the interface "svc" offers:\n  sub: expected/);
      return true;
    });
    service.kill();
    const bare = await start(`(func (export "sum") (param i32 i32) (result i32) (i32.const 0))`, { service: true });
    assert.throws(() => bare.offer({ name: "bare", functions: { sum: FUNCTIONS.sum } }), (error: InterfaceError) => {
      assert.deepEqual(error.mismatches.map((mismatch) => mismatch.function), ["memory", "cabi_realloc"]);
      return true;
    });
    bare.kill();
  });

  test("an offer that makes no sense is refused in words", async () => {
    const service = await start(SERVICE, { service: true });
    const bad: [OfferOptions["functions"], RegExp][] = [
      [{ gate_status: { params: [], results: ["i32"] } }, /this name is the system's/],
      [{ sum: { params: ["string" as "i32"] } }, /no parameter kind "string"/],
      [{ sum: { params: [], results: ["bytes" as "i32"] } }, /no result kind "bytes"/],
      [{ reverse: { params: ["buffer", "buffer"], results: ["i32"] } }, /at most one parameter is a buffer/],
      [{ boast: { params: ["buffer"] } }, /has one i32 result/],
    ];
    for (const [functions, message] of bad) assert.throws(() => service.offer({ name: "svc", ...(functions === undefined ? {} : { functions }) }), (error: InterfaceError) => error.code === "os/interface-spec" && message.test(error.message));
    for (const concurrent of [0, 1.5, NaN]) assert.throws(() => service.offer({ name: "svc", concurrent }), { code: "os/interface-spec" });
    for (const budgetMs of [0, -1, NaN]) assert.throws(() => service.offer({ name: "svc", budgetMs }), { code: "os/interface-spec" });
    service.offer({ name: "one" });
    assert.throws(() => service.offer({ name: "two", concurrent: true }), { code: "os/interface-conflict" });
    service.kill();
    await service.exited;
    assert.throws(() => service.offer({ name: "late" }), { code: "os/interface-ended" });
  });

  test("without a list all functions of numbers are offered, and nothing else", async () => {
    const service = await start(`
      (func (export "_initialize")) (func (export "a") (param i64) (result f32) (f32.const 0)) (func (export "many") (result i32 i64) (i32.const 3) (i64.const 4))
      (func (export "v") (param v128)) (func (export "r") (param externref)) (global (export "g") i32 (i32.const 0))`, { service: true });
    const svc = service.offer({ name: "svc" });
    assert.deepEqual([...svc.functions()].map(([name]) => name), ["a", "many"]);
    const many = caller("many", "", "(result i32 i64)").replace("(call $show (call $call ))", "(call $call) (drop) (call $show)");
    assert.equal(await printed(await start(many, { imports: { svc } })), "3 0");
    service.kill();
    assert.equal(await printed(await start(many, { imports: { svc } })), "0 1");
  });

  test("the linker compares the importing module with the interface", async () => {
    const service = await start(SERVICE, { service: true });
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    await assert.rejects(start(caller("sub", "(i64.const 1)", "(param i64) (result i32)"), { imports: { svc } }), (error: ImportTypeError) => {
      assert.equal(error.code, "link/import-type");
      assert.deepEqual([error.module, error.field, error.expected, error.found], ["svc", "sub", "(func (param i64) (result i32))", "(func (param i32 i32) (result i32))"]);
      return true;
    });
    await assert.rejects(start(caller("absent"), { imports: { svc } }), (error: UnknownImportError) => error.imports[0]!.name === "absent");
    await assert.rejects(start(caller("sub")), (error: UnknownImportError) => error.imports.length === 2);
    await assert.rejects(start(`(import "svc" "gate_status" (func (param i32))) (func (export "_start"))`, { imports: { svc } }), { code: "link/import-type" });
    await using other = await boot({ cacheFolder: false });
    await assert.rejects(other.spawn(await other.compile(bytes(caller("sub"))), { imports: { svc } }), { code: "os/interface-foreign" });
    service.kill();
  });

  test("one program serves several interfaces, and several programs one client", async () => {
    const [one, two] = await Promise.all([start(SERVICE, { service: true }), start(SERVICE, { service: true })]);
    const a = one.offer({ name: "a", functions: { sub: PAIR } });
    const b = one.offer({ name: "b", functions: { slow: FUNCTIONS.slow } });
    const c = two.offer({ name: "c", functions: { sum: FUNCTIONS.sum } });
    const client = caller("sub").replace(`(memory (export "memory") 1)`, `
      (import "b" "slow" (func $slow (param i32 i32) (result i32))) (import "c" "sum" (func $sum (param i32 i32) (result i32)))
      (memory (export "memory") 1)`).replace("(call $show (call $status))", "(call $show (call $slow (i32.const 9) (i32.const 1))) (call $show (call $sum (i32.const 256) (i32.const 8)))");
    const clients = await Promise.all(Array.from({ length: 5 }, () => start(client, { imports: { svc: a, b, c } })));
    for (const each of clients) assert.equal(await printed(each), "-1 8 804");
    one.kill();
    two.kill();
  });

  test("a program that is no service stays once it offers something", async () => {
    const main = await start(`
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
      (func (export "_start") (local $i i32) (loop $l (drop (call $yield)) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000)))))`);
    const svc = main.offer({ name: "svc" });
    assert.equal(await printed(await start(caller("sub"), { imports: { svc } })), "-1 0", "it waited for the first thread to end");
    assert.equal(main.running, true);
    main.kill();
  });

  test("modules inside one process: direct calls, one store, in the order of their needs", async () => {
    const modules = {
      top: await program(`(import "base" "step" (func $step (result i32))) (import "base" "memory" (memory 1)) (func (export "sub") (param i32 i32) (result i32) (i32.store8 (i32.const 256) (i32.const 65)) (i32.sub (call $step) (local.get 1)))`),
      base: await program(`(memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
        (func $start (global.set $n (i32.add (global.get $n) (i32.const 10)))) (start $start)
        (func (export "_initialize") (global.set $n (i32.add (global.get $n) (i32.const 100))))
        (func (export "step") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))`),
    };
    const client = caller("sub").replace(`(import "svc" "gate_status" (func $status (result i32)))`, `(import "base" "step" (func $status (result i32))) (import "base" "memory" (memory 1))`).replace(`(memory (export "memory") 1)`, "").replaceAll(`"svc"`, `"top"`);
    const process = await start(client, { modules });
    const exit = await process.exited;
    assert.equal(exit.status, 0, exitReport(exit, "client"));
    assert.equal(await process.stdout!.text(), "107\n112\nAbcdefgh\0\0\0\0\0\0\0\0");
  });

  test("modules share the limits, and a trap in one ends the process", async () => {
    const modules = { lib: await program(`(memory 20) (func (export "sub") (param i32 i32) (result i32) unreachable)`) };
    const client = `(import "lib" "sub" (func $sub (param i32 i32) (result i32))) (memory 1) (func (export "_start") (drop (call $sub (i32.const 0) (i32.const 0))))`;
    await assert.rejects(start(client, { modules, limits: { memory: "1 MiB" } }), { code: "kernel/limit" });
    const process = await start(client, { modules });
    assert.equal(process.usage().memory, 21 * 65536);
    const exit = await process.exited;
    assert.equal(exit.fault?.trap?.trap, "unreachable");
    assert.deepEqual(exit.fault.trap.frames.map(({ module }) => module.name), ["program", "program"]);
  });

  test("recursion between modules through a table meets safepoints and ends", async () => {
    const modules = { lib: await program(`
      (type $f (func (param i32) (result i32))) (table (export "table") 1 funcref)
      (func (export "call") (param i32) (result i32) (return_call_indirect (type $f) (local.get 0) (i32.const 0)))`) };
    const process = await start(`
      (type $f (func (param i32) (result i32)))
      (import "lib" "call" (func $call (param i32) (result i32))) (import "lib" "table" (table 1 funcref)) (elem (i32.const 0) $again)
      (func $again (param i32) (result i32) (return_call $call (local.get 0)))
      (func (export "_start") (drop (call $again (i32.const 0))))`, { modules, limits: { cpu: "50ms", wall: "5s" } });
    assert.equal((await process.exited).killed, "cpu limit");
  });

  test("libraries call interfaces with pointers into their own memory", async () => {
    const service = await start(SERVICE, { service: true });
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    const modules = { lib: await program(`(import "svc" "sum" (func $sum (param i32 i32) (result i32))) (memory 1) (data (i32.const 8) "\\01\\02\\03")
      (func (export "sub") (param i32 i32) (result i32) (call $sum (i32.const 8) (i32.const 3)))`) };
    const client = caller("sub").replace(`(import "svc" "sub"`, `(import "lib" "sub"`);
    assert.equal(await printed(await start(client, { modules, imports: { svc } })), "6 0");
    service.kill();
  });

  test("modules that cannot be linked are refused with their names", async () => {
    const empty = `(func (export "_start"))`;
    const a = await program(`(import "b" "f" (func)) (func (export "f"))`);
    const b = await program(`(import "c" "f" (func)) (func (export "f"))`);
    const c = await program(`(import "a" "f" (func)) (func (export "f"))`);
    await assert.rejects(start(empty, { modules: { a, b, c } }), (error: LibraryError) => {
      assert.equal(error.code, "os/module-cycle");
      assert.deepEqual(error.modules, ["a", "b", "c", "a"]);
      assert.match(error.message, /a -> b -> c -> a/);
      return true;
    });
    await assert.rejects(start(empty, { modules: { main: await program(empty) } }), { code: "os/module-start" });
    await assert.rejects(start(empty, { modules: { a, b: await program(`(func (export "g"))`) } }), { code: "link/unknown-import" });
    const talker = await program(`(import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory 1)`);
    await assert.rejects(start(`(memory (export "memory") 1) ${empty}`, { modules: { talker } }), { code: "os/module-memory" });
  });
});
