import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, readExpectations } from "./expectations.ts";
import type { Expectation, FileResult } from "./expectations.ts";

const row: Expectation = { file: "core/a.wast", lines: [3, 7], modes: ["on"], part: "host engine", reason: "a reason for it" };
const result = (failedLines: readonly number[], mode: FileResult["mode"] = "on"): FileResult => ({
  file: "core/a.wast", mode, passed: 1, ticks: 0, yields: 0,
  others: failedLines.map((line) => ({ line, directive: "action" as const, verdict: "failed" as const, detail: "no" })),
});

test("a listed failure is expected", () => {
  const { expected, problems } = judge(result([3, 7]), [row]);
  assert.deepEqual(expected, [{ line: 3, part: "host engine" }, { line: 7, part: "host engine" }]);
  assert.deepEqual(problems, []);
});

test("an unlisted failure is a problem", () => {
  assert.deepEqual(judge(result([3, 7, 8]), [row]).problems, ["core/a.wast:8 [on] action: no"]);
});

test("a listed case that passes is a problem", () => {
  assert.deepEqual(judge(result([3]), [row]).problems, ["core/a.wast:7 [on] is expected to fail and passes"]);
});

test("a row is for its modes and its file only", () => {
  assert.deepEqual(judge(result([], "off"), [row]).problems, []);
  assert.equal(judge(result([3], "off"), [row]).problems.length, 1);
  assert.equal(judge({ ...result([3]), file: "core/b.wast" }, [row]).problems.length, 1);
});

test("the list itself is well-formed", () => {
  assert.ok(readExpectations().length > 0);
});
