import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFloatBits } from "./number.ts";
import { printConst, printPattern } from "./print.ts";
import { parseSexprs } from "./sexpr.ts";
import { parsePattern } from "./value.ts";

const PATTERNS = [
  "(i32.const -1)", "(i64.const 9223372036854775807)", "(f32.const 0.1)", "(f32.const -0)", "(f64.const 1e+300)", "(f32.const inf)", "(f64.const -inf)",
  "(f32.const nan)", "(f32.const -nan:0x200001)", "(f64.const nan:0x1)", "(f64.const nan:arithmetic)", "(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)",
  "(v128.const f32x4 1 nan:canonical -0.5 inf)", "(ref.null)", "(ref.null extern)", "(ref.extern)", "(ref.extern 7)", "(ref.host 3)", "(ref.func)", "(either (i32.const 1) (i32.const 2))",
];
for (const text of PATTERNS) {
  test(text, () => {
    const [node] = parseSexprs(text);
    assert.ok(node !== undefined);
    assert.equal(printPattern(parsePattern(node)), text);
  });
}

for (const [type, width] of [["f32", 32], ["f64", 64]] as const) {
  test(`every ${type} reads back as it was`, () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << BigInt(width)) - 1n }), (bits) => {
      const text = /const (.*)\)$/.exec(printConst(type, bits))?.[1] ?? "";
      assert.equal(parseFloatBits(text, type), bits, text);
    }));
  });
}
