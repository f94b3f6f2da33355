import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NodeMachine } from "#machine/node";
import { instantiateGuest, testModule } from "../../../test/kernel-guest.ts";
import { BLOCK } from "../calls.ts";
import type { HostFunction } from "../calls.ts";
import { Kernel } from "../kernel.ts";
import { WaitQueue } from "../object/wait-queue.ts";
import type { Process } from "../process.ts";
import { HISTORY_CALLS } from "./call-history.ts";
import { CallTracer } from "./call-tracer.ts";
import { printCall } from "./call-words.ts";

const GUEST = testModule(`
  (import "h" "add" (func $add (param i32 i64) (result i64)))
  (import "h" "wait" (func $wait (param i32) (result i32)))
  (import "h" "note" (func $note))`, `
  (func (export "few") (drop (call $add (i32.const -1) (i64.const -2))) (call $note) (drop (call $wait (i32.const 7))) unreachable)
  (func (export "many") (local $n i32)
    (loop (call $note) (drop (call $add (local.get $n) (i64.const 1))) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
    unreachable)
  (func (export "wait") (drop (call $wait (i32.const 1))))
  (func (export "flood") (local $n i32)
    (loop (call $note) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 40))))
    (call $safepoint))`);

let kernel: Kernel;
before(async () => {
  kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }));
});
after(() => kernel.shutdown());

function functions(process: Process, queue: WaitQueue): HostFunction[] {
  return [
    { name: "add", type: { kind: "func", params: ["i32", "i64"], results: ["i64"] }, mayBlock: false, call: (a: number, b: bigint) => BigInt(a) + b },
    {
      name: "wait", type: { kind: "func", params: ["i32"], results: ["i32"] }, mayBlock: true,
      call: (a: number) => process.current().block({ reason: "test", queues: [queue], resume: () => a + 1 }),
      words: { before: () => [], after: ([a]) => [`after ${a}`], answer: (answer) => `<${answer}>` },
    },
    { name: "note", type: { kind: "func", params: [], results: [] }, mayBlock: false, call: () => undefined },
  ];
}

function start(entries: readonly string[], options: { history?: boolean; trace?: (line: string) => void } = {}): { process: Process; queue: WaitQueue } {
  const process = kernel.createProcess(kernel.root, { name: "guest", history: options.history ?? true });
  if (options.trace !== undefined) process.tracer = new CallTracer(kernel, process, options.trace);
  const queue = new WaitQueue();
  const guest = instantiateGuest(kernel, process, GUEST, functions(process, queue));
  for (const entry of entries) process.startThread([guest.exports[entry]!]);
  return { process, queue };
}

async function faultOf(process: Process) {
  const end = await process.exited;
  assert.equal(end.kind, "fault");
  return (end as Extract<typeof end, { kind: "fault" }>).fault;
}
const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Until a thread waits in `queue`. */
async function blocked(queue: WaitQueue): Promise<void> {
  while (queue.isEmpty) await turn(1);
  await turn(20);
}

test("a fault report has the last calls with arguments and answers, those that blocked too", async () => {
  const { process, queue } = start(["few"]);
  await blocked(queue);
  queue.wakeAll();
  const { calls, usage } = await faultOf(process);
  assert.deepEqual(calls.map(printCall), ["add(-1, -2) = -3", "note() = ?", "wait(after 7) = <8>"]);
  assert.deepEqual(calls.map(({ thread }) => thread), [1, 1, 1]);
  assert.ok(usage.switches >= 2 && usage.wallMs >= 4, JSON.stringify(usage));
});

test("only the last calls are kept", async () => {
  const { calls } = await faultOf(start(["many"]).process);
  assert.equal(calls.length, HISTORY_CALLS);
  assert.deepEqual(calls.slice(-2).map(printCall), ["note() = ?", "add(99, 1) = 100"]);
  assert.equal(printCall(calls[1]!), "add(92, 1) = 93");
});

test("a call that comes back after its place was taken leaves the others as they are", async () => {
  const { process, queue } = start(["wait", "flood"]);
  await blocked(queue);
  queue.wakeAll();
  await process.exited;
  assert.deepEqual(new Set(process.history!.records().map(printCall)), new Set(["note() = ?"]));
});

test("without a history there is none in the report", async () => {
  const { process, queue } = start(["few"], { history: false });
  await blocked(queue);
  queue.wakeAll();
  assert.deepEqual((await faultOf(process)).calls, []);
});

test("a trace has a line for each call, two for one that blocks, with thread, time and duration", async () => {
  const lines: string[] = [];
  const { process, queue } = start(["few"], { trace: (line) => lines.push(line) });
  await blocked(queue);
  assert.equal(lines.length, 3, "the call that hangs is told while it does");
  queue.wakeAll();
  await process.exited;
  const patterns = ["add\\(-1, -2\\) = -3 <", "note\\(\\) = \\? <", "wait\\(<unfinished …>$", "<… wait resumed> after 7\\) = <8> <0\\.0[1-9]"];
  assert.equal(lines.length, patterns.length);
  patterns.forEach((pattern, index) => assert.match(lines[index]!, new RegExp(`^\\[${process.id}\\.1\\] \\d+\\.\\d{6} ${pattern}`)));
  const times = lines.map((line) => Number(line.split(" ")[1]));
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
});

test("a call that never comes back was the last", async () => {
  const { process, queue } = start(["wait"]);
  await blocked(queue);
  assert.equal(process.history!.ring.includes(BLOCK), true);
  process.kill({ cause: "request", message: "test" });
  await process.exited;
  assert.deepEqual(process.history!.records().map(printCall), ["wait(after 1) = ?"]);
});
