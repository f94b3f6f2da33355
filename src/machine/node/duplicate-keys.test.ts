import assert from "node:assert/strict";
import { test } from "node:test";
import { duplicateKeys } from "./duplicate-keys.ts";

const found = (text: string): readonly string[] => {
  JSON.parse(text);
  return duplicateKeys(text).map(({ path, lines }) => `${path} ${lines.join(" ")}`);
};

test("a key that an object has twice is found, with its path and lines", () => {
  assert.deepEqual(found(`{"a":1,"a":2}`), ["a 1 1"]);
  assert.deepEqual(found(`{\n "a": {"b": 1,\n "c": [], "b": 2 },\n "x": 1, "a":\n\n {}, "x"\n:3 }`), ["a.b 2 3", "a 2 4", "x 4 6"]);
  assert.deepEqual(found(`{"a":[{"b":1},[],{"b":1,"b":2}, 3, {"c":{"/d":1,"/d":2}}]}`), [`a[2].b 1 1`, `a[4].c["/d"] 1 1`]);
  assert.deepEqual(found(`{"a":1,"a":2,"a":3}`), ["a 1 1", "a 1 1"]);
  assert.deepEqual(found(String.raw`{"a\"b":1, "a":2, "\u0061":3, "":4, "":5}`), ["a 1 1", `[""] 1 1`]);
  assert.deepEqual(found(`[{"a":1,"a":2}]`), ["[0].a 1 1"]);
});

test("what only looks like one is none", () => {
  for (const text of [`{"a":{"a":{"a":1}},"b":{"a":1}}`, `[{"a":1},{"a":1}]`, `["a","a"]`, `{"a":"a","b":"a"}`, String.raw`{"a":"\",\"a\":1"}`, String.raw`{"a\\":1,"a":"{\"a\":1}"}`, `{"__proto__":1}`, `"a"`, `1`, `[]`, `{}`, ` null `]) assert.deepEqual(found(text), []);
});
