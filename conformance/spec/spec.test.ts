import assert from "node:assert/strict";
import { test } from "node:test";
import { printSummary } from "./report.ts";
import { runAll } from "./run.ts";
import { findSuite, NO_SUITE } from "./suite.ts";

test("the specification's test suite", { skip: findSuite() === undefined ? NO_SUITE : false, timeout: 280_000 }, async (context) => {
  const judged = await runAll(() => undefined);
  assert.ok(judged !== undefined);
  for (const line of printSummary(judged).split("\n")) context.diagnostic(line);
  assert.deepEqual(judged.flatMap((one) => one.problems), []);
  const ticks = (mode: string): number => judged.filter((one) => one.result.mode === mode).reduce((sum, one) => sum + one.result.ticks, 0);
  assert.ok(ticks("on") > 1_000_000, `with features on only ${ticks("on")} checks met the raised flag`);
  assert.equal(ticks("off"), 0);
});
