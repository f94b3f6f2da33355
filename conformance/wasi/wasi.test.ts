import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "../../src/node.ts";
import { EXPECTED_FAILURES } from "./expectations.ts";
import { runSuite } from "./run-suite.ts";
import { readSuite, SUITE_VARIABLE } from "./suite.ts";

const folder = process.env[SUITE_VARIABLE];

test("the WASI test suite passes in memory and on the host", { skip: folder === undefined ? `${SUITE_VARIABLE} names no folder` : false, timeout: 300_000 }, async () => {
  const tests = readSuite(folder!);
  assert.ok(tests.length > 50, `found ${tests.length} tests`);
  for (const row of EXPECTED_FAILURES) assert.ok(tests.some(({ name }) => name.endsWith(row.test)), `${row.test} is in the suite`);
  await using os = await boot();
  const failures: string[] = [];
  for await (const { test: name, storage, result, detail } of runSuite(os, tests)) if (result === "failed") failures.push(`${name} on ${storage}: ${detail}`);
  assert.deepEqual(failures, []);
});

test("a suite on disk is read with its specifications, and an unknown wish is refused", (t) => {
  const root = mkdtempSync(join(tmpdir(), "isola-suite-"));
  t.after(() => rmSync(root, { recursive: true }));
  const programs = join(root, "tests", "wasm32-wasip1");
  mkdirSync(programs, { recursive: true });
  mkdirSync(join(root, "tests", "wasm32-wasip3"));
  writeFileSync(join(programs, "plain.wasm"), "");
  writeFileSync(join(programs, "full.wasm"), "");
  writeFileSync(join(programs, "full.json"), JSON.stringify({ args: ["a"], env: { K: "V" }, root: "files", exit_code: 3, stdout: "x" }));
  writeFileSync(join(root, "tests", "wasm32-wasip3", "other.wasm"), "");
  const [full, plain, ...rest] = readSuite(root);
  assert.equal(rest.length, 0);
  assert.deepEqual([full?.name, full?.args, full?.env, full?.root, full?.exitCode, full?.stdout], ["tests/wasm32-wasip1/full", ["a"], { K: "V" }, join(programs, "files"), 3, "x"]);
  assert.deepEqual([plain?.name, plain?.exitCode, plain?.root], ["tests/wasm32-wasip1/plain", 0, undefined]);
  writeFileSync(join(programs, "plain.json"), JSON.stringify({ operations: [] }));
  assert.throws(() => readSuite(root), /"operations"/);
});
