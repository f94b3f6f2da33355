/** The examples of docs/user-space.md run, and print what they say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildUserland } from "../../tools/build-userland.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = readFileSync(new URL("../../docs/user-space.md", import.meta.url), "utf8");
const blocks = (language: string): string[] => [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))].map(([, text]) => text!);

before(() => buildUserland());

for (const [index, program] of blocks("ts").entries()) {
  test(`program ${index + 1} prints what its comments say`, { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", program], { cwd: ROOT, encoding: "utf8" });
    const expected = program.split("\n").filter((line) => line.startsWith("console.log(")).map((line) => line.split(" // ")[1]);
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trimEnd().split("\n"), expected);
    assert.equal(status, 0);
  });
}

test("the command prints what is shown", () => {
  const [shown = ""] = blocks("console");
  const [command = "", ...lines] = shown.split("\n");
  const { stdout } = spawnSync("sh", ["-c", command.replace("$ isola", "bin/isola")], { cwd: ROOT, encoding: "utf8" });
  assert.deepEqual(stdout.split("\n"), lines);
});
