/** Runs docs/packages.md: what its commands print, and its code. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TEXT = readFileSync(join(ROOT, "docs/packages.md"), "utf8");
const DATA = mkdtempSync(join(tmpdir(), "isola-packages-guide-"));
after(() => rmSync(DATA, { recursive: true, force: true }));

function blocks(language: string): string[] {
  return [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text]) => text!);
}

test("the commands print what the guide says", { timeout: 120_000 }, () => {
  const [transcript] = blocks("console");
  assert.ok(transcript !== undefined);
  const commands = transcript.split(/^\$ /m).filter((part) => part !== "");
  assert.ok(commands.length >= 3);
  for (const part of commands) {
    const [command = "", ...output] = part.split("\n");
    const [name, ...words] = command.split(" ");
    assert.equal(name, "isola");
    const { stdout, stderr, status } = spawnSync(join(ROOT, "bin/isola"), words, { cwd: ROOT, encoding: "utf8", timeout: 60_000, env: { PATH: process.env["PATH"] ?? "", HOME: DATA, XDG_DATA_HOME: DATA } });
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.equal(stdout.replaceAll(DATA, "DATA").replaceAll(ROOT, ""), output.join("\n"));
  }
});

test("the code prints what the guide says", { timeout: 120_000 }, () => {
  const code = blocks("ts").join("\n");
  const promised = [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, line]) => line!.trimEnd());
  assert.ok(promised.length >= 3);
  const folder = mkdtempSync(join(ROOT, "test", ".guide-"));
  try {
    const file = join(folder, "guide.ts");
    writeFileSync(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", cwd: ROOT, timeout: 60_000, env: { ...process.env, STORE: join(DATA, "store") } });
    assert.equal(stderr, "");
    assert.deepEqual(stdout.trimEnd().split("\n"), promised);
    assert.equal(status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
