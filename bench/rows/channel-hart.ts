/**
 * [channel.hart.rtt] [channel.hart.rate] Messages of 64 bytes between programs on two harts: there and back, with both
 * harts otherwise idle and with a program that spins on each; and as many as go in one direction. Beside them: the host's own
 * message ports between two threads.
 */
import { Worker } from "node:worker_threads";
import { boot } from "../../src/node.ts";
import type { Process, Program, System } from "../../src/node.ts";
import { separateCores } from "../cores.ts";
import { SPIN } from "../guests.ts";
import { MESSAGE_BYTES, batchUs, player, stream } from "../players.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const BATCH = 50;
const ROUNDS = 10_000;
const STREAMED = 200_000;
const STREAM_BATCH = 20_000;
const PORT_ROUNDS = 5_000;
const RUNS = 7;
const QUIET = { stdout: "null", stderr: "null" } as const;

/** Runs `timed` on hart 0 and `other` on hart 1, joined by a channel. */
async function between(os: System, timed: Program, other: Program, batch: number, messages: number): Promise<number[]> {
  const [a, b] = os.channel({ messages });
  const partner = await os.spawn(other, { ...QUIET, hart: 1, handles: { end: b.give() } });
  const process = await os.spawn(timed, { ...QUIET, stdout: "buffer", hart: 0, handles: { end: a.give() } });
  const samples = batchUs(await process.stdout!.bytes(), batch);
  for (const { exited } of [process, partner]) if ((await exited).status !== 0) throw new Error("a program did not end well");
  return samples;
}

/** Hart 1 works alone for a while. */
async function warm(os: System): Promise<void> {
  const spinning = await os.spawn(await os.compile(SPIN()), { ...QUIET, hart: 1, limits: { cpu: "300 ms" } });
  await spinning.exited;
}

const coreNote = (separate: boolean): string => (separate ? "each hart on a core of its own" : "the host chose the cores");

/** Microseconds for a round trip between two threads, over a message port; and messages in a second, one way. */
async function ports(): Promise<{ readonly us: number; readonly rate: number }> {
  const worker = new Worker(`
    const { parentPort } = require("node:worker_threads");
    let left = 0;
    parentPort.on("message", (message) => {
      if (typeof message === "number") left = message;
      else if (left === 0) parentPort.postMessage(message);
      else if (--left === 0) parentPort.postMessage(message);
    });`, { eval: true });
  const bytes = new Uint8Array(MESSAGE_BYTES);
  const answers = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) {
      const answer = new Promise((resolve) => worker.once("message", resolve));
      worker.postMessage(bytes);
      await answer;
    }
  };
  await answers(500);
  let started = performance.now();
  await answers(PORT_ROUNDS);
  const us = ((performance.now() - started) * 1e3) / PORT_ROUNDS;
  started = performance.now();
  const last = new Promise((resolve) => worker.once("message", resolve));
  worker.postMessage(STREAMED);
  for (let count = 0; count < STREAMED; count++) worker.postMessage(bytes);
  await last;
  const rate = STREAMED / ((performance.now() - started) / 1e3);
  await worker.terminate();
  return { us, rate };
}

async function measureRtt(): Promise<Measured> {
  await using os = await boot({ harts: 2, cacheFolder: false });
  const timed = await os.compile(player({ first: true, rounds: ROUNDS, batch: BATCH }));
  const other = await os.compile(player({ first: false, rounds: ROUNDS }));
  const spin = await os.compile(SPIN());
  const separate = await separateCores(() => warm(os));
  await between(os, timed, other, BATCH, 16);
  const idle: number[] = [];
  const busy: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    idle.push(...await between(os, timed, other, BATCH, 16));
    const spinners: Process[] = [await os.spawn(spin, { ...QUIET, hart: 0 }), await os.spawn(spin, { ...QUIET, hart: 1 })];
    busy.push(...await between(os, timed, other, BATCH, 16));
    for (const spinner of spinners) spinner.kill();
    await Promise.all(spinners.map(({ exited }) => exited));
  }
  const against = { name: "a message port between two threads", value: (await ports()).us };
  const worse = median(idle) > median(busy) ? idle : busy;
  return {
    value: median(worse), against, runs: worse.length, spread: spread(worse),
    parts: [{ name: "both idle", value: median(idle), unit: "µs", against }, { name: "a spinning program on each", value: median(busy), unit: "µs", against }],
    notes: [`time of day, medians of batches of ${BATCH} round trips; ${coreNote(separate)}`],
  };
}

async function measureRate(): Promise<Measured> {
  await using os = await boot({ harts: 2, cacheFolder: false });
  const programs = async (timedSends: boolean): Promise<readonly [Program, Program]> => [
    await os.compile(stream({ sends: timedSends, rounds: STREAMED, batch: STREAM_BATCH })), await os.compile(stream({ sends: !timedSends, rounds: STREAMED })),
  ];
  const there = await programs(true);
  const back = await programs(false);
  const separate = await separateCores(() => warm(os));
  const directions: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    directions[0].push(...await between(os, ...there, STREAM_BATCH, 256));
    directions[1].push(...await between(os, ...back, STREAM_BATCH, 256));
  }
  const rates = directions.map((samples) => samples.map((us) => 1e6 / us));
  const against = { name: "a message port between two threads", value: (await ports()).rate };
  const worse = median(rates[0]!) < median(rates[1]!) ? rates[0]! : rates[1]!; // two directions
  return {
    value: median(worse), against, runs: worse.length, spread: spread(worse),
    parts: [{ name: "from the channel's hart", value: median(rates[0]!), unit: "messages/s", against }, { name: "to it", value: median(rates[1]!), unit: "messages/s", against }],
    notes: [`time of day, batches of ${STREAM_BATCH.toLocaleString("en-US")}; ${coreNote(separate)}`],
  };
}

export const channelHartRtt: Row = {
  name: "channel.hart.rtt",
  meaning: "64 bytes there and back between programs on two harts, the slower of idle and busy harts",
  unit: "µs",
  target: { of: "value", at: "most", bound: 10 },
  limitMs: 120_000,
  measure: measureRtt,
};

export const channelHartRate: Row = {
  name: "channel.hart.rate",
  meaning: "messages of 64 bytes one way between programs on two harts, the slower direction",
  unit: "messages/s",
  target: { of: "value", at: "least", bound: 300_000 },
  limitMs: 120_000,
  measure: measureRate,
};
