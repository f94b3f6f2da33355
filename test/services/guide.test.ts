/** Runs docs/services.md: its system by the command, its code as a program, and what it says is printed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RESTART_DEFAULTS } from "../../src/os/service/restart-policy.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = readFileSync(join(ROOT, "docs/services.md"), "utf8");
const blocks = (language: string): string[] => [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text]) => text!);

// Inside the package, so that "isola" is the package itself.
const folder = mkdtempSync(join(ROOT, "test", ".services-guide-"));
after(() => rmSync(folder, { recursive: true }));
for (const [name, text] of [["system.json", blocks("json")[0]!], ["counter.wat", blocks("wat")[0]!], ["main.wat", blocks("wat")[1]!]] as const) writeFileSync(join(folder, name), text);

const run = (words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
  spawnSync(process.execPath, words, { encoding: "utf8", cwd: folder, timeout: 60_000, env: { ...process.env, ISOLA_CACHE: join(folder, "cache") } });
const withoutTimes = (log: string): string[] => log.trimEnd().split("\n").map((line) => line.replace(/^\[ *[0-9.]+\] /, ""));

test("the system boots with the log that the guide shows, and can be checked", () => {
  const command = join(ROOT, "src/cli/main.ts");
  const booted = run([command, "--manifest", "system.json"]);
  assert.equal(booted.status, 3, booted.stderr);
  assert.deepEqual(withoutTimes(booted.stderr), withoutTimes(blocks("text")[0]!));
  const checked = run([command, "--check", "system.json", "--svg", "picture.svg"]);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  assert.match(checked.stdout, /calls +counter\/count as count: next\(\) -> i32/);
  assert.match(readFileSync(join(folder, "picture.svg"), "utf8"), /^<svg /);
});

test("the program prints what the guide says", () => {
  const program = blocks("ts")[0]!;
  const promised = [...program.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, line]) => line!);
  assert.equal(promised.length, 3);
  writeFileSync(join(folder, "program.ts"), program);
  const { status, stdout, stderr } = run(["program.ts"]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trimEnd().split("\n"), promised);
});

test("the guide has the defaults of restarts as they are", () => {
  const { firstMs, factor, maxMs, jitter, restarts, windowMs } = RESTART_DEFAULTS;
  for (const words of [`\`backoff\` (${firstMs} ms)`, `\`factor\` (${factor})`, `\`max\` (${maxMs / 1000} s)`, `\`jitter\` (${jitter})`, `\`budget\` (${restarts})`, `\`window\` (${windowMs / 1000} s)`]) assert.ok(GUIDE.includes(words), words);
});
