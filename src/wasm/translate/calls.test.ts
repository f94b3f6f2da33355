/** Every cycle of calls passes a check, and no acyclic tree of calls grows without one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { ALL_ON, SAFEPOINTS, TestGuest } from "./test-host.ts";

const RAISE = "(i32.store (i32.const 0) (i32.const 1))";
const LESS = "(i32.sub (local.get 0) (i32.const 1))";
const HEAD = `(import "t" "flag" (memory 1 1 shared)) (type $f (func (param i32) (result i32)))`;

/** Modules whose `run(n)` goes round a cycle of calls `n` times, raising the flag each time. */
const CYCLES: { readonly [name: string]: string } = {
  "recursion": `(func $a (export "run") (param i32) (result i32) ${RAISE}
    (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $a ${LESS}))) (else (i32.const 0))))`,
  "recursion from many places": `(func $a (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0)
      (then (i32.add (i32.add (call $a (i32.const 0)) (call $a (i32.const 0))) (i32.add (i32.add (call $a (i32.const 0)) (call $a (i32.const 0))) (call $a ${LESS}))))
      (else (i32.const 1))))
    (func (export "run") (param i32) (result i32) (call $a (local.get 0)))`,
  "mutual recursion": `(func $a (export "run") (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (call $b ${LESS})) (else (i32.const 0))))
    (func $b (param i32) (result i32) (i32.add (i32.const 1) (call $c (local.get 0))))
    (func $c (param i32) (result i32) (call $a (local.get 0)))`,
  "recursion through a table": `(table 2 funcref) (elem (i32.const 1) $a)
    (func $a (export "run") (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (call_indirect (type $f) ${LESS} (i32.const 1))) (else (i32.const 0))))`,
  "mutual recursion through a table": `(table 2 funcref) (elem (i32.const 0) func $a $b)
    (func $a (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (call_indirect (type $f) ${LESS} (i32.const 1))) (else (i32.const 0))))
    (func $b (param i32) (result i32) (call_indirect (type $f) (local.get 0) (i32.const 0)))
    (func (export "run") (param i32) (result i32) (call $b (local.get 0)))`,
  "recursion through ref.func in a global": `(global $g (ref $f) (ref.func $a))
    (func $a (export "run") (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (call_ref $f ${LESS} (global.get $g))) (else (i32.const 0))))`,
  "recursion through a table that is filled later": `(table 1 funcref) (elem declare func $a)
    (func $a (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (call_indirect (type $f) ${LESS} (i32.const 0))) (else (i32.const 0))))
    (func (export "run") (param i32) (result i32) (table.set (i32.const 0) (ref.func $a)) (call_indirect (type $f) (local.get 0) (i32.const 0)))`,
  "tail calls": `(func $a (export "run") (param i32) (result i32) ${RAISE} (if (result i32) (local.get 0) (then (return_call $b ${LESS})) (else (i32.const 5))))
    (func $b (param i32) (result i32) (return_call $a (local.get 0)))`,
  "a tail call of itself": `(func $a (export "run") (param i32) (result i32) ${RAISE} (if (i32.eqz (local.get 0)) (then (return (i32.const 5)))) (return_call $a ${LESS}))`,
  "tail calls through a table": `(table 1 funcref) (elem (i32.const 0) $a)
    (func $a (export "run") (param i32) (result i32) ${RAISE} (if (i32.eqz (local.get 0)) (then (return (i32.const 5)))) (return_call_indirect (type $f) ${LESS} (i32.const 0)))`,
  "tail calls of references": `(elem declare func $a)
    (func $a (export "run") (param i32) (result i32) ${RAISE} (if (i32.eqz (local.get 0)) (then (return (i32.const 5)))) (return_call_ref $f ${LESS} (ref.func $a)))`,
  "a subtype called by its supertype": `(type $top (sub (func (param i32) (result i32)))) (type $bottom (sub $top (func (param i32) (result i32))))
    (table 1 funcref) (elem (i32.const 0) $a)
    (func $a (export "run") (type $bottom) ${RAISE} (if (result i32) (local.get 0) (then (call_indirect (type $top) ${LESS} (i32.const 0))) (else (i32.const 0))))`,
};

function build(text: string): Uint8Array {
  return Uint8Array.from(compile(`(module ${HEAD} ${text})`));
}

for (const [name, text] of Object.entries(CYCLES)) {
  test(`cycle: ${name}`, () => {
    const bytes = build(text);
    const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), { t: { flag } });
    const run = plain.exports["run"] as (n: number) => number;
    for (const options of [SAFEPOINTS, ALL_ON]) {
      const guest = new TestGuest(bytes, options, (memory) => ({ t: { flag: memory } }));
      guest.hooks.onFuel = () => 1_000_000n;
      assert.equal(guest.call("run", 200), run(200));
      assert.ok(guest.hooks.ticks >= 200, `${guest.hooks.ticks} checks in 200 rounds`);
    }
  });
}

test("a cycle through an import is checked in this module", () => {
  const bytes = build(`(import "t" "f" (func $f (type $f))) (func (export "run") (param i32) (result i32) ${RAISE}
    (if (result i32) (local.get 0) (then (call $f ${LESS})) (else (i32.const 9))))`);
  const guest: TestGuest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag, f: (n: number) => guest.call("run", n) as number } }));
  assert.equal(guest.call("run", 100), 9);
  assert.ok(guest.hooks.ticks >= 100);
});

test("a cycle through a shared table is checked in this module", () => {
  const bytes = build(`(import "t" "table" (table 1 funcref)) (func (export "run") (param i32) (result i32) ${RAISE}
    (if (result i32) (local.get 0) (then (call_indirect (type $f) ${LESS} (i32.const 0))) (else (i32.const 9))))`);
  // The other side hands the call back and has no check of its own.
  const other = new WebAssembly.Module(Uint8Array.from(compile(`(module (import "t" "f" (func $f (param i32) (result i32)))
    (func (export "back") (param i32) (result i32) (call $f (local.get 0))))`)) as Uint8Array<ArrayBuffer>);
  const table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag, table } }));
  const back = new WebAssembly.Instance(other, { t: { f: guest.exports["run"] as WebAssembly.ExportValue } });
  table.set(0, back.exports["back"]);
  assert.equal(guest.call("run", 100), 9);
  assert.ok(guest.hooks.ticks >= 100);
});

test("functions that double the calls of each other without a cycle are checked", () => {
  const depth = 26;
  const functions = Array.from({ length: depth }, (_, i) =>
    `(func $f${i} ${i === 0 ? "(global.set $n (i32.add (global.get $n) (i32.const 1)))" : `(call $f${i - 1}) (call $f${i - 1})`})`);
  const bytes = build(`(global $n (mut i32) (i32.const 0)) ${functions.join(" ")}
    (func (export "run") (result i32) (call $f${depth - 1}) (global.get $n))`);
  const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag } }));
  let left = 5;
  guest.hooks.onTick = () => (left-- > 0 ? 0 : 2);
  guest.flag[0] = 1;
  // The flag stays up here: five checks pass, the sixth traps.
  assert.throws(() => guest.call("run"), WebAssembly.RuntimeError);
  assert.equal(guest.hooks.ticks, 6);
});

test("long text without calls of its own is checked along the way", () => {
  // Each operation on the table is small here, but the translator cannot know.
  const text = "(table.fill (i32.const 0) (ref.null func) (i32.const 1))".repeat(200);
  const bytes = build(`(table 1 funcref) (func (export "run") ${text})`);
  const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag } }));
  guest.hooks.onTick = () => 0;
  guest.flag[0] = 1;
  guest.call("run");
  assert.ok(guest.hooks.ticks >= 10, `${guest.hooks.ticks} checks`);
});

test("tick and yield decide what happens at a check", () => {
  const bytes = build(`(func (export "run") (param i32) (result i32) (loop $l (br_if $l (local.tee 0 ${LESS}))) (i32.const 3))`);
  const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag } }));
  const answer = (tick: number, yielded: number): void => {
    guest.flag[0] = 1;
    guest.hooks.onTick = () => {
      guest.flag[0] = 0;
      return tick;
    };
    guest.hooks.onYield = () => yielded;
  };
  answer(0, 1);
  assert.equal(guest.call("run", 5), 3);
  assert.equal(guest.hooks.yields, 0);
  answer(1, 0);
  assert.equal(guest.call("run", 5), 3);
  assert.equal(guest.hooks.yields, 1);
  answer(1, 1);
  assert.throws(() => guest.call("run", 5), /unreachable/);
  answer(2, 0);
  assert.throws(() => guest.call("run", 5), /unreachable/);
  assert.equal(guest.hooks.yields, 2);
});
