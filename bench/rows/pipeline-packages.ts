/**
 * [pipeline.packages] A pipeline of three programs, started by a shell: `seq 1 100000 | sort -rn | head -1`
 * by the shell and the tools of agentOS's software packages, beside Debian's dash and coreutils. The
 * packages' own `sort` makes a thread, which its C library cannot; so that one is ours.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Files, boot, devices, installPackage, memory, packageStore } from "../../src/node.ts";
import type { Session } from "../../src/node.ts";
import { interleave } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const PACKAGES = fileURLToPath(new URL("../../node_modules/@rivet-dev/", import.meta.url));
const SHELL = "/usr/local/bin/sh";
const DASH = "/bin/dash";
const SORTED = "seq 1 100000 | sort -rn | head -1";
const LARGEST = "seq 1 100000 | awk 'm < $1 { m = $1 } END { print m }'";
const ANSWER = "100000\n";

async function here(session: Session, line: string): Promise<number> {
  const started = performance.now();
  const process = await session.spawn(SHELL, ["sh", "-c", line], { stdin: "null", stdout: "buffer", stderr: "null" });
  const [text, exit] = await Promise.all([process.stdout!.text(), process.exited]); // buffered, so it is there
  if (text !== ANSWER || exit.status !== 0) throw new Error(`the pipeline did not run: ${JSON.stringify(exit)}`);
  return performance.now() - started;
}

function there(line: string): number {
  const started = performance.now();
  const { stdout, status, error } = spawnSync(DASH, ["-c", line], { encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
  if (stdout !== ANSWER || status !== 0) throw new Error(`dash did not run the pipeline: ${error?.message ?? status}`);
  return performance.now() - started;
}

async function measure(): Promise<Measured> {
  const store = mkdtempSync(join(tmpdir(), "isola-bench-"));
  try {
    for (const name of readdirSync(PACKAGES)) if (name.startsWith("agent-os-")) await installPackage(join(PACKAGES, name), { store });
    await using os = await boot({ cacheFolder: false });
    const tools = os.tools?.();
    if (tools === undefined) throw new Error("the tools are not built: npm run build:userland");
    const ours = memory({ files: { "/bin/sort": await new Files(tools).read("sort") } });
    await using session = await os.createSession({ fs: { "/": ours, "/dev": devices(), "/usr/local": packageStore(store) }, env: { PATH: "/bin:/usr/local/bin" } });
    const [sorted, dashSorted, largest, dashLargest] = await interleave(
      [() => here(session, SORTED), () => there(SORTED), () => here(session, LARGEST), () => there(LARGEST)],
      { warmUp: 3, rounds: 11 },
    ) as [number[], number[], number[], number[]];
    return {
      value: median(sorted),
      against: { name: "dash and coreutils", value: median(dashSorted) },
      runs: sorted.length,
      spread: spread(sorted),
      parts: [{ name: "with awk for the largest, all of the packages", value: median(largest), unit: "ms", against: { name: "dash, coreutils and awk", value: median(dashLargest) } }],
      notes: ["sh, seq and head are the packages'; sort is ours: theirs makes a thread, which its C library cannot"],
    };
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}

export const pipelinePackages: Row = {
  name: "pipeline.packages",
  meaning: "seq 1 100000 | sort -rn | head -1 by the shell and tools of agentOS's packages",
  unit: "ms",
  limitMs: 120_000,
  measure,
};
