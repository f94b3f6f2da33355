import assert from "node:assert/strict";
import { test } from "node:test";
import { nestConstExprs } from "./const-text.ts";
import { WastError } from "./sexpr.ts";
import { textToBinary, TextError } from "./text.ts";

/** Both texts mean the same module; the second is nested as the library wants it. */
const rows: readonly (readonly [text: string, nested: string])[] = [
  ["(global (mut i32) i32.const 1048576)", "(global (mut i32) (i32.const 1048576))"],
  ['(global $g (export "g") (export "h") i64 i64.const 5)', '(global $g (export "g") (export "h") i64 (i64.const 5))'],
  ["(global f64 f64.const -1.5)", "(global f64 (f64.const -1.5))"],
  ["(global v128 v128.const i32x4 1 2 3 4)", "(global v128 (v128.const i32x4 1 2 3 4))"],
  ["(global funcref ref.null func)", "(global funcref (ref.null func))"],
  ["(global i32 i32.const 1 i32.const 2 i32.add i32.const 3 i32.mul)", "(global i32 (i32.mul (i32.add (i32.const 1) (i32.const 2)) (i32.const 3)))"],
  ["(global i32 (i32.const 1) (i32.const 2) (i32.sub))", "(global i32 (i32.sub (i32.const 1) (i32.const 2)))"],
  ["(global i32 i32.const 1 (i32.sub (i32.const 2)))", "(global i32 (i32.sub (i32.const 2) (i32.const 1)))"],
  ["(global i31ref i32.const 1 ref.i31)", "(global i31ref (ref.i31 (i32.const 1)))"],
  ["(type $s (struct (field i32) (field i64))) (global (ref $s) i32.const 1 i64.const 2 struct.new $s)", "(type $s (struct (field i32) (field i64))) (global (ref $s) (struct.new $s (i32.const 1) (i64.const 2)))"],
  ["(type $a (array i32)) (global (ref $a) i32.const 1 i32.const 2 array.new_fixed $a 2)", "(type $a (array i32)) (global (ref $a) (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))"],
  ['(memory 1) (data (offset i32.const 5) "i32.const 1")', '(memory 1) (data (offset (i32.const 5)) "i32.const 1")'],
  ["(func $f) (table 1 funcref) (elem (offset i32.const 0) func $f)", "(func $f) (table 1 funcref) (elem (offset (i32.const 0)) func $f)"],
  ["(func $f) (elem funcref (item ref.func $f) (item ref.null func))", "(func $f) (elem funcref (item (ref.func $f)) (item (ref.null func)))"],
  ["(func $f) (table $t 1 2 (ref func) ref.func $f)", "(func $f) (table $t 1 2 (ref func) (ref.func $f))"],
  ["(func $f) (table i64 1 (ref func) ref.func $f)", "(func $f) (table i64 1 (ref func) (ref.func $f))"],
  ["(func $f) (table funcref (elem (item ref.func $f)))", "(func $f) (table funcref (elem (item (ref.func $f))))"],
];
for (const [text, nested] of rows) {
  test(text, () => assert.equal(nestConstExprs(`(module ${text})`), `(module ${nested})`));
  test(`${text}, nested already`, () => assert.equal(nestConstExprs(nested), nested));
}

test("what the library writes is then what the text says", () => {
  assert.deepEqual([...textToBinary("(module (global i32 i32.const 7))")].slice(-7), [6, 1, 0x7f, 0, 0x41, 7, 0x0b]);
});

test("other parts stay as they are, and so do lines", () => {
  for (const text of [
    '(global (import "a" "b") i32)', "(global i32)", "(table 1 funcref)", "(table funcref (elem 0 0))", "(func (result i32) i32.const 1)", "(memory 1) (data \"a\")",
    "(elem func 0)", "(elem (i32.const 0) 0)", "(global i32 (nop))", "(unbalanced",
  ]) assert.equal(nestConstExprs(text), text);
  assert.equal(nestConstExprs("(global i32\n i32.const\n 1\n)\n(func)"), "(global i32\n (i32.const 1)\n\n)\n(func)");
});

const faults: readonly (readonly [text: string, column: number])[] = [
  ["(module (global i32 i32.const 1 i32.const 2))", 21],
  ["(module (global i32 (i32.const 1) (nop)))", 35],
  ["(module (global i32 i32.const 1 i32.add))", 33],
  ["(module (global i32 7))", 21],
];
for (const [text, column] of faults) {
  test(`refuses ${text}`, () => {
    assert.throws(() => nestConstExprs(text), (error) => error instanceof WastError && error.column === column);
    assert.throws(() => textToBinary(text), (error) => error instanceof TextError && error.place?.column === column);
  });
}
