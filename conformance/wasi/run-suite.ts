/** Programs of the WASI test suite, run as any program is, on a file system in memory and on a host folder. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitReport, hostDir, memory } from "../../src/node.ts";
import type { Exit, System } from "../../src/node.ts";
import { expectedFailure } from "./expectations.ts";
import type { WasiTest } from "./suite.ts";

export type Storage = "memory" | "host";

export interface Outcome {
  readonly test: string;
  readonly storage: Storage;
  readonly result: "passed" | "failed" | "expected failure";
  /** What is wrong; for an expected failure, why. */
  readonly detail: string | undefined;
}

/** Runs all `tests` on each kind of storage. */
export async function* runSuite(os: System, tests: readonly WasiTest[]): AsyncGenerator<Outcome> {
  for (const storage of ["memory", "host"] as const) {
    for (const test of tests) {
      const wrong = await runTest(os, test, storage);
      const expected = expectedFailure(test.name, storage);
      if (expected === undefined) yield { test: test.name, storage, result: wrong === undefined ? "passed" : "failed", detail: wrong };
      else if (wrong !== undefined || expected.byChance) yield { test: test.name, storage, result: "expected failure", detail: expected.reason };
      else yield { test: test.name, storage, result: "failed", detail: `passed, though a row says: ${expected.reason}` };
    }
  }
}

/** What is wrong with how the program ended; undefined when nothing is. */
async function runTest(os: System, test: WasiTest, storage: Storage): Promise<string | undefined> {
  const folder = storage === "host" && test.root !== undefined ? mkdtempSync(join(tmpdir(), "isola-wasi-")) : undefined;
  try {
    if (folder !== undefined) cpSync(test.root!, folder, { recursive: true });
    const root = folder !== undefined ? hostDir(folder, { write: true }) : test.root === undefined ? undefined : memory({ files: filesBelow(test.root) });
    const places = root === undefined ? [] : ["/", ...test.dirs.map((dir) => `/${dir}`)];
    const program = await os.compile(readFileSync(test.path));
    await using process = await os.spawn(program, {
      args: test.args,
      env: test.env,
      fs: Object.fromEntries(places.map((place) => [place, root!])),
      limits: { wall: "20 s" },
    });
    const exit = await process.exited;
    return verdict(test, exit, (await process.stdout?.text()) ?? "", (await process.stderr?.text()) ?? "");
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function verdict(test: WasiTest, exit: Exit, stdout: string, stderr: string): string | undefined {
  if (!("status" in exit)) return `${exitReport(exit, test.name)}\n${stderr}`;
  if (exit.status !== test.exitCode) return `status ${exit.status} instead of ${test.exitCode}\n${stdout}${stderr}`;
  if (test.stdout !== undefined && stdout !== test.stdout) return `standard output ${JSON.stringify(stdout)} instead of ${JSON.stringify(test.stdout)}`;
  if (test.stderr !== undefined && stderr !== test.stderr) return `standard error ${JSON.stringify(stderr)} instead of ${JSON.stringify(test.stderr)}`;
  return undefined;
}

function filesBelow(folder: string): Record<string, Uint8Array> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path))]));
}
