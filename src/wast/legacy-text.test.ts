import assert from "node:assert/strict";
import { test } from "node:test";
import { textToBinary, TextError } from "./text.ts";

/** The last `length` bytes of a module whose last section holds one function. */
function tail(text: string, length: number): number[] {
  return [...textToBinary(`(module (tag $a) (tag $b) (func ${text}))`)].slice(-length);
}

const rows: readonly (readonly [text: string, code: readonly number[]])[] = [
  ["(try (do (nop)))", [0x06, 0x40, 0x01, 0x0b, 0x0b]],
  ["(try (do) (catch $b (nop)) (catch_all (nop)))", [0x06, 0x40, 0x07, 1, 0x01, 0x19, 0x01, 0x0b, 0x0b]],
  ["(try (do (nop)) (delegate 0))", [0x06, 0x40, 0x01, 0x18, 0, 0x0b]],
  ["(block $l (block (try (do) (delegate $l))))", [0x02, 0x40, 0x02, 0x40, 0x06, 0x40, 0x18, 1, 0x0b, 0x0b, 0x0b]],
  ["(try (do) (catch $a (rethrow 0)))", [0x06, 0x40, 0x07, 0, 0x09, 0, 0x0b, 0x0b]],
  ["(try $l (do) (catch $a (block (rethrow $l))))", [0x06, 0x40, 0x07, 0, 0x02, 0x40, 0x09, 1, 0x0b, 0x0b, 0x0b]],
  ["(drop (i32.add (try (result i32) (do (i32.const 1))) (i32.const 2)))", [0x06, 0x7f, 0x41, 1, 0x0b, 0x41, 2, 0x6a, 0x1a, 0x0b]],
];
// One byte more: the body begins with an empty list of locals.
for (const [text, code] of rows) test(text, () => assert.deepEqual(tail(text, code.length + 1), [0, ...code]));

test("other text is left to the library alone", () => {
  assert.deepEqual([...textToBinary("(module (func (block $try)))")].slice(-5), [0x00, 0x02, 0x40, 0x0b, 0x0b]);
  assert.throws(() => textToBinary("(module (func (no.such)))"), TextError);
});
