/**
 * Gates over the lives of programs: rings of calls, ends and restarts during calls, floods, and many
 * clients of one service. The rules are those of docs/gates.md.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { GateStatus, boot, exitReport } from "../../src/node.ts";
import type { Interface, InterfaceError, Process, SpawnOptions, System } from "../../src/node.ts";
import { FUNCTIONS, PAIR, SERVICE, bytes, caller } from "./guests.ts";

/** Calls a function for ever. */
const FOREVER = (name: string): string => `
  (import "svc" "${name}" (func $call (param i32 i32) (result i32)))
  (func (export "_start")
    (loop $again (drop (call $call (i32.const 3) (i32.const 4))) (br $again)))`;

/** Calls `count` until it has had an answer, then failures, and then an answer again; exits with 2. */
const PATIENT = `
  (import "svc" "count" (func $count (result i32)))
  (import "svc" "gate_status" (func $status (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $answered i32) (local $failed i32)
    (loop $again
      (drop (call $count))
      (if (i32.eqz (call $status))
        (then
          (if (local.get $failed) (then (call $exit (i32.add (i32.const 1) (local.get $answered)))))
          (local.set $answered (i32.const 1)))
        (else
          (if (i32.ne (call $status) (i32.const ${GateStatus.ended})) (then unreachable))
          (local.set $failed (i32.const 1))))
      (drop (call $yield))
      (br $again)))`;

describe("gates over the lives of programs", { timeout: 60_000 }, () => {
  let os: System;
  const bugs: unknown[] = [];
  before(async () => {
    os = await boot({ cacheFolder: false, onBug: (error) => bugs.push(error) });
  });
  after(async () => {
    for (const process of os.processes()) process.kill({ cause: "request", message: "test" });
    await turns(50);
    assert.deepEqual(os.processes(), []);
    for (const resource of ["memory", "processes", "threads", "handles"] as const) assert.equal(os.root.account.used(resource), 0, resource);
    assert.deepEqual(bugs, []);
    await os.close();
  });

  const turns = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  async function until(holds: () => boolean): Promise<void> {
    for (let ms = 0; !holds(); ms++) {
      assert.ok(ms < 5000, `never came true: ${holds}`);
      await turns(1);
    }
  }
  const start = async (fields: string, options: SpawnOptions = {}): Promise<Process> => os.spawn(await os.compile(bytes(fields), { name: "program" }), options);
  /** A service whose first thread has ended. */
  async function serve(options: SpawnOptions = {}): Promise<Process> {
    const service = await start(SERVICE, { name: "service", service: true, ...options });
    await until(() => service.usage().threads === 0);
    return service;
  }
  const numbers = async (client: Process): Promise<number[]> => {
    const exit = await client.exited;
    assert.equal(exit.status, 0, exitReport(exit, "client"));
    return (await client.stdout!.text()).split("\n").slice(0, -1).map(Number);
  };

  /** A and B: A calls B's `over`, which calls A's `back`, which answers what A's own state says. */
  async function ring(blocking: boolean): Promise<{ a: Process; b: Process; bSvc: Interface; seen: () => Promise<number[]> }> {
    const back = { back: { ...PAIR, blocking } };
    const stand = await start(`(func (export "back") (param i32 i32) (result i32) (i32.const 0))`, { service: true });
    const aSvc = stand.offer({ name: "a", functions: back });
    const b = await start(`
      (import "a" "back" (func $back (param i32 i32) (result i32)))
      (import "a" "gate_status" (func $status (result i32)))
      (func (export "over") (param i32 i32) (result i32) (i32.add (i32.mul (i32.const 100) (call $back (local.get 0) (local.get 1))) (call $status)))`, { service: true, imports: { a: aSvc } });
    const bSvc = b.offer({ name: "b", functions: { over: { ...PAIR, blocking } } });
    const a = await start(`
      (import "svc" "over" (func $over (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (func (export "back") (param i32 i32) (result i32) (i32.const 7))
      (func (export "go") (param i32 i32) (result i32) (call $over (local.get 0) (local.get 1)))`, { service: true, imports: { svc: bSvc } });
    aSvc.rebind(a);
    stand.kill();
    const go = a.offer({ name: "go", functions: { go: { ...PAIR, blocking } } });
    return { a, b, bSvc, seen: async () => numbers(await start(caller("go"), { imports: { svc: go } })) };
  }

  test("A -> B -> A is busy for B, and everybody goes on", async () => {
    for (const blocking of [false, true]) {
      const { a, b, bSvc, seen } = await ring(blocking);
      assert.deepEqual(await seen(), [GateStatus.busy, GateStatus.ok]);
      assert.deepEqual(await seen(), [GateStatus.busy, GateStatus.ok], "again");
      assert.deepEqual(await numbers(await start(caller("over"), { imports: { svc: bSvc } })), [700, GateStatus.ok], "B -> A alone");
      assert.equal(a.running && b.running, true);
      a.kill();
      b.kill();
    }
  });

  test("killing the callee during a call, waiting or running, ends the call", async () => {
    for (const name of ["wait", "spin"]) {
      const service = await serve({ stdin: "pipe" });
      const svc = service.offer({ name: "svc", functions: { [name]: { ...PAIR, blocking: true } } });
      const clients = await Promise.all(Array.from({ length: 3 }, () => start(caller(name), { imports: { svc } })));
      await until(() => service.usage().threads === 1);
      await turns(3);
      service.kill();
      for (const client of clients) assert.deepEqual(await numbers(client), [0, GateStatus.ended]);
      assert.equal((await service.exited).killed, "request");
    }
  });

  test("killing a caller during a call leaves the callee to finish it, and the next one its turn", async () => {
    const service = await serve({ stdin: "pipe" });
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    const first = await start(caller("wait"), { imports: { svc } });
    await until(() => service.usage().threads === 1);
    const second = await start(caller("sub"), { imports: { svc } });
    first.kill();
    assert.equal((await first.exited).killed, "request");
    await turns(5);
    assert.equal(second.running, true, "a number is called for in the same queue");
    assert.equal(service.usage().threads, 1);
    const writer = service.stdin!.getWriter();
    await writer.write("x");
    assert.deepEqual(await numbers(second), [-1, GateStatus.ok]);
    assert.equal(service.running, true);
    service.kill();
  });

  test("killing a caller in the middle of synchronous calls harms nobody", async () => {
    const service = await serve();
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    for (let round = 0; round < 20; round++) {
      const client = await start(FOREVER("sub"), { imports: { svc } });
      await turns(round % 4);
      client.kill();
      assert.equal((await client.exited).killed, "request");
    }
    assert.deepEqual(await numbers(await start(caller("sub"), { imports: { svc } })), [-1, GateStatus.ok]);
    service.kill();
  });

  test("a restarted callee answers the clients of the old one", async () => {
    const first = await serve();
    const svc = first.offer({ name: "svc", functions: FUNCTIONS });
    assert.equal(svc.generation, 1);
    const clients = await Promise.all(Array.from({ length: 5 }, () => start(PATIENT, { imports: { svc } })));
    await until(() => clients.every((client) => client.usage().switches > 10));
    first.kill();
    await first.exited;
    const before = clients.map((client) => client.usage().switches);
    await until(() => clients.every((client, index) => client.usage().switches > before[index]! + 10));
    assert.ok(clients.every(({ running }) => running));
    assert.throws(() => svc.rebind(first), (error: InterfaceError) => error.code === "os/interface-ended");
    const second = await serve();
    svc.rebind(second);
    assert.equal(svc.generation, 2);
    for (const client of clients) assert.deepEqual(await client.exited, { status: 2 }, "it saw the old one, its end, and the new one");
    const other = await start(`(func (export "count") (result i64) (i64.const 1))`, { service: true });
    assert.throws(() => svc.rebind(other), (error: InterfaceError) => error.code === "os/interface-type");
    assert.equal((await numbers(await start(caller("sub"), { imports: { svc } })))[1], GateStatus.ok, "what did not fit changed nothing");
    second.kill();
    other.kill();
  });

  test("clients that flood a service leave the others their turns", async () => {
    for (const name of ["sub", "slow"]) {
      const service = await serve();
      const svc = service.offer({ name: "svc", functions: FUNCTIONS });
      const floods = await Promise.all(Array.from({ length: 4 }, () => start(FOREVER(name), { imports: { svc } })));
      let ticks = 0;
      const timer = setInterval(() => ticks++, 2);
      const started = performance.now();
      assert.deepEqual(await numbers(await start(caller(name, undefined, undefined, 20), { imports: { svc } })), Array.from({ length: 20 }, () => [-1, 0]).flat());
      assert.ok(performance.now() - started < 3000, name);
      await turns(20);
      clearInterval(timer);
      assert.ok(ticks > 3, "the host gets its turns");
      // Who starts first pays for what is compiled then, and is served less until that is made up for.
      await turns(100);
      const before = floods.map((flood) => flood.usage().switches);
      await turns(200);
      const used = floods.map((flood, index) => flood.usage().switches - before[index]!);
      if (name === "slow") assert.ok(Math.min(...used) > Math.max(...used) / 4, `unequal: ${used}`);
      for (const flood of floods) flood.kill();
      service.kill();
      await service.exited;
    }
  });

  test("a thousand clients of one service", async () => {
    const service = await serve();
    const svc = service.offer({ name: "svc", functions: FUNCTIONS });
    const program = await os.compile(bytes(caller("slow")));
    const clients = await Promise.all(Array.from({ length: 1000 }, () => os.spawn(program, { imports: { svc } })));
    for (const client of clients) assert.deepEqual(await numbers(client), [-1, GateStatus.ok]);
    const bytesProgram = await os.compile(bytes(caller("sum", "(i32.const 256) (i32.const 8)")));
    const more = await Promise.all(Array.from({ length: 1000 }, () => os.spawn(bytesProgram, { imports: { svc } })));
    for (const client of more) assert.deepEqual(await numbers(client), [804, GateStatus.ok]);
    assert.equal(service.running, true);
    service.kill();
  });

  test("several calls at once, and no more than the callee has threads for", async () => {
    const service = await serve({ stdin: "pipe", limits: { threads: 2 } });
    const svc = service.offer({ name: "svc", functions: { wait: FUNCTIONS.wait }, concurrent: true });
    const clients = await Promise.all(Array.from({ length: 3 }, () => start(caller("wait"), { imports: { svc } })));
    await until(() => clients.some(({ running }) => !running));
    assert.equal(service.usage().threads, 2);
    const refused = clients.find(({ running }) => !running)!;
    assert.deepEqual(await numbers(refused), [0, GateStatus.limit]);
    const writer = service.stdin!.getWriter();
    await writer.write("ab");
    const answers = await Promise.all(clients.filter((client) => client !== refused).map(numbers));
    assert.ok(answers.every(([, status]) => status === GateStatus.ok));
    assert.ok(answers.every(([byte]) => byte === 97 || byte === 98));
    service.kill();
  });

  test("a full queue answers busy, and the callee's end answers those in it", async () => {
    const service = await serve({ stdin: "pipe" });
    const svc = service.offer({ name: "svc", functions: { wait: FUNCTIONS.wait, sub: FUNCTIONS.sub }, queue: 1 });
    const first = await start(caller("wait"), { imports: { svc } });
    await until(() => service.usage().threads === 1);
    const second = await start(caller("sub"), { imports: { svc } });
    await until(() => second.usage().switches > 0);
    assert.deepEqual(await numbers(await start(caller("sub"), { imports: { svc } })), [0, GateStatus.busy]);
    service.kill();
    for (const client of [first, second]) assert.deepEqual(await numbers(client), [0, GateStatus.ended]);
  });

  test("an interface without a living process keeps no memory of the dead one", { timeout: 20_000 }, async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const svcs: Interface[] = [];
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    for (let i = 0; i < 5; i++) {
      const service = await serve();
      const svc = service.offer({ name: "svc", functions: FUNCTIONS });
      assert.equal((await numbers(await start(caller("sum", "(i32.const 256) (i32.const 8)"), { imports: { svc } })))[0], 804);
      assert.deepEqual(await numbers(await start(caller("slow"), { imports: { svc } })), [-1, GateStatus.ok]);
      registry.register(service.offering!.instance.memory("memory")!.raw, undefined);
      svcs.push(svc);
      service.kill();
      await service.exited;
    }
    for (let i = 0; i < 50 && collected < 4; i++) {
      await turns(10);
      gc();
    }
    assert.ok(collected >= 4, `${collected} of ${svcs.length} memories were let go`);
  });

  test("while calls are inside each other the innermost budget counts; afterwards its time is that of the call around it, too", async () => {
    const via = `
      (import "inner" "spin" (func $inner (param i32 i32) (result i32))) (import "inner" "gate_status" (func $status (result i32)))
      (func (export "via") (param i32 i32) (result i32) (local $i i32) (local $state i32)
        (drop (call $inner (local.get 0) (local.get 1))) (local.set $state (call $status))
        ;; Some milliseconds of its own.
        (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000000))))
        (local.get $state))`;
    for (const [budgetMs, answer] of [[10, [0, GateStatus.budget]], [5000, [GateStatus.budget, GateStatus.ok]]] as const) {
      const spinning = await serve();
      const inner = spinning.offer({ name: "inner", functions: { spin: PAIR }, budgetMs: 50 });
      const outer = await start(via, { imports: { inner }, service: true });
      const svc = outer.offer({ name: "svc", functions: { via: PAIR }, budgetMs });
      assert.deepEqual(await numbers(await start(caller("via"), { imports: { svc } })), answer);
      assert.match((await spinning.exited).fault!.message, /within its budget of 50 quanta/, "that of the call around it was shorter");
      outer.kill();
      await outer.exited;
    }
  });

  test("a function that waits inside a synchronous call is its own fault", async () => {
    const service = await serve({ stdin: "pipe" });
    const svc = service.offer({ name: "svc", functions: { wait: PAIR } });
    assert.deepEqual(await numbers(await start(caller("wait"), { imports: { svc } })), [0, GateStatus.fault]);
    assert.match((await service.exited).fault!.message, /would have to wait \(.*\) inside a synchronous call/);
  });
});
