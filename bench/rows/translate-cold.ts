/**
 * [translate.20mb] [translate.20mb.lazy] [translate.cached] What a program of 20 MB costs before it runs, in
 * a process that has just started, beside the host's own compile of the untouched bytes in such a process.
 *
 * The host compiles a function when it is first called, so that what it calls a compile validates and compiles
 * nothing; that is what `.lazy` and `.cached` are beside. The translator rewrites every function, and so it is
 * held against the time in which the host compiles every function, by its baseline compiler.
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

/** `cpu` is processor time of all threads, of the whole compile. */
type Timings = CompileTimings & { readonly cpu: number };

const AGAINST = { lazy: "the host's compile, untouched", eager: "the host's compile of every function, untouched" } as const;

async function cold(mode: "lazy" | "eager" | "isola", folder?: string): Promise<Timings> {
  const flags = mode === "eager" ? ["--no-wasm-lazy-compilation"] : [];
  const { stdout } = await run(process.execPath, [...flags, COLD, mode, ...folder === undefined ? [] : [folder]], { timeout: 60_000 });
  return JSON.parse(stdout) as Timings;
}

async function measureCold(mode: keyof typeof AGAINST): Promise<Measured> {
  const timings: Timings[] = [];
  const hostCpu: number[] = [];
  const [host, ours] = await interleave([
    async () => {
      const { total, cpu } = await cold(mode);
      hostCpu.push(cpu);
      return total;
    },
    async () => {
      const timing = await cold("isola");
      timings.push(timing);
      return timing.decode + timing.translate;
    },
  ], { warmUp: 1, rounds: ROUNDS }) as [number[], number[]];
  timings.shift();
  hostCpu.shift();
  const name = AGAINST[mode];
  const against = { name, value: median(host) };
  const part = (name: string, of: (timing: Timings) => number) => ({ name, value: median(timings.map(of)), unit: "ms", against });
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
      { ...part("all, processor time of all threads", ({ cpu }) => cpu), against: { name, value: median(hostCpu) } },
    ],
    ...(mode === "lazy" ? { notes: ["the host compiles functions when they are first called; its time here is for validation and set-up"] } : {}),
  };
}

async function measureCached(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "isola-bench-"));
  try {
    await cold("isola", folder);
    const [host, ours] = await interleave([
      async () => (await cold("lazy")).total,
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
  meaning: "decode and translate CPython (20 MB) in a cold process, beside the host's compile of every function of the untouched bytes",
  unit: "ms",
  target: { of: "ratio", at: "most", bound: 2 },
  limitMs: 180_000,
  measure: () => measureCold("eager"),
};

export const translateColdLazy: Row = {
  name: "translate.20mb.lazy",
  meaning: "the same, beside the host's compile as it comes, which leaves functions until they are called",
  unit: "ms",
  limitMs: 180_000,
  measure: () => measureCold("lazy"),
};

export const translateCached: Row = {
  name: "translate.cached",
  meaning: "what compiling CPython takes longer than the host's own compile when its translation is on disk, in a cold process",
  unit: "ms",
  target: { of: "value", at: "most", bound: 50 },
  limitMs: 180_000,
  measure: measureCached,
};
