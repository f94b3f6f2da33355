/**
 * Runs the WASI test suite and prints what failed and how many were run:
 *
 *     ISOLA_WASI_TESTS=folder node conformance/wasi/run.ts [part of a name]
 *
 * Without the folder it says that it ran nothing. Ends with 1 when a test failed or none was found.
 */
import { boot } from "../../src/node.ts";
import type { Outcome } from "./run-suite.ts";
import { runSuite } from "./run-suite.ts";
import { readSuite, SUITE_VARIABLE } from "./suite.ts";

const folder = process.env[SUITE_VARIABLE];
const part = process.argv[2] ?? "";
if (folder === undefined) {
  console.log(`WASI test suite: 0 run, all skipped: ${SUITE_VARIABLE} names no folder`);
} else {
  const tests = readSuite(folder).filter((test) => test.name.includes(part));
  await using os = await boot();
  const outcomes: Outcome[] = [];
  for await (const outcome of runSuite(os, tests)) {
    outcomes.push(outcome);
    if (outcome.result !== "passed") console.log(`${outcome.result}: ${outcome.test} on ${outcome.storage}: ${outcome.detail}`);
  }
  const count = (result: Outcome["result"]): number => outcomes.filter((outcome) => outcome.result === result).length;
  console.log(`WASI test suite: ${tests.length} programs, ${outcomes.length} runs, ${count("passed")} passed, ${count("expected failure")} failed as expected, ${count("failed")} failed`);
  if (count("failed") > 0 || tests.length === 0) process.exitCode = 1;
}
