/** Fuel: exact counts, and what happens when it runs out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { ALL_ON, FUEL, TestGuest } from "./test-host.ts";

const guestOf = (text: string, options = FUEL): TestGuest => new TestGuest(Uint8Array.from(compile(text)), options);

/** Instructions that a call pays for. */
function cost(guest: TestGuest, name: string, ...args: unknown[]): number {
  guest.fuel.value = 1_000_000n;
  guest.call(name, ...args);
  return 1_000_000 - Number(guest.fuel.value);
}

const LOOP = `(module (func (export "run") (param i32)
  (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;

test("counts are exact", () => {
  // loop, then per round: local.get, i32.const, i32.sub, local.tee, br_if.
  for (const options of [FUEL, ALL_ON]) {
    const guest = guestOf(LOOP, options);
    for (const n of [1, 2, 100]) assert.equal(cost(guest, "run", n), 1 + 5 * n);
  }
});

const ROWS: readonly (readonly [what: string, body: string, arg: number, count: number])[] = [
  ["nothing", "", 0, 0],
  ["straight", "(drop (i32.add (local.get 0) (i32.const 1)))", 0, 4],
  ["if taken", "(if (local.get 0) (then (nop) (nop)))", 1, 4],
  ["if not taken", "(if (local.get 0) (then (nop) (nop)))", 0, 2],
  ["else", "(if (local.get 0) (then (nop) (nop)) (else (nop)))", 0, 3],
  ["after the end of an if", "(if (local.get 0) (then (nop))) (nop) (nop)", 0, 4],
  ["br skips", "(block (br 0) (nop) (nop)) (nop)", 0, 3],
  ["br_if taken", "(block (br_if 0 (local.get 0)) (nop) (nop))", 1, 3],
  ["br_if not taken", "(block (br_if 0 (local.get 0)) (nop) (nop))", 0, 5],
  ["br_table", "(block (block (br_table 0 1 (local.get 0))) (nop) (nop)) (nop)", 0, 7],
  ["br_table, default", "(block (block (br_table 0 1 (local.get 0))) (nop) (nop)) (nop)", 1, 5],
  ["return", "(return) (nop)", 0, 1],
  ["a call", "(call $leaf)", 0, 3],
  ["a tail call", "(return_call $leaf)", 0, 3],
  ["caught", "(block $h (try_table (catch $e $h) (nop) (throw $e)) (nop)) (nop)", 0, 5],
];

for (const [what, body, arg, count] of ROWS) {
  test(`counts: ${what}`, () => {
    const guest = guestOf(`(module (tag $e) (func $leaf (nop) (nop)) (func (export "run") (param i32) ${body}))`);
    assert.equal(cost(guest, "run", arg), count);
  });
}

test("the hook refuels or ends the program", () => {
  const guest = guestOf(LOOP);
  guest.fuel.value = 100n;
  guest.hooks.onFuel = () => (guest.hooks.refuels < 4 ? 50n : -1n);
  assert.throws(() => guest.call("run", 1_000_000), /unreachable/);
  // 100 + 3 * 50, and nothing after the check that found it used up.
  assert.equal(guest.hooks.refuels, 4);
  assert.ok(Number(guest.fuel.value) < 0 && Number(guest.fuel.value) >= -5);
});

test("recursion runs out too", () => {
  const guest = guestOf(`(module (func $f (export "run") (call $f)))`);
  guest.fuel.value = 100n;
  guest.hooks.onFuel = () => -1n;
  assert.throws(() => guest.call("run"), /unreachable/);
});
