/**
 * Runs every test file, each in a process of its own, and closes with one summary. Arguments
 * are words; with any, only files whose path contains one of them run.
 *
 * Fails when a test failed, when a file ended badly, ran no test or did not end in time (its
 * whole process group is killed then: many tests are about programs that never stop), and
 * when there was nothing to run. `node --test` alone waits for such a file for ever.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestOutcome } from "./test-events.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GLOBS = ["src/**/*.test.ts", "test/**/*.test.ts", "tools/**/*.test.ts", "conformance/**/*.test.ts", "bench/**/*.test.ts"];
/** Test files at a time. More would disturb the tests that measure time. */
const CONCURRENCY = 2;
/**
 * Some tests measure time, which a busy host can spoil. Up to so many files that failed get one more try,
 * alone, and the summary names them; more failures than these are no coincidence.
 */
const SECOND_TRIES_MAX = 3;
const FILE_TIMEOUT_MS = Number(process.env["ISOLA_TEST_TIMEOUT_MS"] ?? 600_000);

interface FileResult {
  readonly file: string;
  readonly outcomes: readonly TestOutcome[];
  /** What the process printed, for people. */
  readonly output: string;
  readonly ms: number;
}

const scratch = mkdtempSync(join(tmpdir(), "isola-test-"));
const running = new Set<number>();

/** Kills a test's process and all that it started. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

function runFile(file: string, index: number): Promise<FileResult> {
  const events = join(scratch, `${index}.jsonl`);
  const flags = process.versions.node.startsWith("24.") ? ["--experimental-wasm-branch-hinting"] : [];
  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", `--test-reporter=${join(ROOT, "tools/test-events.ts")}`, `--test-reporter-destination=${events}`];
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, ...reporters, join(ROOT, file)], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  return new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (pid !== undefined) killGroup(pid);
    }, FILE_TIMEOUT_MS);
    const finish = (end: string): void => {
      clearTimeout(timer);
      if (pid !== undefined) {
        running.delete(pid);
        killGroup(pid);
      }
      const outcomes = readOutcomes(events);
      const fail = (detail: string): void => void outcomes.push({ result: "failed", name: "(the file)", detail });
      if (timedOut) fail(`did not end within ${FILE_TIMEOUT_MS} ms and was killed`);
      else if (end !== "status 0" && !outcomes.some(({ result }) => result === "failed")) fail(`ended with ${end}`);
      else if (outcomes.length === 0) fail("ran no test");
      resolve({ file, outcomes, output: Buffer.concat(chunks).toString(), ms: performance.now() - started });
    };
    child.on("error", (error) => finish(error.message));
    // "exit", not "close": a grandchild that holds the pipe must not keep us waiting.
    child.on("exit", (status, signal) => setImmediate(() => finish(signal === null ? `status ${status}` : signal)));
  });
}

function readOutcomes(path: string): TestOutcome[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  // The last line may be cut off when the process was killed.
  return text.split("\n").slice(0, -1).map((line): TestOutcome => JSON.parse(line));
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const pid of running) killGroup(pid);
    rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  });
}

const words = process.argv.slice(2);
const files = globSync(GLOBS, { cwd: ROOT })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();
const results: FileResult[] = [];
const started = performance.now();
let next = 0;

const failures = ({ outcomes }: FileResult): TestOutcome[] => outcomes.filter(({ result }) => result === "failed");

async function run(file: string, index: number): Promise<FileResult> {
  const result = await runFile(file, index);
  const bad = failures(result).length;
  console.log(`${bad === 0 ? "ok    " : "FAILED"} ${result.file}: ${result.outcomes.length} tests, ${Math.round(result.ms)} ms`);
  if (bad > 0) console.log(result.output);
  return result;
}
async function worker(): Promise<void> {
  for (let index = next++; index < files.length; index = next++) results.push(await run(files[index] ?? "", index));
}
await Promise.all(Array.from({ length: CONCURRENCY }, worker));

const unsteady: string[] = [];
const failed = results.filter((result) => failures(result).length > 0);
if (failed.length <= SECOND_TRIES_MAX) {
  for (const [index, result] of failed.entries()) {
    const again = await run(result.file, files.length + index);
    if (failures(again).length > 0) continue;
    results[results.indexOf(result)] = again;
    for (const { name, detail } of failures(result)) unsteady.push(`${result.file}: ${name}: ${detail.split("\n")[0]}`);
  }
}
rmSync(scratch, { recursive: true, force: true });

const all = results.flatMap(({ file, outcomes }) => outcomes.map((outcome) => ({ file, ...outcome })));
const count = (result: TestOutcome["result"]): number => all.filter((each) => each.result === result).length;
const reasons = new Map<string, number>();
for (const { result, detail } of all) if (result === "skipped") reasons.set(detail, (reasons.get(detail) ?? 0) + 1);

console.log("");
for (const [reason, times] of reasons) console.log(`skipped ${times}: ${reason}`);
for (const line of unsteady) console.log(`unsteady, passed alone at the second try: ${line}`);
for (const { file, name, detail, result } of all) if (result === "failed") console.log(`failed: ${file}: ${name}: ${detail.split("\n")[0]}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`test: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped, in ${files.length} files, ${seconds} s, Node ${process.version}`);
if (count("passed") === 0) console.log("test: no test passed");
if (count("failed") > 0 || count("passed") === 0) process.exitCode = 1;
