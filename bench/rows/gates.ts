/**
 * [gate.scalar] [gate.bytes1k] [gate.ownstack] Calls from one program into another: two numbers,
 * 1 KiB in and out, and two numbers on a stack of the callee's own. Beside them, in the same run: the same
 * function linked directly into the caller's process, and a message to a worker.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { boot } from "../../src/node.ts";
import type { FunctionSpec, Process, SpawnOptions, System } from "../../src/node.ts";
import { moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Sampler } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const ROUNDS = 15;
const WARM_UP = 5;

const SERVICE = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (memory (export "memory") 2)
  (func (export "room") (param i32) (result i32) (i32.const 65536))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "sub") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func (export "neg") (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  (func (export "echo") (param $at i32) (param $length i32) (param $to i32) (param $capacity i32) (result i32)
    (memory.copy (local.get $to) (local.get $at) (local.get $length))
    (local.get $length))`);

const PAIR = { params: ["i32", "i32"], results: ["i32"] } satisfies FunctionSpec;

/** Calls "svc" "add" so many times. */
const ADDS = (calls: number): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "svc" "add" (func $add (param i32 i32) (result i32)))
  (func (export "_start") (local $sum i32) (local $n i32)
    (local.set $n (i32.const ${calls}))
    (loop $again
      (local.set $sum (call $add (local.get $sum) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i32.ne (local.get $sum) (i32.const ${calls})) (then unreachable)))`);

/** Calls five functions of two programs in turn, so many calls in all. */
const MANY = (calls: number): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "svc" "add" (func $add (param i32 i32) (result i32)))
  (import "svc" "sub" (func $sub (param i32 i32) (result i32)))
  (import "svc" "neg" (func $neg (param i32) (result i32)))
  (import "other" "add" (func $more (param i32 i32) (result i32)))
  (import "other" "neg" (func $back (param i32) (result i32)))
  (func (export "_start") (local $sum i32) (local $n i32)
    (local.set $n (i32.const ${calls / 5}))
    (loop $again
      (local.set $sum (call $back (call $neg (call $sub (call $more (call $add (local.get $sum) (i32.const 1)) (i32.const 1)) (i32.const 1)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i32.ne (local.get $sum) (i32.const ${calls / 5})) (then unreachable)))`);

/** Sends 1 KiB through "svc" "echo" so many times. */
const ECHOES = (calls: number, bytes: number): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "svc" "echo" (func $echo (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $n i32)
    (local.set $n (i32.const ${calls}))
    (i32.store (i32.const 0) (i32.const 42))
    (loop $again
      (if (i32.ne (call $echo (i32.const 0) (i32.const ${bytes}) (i32.const 32768) (i32.const ${bytes})) (i32.const ${bytes})) (then unreachable))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (if (i32.ne (i32.load (i32.const 32768)) (i32.const 42)) (then unreachable)))`);

/** Nanoseconds of this thread for each call of a program that makes `calls`. */
async function sampler(os: System, client: Uint8Array<ArrayBuffer>, calls: number, links: SpawnOptions): Promise<Sampler> {
  const program = await os.compile(client);
  return async () => {
    const started = threadCpuMs();
    const { exited } = await os.spawn(program, { stdout: "null", stderr: "null", ...links });
    const end = await exited;
    if (end.status !== 0) throw new Error("the client did not end well");
    return ((threadCpuMs() - started) * 1e6) / calls;
  };
}

const serve = async (os: System): Promise<Process> => os.spawn(await os.compile(SERVICE()), { service: true });

/** Nanoseconds by the clock for one message to a worker, half of the way there and back. */
async function workerMessage(): Promise<{ sample: Sampler; end(): Promise<number> }> {
  const worker = new Worker(`const { parentPort } = require("node:worker_threads"); parentPort.on("message", (n) => parentPort.postMessage(n));`, { eval: true });
  await once(worker, "online");
  const trips = 200;
  return {
    sample: async () => {
      const started = performance.now();
      for (let i = 0; i < trips; i++) {
        const answer = once(worker, "message");
        worker.postMessage(i);
        await answer;
      }
      return ((performance.now() - started) * 1e6) / trips / 2;
    },
    end: () => worker.terminate(),
  };
}

async function measureScalar(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const calls = 1_000_000;
  const service = await serve(os);
  const functions = { add: PAIR, sub: PAIR, neg: { params: ["i32"], results: ["i32"] } } satisfies Record<string, FunctionSpec>;
  const svc = service.offer({ name: "svc", functions });
  const other = (await serve(os)).offer({ name: "other", functions });
  const message = await workerMessage();
  const [gate, direct, worker] = await interleave([
    await sampler(os, ADDS(calls), calls, { imports: { svc } }),
    await sampler(os, ADDS(calls), calls, { modules: { svc: await os.compile(SERVICE()) } }),
    message.sample,
  ], { warmUp: WARM_UP, rounds: ROUNDS }) as [number[], number[], number[]];
  await message.end();
  // Last, because the host compiles all gates as one once there are several.
  const [many] = await interleave([await sampler(os, MANY(calls), calls, { imports: { svc, other } })], { warmUp: WARM_UP, rounds: ROUNDS }) as [number[]];
  const against = { name: "a call linked directly", value: median(direct) };
  return {
    value: median(gate),
    against,
    runs: ROUNDS,
    spread: spread(gate),
    parts: [
      { name: "five functions of two programs", value: median(many), unit: "ns", against },
      { name: "a message to a worker", value: median(worker), unit: "ns", against },
    ],
    notes: ["processor time of the host thread, by the clock for the message; start and end of the client included"],
  };
}

async function measureBytes(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const calls = 100_000;
  const service = await serve(os);
  const svc = service.offer({ name: "svc", allocator: "room", functions: { echo: { params: ["bytes", "buffer"], results: ["i32"] } } });
  const message = await workerMessage();
  const [kib, few, worker] = await interleave([
    await sampler(os, ECHOES(calls, 1024), calls, { imports: { svc } }),
    await sampler(os, ECHOES(calls, 16), calls, { imports: { svc } }),
    message.sample,
  ], { warmUp: WARM_UP, rounds: ROUNDS }) as [number[], number[], number[]];
  await message.end();
  return {
    value: median(kib),
    against: { name: "a message to a worker", value: median(worker) },
    runs: ROUNDS,
    spread: spread(kib),
    parts: [{ name: "16 bytes in and out", value: median(few), unit: "ns" }],
    notes: ["both copies, the checks on both sides and the callee's own copy are in it"],
  };
}

async function measureOwnStack(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const calls = 100_000;
  const service = await serve(os);
  const svc = service.offer({ name: "svc", functions: { add: { ...PAIR, blocking: true } } });
  const message = await workerMessage();
  const [own, worker] = await interleave([
    await sampler(os, ADDS(calls), calls, { imports: { svc } }),
    message.sample,
  ], { warmUp: WARM_UP, rounds: ROUNDS }) as [number[], number[]];
  await message.end();
  return { value: median(own) / 1000, against: { name: "a message to a worker", value: median(worker) / 1000 }, runs: ROUNDS, spread: spread(own) };
}

export const gateScalar: Row = {
  name: "gate.scalar",
  meaning: "a call of a function of another program, two numbers and a result",
  unit: "ns",
  target: { of: "value", at: "most", bound: 22 },
  limitMs: 60_000,
  measure: measureScalar,
};

export const gateBytes: Row = {
  name: "gate.bytes1k",
  meaning: "a call that takes 1 KiB to another program and 1 KiB back",
  unit: "ns",
  target: { of: "value", at: "most", bound: 400 },
  limitMs: 60_000,
  measure: measureBytes,
};

export const gateOwnStack: Row = {
  name: "gate.ownstack",
  meaning: "a call of another program's function on a stack of its own",
  unit: "µs",
  target: { of: "value", at: "most", bound: 1.5 },
  limitMs: 60_000,
  measure: measureOwnStack,
};
