import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkFaceDocs, checkSpecNames } from "./check-docs.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

test("everything public in isola/wasm has a comment", (t) => {
  const { looked, problems } = checkFaceDocs(ROOT, "src/wasm/index.ts");
  t.diagnostic(`${looked} exports and members`);
  assert.deepEqual(problems, []);
  assert.ok(looked > 250);
});

test("every specification that code names has its address in docs/specs.md", (t) => {
  const { looked, problems } = checkSpecNames(ROOT, "src");
  t.diagnostic(`${looked} lines`);
  assert.deepEqual(problems, []);
  assert.ok(looked > 50);
});

test("what lacks a comment or an address is named", () => {
  const root = mkdtempSync(join(tmpdir(), "check-docs-"));
  try {
    for (const folder of ["src", "docs"]) mkdirSync(join(root, folder));
    writeFileSync(join(root, "src/index.ts"), 'export { A, f, Gone } from "./a.ts";\nexport type { T } from "./a.ts";\nexport type * from "./b.ts";\n');
    writeFileSync(join(root, "src/a.ts"), [
      "/** A: a class. Spec: core one. */", "export class A {", "  constructor() {", "  }", "  /** Said. */", "  said(): void {", "  }", "  unsaid(): void {", "  }", "  #own(): void {", "  }", "}",
      "export function f(): void {", "}", "/** Said. */", "export type T = A;"].join("\n"));
    writeFileSync(join(root, "src/b.ts"), "const x = 1;\nexport interface B {}\n");
    writeFileSync(join(root, "src/c.ts"), "/**\n * Spec: nobody's book.\n * Spec: core two.\n */\n");
    writeFileSync(join(root, "docs/specs.md"), "| name | document |\n|---|---|\n| core | https://example.org/ |\n");
    assert.deepEqual(checkFaceDocs(root, "src/index.ts"), { looked: 6, problems: [
      "src/a.ts:8: A.unsaid has no comment", "src/a.ts:13: f has no comment", "src/a.ts: no declaration of Gone begins a line", "src/b.ts:2: B has no comment"] });
    assert.deepEqual(checkSpecNames(root, "src"), { looked: 3, problems: ['src/c.ts:2: "nobody\'s book." begins with no name of docs/specs.md'] });
  } finally {
    rmSync(root, { recursive: true });
  }
});
