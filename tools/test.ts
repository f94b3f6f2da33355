/**
 * Runs every test file, each in a process of its own, and closes with one summary. Arguments
 * are words; with any, only files whose path contains one of them run.
 *
 * Fails when a test failed, when a file could not be run, and when no test ran at all.
 */
import { globSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GLOBS = ["src/**/*.test.ts", "test/**/*.test.ts", "tools/**/*.test.ts", "conformance/**/*.test.ts", "bench/**/*.test.ts"];
/** Test files at a time. More would disturb the tests that measure time. */
const CONCURRENCY = 2;
/** For one test file, and for each test in it that sets no timeout of its own. */
const TIMEOUT_MS = 300_000;

const words = process.argv.slice(2);
const files = globSync(GLOBS, { cwd: ROOT })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();

interface Outcome {
  readonly file: string;
  readonly name: string;
  readonly detail: string;
}
const failed: Outcome[] = [];
const skipped: Outcome[] = [];
let passed = 0;
const started = performance.now();

if (files.length > 0) {
  const flags = process.versions.node.startsWith("24.") ? ["--experimental-wasm-branch-hinting"] : [];
  const stream = run({ files: files.map((file) => join(ROOT, file)), cwd: ROOT, concurrency: CONCURRENCY, timeout: TIMEOUT_MS, execArgv: flags });
  const outcome = (name: string, file: string | undefined, detail: string): Outcome => ({ name, file: relative(ROOT, file ?? ""), detail });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    if (event.skip !== undefined) skipped.push(outcome(event.name, event.file, typeof event.skip === "string" ? event.skip : ""));
    else passed++;
  });
  stream.on("test:fail", (event) => {
    // A suite fails because a test in it did, unless its own hook threw.
    if (event.details.type !== "suite") failed.push(outcome(event.name, event.file, event.details.error.message));
  });
  const report = stream.compose(spec());
  for await (const text of report) process.stdout.write(String(text));
}

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log("");
for (const [reason, count] of countBy(skipped, ({ detail }) => detail || "no reason given")) console.log(`skipped ${count}: ${reason}`);
for (const { file, name, detail } of failed) console.log(`failed: ${file}: ${name}: ${detail.split("\n")[0]}`);
console.log(`test: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped, in ${files.length} files, ${seconds} s, Node ${process.version}`);
if (passed === 0) console.log("test: no test ran");
if (failed.length > 0 || passed === 0) process.exitCode = 1;

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
