/**
 * [translate.20mb] [translate.cached] What a program of 20 MB costs before it runs, in a process
 * that has just started, beside the host's own compile of the untouched bytes in such a process.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CompileTimings } from "#wasm";
import { interleave } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const ROUNDS = 7;
const COLD = fileURLToPath(new URL("../hosts/cold-compile.ts", import.meta.url));
const run = promisify(execFile);

async function cold(mode: "host" | "isola", folder?: string): Promise<CompileTimings> {
  const { stdout } = await run(process.execPath, [COLD, mode, ...folder === undefined ? [] : [folder]], { timeout: 60_000 });
  return JSON.parse(stdout) as CompileTimings;
}

async function measureCold(): Promise<Measured> {
  const timings: CompileTimings[] = [];
  const [host, ours] = await interleave([
    async () => (await cold("host")).total,
    async () => {
      const timing = await cold("isola");
      timings.push(timing);
      return timing.decode + timing.translate;
    },
  ], { warmUp: 1, rounds: ROUNDS }) as [number[], number[]];
  timings.shift();
  const against = { name: "the host's compile, untouched", value: median(host) };
  const part = (name: string, of: (timing: CompileTimings) => number) => ({ name, value: median(timings.map(of)), unit: "ms", against });
  return {
    value: median(ours),
    against,
    runs: ROUNDS,
    spread: spread(ours),
    parts: [
      part("decode", ({ decode }) => decode),
      part("validate, by the host", ({ validate }) => validate),
      part("translate", ({ translate }) => translate),
      part("compile, by the host", ({ compile }) => compile),
      part("all", ({ total }) => total),
    ],
    notes: ["the host compiles functions when they are first called; its time here is for validation and set-up"],
  };
}

async function measureCached(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "isola-bench-"));
  try {
    await cold("isola", folder);
    const [host, ours] = await interleave([
      async () => (await cold("host")).total,
      async () => {
        const timing = await cold("isola", folder);
        if (!timing.cached) throw new Error("the translation did not come from the cache");
        return timing.total;
      },
    ], { warmUp: 1, rounds: ROUNDS + 2 }) as [number[], number[]];
    return {
      value: median(ours) - median(host),
      against: { name: "the host's compile, untouched", value: median(host) },
      runs: ours.length,
      spread: spread(ours),
      parts: [{ name: "in all", value: median(ours), unit: "ms", against: { name: "the host's compile, untouched", value: median(host) } }],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const translateCold: Row = {
  name: "translate.20mb",
  meaning: "decode and translate CPython (20 MB) in a cold process, beside the host's compile of the untouched bytes",
  unit: "ms",
  target: { of: "ratio", at: "most", bound: 2 },
  limitMs: 180_000,
  measure: measureCold,
};

export const translateCached: Row = {
  name: "translate.cached",
  meaning: "what compiling CPython takes longer than the host's own compile when its translation is on disk, in a cold process",
  unit: "ms",
  target: { of: "value", at: "most", bound: 50 },
  limitMs: 180_000,
  measure: measureCached,
};
