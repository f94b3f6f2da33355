/** What docs/shell.md shows is what the shell does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Shell } from "./sh/shell.ts";

const BLOCK = /```console\n(.*?)```/gs;
const COMMAND = /^\$ /m;

test("docs/shell.md: examples print what is said", { timeout: 120_000 }, async () => {
  const text = readFileSync(new URL("../../docs/shell.md", import.meta.url), "utf8");
  const examples = [...text.matchAll(BLOCK)].flatMap(([, block]) => block!.split(COMMAND).filter((example) => example !== ""));
  assert.ok(examples.length >= 4);
  await using shell = await Shell.create();
  for (const example of examples) {
    // Where the command ends is where the rest is its output.
    const lines = example.trimEnd().split("\n");
    const outcomes = await Promise.all(lines.map(async (_, index) => {
      const { out, status } = await shell.sh(["-c", lines.slice(0, index + 1).join("\n")]);
      return status === 0 && out === `${lines.slice(index + 1).join("\n")}\n`;
    }));
    assert.ok(outcomes.includes(true), example);
  }
});

test("docs/shell.md: what it calls a builtin is one", { timeout: 120_000 }, async () => {
  const text = readFileSync(new URL("../../docs/shell.md", import.meta.url), "utf8");
  const named = /\*\*Builtins\*\*: `([^`]*)`/.exec(text)![1]!.split(" ");
  await using shell = await Shell.create();
  const { out } = await shell.sh(["-c", `for name in "$@"; do type "$name"; done`, "sh", ...named]);
  assert.equal(out.split("\n").filter((line) => line.includes("shell builtin")).length, named.length, out);
});
