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
  const sum = (mode: string, what: "ticks" | "yields"): number =>
    judged.filter((one) => one.result.mode === mode).reduce((total, one) => total + one.result[what], 0);
  assert.ok(sum("on", "ticks") > 1_000_000, `with features on only ${sum("on", "ticks")} checks met the raised flag`);
  assert.ok(sum("on", "yields") > 500_000, `with features on only ${sum("on", "yields")} checks came to the yield`);
  assert.equal(sum("off", "ticks"), 0);
});
