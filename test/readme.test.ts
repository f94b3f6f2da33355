/** The README tells the truth: its program runs, its commands print what it shows. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildUserland } from "../tools/build-userland.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const cache = mkdtempSync(join(tmpdir(), "isola-readme-"));
before(() => buildUserland());
after(() => rmSync(cache, { recursive: true, force: true }));

function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(readme)?.[1];
  assert.ok(found !== undefined, `the README has no ${language} block`);
  return found;
}
function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `"$0" "$@" 2>&1`, command, ...args], { cwd: root, encoding: "utf8", env: { ...process.env, ISOLA_CACHE: cache } });
  return { status, output: stdout + stderr };
}

test("the program runs and prints what its comments say", { timeout: 60_000 }, () => {
  const { status, output } = run(process.execPath, ["--input-type=module-typescript", "--eval", block("ts")]);
  assert.equal(output, "6 * 7 is 42\n\n{ status: 0 }\n100\n\n");
  assert.equal(status, 0);
});

test("./demo.sh prints what is shown", { timeout: 120_000 }, () => {
  const shown = block("console").split("\n").slice(1).join("\n");
  const { status, output } = run("./demo.sh", []);
  const plain = (text: string): string => text.replaceAll(/in [0-9.]+ s$/gm, "in … s").trim();
  // What comes before the first title is the set-up, and only the first time.
  assert.equal(plain(output.slice(output.indexOf(shown.slice(0, shown.indexOf(","))))), plain(shown));
  assert.equal(status, 0);
});

test("every file that the README links to is there", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1]!);
  assert.ok(links.length > 2);
  for (const link of links) readFileSync(join(root, link));
});
