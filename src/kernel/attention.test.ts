/** Stopping and continuing, and handlers of signals on the stack of a thread. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { CANNOT_WAIT } from "./calls.ts";
import type { HostFunction, Wait } from "./calls.ts";
import { Kernel } from "./kernel.ts";
import { WaitQueue } from "./object/wait-queue.ts";
import type { Process } from "./process.ts";
import { ThreadState } from "./thread.ts";
import { instantiateGuest, testModule } from "../../test/kernel-guest.ts";

const GUEST = testModule(`(import "h" "call" (func $call (param i32) (result i32)))`, `
  (global $n (export "n") (mut i64) (i64.const 0))
  (global $answer (export "answer") (mut i32) (i32.const -100))
  (func (export "spin") (loop $l (call $safepoint) (global.set $n (i64.add (global.get $n) (i64.const 1))) (br $l)))
  (func (export "call") (global.set $answer (call $call (i32.const 7))))
  (func (export "endless") (loop $l (call $safepoint) (br $l)))
  (func (export "handle") (global.set $answer (call $call (i32.const 8)))))`);

const INTR = 27;

describe("attention", () => {
  let kernel: Kernel;
  const bugs: unknown[] = [];
  before(async () => {
    kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }), { onBug: (error) => bugs.push(error) });
  });
  after(async () => {
    await kernel.shutdown();
    assert.equal(kernel.mappings.stacks, 0);
    assert.deepEqual(bugs, []);
  });

  interface Guest {
    readonly process: Process;
    readonly n: () => bigint;
    readonly answer: () => number;
    readonly run: (entry: string) => void;
    readonly state: () => ThreadState | undefined;
  }
  const start = (entry: string, body: (argument: number, process: Process) => number = () => 0): Guest => {
    const process = kernel.createProcess(kernel.root, { name: "guest" });
    const fn: HostFunction = { name: "call", type: { kind: "func", params: ["i32"], results: ["i32"] }, mayBlock: true, call: (argument: number) => body(argument, process) };
    const { exports } = instantiateGuest(kernel, process, GUEST, [fn]);
    const value = (name: string): unknown => (exports[name] as unknown as WebAssembly.Global).value;
    process.startThread([exports[entry]!]);
    return {
      process,
      n: () => value("n") as bigint,
      answer: () => value("answer") as number,
      run: (name) => exports[name]!(),
      state: () => [...process.threads][0]?.state,
    };
  };
  const waiting = (queue: WaitQueue, process: Process, more: Partial<Wait> = {}): number =>
    process.current().block({ reason: "test", queues: [queue], resume: () => 5, ...more });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const end = async ({ process }: Guest): Promise<void> => {
    process.kill({ cause: "request", message: "test" });
    await process.exited;
  };

  test("a stopped spinner stands still, others run, and it goes on where it was", async () => {
    const [stopped, other] = [start("spin"), start("spin")];
    await until(() => stopped.n() > 0n && other.n() > 0n);
    stopped.process.stop();
    const [at, there] = [stopped.n(), other.n()];
    await until(() => other.n() > there);
    await turn(20);
    assert.equal(stopped.n(), at);
    stopped.process.resume();
    await until(() => stopped.n() > at);
    await Promise.all([stopped, other].map(end));
  });

  test("what a stopped thread waits for may come; it goes on when it is continued", async () => {
    const queue = new WaitQueue();
    const guest = start("call", (_, process) => waiting(queue, process));
    await until(() => guest.state() === ThreadState.blocked);
    guest.process.stop();
    queue.wakeAll();
    await turn(5);
    assert.equal(guest.answer(), -100);
    guest.process.resume();
    guest.process.resume();
    assert.deepEqual(await guest.process.exited, { kind: "exited", status: 0 });
    assert.equal(guest.answer(), 5);
  });

  test("a stopped process can be killed, before its first step too", async () => {
    const early = start("spin");
    early.process.stop();
    const late = start("spin");
    await until(() => late.n() > 0n);
    late.process.stop();
    await turn(5);
    assert.equal(early.n(), 0n);
    await Promise.all([early, late].map(end));
    assert.equal(early.process.stopped, false);
  });

  test("a handler runs at a safepoint, in the middle of a wait that can be interrupted, and after one that cannot", async () => {
    let handled = 0;
    const spinner = start("spin");
    spinner.process.onAttention = () => handled++;
    await until(() => spinner.n() > 0n);
    spinner.process.attend();
    await until(() => handled === 1);
    await end(spinner);

    const queue = new WaitQueue();
    let cancelled = 0;
    const sleeper = start("call", (_, process) => waiting(queue, process, { interrupted: INTR, cancel: () => cancelled++ }));
    sleeper.process.onAttention = () => {
      assert.equal(sleeper.answer(), -100, "the call has not answered yet");
      handled++;
    };
    await until(() => sleeper.state() === ThreadState.blocked);
    sleeper.process.attend();
    await sleeper.process.exited;
    assert.deepEqual([handled, cancelled, sleeper.answer()], [2, 1, INTR]);

    const stubborn = start("call", (_, process) => waiting(queue, process));
    stubborn.process.onAttention = () => handled++;
    await until(() => stubborn.state() === ThreadState.blocked);
    stubborn.process.attend();
    await turn(5);
    assert.equal(handled, 2);
    queue.wakeAll();
    await stubborn.process.exited;
    assert.deepEqual([handled, stubborn.answer()], [3, 5]);
  });

  test("attention that came before a call makes its wait end at once", async () => {
    let handled = 0;
    const queue = new WaitQueue();
    const guest = start("call", (_, process) => {
      process.attend();
      return waiting(queue, process, { interrupted: INTR });
    });
    guest.process.onAttention = () => handled++;
    await guest.process.exited;
    assert.deepEqual([handled, guest.answer()], [1, INTR]);
  });

  test("a call in a handler answers that it cannot wait", async () => {
    const queue = new WaitQueue();
    const answers: number[] = [];
    const guest: Guest = start("spin", (_, process) => waiting(queue, process, { interrupted: INTR }));
    guest.process.onAttention = () => {
      guest.run("handle");
      answers.push(guest.answer());
    };
    await until(() => guest.n() > 0n);
    guest.process.attend();
    await until(() => answers.length === 1);
    assert.deepEqual(answers, [CANNOT_WAIT]);
    const before = guest.n();
    await until(() => guest.n() > before);
    await end(guest);
  });

  test("a handler that does not come back is its program's fault; a kill reaches it, too", async () => {
    const guest: Guest = start("spin");
    guest.process.onAttention = () => guest.run("endless");
    const other = start("spin");
    await until(() => guest.n() > 0n && other.n() > 0n);
    guest.process.attend();
    const status = await guest.process.exited;
    assert.ok(status.kind === "fault" && status.fault.message.includes("did not return within"), status.kind);
    const before = other.n();
    await until(() => other.n() > before);
    await end(other);
  });

  test("what a handler throws ends its process and nothing else", async () => {
    const guest: Guest = start("spin");
    guest.process.onAttention = () => {
      guest.process.exit(3);
      throw new Error("as a trap would");
    };
    await until(() => guest.n() > 0n);
    guest.process.attend();
    assert.deepEqual(await guest.process.exited, { kind: "exited", status: 3 });
  });
});
