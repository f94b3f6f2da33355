/** Bulk array operations in pieces do what the untouched instructions do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { SAFEPOINTS, TestGuest } from "./test-host.ts";

const SIZE = 70_000;
const SEGMENT = 40_000;

type Call = readonly [name: string, ...args: readonly number[]];

/** Element types: what is stored, a value made of an i32 (local `v`), and an element on the stack as an i32. */
const ELEMENTS = {
  i8: { storage: "i8", value: "(local.get $v)", get: "array.get_u", number: "" },
  i16: { storage: "i16", value: "(local.get $v)", get: "array.get_u", number: "" },
  i32: { storage: "i32", value: "(local.get $v)", get: "array.get", number: "" },
  f64: { storage: "f64", value: "(f64.convert_i32_s (local.get $v))", get: "array.get", number: "i32.trunc_sat_f64_s" },
  v128: { storage: "v128", value: "(i32x4.splat (local.get $v))", get: "array.get", number: "i32x4.extract_lane 3" },
  ref: { storage: "(ref null i31)", value: "(ref.i31 (local.get $v))", get: "array.get", number: "i31.get_u" },
} as const;
type ElementName = keyof typeof ELEMENTS;

function build(name: ElementName): Uint8Array {
  const { storage, value, get, number } = ELEMENTS[name];
  const line = (k: number): string => `"${Array.from({ length: 1000 }, (_, i) => `\\${(((k * 1000 + i) * 2654435761) >>> 24).toString(16).padStart(2, "0")}`).join("")}"`;
  const segment = name === "ref"
    ? `(elem $s (ref i31) ${Array.from({ length: SEGMENT }, (_, i) => `(item (ref.i31 (i32.const ${i})))`).join(" ")})`
    : `(data $s ${Array.from({ length: SEGMENT / 1000 }, (_, k) => line(k)).join(" ")})`;
  const [init, drop] = name === "ref" ? ["array.init_elem", "elem.drop"] : ["array.init_data", "data.drop"];
  const seeded = `(local $v i32) (loop $l (array.set $a (local.get $r) (local.get $v) ${value})
    (br_if $l (i32.lt_u (local.tee $v (i32.add (local.get $v) (i32.const 1))) (array.len (local.get $r)))))`;
  return Uint8Array.from(compile(`(module (type $a (array (mut ${storage})))
    (global $x (mut (ref null $a)) (ref.null $a)) (global $y (mut (ref null $a)) (ref.null $a))
    ${segment}
    (func $seed (param $r (ref $a)) (result (ref $a)) ${seeded} (local.get $r))
    (func (export "make") (param i32) (global.set $x (call $seed (array.new_default $a (local.get 0)))) (global.set $y (call $seed (array.new_default $a (local.get 0)))))
    (func (export "unmake") (global.set $x (ref.null $a)))
    (func (export "fill") (param i32 i32) (param $v i32) (array.fill $a (global.get $x) (local.get 0) ${value} (local.get 1)))
    (func (export "copy") (param i32 i32 i32) (array.copy $a $a (global.get $x) (local.get 0) (global.get $x) (local.get 1) (local.get 2)))
    (func (export "across") (param i32 i32 i32) (array.copy $a $a (global.get $y) (local.get 0) (global.get $x) (local.get 1) (local.get 2)))
    (func (export "init") (param i32 i32 i32) (${init} $a $s (global.get $x) (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (${drop} $s))
    (func $hash (param $r (ref null $a)) (result i32) (local $i i32) (local $h i32) (if (ref.is_null (local.get $r)) (then (return (i32.const -1))))
      (loop $l (local.set $h (i32.add (i32.rotl (i32.mul (local.get $h) (i32.const -1640531535)) (i32.const 5)) (${get} $a (local.get $r) (local.get $i)) ${number}))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $r)))))
      (local.get $h))
    (func (export "hashX") (result i32) (call $hash (global.get $x)))
    (func (export "hashY") (result i32) (call $hash (global.get $y))))`));
}

/** `bytes`: of an element in the segment. */
function calls(bytes: number): readonly Call[] {
  const held = Math.floor(SEGMENT / bytes);
  return [
    ["make", SIZE],
    ["fill", 3, 512, 7], ["fill", 3, 513, 8], ["fill", 1, 16_384, 9], ["fill", 2, 32_769, 10], ["fill", 0, SIZE, 11],
    ["fill", 1, SIZE, 12], ["fill", SIZE, 0, 12], ["fill", SIZE + 1, 0, 12], ["fill", -1, 2, 12], ["fill", -1, 40_000, 12], ["fill", 40_000, -1, 12],
    ["make", SIZE],
    ["copy", 100, 5, 50_000], ["copy", 5, 100, 50_000], ["copy", 30_000, 0, 40_000], ["copy", 0, 30_000, 40_000], ["copy", 9, 9, 60_000], ["copy", 16_385, 1, 49_153],
    ["copy", 0, 1, SIZE], ["copy", 1, 0, SIZE], ["copy", 0, 0, -1], ["copy", -1, 0, 40_000],
    ["across", 7, 99, 60_000], ["across", 99, 7, 60_000], ["across", 1, 0, SIZE], ["across", 0, 1, SIZE],
    ["init", 11, 0, held], ["init", 11, 1, held - 1], ["init", 5, bytes, held - 1], ["init", 0, 1, held], ["init", SIZE - 100, 0, 600], ["init", -1, 0, held],
    ["init", 0, -1, 600], ["init", 0, 0, -1], ["drop"], ["init", 0, 0, 600], ["init", 0, 0, 0],
    ["unmake"], ["fill", 0, 40_000, 3], ["fill", 0, 0, 3], ["copy", 0, 0, 40_000], ["across", 0, 0, 40_000], ["init", 0, 0, 600],
  ];
}

const BYTES: Readonly<Record<ElementName, number>> = { i8: 1, i16: 2, i32: 4, f64: 8, v128: 16, ref: 1 };

function run(call: () => unknown): string {
  try {
    return `done ${call()}`;
  } catch (error) {
    return String(error);
  }
}

for (const name of Object.keys(ELEMENTS) as ElementName[]) {
  test(`pieces of array.fill, copy and init, ${name}`, () => {
    const bytes = build(name);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports;
    const guest = new TestGuest(bytes, SAFEPOINTS);
    for (const [call, ...args] of calls(BYTES[name])) {
      const both = (each: string, given: readonly number[]): void => {
        const expected = run(() => (plain[each] as (...a: unknown[]) => unknown)(...given));
        assert.equal(run(() => guest.call(each, ...given)), expected, `${each} after ${call} ${args.join()}`);
      };
      both(call, args);
      both("hashX", []);
      both("hashY", []);
    }
  });
}

test("a check stands between two pieces of an array operation, and none runs for short lengths", () => {
  const guest = new TestGuest(build("i8"), SAFEPOINTS);
  guest.call("make", SIZE);
  guest.hooks.onTick = () => 0;
  guest.flag[0] = 1;
  const ticks = (name: string, ...args: unknown[]): number => {
    const before = guest.hooks.ticks;
    guest.call(name, ...args);
    return guest.hooks.ticks - before;
  };
  assert.equal(ticks("fill", 0, 512, 1), 0);
  assert.equal(ticks("fill", 0, 513, 1), 1);
  assert.equal(ticks("fill", 0, SIZE, 1), 5);
  assert.equal(ticks("copy", 1, 0, 49_152), 3);
  assert.equal(ticks("copy", 0, 1, 49_152), 3);
  assert.equal(ticks("init", 0, 0, SEGMENT), 3);
  guest.hooks.onTick = () => 2;
  assert.throws(() => guest.call("fill", 0, SIZE, 1), /unreachable/);
});
