import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFloatBits, parseInteger } from "./number.ts";

test("integers", () => {
  assert.equal(parseInteger("-1", 32), 0xffff_ffffn);
  assert.equal(parseInteger("+0x7fff_ffff", 32), 0x7fff_ffffn);
  assert.equal(parseInteger("1_000", 64), 1000n);
  assert.equal(parseInteger("0x", 32), undefined);
  assert.equal(parseInteger("1.0", 32), undefined);
  assert.equal(parseInteger("4294967295", 32), 0xffff_ffffn);
  assert.equal(parseInteger("4294967296", 32), undefined);
  assert.equal(parseInteger("-0x80", 8), 0x80n);
  assert.equal(parseInteger("-129", 8), undefined);
});

const floats: readonly (readonly [text: string, type: "f32" | "f64", bits: bigint])[] = [
  ["0", "f32", 0n],
  ["-0", "f32", 0x8000_0000n],
  ["-0x0p+5", "f64", 1n << 63n],
  ["1", "f32", 0x3f80_0000n],
  ["inf", "f32", 0x7f80_0000n],
  ["-inf", "f64", 0xfff0_0000_0000_0000n],
  ["nan", "f32", 0x7fc0_0000n],
  ["-nan:0x1", "f32", 0xff80_0001n],
  ["0x1p-149", "f32", 1n],
  ["0x1p-150", "f32", 0n],
  ["0x1.8p-150", "f32", 1n],
  ["0x1.fffffep127", "f32", 0x7f7f_ffffn],
  ["0x1.ffffffp127", "f32", 0x7f80_0000n],
  ["1e999999999999", "f32", 0x7f80_0000n],
  ["0x1p+999999999999", "f64", 0x7ff0_0000_0000_0000n],
  ["-1e-999999999999", "f64", 1n << 63n],
  ["0e999999999999", "f32", 0n],
  [`0.${"0".repeat(500)}1e501`, "f64", 0x3ff0_0000_0000_0000n],
  [`1${"0".repeat(500)}e-500`, "f32", 0x3f80_0000n],
  [`0x0.${"0".repeat(500)}1p2004`, "f64", 0x3ff0_0000_0000_0000n],
  ["1e400", "f64", 0x7ff0_0000_0000_0000n],
  // Just above the middle between two f32: rounding to f64 first would make it a tie.
  ["0x1.00000100000000001p-50", "f32", 0x2680_0001n],
  ["0x1.00000100000000000p-50", "f32", 0x2680_0000n],
];
for (const [text, type, bits] of floats) {
  test(`${type} ${text}`, () => assert.equal(parseFloatBits(text, type), bits));
}

test("words that are no float", () => {
  for (const text of ["", "nan:canonical", "0x", "1e", "e1", "--1", "1 "]) assert.equal(parseFloatBits(text, "f64"), undefined, text);
});

test("agrees with the host's own reading of decimals", () => {
  const view = new DataView(new ArrayBuffer(8));
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    view.setFloat64(0, value);
    assert.equal(parseFloatBits(Object.is(value, -0) ? "-0" : String(value), "f64"), view.getBigUint64(0));
  }));
});

test("agrees with the host's rounding of a double to a float", () => {
  const view = new DataView(new ArrayBuffer(4));
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e39, max: 1e39 }), (value) => {
    view.setFloat32(0, value);
    assert.equal(parseFloatBits(Object.is(value, -0) ? "-0" : String(value), "f32"), BigInt(view.getUint32(0)));
  }));
});

test("no payload of a NaN, or one that does not fit", () => {
  for (const text of ["nan:0x0", "nan:0x800000", "nan:1"]) assert.equal(parseFloatBits(text, "f32"), undefined, text);
});
