import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkDependencies, checkText } from "./check-text.ts";

function withFiles<T>(files: Readonly<Record<string, string>>, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "text-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

// Put together from halves, since the check reads this file too.
const LINT = "// oxlint" + "-disable-next-line eslint/no-var";
const COMPILER = "// @ts" + "-expect-error";
const OPEN = "// TO" + "DO";

test("suppressions need a reason and open ends an issue, with path and line", () => {
  const bad = { "src/a.ts": `let a;\n${LINT}\n`, "tools/b.ts": `${COMPILER}\n`, "types/c.d.ts": `\n\n${OPEN}: later\n` };
  const { looked, breaches } = withFiles(bad, checkText);
  assert.equal(looked, 3);
  assert.deepEqual(breaches.map((breach) => breach.split(": ")[0]), ["src/a.ts:2", "tools/b.ts:1", "types/c.d.ts:3"]);
});

test("suppressions with a reason and open ends with an issue pass", () => {
  const good = { "src/a.ts": `${LINT} -- the host wants it\n${COMPILER}: the library's type is wrong\n${OPEN}(#12): later\n` };
  assert.deepEqual(withFiles(good, checkText), { looked: 1, breaches: [] });
});

test("dependencies and their list must name the same packages", () => {
  const manifest = JSON.stringify({ dependencies: { a: "1" }, devDependencies: { "@b/c": "1" } });
  const list = (rows: string): string => `| package | why |\n|---|---|\n${rows}`;
  const check = (rows: string): readonly string[] => withFiles({ "package.json": manifest, "docs/dependencies.md": list(rows) }, checkDependencies).breaches;
  assert.deepEqual(check("| `a` | x |\n| `@b/c` | y |\n"), []);
  assert.match(check("| `a` | x |\n").join(), /@b\/c has no reason/);
  assert.match(check("| `a` | x |\n| `@b/c` | |\n").join(), /@b\/c has no reason/);
  assert.match(check("| `a` | x |\n| `@b/c` | y |\n| `d` | z |\n").join(), /d is not in package\.json/);
});
