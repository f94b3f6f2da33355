/** The program of docs/sessions.md runs, and prints what its comments say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildUserland } from "../../tools/build-userland.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the guide to sessions", { timeout: 120_000 }, async () => {
  await buildUserland();
  const guide = readFileSync(new URL("../../docs/sessions.md", import.meta.url), "utf8");
  const program = [...guide.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, text]) => text!).find((text) => text.startsWith("import "))!;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", program], { cwd: ROOT, encoding: "utf8" });
  assert.equal(stderr, "");
  assert.deepEqual(stdout.trimEnd().split("\n"), program.split("\n").filter((line) => line.startsWith("console.log(")).map((line) => line.split(" // ")[1]));
  assert.equal(status, 0);
});
