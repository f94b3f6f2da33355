/**
 * [channel.local] Two programs on one hart play ping-pong with messages of 64 bytes: a send, a
 * switch to the receiver, its answer, and a switch back. So the value is for two messages and two
 * switches. Beside it: the host's own message ports, between two ends on one thread.
 */
import { MessageChannel } from "node:worker_threads";
import { boot } from "../../src/node.ts";
import { moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const ROUNDS = 50_000;
const PORT_ROUNDS = 5_000;
const BYTES = 64;

/** `first` sends before it receives. */
function player(first: boolean): Uint8Array<ArrayBuffer> {
  const send = `(if (call $send (local.get $end) (i32.const 16) (i32.const ${BYTES}) (i32.const 0) (i32.const 0) (i64.const -1)) (then unreachable))`;
  const receive = `(if (call $receive (local.get $end) (i32.const 16) (i32.const ${BYTES}) (i32.const 0) (i32.const 0) (i32.const 8) (i64.const -1)) (then unreachable))`;
  return moduleOf(`
    (import "isola" "startup_handle" (func $startup (param i32 i32 i32) (result i32)))
    (import "isola" "channel_send" (func $send (param i32 i32 i32 i32 i32 i64) (result i32)))
    (import "isola" "channel_receive" (func $receive (param i32 i32 i32 i32 i32 i32 i64) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "end")
    (func (export "_start") (local $end i32) (local $n i32)
      (if (call $startup (i32.const 0) (i32.const 3) (i32.const 4)) (then unreachable))
      (local.set $end (i32.load (i32.const 4)))
      (local.set $n (i32.const ${ROUNDS}))
      (loop $again
        ${first ? send + receive : receive + send}
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`);
}

/** Microseconds for a round trip between two ports. */
async function ports(): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const bytes = new Uint8Array(BYTES);
  const started = threadCpuMs();
  await new Promise<void>((resolve) => {
    let left = PORT_ROUNDS;
    port2.on("message", (message) => port2.postMessage(message));
    port1.on("message", (message) => (--left === 0 ? resolve() : port1.postMessage(message)));
    port1.postMessage(bytes);
  });
  const us = ((threadCpuMs() - started) * 1e3) / PORT_ROUNDS;
  port1.close();
  return us;
}

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const [ping, pong] = [await os.compile(player(true)), await os.compile(player(false))];
  const channel = async (): Promise<number> => {
    const [a, b] = os.channel();
    const started = threadCpuMs();
    const quiet = { stdout: "null", stderr: "null" } as const;
    const processes = [await os.spawn(pong, { ...quiet, handles: { end: b.give() } }), await os.spawn(ping, { ...quiet, handles: { end: a.give() } })];
    const ends = await Promise.all(processes.map(({ exited }) => exited));
    if (ends.some(({ status }) => status !== 0)) throw new Error("a program did not end well");
    return ((threadCpuMs() - started) * 1e3) / ROUNDS;
  };
  const [ours = [], theirs = []] = await interleave([channel, ports], { warmUp: 3, rounds: 15 });
  return {
    value: median(ours),
    against: { name: "two message ports on one thread", value: median(theirs) },
    runs: ours.length,
    spread: spread(ours),
    notes: ["a round trip: two messages and two switches"],
  };
}

export const channelLocal: Row = {
  name: "channel.local",
  meaning: "64 bytes there and back between two programs on one hart, with two thread switches",
  unit: "µs",
  target: { of: "value", at: "most", bound: 2 },
  limitMs: 60_000,
  measure,
};
