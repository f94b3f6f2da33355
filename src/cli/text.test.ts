import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { columns, counted, harmless, printBytes, printMs, quoted } from "./text.ts";

test("nothing that a terminal obeys is left in harmless text, and the rest is as it was", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.doesNotMatch(harmless(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    assert.doesNotMatch(quoted(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  }));
  assert.equal(harmless("a\tb\né \u001b[1m\u202e日本"), "a\tb\né \\u{1b}[1m\\u{202e}日本");
  assert.equal(quoted('a"b\\c\n'), '"a\\"b\\\\c\\u{a}"');
});

test("quoted names can be told apart", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => assert.equal(quoted(a) === quoted(b), a === b)));
});

test("sizes, times and counts", () => {
  assert.deepEqual([0, 1, 1023, 1024, 1536, 20_538_911, 1024 ** 3, 5 * 1024 ** 5].map(printBytes), ["0 bytes", "1 byte", "1023 bytes", "1 KiB", "1.5 KiB", "19.6 MiB", "1 GiB", "5120 TiB"]);
  assert.deepEqual([0.04, 4.25, 350.4, 999.4, 1000, 2049].map(printMs), ["0 ms", "4.3 ms", "350 ms", "999 ms", "1 s", "2.05 s"]);
  assert.deepEqual([counted(0, "import"), counted(1, "import"), counted(2, "import")], ["0 imports", "1 import", "2 imports"]);
});

test("columns are as wide as their widest cell, and lines end where their text does", () => {
  assert.deepEqual(columns([["a", "1", "x"], ["bbb", "22", ""]], [1]), ["a     1  x", "bbb  22"]);
  assert.deepEqual(columns([]), []);
});
