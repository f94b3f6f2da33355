/** Processes that are killed while they write; `node fuzz/volume.ts` kills thousands. */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { killRounds } from "./crash.test-support.ts";

const SECONDS = 20;

test("a process that is killed loses nothing that was synced, and leaves a whole volume", { timeout: 120_000 }, async (t) => {
  const end = performance.now() + SECONDS * 1000;
  const counts = await killRounds(Number(process.env["ISOLA_SEED"] ?? 1), 100, () => performance.now() < end);
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.kills > 3 && counts.syncs > 0, JSON.stringify(counts));
});
