/**
 * Runs the specification's test suite.
 *
 *     node conformance/spec/run.ts [--features on|off|both|raw] [FILE...]
 *
 * `FILE` is `folder/name.wast`, `name.wast` or a part of it. Without any, and in both modes, the
 * bare host runs as well and `docs/conformance.md` is rewritten. Exits with 1 when anything is not as expected.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Judged, Mode } from "./expectations.ts";
import { printReport, printSummary } from "./report.ts";
import { runSuite } from "./run-suite.ts";
import type { Progress } from "./run-suite.ts";
import { findSuite, NO_SUITE, REPOSITORY, suiteFiles } from "./suite.ts";

const FEATURES: Readonly<Record<string, readonly Mode[]>> = { on: ["on"], off: ["off"], both: ["on", "off"], raw: ["raw"] };

/** Runs everything and rewrites the report; undefined when there is no suite. */
export async function runAll(onProgress: (progress: Progress) => void): Promise<readonly Judged[] | undefined> {
  const root = findSuite();
  if (root === undefined) return undefined;
  const judged = await runSuite(suiteFiles(root), ["raw", "on", "off"], onProgress);
  writeFileSync(join(REPOSITORY, "docs/conformance.md"), printReport(judged));
  return judged;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { features: { type: "string" } } });
  const modes = FEATURES[values.features ?? "both"];
  if (modes === undefined) {
    console.error(`--features takes ${Object.keys(FEATURES).join(", ")}`);
    return 2;
  }
  const root = findSuite();
  if (root === undefined) {
    console.log(NO_SUITE);
    return 0;
  }
  const whole = modes === FEATURES["both"] && positionals.length === 0;
  const files = suiteFiles(root).filter((file) => positionals.length === 0 || positionals.some((part) => file.name.includes(part)));
  if (files.length === 0) {
    console.error(`no script matches ${positionals.join(", ")}`);
    return 2;
  }
  const judged = whole ? (await runAll(showProgress)) ?? [] : await runSuite(files, modes, showProgress);
  for (const problem of judged.flatMap((one) => one.problems)) console.log(problem);
  console.log(printSummary(judged));
  if (whole) console.log("wrote docs/conformance.md");
  return judged.some((one) => one.problems.length > 0) ? 1 : 0;
}

/** On a terminal one line that changes; elsewhere a line for every tenth. */
function showProgress({ done, total, problems, last }: Progress): void {
  const line = `${done}/${total} scripts, ${problems} problems`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}  ${done === total ? "\n" : last}`);
  else if (done === total || Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total)) process.stderr.write(`${line}\n`);
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
