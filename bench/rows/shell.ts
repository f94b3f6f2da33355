/**
 * [sh.true] [sh.loop1000] [pipeline.own] What the shell costs: its start and end, a thousand programs one after
 * the other, and a pipeline of three. Shell and tools are those of `userland`, in a session with files in memory;
 * beside them, turn by turn, Debian's dash and coreutils.
 */
import { spawnSync } from "node:child_process";
import { boot, devices, memory } from "../../src/node.ts";
import type { Session, System } from "../../src/node.ts";
import { interleave } from "../interleave.ts";
import type { Measured, Part, Row } from "../row.ts";
import { median, quantile, spread } from "../statistics.ts";

const DASH = "/bin/dash";
const LIMIT_MS = 120_000;

class Bench implements AsyncDisposable {
  readonly session: Session;
  readonly #os: System;

  private constructor(os: System, session: Session) {
    this.#os = os;
    this.session = session;
  }

  static async create(): Promise<Bench> {
    const os = await boot({ cacheFolder: false });
    const tools = os.tools?.();
    if (tools === undefined) throw new Error("the tools are not built: npm run build:userland");
    return new Bench(os, await os.createSession({ fs: { "/": memory(), "/bin": tools, "/dev": devices() }, env: { PATH: "/bin" } }));
  }

  /** Milliseconds that the shell takes for a line, from its start to its end. */
  async here(line: string, answer: string): Promise<number> {
    const started = performance.now();
    const process = await this.session.spawn("/bin/sh", ["sh", "-c", line], { stdin: "null", stdout: "buffer", stderr: "null" });
    const [text, exit] = await Promise.all([process.stdout!.text(), process.exited]); // buffered, so it is there
    if (text !== answer || exit.status !== 0) throw new Error(`the shell did not run ${line}: ${JSON.stringify(exit.status)} ${text}`);
    return performance.now() - started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.#os.close();
  }
}

function there(line: string, answer: string): number {
  const started = performance.now();
  const { stdout, status, error } = spawnSync(DASH, ["-c", line], { encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
  if (stdout !== answer || status !== 0) throw new Error(`dash did not run ${line}: ${error?.message ?? status}`);
  return performance.now() - started;
}

/** Lines by their names: the first is the row's. */
async function compare(lines: readonly (readonly [name: string, line: string, answer: string])[], options: { readonly warmUp: number; readonly rounds: number }, againstName: string): Promise<Measured> {
  await using bench = await Bench.create();
  const samples = await interleave(lines.flatMap(([, line, answer]) => [() => bench.here(line, answer), () => there(line, answer)]), options);
  const [own, dash, ...others] = samples as [number[], number[], ...number[][]];
  const parts: Part[] = lines.slice(1).map(([name], index) => ({
    name, value: median(others[2 * index]!), unit: "ms", against: { name: againstName, value: median(others[2 * index + 1]!) }, // two lists for each line
  }));
  return { value: median(own), against: { name: againstName, value: median(dash) }, runs: own.length, spread: spread(own), parts: [{ name: "p90", value: quantile(own, 0.9), unit: "ms" }, ...parts] };
}

const COUNT = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i';
const CALLS = 'f() { r=${1%.*}; }; for i in $(seq 5000); do f a.$i; done; echo $r';

export const shTrue: Row = {
  name: "sh.true",
  meaning: "sh -c true from its start to its end, p50",
  unit: "ms",
  target: { of: "value", at: "most", bound: 3 },
  limitMs: LIMIT_MS,
  measure: () => compare([
    ["true", "true", ""],
    ["20,000 rounds of a loop that counts", COUNT, "20000\n"],
    ["5,000 calls of a function that cuts a suffix", CALLS, "a\n"],
  ], { warmUp: 10, rounds: 40 }, "dash, a process of the host's"),
};

export const shLoop1000: Row = {
  name: "sh.loop1000",
  meaning: "1,000 times the program true, one after the other, in a loop of the shell",
  unit: "ms",
  target: { of: "value", at: "most", bound: 1000 },
  limitMs: LIMIT_MS,
  measure: () => compare([
    ["programs", "for i in $(seq 1000); do /bin/true; done; echo $i", "1000\n"],
    ["100 subshells", "for i in $(seq 100); do (exit 0); done; echo $i", "100\n"],
    ["100 substitutions of a program", "for i in $(seq 100); do x=$(seq 1); done; echo $x", "1\n"],
  ], { warmUp: 2, rounds: 9 }, "dash and coreutils"),
};

export const pipelineOwn: Row = {
  name: "pipeline.own",
  meaning: "seq 1 100000 | sort -rn | head -1 by our own shell and tools",
  unit: "ms",
  target: { of: "value", at: "most", bound: 150 },
  limitMs: LIMIT_MS,
  measure: () => compare([
    ["sorted", "seq 1 100000 | sort -rn | head -1", "100000\n"],
    ["sorted, and counted by a loop of the shell", "seq 1 2000 | sort -rn | while read x; do n=$((n+1)); [ $x = 1 ] && echo $n; done", "2000\n"],
  ], { warmUp: 3, rounds: 15 }, "dash and coreutils"),
};
