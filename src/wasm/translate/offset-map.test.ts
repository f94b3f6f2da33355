/** Positions in the host's stack lead back to the positions of the untouched module. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { lookupOffset } from "./offset-map.ts";
import { ALL_ON, LIMITS, SAFEPOINTS, TestGuest } from "./test-host.ts";

/** Module offsets of the wasm frames of an error, innermost first. */
function frames(run: () => unknown): number[] {
  try {
    run();
  } catch (error) {
    return [...String((error as Error).stack).matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(([, hex]) => parseInt(hex!, 16));
  }
  assert.fail("nothing was thrown");
}

const BYTES = Uint8Array.from(compile(`(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func $trap (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))
  (func $outlined (param i32) (local i32)
    (block $out (loop $l
      (block (br_if $out (i32.gt_u (local.get 1) (i32.const 100))))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (block (br_if 0 (i32.lt_u (local.get 1) (local.get 0))) (drop (i32.load (i32.const -4))))
      (br $l))))
  (func $inline (param i32) (local i32)
    (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (if (i32.eq (local.get 1) (local.get 0)) (then (call $trap (i32.const 0))))
      (br $l)))
  (func $recursive (param i32) (if (local.get 0) (then (call $recursive (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))
  (func $grow (param i32) (drop (memory.grow (local.get 0))) (drop (i32.load offset=4 (i32.const -8))))
  (func $fill (param i32) (memory.fill (i32.const 100) (i32.const 1) (i32.mul (local.get 0) (i32.const 1000000))))
  (func (export "run") (param i32 i32)
    (block (block (block (block (block
      (br_table 0 1 2 3 4 (local.get 0)))
      (call $outlined (local.get 1)) (return))
      (call $inline (local.get 1)) (return))
      (call $recursive (local.get 1)) (return))
      (call $grow (local.get 1)) (return))
      (call $fill (local.get 1))))`));

test("frames of traps map back", () => {
  const plain = new WebAssembly.Instance(new WebAssembly.Module(BYTES as Uint8Array<ArrayBuffer>)).exports["run"] as (...args: number[]) => unknown;
  for (const options of [SAFEPOINTS, LIMITS, ALL_ON]) {
    const guest = new TestGuest(BYTES, options);
    for (const which of [0, 1, 2, 3, 4]) {
      const expected = frames(() => plain(which, 5));
      const found = frames(() => guest.call("run", which, 5))
        .map((offset) => lookupOffset(guest.translated.offsets, offset))
        .filter((original) => original !== undefined);
      assert.ok(found.every(({ inserted }) => !inserted));
      assert.deepEqual(found.map(({ offset }) => offset), expected, `case ${which}`);
    }
  }
});

test("a trap at a check lies in inserted code before the right instruction", () => {
  const guest = new TestGuest(BYTES, SAFEPOINTS);
  guest.hooks.onTick = () => 2;
  guest.flag[0] = 1;
  const found = frames(() => guest.call("run", 1, 5)).map((offset) => lookupOffset(guest.translated.offsets, offset));
  // The helper is nobody's; $inline was stopped at its loop head, `run` at its call.
  assert.equal(found[0], undefined);
  assert.equal(found[1]?.inserted, true);
  const head = guest.decoded.bytes.indexOf(0x03, guest.decoded.bodies[2]!.code);
  assert.equal(found[1]?.offset, head + 2);
  assert.equal(found[2]?.inserted, false);
});

test("a trap at a check outside of a loop lies before the first instruction of the loop", () => {
  const guest = new TestGuest(BYTES, SAFEPOINTS);
  guest.hooks.onTick = () => 2;
  guest.flag[0] = 1;
  const found = frames(() => guest.call("run", 0, 5)).map((offset) => lookupOffset(guest.translated.offsets, offset));
  const head = guest.decoded.bytes.indexOf(0x03, guest.decoded.bodies[1]!.code);
  assert.deepEqual(found[1], { offset: head + 2, inserted: true });
});

test("the pairs ascend and cover exactly the guest's code", () => {
  const { translated } = new TestGuest(BYTES, ALL_ON);
  const { runs } = translated.offsets;
  for (let i = 2; i < runs.length; i += 2) assert.ok(runs[i]! > runs[i - 2]!);
  assert.equal(runs[runs.length - 1], 0);
  assert.equal(lookupOffset(translated.offsets, 8), undefined);
  assert.equal(lookupOffset(translated.offsets, translated.bytes.length - 1), undefined);
});
