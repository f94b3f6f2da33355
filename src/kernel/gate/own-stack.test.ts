import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { instantiateGuest, testModule } from "../../../test/kernel-guest.ts";
import { Kernel } from "../kernel.ts";
import { WaitQueue } from "../object/wait-queue.ts";
import type { Process } from "../process.ts";
import { MemoryView } from "./bytes.ts";
import { GateEntry } from "./gate.ts";
import type { GateFunction } from "./gate.ts";
import { GateBinder } from "./gate-binder.ts";
import { GateStatus } from "./gate-state.ts";
import type { GateService, ServiceOptions } from "./own-stack.ts";

const SERVICE = testModule(`
  (import "h" "wait" (func $wait (result i32)))`, `
  (global $inside (mut i32) (i32.const 0))
  (global $most (export "most") (mut i32) (i32.const 0))
  (tag $t)
  (func $enter
    (global.set $inside (i32.add (global.get $inside) (i32.const 1)))
    (if (i32.gt_s (global.get $inside) (global.get $most)) (then (global.set $most (global.get $inside)))))
  (func $leave (global.set $inside (i32.sub (global.get $inside) (i32.const 1))))
  (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func (export "slow") (param i32 i32) (result i32)
    (call $enter) (drop (call $wait)) (call $leave) (i32.sub (local.get 0) (local.get 1)))
  (func (export "slow2") (call $enter) (drop (call $wait)) (call $leave))
  (func (export "trap") (param i32 i32) (result i32) unreachable)
  (func (export "throw") (param i32 i32) (result i32) (throw $t))
  (func $deep (export "overflow") (param i32 i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0) (local.get 1))))
  (func (export "spin") (param i32 i32) (result i32) (loop $l (call $safepoint) (br $l)) (i32.const 0))`);

const CLIENT = testModule(`(import "h" "call" (func $call (param i32 i32) (result i32))) (import "h" "status" (func $status (result i32)))`, `
  (global $answer (export "answer") (mut i32) (i32.const 99))
  (global $state (export "state") (mut i32) (i32.const -1))
  (global $n (export "n") (mut i32) (i32.const 0))
  (func (export "once")
    (global.set $answer (call $call (i32.const 3) (i32.const 4)))
    (global.set $state (call $status)))
  (func (export "many")
    (loop $l
      (drop (call $call (i32.const 1) (i32.const 2)))
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (br_if $l (i32.eqz (call $status))))))`);

describe("gate on a stack of its own", () => {
  let kernel: Kernel;
  let binder: GateBinder;
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }), { onBug: (error) => assert.fail(String(error)) });
    binder = new GateBinder(kernel);
  });
  after(() => kernel.shutdown());

  const create = (name: string): Process => kernel.createProcess(kernel.root, { name });
  const kill = (process: Process): void => process.kill({ cause: "request", message: "test" });
  const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  async function until(holds: () => boolean): Promise<void> {
    for (let ms = 0; !holds(); ms++) {
      assert.ok(ms < 5000, `never came true: ${holds}`);
      await turn(1);
    }
  }

  interface Service {
    readonly process: Process;
    readonly service: GateService;
    gate(name: string, budgetMs?: number): GateFunction;
    /** The function itself, for its own threads. */
    own(name: string): unknown;
    /** Lets those that wait in "slow" go on, or so many of them. */
    release(count?: number): void;
    most(): number;
  }
  function serve(options: ServiceOptions = {}): Service {
    const process = create("service");
    const queue = new WaitQueue();
    let left = 0;
    const wait = (): number => (left-- > 0 ? 0 : process.current().block({ reason: "a test", queues: [queue], resume: wait }));
    const guest = instantiateGuest(kernel, process, SERVICE, [{ name: "wait", type: { kind: "func", params: [], results: ["i32"] }, mayBlock: true, call: wait }]);
    const service = binder.serve(process, options);
    return {
      process,
      service,
      gate: (name, budgetMs) => {
        const entry = new GateEntry(name, ["i32", "i32"], ["i32"], true);
        entry.bind(service, guest.exports[name] as unknown as GateFunction, budgetMs);
        return binder.importFor(entry, new MemoryView());
      },
      own: (name) => guest.exports[name],
      release: (count) => {
        left = count ?? Infinity;
        queue.wakeAll();
      },
      most: () => (guest.instance.exports["most"] as WebAssembly.Global<"i32">).value,
    };
  }
  function client(gate: GateFunction, entry = "once"): { process: Process; read(name: string): number } {
    const process = create("client");
    const guest = instantiateGuest(kernel, process, CLIENT, [], { call: gate, status: binder.status });
    process.startThread([guest.exports[entry]!]);
    return { process, read: (name) => (guest.instance.exports[name] as WebAssembly.Global<"i32">).value };
  }

  test("passes results of all values, also those that mean something to the kernel", async () => {
    const service = serve();
    const caller = client(service.gate("sub"));
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.equal(caller.read("answer"), -1);
    assert.equal(caller.read("state"), GateStatus.ok);
    assert.equal(service.process.status, undefined);
    kill(service.process);
    await service.process.exited;
    assert.equal(kernel.root.account.used("threads"), 0);
  });

  test("the callee may wait; the others queue, one at a time and in order", async () => {
    const service = serve();
    const callers = Array.from({ length: 20 }, () => client(service.gate("slow")));
    await until(() => service.service.queued === 19);
    assert.equal(service.process.threads.size, 1);
    service.release();
    for (const { process } of callers) assert.deepEqual(await process.exited, { kind: "exited", status: 0 });
    assert.ok(callers.every((caller) => caller.read("answer") === -1 && caller.read("state") === GateStatus.ok));
    assert.equal(service.most(), 1);
    kill(service.process);
  });

  test("several at once when it is offered so, and no more", async () => {
    const service = serve({ concurrent: 3 });
    const callers = Array.from({ length: 7 }, () => client(service.gate("slow")));
    await until(() => service.service.queued === 4 && service.most() === 3);
    assert.equal(service.process.threads.size, 3);
    service.release();
    for (const { process } of callers) await process.exited;
    assert.equal(service.most(), 3);
    kill(service.process);
  });

  test("a full queue answers busy", async () => {
    const service = serve({ queue: 2 });
    const callers = Array.from({ length: 5 }, () => client(service.gate("slow")));
    await until(() => callers[4]!.process.status !== undefined);
    assert.deepEqual(callers.map(({ process }) => process.status === undefined), [true, true, true, false, false]);
    assert.equal(callers[4]!.read("state"), GateStatus.busy);
    service.release();
    for (const { process } of callers) await process.exited;
    kill(service.process);
  });

  test("every way in which the callee can end answers those that call and those that wait", async () => {
    const cases: [string, number | undefined, GateStatus, RegExp][] = [
      ["trap", undefined, GateStatus.fault, /unreachable/],
      ["throw", undefined, GateStatus.fault, /exception/i],
      ["overflow", undefined, GateStatus.fault, /call stack/i],
      ["spin", 10, GateStatus.budget, /did not answer a call of spin within 10 ms/],
      ["slow", 10, GateStatus.budget, /did not answer a call of slow within 10 ms/],
    ];
    for (const [name, budgetMs, status, message] of cases) {
      const service = serve();
      const gate = service.gate(name, budgetMs);
      const callers = [client(gate), client(gate)];
      for (const { process } of callers) assert.deepEqual(await process.exited, { kind: "exited", status: 0 }, name);
      assert.equal(callers[0]!.read("state"), status, name);
      // On a busy host the second may only call when the callee has ended.
      assert.ok([status, GateStatus.ended].includes(callers[1]!.read("state") as GateStatus), name);
      for (const { read } of callers) assert.equal(read("answer"), 0);
      const end = await service.process.exited;
      assert.ok(end.kind === "fault", name);
      assert.match(end.fault.message, message);
      const late = client(gate);
      await late.process.exited;
      assert.equal(late.read("state"), GateStatus.ended);
    }
  });

  test("killing the callee, running or waiting, answers everybody", async () => {
    for (const name of ["slow", "spin"]) {
      const service = serve();
      const callers = Array.from({ length: 5 }, () => client(service.gate(name)));
      await until(() => service.service.queued === 4);
      kill(service.process);
      for (const { process, read } of callers) {
        assert.deepEqual(await process.exited, { kind: "exited", status: 0 });
        assert.equal(read("state"), GateStatus.ended);
      }
      assert.equal((await service.process.exited).kind, "killed");
    }
  });

  test("killed callers leave the queue or drop their result; the callee goes on", async () => {
    const service = serve();
    const [running, queued, last] = Array.from({ length: 3 }, () => client(service.gate("slow")));
    await until(() => service.service.queued === 2);
    kill(running!.process);
    kill(queued!.process);
    assert.equal((await running!.process.exited).kind, "killed");
    assert.equal((await queued!.process.exited).kind, "killed");
    assert.equal(service.service.queued, 1);
    assert.equal(service.process.status, undefined);
    service.release();
    assert.deepEqual(await last!.process.exited, { kind: "exited", status: 0 });
    assert.equal(last!.read("state"), GateStatus.ok);
    kill(service.process);
  });

  test("a caller that the callee's allocator kills ends at once, also when it had to wait for its turn", async () => {
    let victim: Process | undefined;
    const call = (): number => {
      if (victim !== undefined) kill(victim);
      return 1024;
    };
    const service = serve({ memory: new WebAssembly.Memory({ initial: 1 }), allocator: { kind: "alloc", call } });
    const entry = new GateEntry("slow", ["bytes"], ["i32"], true);
    entry.bind(service.service, service.own("slow") as GateFunction);
    const memory = new MemoryView();
    memory.attach(new WebAssembly.Memory({ initial: 1 }));
    const gate = binder.importFor(entry, memory);
    const first = client(service.gate("slow"));
    await until(() => service.process.threads.size === 1);
    const second = client(gate);
    await until(() => service.service.queued === 1);
    victim = second.process;
    service.release(1);
    assert.deepEqual(await first.process.exited, { kind: "exited", status: 0 });
    await until(() => second.process.status !== undefined);
    assert.equal(second.read("state"), -1, "nothing of it ran after that");
    assert.equal(service.process.threads.size, 1, "the callee still has its call");
    victim = undefined;
    service.release();
    await until(() => service.process.threads.size === 0);
    const last = client(gate);
    assert.deepEqual(await last.process.exited, { kind: "exited", status: 0 });
    assert.equal(last.read("state"), GateStatus.ok);
    kill(service.process);
  });

  test("killing callers at any moment never stops the others", async () => {
    const service = serve();
    const gate = service.gate("sub");
    for (let round = 0; round < 30; round++) {
      const callers = Array.from({ length: 4 }, () => client(gate, "many"));
      await turn(round % 3);
      for (const { process } of callers) kill(process);
      await Promise.all(callers.map(({ process }) => process.exited));
    }
    const last = client(gate);
    await last.process.exited;
    assert.equal(last.read("state"), GateStatus.ok);
    assert.equal(service.service.queued, 0);
    kill(service.process);
  });

  test("calls wait for threads that the callee started itself, whenever that was", async () => {
    const service = serve();
    const guest = instantiateGuest(kernel, service.process, CLIENT, [], { call: service.own("slow"), status: binder.status });
    const entry = guest.exports["once"]!;
    service.process.startThread([entry]);
    await until(() => service.most() === 1);
    const caller = client(service.gate("sub"));
    await until(() => service.service.queued === 1);
    // Not watched when the call began to wait, and the last to end.
    service.process.startThread([service.own("slow2") as never]);
    await until(() => service.most() === 2);
    service.release(1);
    await until(() => service.process.threads.size === 1);
    assert.equal(service.service.queued, 1);
    service.release();
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.equal(caller.read("answer"), -1);
    kill(service.process);
  });

  test("a call into one's own waiting chain is busy", async () => {
    const service = serve();
    const gate = service.gate("slow");
    const caller = client(gate);
    await until(() => service.process.threads.size === 1);
    // The service's own process calls itself from its waiting thread's process.
    const guest = instantiateGuest(kernel, service.process, CLIENT, [], { call: gate, status: binder.status });
    service.process.startThread([guest.exports["once"]!]);
    await until(() => service.process.threads.size === 1);
    assert.equal((guest.instance.exports["state"] as WebAssembly.Global<"i32">).value, GateStatus.busy);
    service.release();
    await caller.process.exited;
    assert.equal(caller.read("state"), GateStatus.ok);
    kill(service.process);
  });
});
