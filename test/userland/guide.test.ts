/** Runs what docs/userland.md shows: the program that it writes, by the commands that it names. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { usageIn, userlandReference } from "../../tools/userland-reference.ts";
import { programs } from "./row.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TEXT = readFileSync(join(ROOT, "docs/userland.md"), "utf8");

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(TEXT)?.[1] ?? assert.fail(`there is no block of ${language}`);
}

test("the program of the guide is built and does what the guide says", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "isola-guide-"));
  try {
    writeFileSync(join(folder, "reverse.ts"), block("ts"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(ROOT, join(folder, "node_modules/isola"));
    const commands = block("console").split(/^\$ /m).filter((part) => part !== "");
    assert.equal(commands.length, 4);
    const path = `${join(ROOT, "node_modules/.bin")}:${join(ROOT, "bin")}:${process.env["PATH"] ?? ""}`;
    // The compiler is here already.
    for (const part of commands.slice(1)) {
      const [command = "", ...output] = part.split("\n");
      const run = spawnSync("sh", ["-c", `${command.replace("npx asc", "asc")} 2>&1`], { cwd: folder, encoding: "utf8", env: { PATH: path, HOME: folder } });
      assert.equal(run.stdout, output.join("\n"), command);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the list of tools is that of the sources", () => {
  assert.equal(userlandReference(ROOT), TEXT);
  for (const name of programs.names) if (name !== "[" && name !== "sh") assert.ok(TEXT.includes(`\n### ${name}\n`), name);
});

test("every usage text begins with the name and says what the program does", () => {
  for (const name of programs.names) {
    if (name === "[" || name === "sh") continue;
    const usage = usageIn(readFileSync(join(ROOT, `userland/bin/${name}.ts`), "utf8"));
    if (usage === undefined) continue;
    assert.match(usage, new RegExp(`^usage: ${name}\\b`));
    assert.ok(usage.endsWith("\n"), name);
    assert.ok(usage.includes("\n\n"), name);
    for (const line of usage.split("\n")) assert.ok(!/^ {2}-/.test(line) || /^ {2}(?:-NUMBER|-[^-](?:, --[a-z-]+)?(?: [A-Z]+)?)(?: {2,}\S|$)/.test(line), `${name}: ${line}`);
  }
});
