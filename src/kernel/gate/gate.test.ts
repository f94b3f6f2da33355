import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { instantiateGuest, testModule } from "../../../test/kernel-guest.ts";
import type { HostFunction } from "../calls.ts";
import { HostBinder } from "../host-binding.ts";
import { Kernel } from "../kernel.ts";
import { WaitQueue } from "../object/wait-queue.ts";
import type { Process } from "../process.ts";
import { MemoryView } from "./bytes.ts";
import { GateEntry } from "./gate.ts";
import type { GateFunction } from "./gate.ts";
import { GateBinder } from "./gate-binder.ts";
import { GATE_DEPTH_MAX, GateStatus } from "./gate-state.ts";

const SERVICE = testModule(`
  (import "h" "wait" (func $wait (result i32)))
  (import "h" "exit" (func $exit (result i32)))
  (import "h" "again" (func $again (param i32 i32) (result i32)))`, `
  (global $calls (mut i32) (i32.const 0))
  (tag $t)
  (func (export "add") (param i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (i32.add (local.get 0) (local.get 1)))
  (func (export "trap") (param i32 i32) (result i32) unreachable)
  (func (export "trapIf") (param i32 i32) (result i32) (if (local.get 0) (then unreachable)) (i32.const 0))
  (func (export "throw") (param i32 i32) (result i32) (throw $t))
  (func (export "spin") (param i32 i32) (result i32) (loop $l (call $safepoint) (br $l)) (i32.const 0))
  (func (export "stubborn") (param i32 i32) (result i32)
    (loop $again (block $h (try_table (catch_all $h) (loop $l (call $safepoint) (br $l)))) (br $again)) (i32.const 0))
  (func $deep (export "overflow") (param i32 i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0) (local.get 1))))
  (func (export "wait") (param i32 i32) (result i32) (call $wait))
  (func (export "exit") (param i32 i32) (result i32) (call $exit))
  (func (export "again") (param i32 i32) (result i32) (call $again (local.get 0) (local.get 1)))`);

const CLIENT = testModule(`(import "h" "call" (func $call (param i32 i32) (result i32))) (import "h" "status" (func $status (result i32)))`, `
  (global $answer (export "answer") (mut i32) (i32.const -1))
  (global $state (export "state") (mut i32) (i32.const -1))
  (global $n (export "n") (mut i32) (i32.const 0))
  (func (export "once")
    (global.set $answer (call $call (i32.const 3) (i32.const 4)))
    (global.set $state (call $status)))
  (func (export "many")
    (loop $l
      (drop (call $call (i32.const 1) (i32.const 2)))
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (call $safepoint)
      (br_if $l (i32.eqz (call $status)))))`);

describe("gate", () => {
  let kernel: Kernel;
  let binder: GateBinder;
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }), { onBug: (error) => assert.fail(String(error)) });
    binder = new GateBinder(kernel);
  });
  after(() => kernel.shutdown());

  const create = (name: string): Process => kernel.createProcess(kernel.root, { name });
  const plain = (name: string, call: HostFunction["call"], mayBlock: boolean, params: HostFunction["type"]["params"] = []): HostFunction => ({ name, mayBlock, call, type: { kind: "func", params, results: ["i32"] } });

  interface Service {
    readonly process: Process;
    gate(name: string): GateFunction;
    again: GateFunction;
  }
  function serve(): Service {
    const process = create("service");
    const service: Service = {
      process,
      gate: (name) => {
        const entry = new GateEntry(name, ["i32", "i32"], ["i32"], false);
        entry.bind(binder.serve(process, {}), guest.exports[name] as unknown as GateFunction);
        return binder.importFor(entry, new MemoryView());
      },
      again: (() => 0) as GateFunction,
    };
    const queue = new WaitQueue();
    const guest = instantiateGuest(kernel, process, SERVICE, [
      plain("wait", () => process.current().block({ reason: "a test", queues: [queue], resume: () => 0 }), true),
      plain("exit", () => process.exit(7), true),
      plain("again", (a: number, b: number) => (service.again as (a: number, b: number) => number)(a, b), false, ["i32", "i32"]),
    ]);
    return service;
  }
  function client(gate: GateFunction, entry = "once"): { process: Process; read(name: string): number } {
    const process = create("client");
    const guest = instantiateGuest(kernel, process, CLIENT, [], { call: gate, status: binder.status });
    process.startThread([guest.exports[entry]!]);
    return { process, read: (name) => (guest.instance.exports[name] as WebAssembly.Global<"i32">).value };
  }
  const kill = (process: Process): void => process.kill({ cause: "request", message: "test" });

  test("a call passes scalars and comes back with the result", async () => {
    const service = serve();
    const caller = client(service.gate("add"));
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.equal(caller.read("answer"), 7);
    assert.equal(caller.read("state"), GateStatus.ok);
    assert.equal(service.process.status, undefined, "the service stays");
    const gates = kernel.gates;
    const lastCallee = (): Process | undefined => {
      gates.depth++;
      const { active } = gates;
      gates.depth--;
      return active;
    };
    assert.equal(lastCallee(), service.process);
    kill(service.process);
    await service.process.exited;
    assert.equal(lastCallee(), undefined, "nothing keeps a dead process");
  });

  test("the callee's fault is the callee's: it ends, the caller gets a status", async () => {
    const cases: [string, GateStatus, RegExp][] = [
      ["trap", GateStatus.fault, /unreachable/],
      ["throw", GateStatus.fault, /exception/i],
      ["overflow", GateStatus.fault, /call stack|maximum call stack/i],
      ["spin", GateStatus.budget, /did not answer/],
      ["stubborn", GateStatus.budget, /did not answer/],
      ["wait", GateStatus.fault, /would have to wait \(a test\)/],
    ];
    for (const [name, status, message] of cases) {
      const service = serve();
      const caller = client(service.gate(name));
      assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 }, name);
      assert.equal(caller.read("answer"), 0);
      assert.equal(caller.read("state"), status, name);
      const end = await service.process.exited;
      assert.ok(end.kind === "fault", name);
      assert.match(end.fault.message, message);
      // Later callers are told at once.
      const late = client(service.gate("add"));
      await late.process.exited;
      assert.equal(late.read("state"), GateStatus.ended);
    }
  });

  /**
   * Calls `service` where the host's stack ends: on the way back from the bottom, with a little more of the stack each
   * time, until it is entered. Then `depths` has the depth of gates behind that call, whose error comes out.
   */
  const callAtTheEnd = (service: Service, depths: number[]): number => {
    const gate = service.gate("trapIf") as (a: number, b: number) => number;
    gate(0, 0); // a first call needs much more of the stack, for the host to compile
    const dig = (): number => {
      try {
        return dig();
      } catch (error) {
        if (depths.length > 0) throw error;
      }
      try {
        return gate(1, 2);
      } finally {
        if (service.process.entered || service.process.dying) depths.push(kernel.gates.depth);
      }
    };
    return dig();
  };

  test("a call that fails where nothing is left of the stack is left with the call around it", async () => {
    const outer = serve();
    const inner = serve();
    const depths: number[] = [];
    outer.again = (() => {
      try {
        return callAtTheEnd(inner, depths);
      } catch {
        return 0;
      }
    }) as GateFunction;
    const caller = client(outer.gate("again"));
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.deepEqual(depths, [2], "the inner gate was not left by itself");
    assert.equal(kernel.gates.depth, 0);
    assert.equal(inner.process.entered, false);
    assert.equal((await inner.process.exited).kind, "fault");
    const after = client(outer.gate("wait"));
    await after.process.exited;
    const end = await outer.process.exited;
    assert.match(end.kind === "fault" ? end.fault.message : "", /would have to wait/, "it is the one that is served");
  });

  test("a handler of signals that ends in such a call leaves no gate open", async () => {
    const inner = serve();
    const depths: number[] = [];
    const caller = client(serve().gate("add"), "many");
    caller.process.onAttention = () => void callAtTheEnd(inner, depths);
    await new Promise((resolve) => setTimeout(resolve, 5));
    caller.process.attend();
    assert.equal((await caller.process.exited).kind, "fault");
    assert.deepEqual(depths, [1], "the gate was not left by itself");
    assert.equal(kernel.gates.depth, 0);
    assert.equal((await inner.process.exited).kind, "fault");
  });

  test("a kernel call inside a gate has room on the stack, or does not begin", async () => {
    const service = serve();
    let begun = 0;
    let ended = 0;
    const work = (levels: number): number => (levels === 0 ? 0 : 1 + work(levels - 1));
    const body = (): number => {
      begun++;
      work(100);
      ended++;
      return 0;
    };
    const call = new HostBinder(kernel).bind(service.process, [plain("work", body, false)])[0]!.call as () => number;
    let refused = 0;
    const dig = (): number => {
      try {
        dig();
      } catch {
        // Here the stack ends.
      }
      try {
        return call();
      } catch {
        return refused++;
      }
    };
    service.again = (() => {
      call();
      return dig();
    }) as GateFunction;
    const caller = client(service.gate("again"));
    await caller.process.exited;
    assert.equal(begun, ended);
    assert.ok(begun > 100 && refused > 0, `${begun} calls, ${refused} refused`);
    assert.equal(service.process.status, undefined, "neither a fault nor a bug");
    kill(service.process);
  });

  test("a callee that exits during a call ends with its status", async () => {
    const service = serve();
    const caller = client(service.gate("exit"));
    await caller.process.exited;
    assert.equal(caller.read("state"), GateStatus.ended);
    assert.deepEqual(await service.process.exited, { kind: "exited", status: 7 });
  });

  test("a process is entered by one call at a time; A -> B -> A is refused, nesting is bounded", async () => {
    const a = serve();
    const b = serve();
    const refused: number[] = [];
    a.again = b.gate("again");
    b.again = ((x: number, y: number) => {
      const answer = (a.gate("add") as (x: number, y: number) => number)(x, y);
      refused.push(kernel.gates.thread!.gateStatus);
      return answer;
    }) as GateFunction;
    const caller = client(a.gate("again"));
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.deepEqual(refused, [GateStatus.busy]);
    assert.equal(caller.read("state"), GateStatus.ok);

    const chain = Array.from({ length: GATE_DEPTH_MAX + 2 }, serve);
    chain.forEach((service, i) => (service.again = i + 1 < chain.length ? chain[i + 1]!.gate("again") : chain[0]!.gate("add")));
    const deepest: number[] = [];
    const last = chain[GATE_DEPTH_MAX - 1]!;
    const next = last.again as (a: number, b: number) => number;
    last.again = ((x: number, y: number) => {
      const answer = next(x, y);
      deepest.push(kernel.gates.thread!.gateStatus);
      return answer;
    }) as GateFunction;
    const deep = client(chain[0]!.gate("again"));
    assert.deepEqual(await deep.process.exited, { kind: "exited", status: 0 });
    assert.deepEqual(deepest, [GateStatus.depth]);
    for (const service of [a, b, ...chain]) kill(service.process);
  });

  test("a call into a process that has threads of its own waits until they have ended", async () => {
    const service = serve();
    const guest = instantiateGuest(kernel, service.process, CLIENT, [], { call: () => 0, status: () => 0 });
    const gate = service.gate("add");
    const own = service.process.startThread([guest.exports["many"]!]);
    const caller = client(gate);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(caller.process.status, undefined);
    assert.equal(own.state === "dead", false);
    kill(service.process);
    assert.deepEqual(await caller.process.exited, { kind: "exited", status: 0 });
    assert.equal(caller.read("state"), GateStatus.ended);

    const brief = serve();
    const open = brief.gate("add");
    const init = instantiateGuest(kernel, brief.process, CLIENT, [], { call: () => 0, status: () => 1 });
    brief.process.startThread([init.exports["many"]!]);
    const second = client(open);
    await second.process.exited;
    assert.equal(second.read("answer"), 7, "its first thread has to be noticed whenever it is started");
    kill(brief.process);
  });

  test("a caller killed during a call lets the callee finish; a callee killed between calls is told", async () => {
    const service = serve();
    const caller = client(service.gate("add"), "many");
    await new Promise((resolve) => setTimeout(resolve, 20));
    kill(caller.process);
    assert.equal((await caller.process.exited).kind, "killed");
    assert.ok(caller.read("n") > 100);
    assert.equal(service.process.status, undefined);
    assert.equal(service.process.entered, false);
    const second = client(service.gate("add"), "many");
    await new Promise((resolve) => setTimeout(resolve, 5));
    kill(service.process);
    assert.deepEqual(await second.process.exited, { kind: "exited", status: 0 });
    assert.equal((await service.process.exited).kind, "killed");
  });

  test("time in a gate is the caller's, and others get their turns", async () => {
    const service = serve();
    const caller = client(service.gate("add"), "many");
    const other = client(service.gate("add"), "many");
    let turns = 0;
    const timer = setInterval(() => turns++, 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    clearInterval(timer);
    const [a, b] = [caller.process.usage().cpuMs, other.process.usage().cpuMs];
    for (const process of [caller.process, other.process, service.process]) kill(process);
    await caller.process.exited;
    assert.ok(Math.abs(a / b - 1) < 0.5, `${a} ms and ${b} ms`);
    assert.ok(turns > 20);
    assert.equal(service.process.usage().cpuMs, 0);
  });
});
