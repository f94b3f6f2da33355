import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSexprs, WastError } from "./sexpr.ts";
import type { Node } from "./sexpr.ts";

/** A tree in short: lists as arrays, strings as their bytes in hexadecimal after a quote. */
function brief(node: Node): unknown {
  if (node.kind === "list") return node.items.map(brief);
  return node.kind === "atom" ? node.text : `"${[...node.bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
const read = (source: string): unknown => parseSexprs(source).map(brief);

const rows: readonly (readonly [source: string, tree: unknown])[] = [
  ["", []],
  ["(a (b) c) d", [["a", ["b"], "c"], "d"]],
  ["(a;; not b)\n)", [["a"]]],
  ["(a (; one (; two ;) ;) b)", [["a", "b"]]],
  ["(a (@note (b) \"(\" ;; )\n ;) c)", [["a", "c"]]],
  [String.raw`"a\t\n\r\"\'\\\00\ff\u{20ac}"`, ["\"61090a0d22275c00ffe282ac"]],
  ["\"€\"", ["\"e282ac"]],
  ["$\"a b\" $c!", ["$a b", "$c!"]],
  ["a\"b\"(c)", ["a", "\"62", ["c"]]],
];

for (const [source, tree] of rows) {
  test(`reads ${JSON.stringify(source)}`, () => assert.deepEqual(read(source), tree));
}

test("tells lines and ranges", () => {
  const source = "a\n(b\r\n (c \"\\0a\"))\r(d)";
  const [, b, d] = parseSexprs(source);
  assert.ok(b?.kind === "list" && d?.kind === "list");
  assert.equal(b.line, 2);
  assert.equal(b.column, 1);
  assert.deepEqual([b.items[1]?.line, b.items[1]?.column], [3, 2]);
  assert.equal(d.line, 4);
  assert.equal(source.slice(b.start, b.end), "(b\r\n (c \"\\0a\"))");
});

for (const [source, line, column] of [
  ["(a\n(b", 2, 1], ["a\n )", 2, 2], ["\n\"abc", 2, 1], [" (; (; ;)", 1, 2], ["\"\\q\"", 1, 1], ["(;\r\n;) \"\\u{110000}\"", 2, 4], ["\"\\u{d800}\"", 1, 1],
] as const) {
  test(`refuses ${JSON.stringify(source)}`, () => {
    assert.throws(() => parseSexprs(source), (error) => error instanceof WastError && error.line === line && error.column === column);
  });
}
