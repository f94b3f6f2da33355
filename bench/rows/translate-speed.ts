/**
 * [decode.translate] Our own part of compiling, once the code of decoder and translator is warm, on
 * one core; beside the host's compile of the same bytes on the same thread.
 */
import { decodeModule, translate } from "#wasm";
import { pythonBytes } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const ROUNDS = 9;
const OPTIONS = { safepoints: true, limits: true, fuel: false };

async function measure(): Promise<Measured> {
  const bytes = pythonBytes();
  const megabytes = bytes.length / 1e6;
  const decodes: number[] = [];
  let stamp = 0;
  const [ours, host] = await interleave([
    () => {
      const started = threadCpuMs();
      const module = decodeModule(bytes);
      decodes.push(threadCpuMs() - started);
      translate(module, OPTIONS);
      return threadCpuMs() - started;
    },
    () => {
      // A custom section that differs each time: the host gives modules of equal bytes out again.
      const fresh = new Uint8Array(bytes.length + 7);
      fresh.set(bytes);
      fresh.set([0, 5, 1, 0x78, stamp >> 8, stamp & 0xff, 0], bytes.length);
      stamp++;
      const started = performance.now();
      new WebAssembly.Module(fresh);
      return performance.now() - started;
    },
  ], { warmUp: 3, rounds: ROUNDS }) as [number[], number[]];
  return {
    value: megabytes / (median(ours) / 1000),
    against: { name: "the host's compile", value: megabytes / (median(host) / 1000) },
    runs: ROUNDS,
    spread: spread(ours),
    parts: [
      { name: "decode alone", value: megabytes / (median(decodes.slice(3)) / 1000), unit: "MB/s" },
      { name: "time", value: median(ours), unit: "ms", against: { name: "the host's compile", value: median(host) } },
    ],
    notes: ["ours is processor time of one thread, garbage collection on other threads not counted; the host may use several"],
  };
}

export const decodeTranslate: Row = {
  name: "decode.translate",
  meaning: "decode and translate CPython (20 MB) with warm code on one core",
  unit: "MB/s",
  target: { of: "value", at: "least", bound: 60 },
  limitMs: 60_000,
  measure,
};
