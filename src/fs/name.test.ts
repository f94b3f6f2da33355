import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { utf8Length } from "./name.ts";

test("utf8Length is the length of the encoded text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => assert.equal(utf8Length(text), new TextEncoder().encode(text).length)));
});
