import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkLayers, type LayerReport } from "./check-layers.ts";

const MANIFEST = JSON.stringify({ imports: { "#base": "./src/base/index.ts", "#wasm": "./src/wasm/index.ts", "#kernel": "./src/kernel/index.ts", "#machine/node": "./src/machine/node/index.ts", "#os": "./src/os/index.ts", "#cli": "./src/cli/index.ts" } });

/** A tree in which every allowed shape of import occurs. */
const CLEAN: Readonly<Record<string, string>> = {
  "package.json": MANIFEST,
  "src/base/index.ts": 'export { a } from "./a.ts";',
  "src/base/a.ts": "export const a = 1;",
  "src/kernel/index.ts": 'export { b } from "./object/b.ts"; export type { C } from "./c.ts";',
  "src/kernel/c.ts": 'import type { B } from "./object/b.ts"; export type C = B;',
  "src/kernel/object/b.ts": 'import { a } from "#base"; import type { C } from "../c.ts"; export type B = C; export const b = a;',
  "src/kernel/b.test.ts": 'import { test } from "node:test"; import fc from "fast-check"; import { b } from "#kernel"; import { n } from "#machine/node"; import { helper } from "../../test/helper.ts";',
  "src/machine/node/index.ts": 'import { readFileSync } from "node:fs"; import { b } from "#kernel"; export const n = readFileSync;',
  "src/cli/main.ts": 'import parse from "watr"; import process from "node:process"; import { n } from "#machine/node"; await import(n);',
};

function check(files: Readonly<Record<string, string>>): LayerReport {
  const root = mkdtempSync(join(tmpdir(), "layers-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a tree that keeps the rules has no breach, and the report counts what was read", () => {
  assert.deepEqual(check(CLEAN), { files: 8, imports: 17, breaches: [] });
});

const BREACHES: readonly (readonly [name: string, path: string, text: string, expected: RegExp])[] = [
  ["deep import by a relative path", "src/kernel/x.ts", 'import { a } from "../base/a.ts";', /^src\/kernel\/x\.ts:1: \.\.\/base\/a\.ts reaches into layer base/],
  ["deep import in a test", "src/kernel/x.test.ts", 'import { a } from "../base/a.ts";', /x\.test\.ts:1: .*reaches into layer base/],
  ["deep import by a subpath", "src/kernel/x.ts", 'import { a } from "#base/a.ts";', /#base\/a\.ts is no face/],
  ["upward import", "src/base/x.ts", '\nimport { b } from "#kernel";', /^src\/base\/x\.ts:2: base must not import #kernel$/],
  ["upward type import", "src/base/x.ts", 'import type { B } from "#kernel";', /base must not import #kernel \(type\)/],
  ["upward re-export", "src/base/x.ts", 'export * from "#kernel";', /base must not import #kernel/],
  ["upward dynamic import", "src/kernel/x.ts", 'await import("#machine/node");', /kernel must not import #machine\/node \(dynamic\)/],
  ["sideways import", "src/machine/node/x.ts", 'import { spawn } from "#os";', /machine must not import #os/],
  ["import of the command", "src/os/x.ts", 'import { main } from "#cli";', /os must not import #cli/],
  ["own face", "src/kernel/x.ts", 'import { b } from "#kernel";', /#kernel is the own face/],
  ["node: in a portable layer", "src/kernel/x.ts", 'import { readFileSync } from "node:fs";', /node:fs is not allowed/],
  ["node: as a type", "src/fs/x.ts", 'import type { Stats } from "node:fs";', /node:fs is not allowed/],
  ["node: in the machine outside node/", "src/machine/x.ts", 'import "node:fs";', /node:fs is not allowed/],
  ["package in a portable layer", "src/wasm/x.ts", 'import parse from "watr";', /package watr is not allowed in wasm/],
  ["Node module without its prefix", "src/wasm/x.ts", 'import { readFileSync } from "fs";', /package fs is not allowed/],
  ["computed dynamic import", "src/wasm/x.ts", "await import(name);", /computed name/],
  ["a way out of src/", "src/wasm/x.ts", 'import { x } from "../../tools/x.ts";', /leaves src/],
  ["test support in the product", "src/base/x.ts", 'import { y } from "./y.test-support.ts";', /y\.test-support\.ts is for tests only/],
  ["unknown layer", "src/extra/x.ts", "", /layer "extra" is not in the table/],
  ["a file that imports itself", "src/base/x.ts", 'import "./x.ts";', /import cycle: src\/base\/x\.ts -> src\/base\/x\.ts/],
];
for (const [name, path, text, expected] of BREACHES) {
  test(`reports: ${name}`, () => {
    const { breaches } = check({ ...CLEAN, [path]: text });
    assert.equal(breaches.length, 1, breaches.join("\n"));
    assert.match(breaches[0] ?? "", expected);
  });
}

test("reports a cycle of value imports once, with the way round", () => {
  const { breaches } = check({
    ...CLEAN,
    "src/wasm/p.ts": 'import { q } from "./q.ts";',
    "src/wasm/q.ts": 'export { r } from "./r.ts";',
    "src/wasm/r.ts": 'import { p } from "./p.ts"; import { q } from "./q.ts";',
    "src/wasm/s.ts": 'import { p } from "./p.ts";',
  });
  assert.equal(breaches.length, 1, breaches.join("\n"));
  assert.match(breaches[0] ?? "", /^src\/wasm\/[pqr]\.ts:1: import cycle: (?:src\/wasm\/[pqr]\.ts(?: -> )?){3,4}$/);
});

test("allows a cycle that a type-only or a dynamic import closes", () => {
  const { breaches } = check({
    ...CLEAN,
    "src/wasm/p.ts": 'import { q } from "./q.ts";',
    "src/wasm/q.ts": 'import type { P } from "./p.ts"; await import("./p.ts");',
  });
  assert.deepEqual(breaches, []);
});

test("fails when it scanned no file", () => {
  const report = check({ "package.json": MANIFEST });
  assert.equal(report.files, 0);
  assert.deepEqual(report.breaches, ["src: no file was scanned"]);
});
