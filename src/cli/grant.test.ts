import assert from "node:assert/strict";
import { test } from "node:test";
import { CliError } from "./cli-error.ts";
import { needsRoot, parseGrant } from "./grant.ts";

/** Text, folder of the host, path of the program, read-only. */
const GOOD: readonly (readonly [text: string, host: string, guest: string, readOnly: boolean])[] = [
  [".", ".", "/", false],
  ["./", "./", "/", false],
  ["/", "/", "/", false],
  ["src", "src", "/src", false],
  ["./src:ro", "./src", "/src", true],
  ["a//b/./c", "a//b/./c", "/a/b/c", false],
  ["/home/me", "/home/me", "/home/me", false],
  ["..::/up", "..", "/up", false],
  ["../x::y/:ro", "../x", "/y", true],
  ["a:b", "a:b", "/a:b", false],
  ["a:ro::/x", "a:ro", "/x", false],
  ["a::/x:ro:ro", "a", "/x:ro", true],
  ["a::.", "a", "/", false],
];

test("grants are read as HOST[::GUEST][:ro]", () => {
  for (const [text, host, guest, readOnly] of GOOD) assert.deepEqual(parseGrant(text), { host, guest, readOnly }, text);
});

test("grants that make no sense are refused", () => {
  for (const text of ["", ":ro", "::", "::/x", "a::", "a::/b::/c", "..", "../x", "a/../b", "a::/x/../y"]) {
    assert.throws(() => parseGrant(text), CliError, text);
  }
});

test("/ is added when folders are given and none is at /", () => {
  assert.equal(needsRoot([]), false);
  assert.equal(needsRoot([parseGrant("src")]), true);
  assert.equal(needsRoot([parseGrant("src"), parseGrant(".")]), false);
});
