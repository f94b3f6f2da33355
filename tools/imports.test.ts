import assert from "node:assert/strict";
import { test } from "node:test";
import { findImports, type ImportKind } from "./imports.ts";

const ROWS: readonly (readonly [name: string, source: string, kind: ImportKind | undefined, specifier?: string])[] = [
  ["named", 'import { a, b as c } from "#base";', "value", "#base"],
  ["default and named", 'import a, { b } from "x";', "value", "x"],
  ["namespace", 'import * as a from "./a.ts";', "value", "./a.ts"],
  ["single quotes", "import { a } from 'x'", "value", "x"],
  ["side effect", 'import "./a.ts";', "value", "./a.ts"],
  ["type only", 'import type { A } from "./a.ts";', "type", "./a.ts"],
  ["type namespace", 'import type * as A from "./a.ts";', "type", "./a.ts"],
  ["inline type leaves an import", 'import { type A } from "./a.ts";', "value", "./a.ts"],
  ["a default named type", 'import type from "x";', "value", "x"],
  ["attributes", 'import a from "./a.json" with { type: "json" };', "value", "./a.json"],
  ["over lines", 'import {\n  a, // one\n  /* two */ b,\n}\nfrom\n"x";', "value", "x"],
  ["re-export", 'export { a } from "./a.ts";', "value", "./a.ts"],
  ["re-export of all", 'export * from "./a.ts";', "value", "./a.ts"],
  ["re-export as a name", 'export * as a from "./a.ts";', "value", "./a.ts"],
  ["re-export of types", 'export type { A } from "./a.ts";', "type", "./a.ts"],
  ["re-export of all types", 'export type * from "./a.ts";', "type", "./a.ts"],
  ["dynamic", 'const a = await import("./a.ts");', "dynamic", "./a.ts"],
  ["dynamic in a template", "const a = `${await import('x')}`;", "dynamic", "x"],
  ["dynamic by a plain template", "const a = await import(`x`);", "dynamic", "x"],
  ["dynamic, computed", "const a = await import(`./${name}.ts`);", "dynamic"],
  ["dynamic, added up", 'const a = await import("x" + y);', "dynamic"],
  ["type query", 'let a: import("./a.ts").A;', "dynamic", "./a.ts"],
  ["after a regular expression with a quote", 'const r = /["\'`]/; import "x";', "value", "x"],
  ["after a division", 'const r = a / b; import "x"; const q = c / d;', "value", "x"],
  ["after a template in a template", 'const t = `a${`b${{ c: "}" }}`}`; import "x";', "value", "x"],
  ["in a line comment", '// import "x"', undefined],
  ["in a block comment", '/* import "x" */', undefined],
  ["in a string", "const a = 'import \"x\"';", undefined],
  ["in a template", 'const a = `import "x"`;', undefined],
  ["meta property", 'const a = import.meta.url; const from = "x";', undefined],
  ["a method of that name", 'linker.import("x");', undefined],
  ["export without from", 'export { a };\nfrom("x");', undefined],
  ["export of a declaration", 'export const from = "x";', undefined],
];

for (const [name, source, kind, specifier] of ROWS) {
  test(`finds imports: ${name}`, () => {
    const found = findImports(source).map((each) => [each.kind, each.specifier]);
    assert.deepEqual(found, kind === undefined ? [] : [[kind, specifier]]);
  });
}

test("lines count from 1 and pass over comments, strings and templates", () => {
  const source = '#!/usr/bin/env node\n/* a\n b */ const t = `\n${1}\n`;\nimport "x";\n\nexport * from "y";\n';
  assert.deepEqual(findImports(source).map(({ line, specifier }) => [line, specifier]), [[6, "x"], [8, "y"]]);
});

test("ends on sources that stop in the middle of anything", () => {
  for (const source of ['"', "`", "`${", "/*", "//", "/", "import", "import {", "import(", 'import("x', "export *", "#!"]) assert.deepEqual(findImports(source).filter(({ specifier }) => specifier === "y"), []);
});
