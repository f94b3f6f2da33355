/** Every form of loop: same results as the untouched module, and checks as often as its form promises. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { ALL_ON, SAFEPOINTS, TestGuest } from "./test-host.ts";

/** The guest raises the flag itself, once per round: it imports the flag memory as its memory 0. */
const RAISE = "(i32.store (i32.const 0) (i32.const 1))";
/** A loop that dispatches looks at the flag once in so many rounds. */
const DISPATCH_ROUNDS = 32;
/** A short innermost loop looks at the flag once in so many rounds. */
const COPIES = 4;
/** Forms whose loops are not short innermost ones: they look at the flag in each round. */
const EACH_ROUND = new Set([
  "parameter", "nested, checked inside", "nested, inner may be skipped", "outer round skipped by a back branch first", "counted loop inside", "call inside",
  "a body too long for copies", "an outer loop too long to outline", "three loops inside each other",
]);
const NEXT = "(local.tee $n (i32.sub (local.get $n) (i32.const 1)))";
const ADD = "(local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (local.get $n)))";

/** Bodies of `(param $n i32) (result i32) (local $s i32) (local $k i32)` that make `n` rounds, each raising the flag. */
const FORMS: { readonly [name: string]: string } = {
  "br_if at the end": `(loop $l ${RAISE} ${ADD} (br_if $l ${NEXT})) (local.get $s)`,
  "br at the end, br_if out of the block": `(block $b (loop $l ${RAISE} ${ADD} (br_if $b (i32.eqz ${NEXT})) (br $l))) (local.get $s)`,
  "a body too long for copies": `(loop $l ${RAISE} ${ADD.repeat(12)} (br_if $l ${NEXT})) (local.get $s)`,
  "an outer loop too long to outline": `(loop $l ${RAISE} ${ADD.repeat(120)} (if (i32.eqz (local.get $n)) (then (loop $m (br_if $m (i32.eqz (local.get $s))))))
    (br_if $l ${NEXT})) (local.get $s)`,
  "three loops inside each other": `(loop $l ${RAISE} (block $b (loop $m ${ADD} (br_if $b (i32.and (local.get $n) (i32.const 1)))
    (loop $o (br_if $m (i32.eqz (local.tee $k (i32.xor (local.get $k) (i32.const 1))))) (br_if $b (i32.and (local.get $n) (i32.const 2)))
      (block $c (br_table $o $c $m $b $c (i32.and (local.get $k) (i32.const 3)))))))
    (br_if $l ${NEXT})) (local.get $s)`,
  "result": `(loop $l (result i32) ${RAISE} ${ADD} (br_if $l ${NEXT}) (local.get $s))`,
  "result through an outer block": `(block $b (result i32) (loop $l (result i32) ${RAISE} ${ADD}
    (br_if $b (local.get $s) (i32.eqz ${NEXT})) (drop) (br $l)))`,
  "two results": `(loop $l (result i32 i32) ${RAISE} ${ADD} (br_if $l ${NEXT}) (local.get $s) (i32.const 3)) (i32.add)`,
  "a reference as result": `(drop (loop $l (result (ref func)) ${RAISE} ${ADD} (br_if $l ${NEXT}) (ref.func $leaf))) (local.get $s)`,
  "parameter": `(i32.const 7) (loop $l (param i32) (result i32) (local.set $s (i32.add (local.get $s))) ${RAISE} ${ADD}
    (local.get $s) (br_if $l ${NEXT}))`,
  "br_table": `(block $out (block $mid (loop $l ${RAISE} ${ADD}
    (block $in (br_table $l $mid $out $l $in (select (select (i32.const 1) (i32.const 2) (local.get $s)) (i32.const 0) (i32.eqz ${NEXT})))) (br $mid))
    (unreachable)) (local.set $s (i32.xor (local.get $s) (i32.const 5)))) (local.get $s)`,
  "return": `(loop $l ${RAISE} ${ADD} (if (i32.eqz ${NEXT}) (then (return (local.get $s)))) (br $l)) (unreachable)`,
  "return by a branch to the body": `(loop $l ${RAISE} ${ADD} (block (br_if 2 (local.get $s) (i32.eqz ${NEXT})) (drop)) (br $l)) (unreachable)`,
  "if and else, two back branches": `(loop $l ${RAISE} ${ADD} (if (i32.and ${NEXT} (i32.const 1)) (then (br $l)) (else (br_if $l (local.get $n))))) (local.get $s)`,
  "deep exit": `(block $a (block $b (block $c (loop $l ${RAISE} ${ADD} (block (block (block (br_if $a (i32.eqz ${NEXT})))) (br $l)))) (unreachable)) (unreachable)) (local.get $s)`,
  "nested, checked inside": `(loop $l ${ADD} (local.set $k (i32.const 3)) (loop $m ${RAISE} (local.set $s (i32.add (local.get $s) (local.get $k)))
    (br_if $m (local.tee $k (i32.sub (local.get $k) (i32.const 1))))) (br_if $l ${NEXT})) (local.get $s)`,
  "nested, inner may be skipped": `(loop $l ${RAISE} ${ADD} (block $skip (br_if $skip (i32.and (local.get $n) (i32.const 1)))
    (local.set $k (i32.const 3)) (loop $m (local.set $s (i32.add (local.get $s) (local.get $k)))
    (br_if $m (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))) (br_if $l ${NEXT})) (local.get $s)`,
  "outer round skipped by a back branch first": `(loop $l ${RAISE} ${ADD} (br_if $l (i32.and ${NEXT} (i32.const 1))) (local.set $k (i32.const 2))
    (loop $m (br_if $m (local.tee $k (i32.sub (local.get $k) (i32.const 1))))) (br_if $l (local.get $n))) (local.get $s)`,
  "counted loop inside": `(loop $l ${RAISE} (local.set $k (i32.const 0)) (loop $m (local.set $s (i32.add (local.get $s) (local.get $k)))
    (br_if $m (i32.ne (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 9)))) (br_if $l ${NEXT})) (local.get $s)`,
  "call inside": `(loop $l ${RAISE} (local.set $s (call $leaf (local.get $s))) (br_if $l ${NEXT})) (local.get $s)`,
  "try_table, exit through a handler": `(block $b (loop $l ${RAISE} ${ADD} (block $h (try_table (catch $e $h) (if (i32.eqz ${NEXT}) (then (throw $e))) (br $l))) (br $b)))
    (local.get $s)`,
  "try_table, handler outside of the loop": `(block $h (loop $l ${RAISE} ${ADD} (try_table (catch_all $h) (if (i32.eqz ${NEXT}) (then (throw $e)))) (br $l)))
    (local.get $s)`,
  "try_table around the loop": `(block $h (try_table (catch_all $h) (loop $l ${RAISE} ${ADD} (if (i32.eqz ${NEXT}) (then (throw $e))) (br $l)))) (local.get $s)`,
  "br_on_null out of the loop": `(block $b (loop $l ${RAISE} ${ADD} (drop (br_on_null $b (select (result funcref) (ref.null func) (ref.func $leaf) (i32.eqz ${NEXT})))) (br $l)))
    (local.get $s)`,
  "br_on_non_null out of the loop": `(block $b (result (ref func)) (loop $l ${RAISE} ${ADD}
    (br_on_non_null $b (select (result funcref) (ref.func $leaf) (ref.null func) (i32.eqz ${NEXT}))) (br $l)) (unreachable)) (drop) (local.get $s)`,
  "br_on_cast out of the loop": `(block $b (result (ref i31)) (loop $l ${RAISE} ${ADD}
    (drop (br_on_cast $b anyref (ref i31) (if (result anyref) (i32.eqz ${NEXT}) (then (ref.i31 (i32.const 1))) (else (ref.null any))))) (br $l)) (unreachable)) (drop) (local.get $s)`,
};

function moduleOf(body: string): Uint8Array {
  return Uint8Array.from(compile(`(module
    (import "t" "flag" (memory 1 1 shared))
    (tag $e)
    (elem declare func $leaf)
    (func $leaf (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
    (func (export "run") (param $n i32) (result i32) (local $s i32) (local $k i32) ${body}))`));
}

function untouched(bytes: Uint8Array): (n: number) => unknown {
  const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), { t: { flag } });
  return instance.exports["run"] as (n: number) => unknown;
}

for (const [name, body] of Object.entries(FORMS)) {
  test(`loop: ${name}`, () => {
    const bytes = moduleOf(body);
    const run = untouched(bytes);
    for (const options of [SAFEPOINTS, ALL_ON]) {
      const guest = new TestGuest(bytes, options, (flag) => ({ t: { flag } }));
      guest.hooks.onFuel = () => 1_000_000n;
      for (const n of [1, 2, 3, 50]) {
        const before = guest.hooks.ticks;
        assert.equal(guest.call("run", n), run(n), `result for ${n}`);
        // The last round leaves the loop and need not meet a check.
        const between = EACH_ROUND.has(name) || options.fuel ? 1 : name === "br_table" ? DISPATCH_ROUNDS : COPIES;
        const expected = Math.floor((n - 1) / between);
        assert.ok(guest.hooks.ticks - before >= expected, `${guest.hooks.ticks - before} checks in ${n} rounds`);
      }
    }
  });
}

// The text library has no legacy exception instructions, so these bodies are bytes.
const LEGACY: { readonly [name: string]: readonly number[] } = {
  // block; loop; raise; try; n -= 1; eqz; if throw 0 end; br 1 (loop); catch 0; br 2 (block); end; end; end; local.get s
  "try and catch, exit through the handler": [
    0x02, 0x40, 0x03, 0x40, 0x41, 0, 0x41, 1, 0x36, 2, 0,
    0x06, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x45, 0x04, 0x40, 0x08, 0, 0x0b, 0x0c, 1,
    0x07, 0, 0x0c, 2, 0x0b, 0x0b, 0x0b, 0x41, 42, 0x0b,
  ],
  // try; loop; raise; try; n -= 1; eqz; if throw end; delegate 1 (outside of the loop); br 0; end; catch_all; end; 42
  "delegate out of the loop": [
    0x06, 0x40, 0x03, 0x40, 0x41, 0, 0x41, 1, 0x36, 2, 0,
    0x06, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x45, 0x04, 0x40, 0x08, 0, 0x0b, 0x18, 1,
    0x0c, 0, 0x0b, 0x19, 0x0b, 0x41, 42, 0x0b,
  ],
  // try; try; throw; catch_all; loop; raise; n -= 1; eqz; if rethrow 2 end; br 0; end; end; catch_all; end; 42
  "rethrow of an exception caught around the loop": [
    0x06, 0x40, 0x06, 0x40, 0x08, 0, 0x19, 0x03, 0x40, 0x41, 0, 0x41, 1, 0x36, 2, 0,
    0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x45, 0x04, 0x40, 0x09, 2, 0x0b, 0x0c, 0, 0x0b, 0x0b,
    0x19, 0x0b, 0x41, 42, 0x0b,
  ],
};

for (const [name, code] of Object.entries(LEGACY)) {
  test(`loop with legacy exceptions: ${name}`, () => {
    const section = (id: number, ...contents: number[]): number[] => [id, contents.length, ...contents];
    const bytes = Uint8Array.of(
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...section(1, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 0),
      ...section(2, 1, 1, 0x74, 4, 0x66, 0x6c, 0x61, 0x67, 2, 3, 1, 1),
      ...section(3, 1, 0),
      ...section(13, 1, 0, 1),
      ...section(7, 1, 3, 0x72, 0x75, 0x6e, 0, 0),
      ...section(10, 1, code.length + 1, 0, ...code),
    );
    const run = untouched(bytes);
    const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag } }));
    for (const n of [1, 2, 50]) {
      const before = guest.hooks.ticks;
      assert.equal(guest.call("run", n), run(n));
      assert.ok(guest.hooks.ticks - before >= Math.floor((n - 1) / COPIES));
    }
  });
}

test("a loop that runs once has no check, nor has a short counted one", () => {
  const bytes = moduleOf(`(loop ${RAISE}) (local.set $k (i32.const 100))
    (loop $l ${RAISE} (br_if $l (local.tee $k (i32.add (local.get $k) (i32.const -1))))) (local.get $k)`);
  const guest = new TestGuest(bytes, SAFEPOINTS, (flag) => ({ t: { flag } }));
  assert.equal(guest.call("run", 0), 0);
  assert.equal(guest.hooks.ticks, 0);
});

const NOT_COUNTED: { readonly [name: string]: string } = {
  "too many rounds": `(local.set $k (i32.const 2000)) (loop $l ${RAISE} (br_if $l (local.tee $k (i32.add (local.get $k) (i32.const -1)))))`,
  "start unknown": `(local.set $k (local.get $n)) (loop $l ${RAISE} (br_if $l (local.tee $k (i32.add (local.get $k) (i32.const -1)))))`,
  "start set after a constant": `(local.set $k (i32.const 3)) (local.set $k (local.get $n)) (loop $l ${RAISE} (br_if $l (local.tee $k (i32.add (local.get $k) (i32.const -1)))))`,
  "set again inside": `(local.set $s (i32.const 0)) (local.set $k (i32.const 3)) (loop $l ${RAISE}
    (if (i32.lt_u (local.tee $s (i32.add (local.get $s) (i32.const 1))) (local.get $n)) (then (local.set $k (i32.const 3))))
    (br_if $l (local.tee $k (i32.add (local.get $k) (i32.const -1)))))`,
  "steps over the end": `(local.set $k (i32.const 5)) (loop $l ${RAISE} (br_if $l (i32.and
    (i32.ne (local.tee $k (i32.add (local.get $k) (i32.const -2))) (i32.const 0)) (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0)))))`,
};

for (const [name, body] of Object.entries(NOT_COUNTED)) {
  test(`not taken for a counted loop: ${name}`, () => {
    const guest = new TestGuest(moduleOf(`${body} (local.get $k)`), SAFEPOINTS, (flag) => ({ t: { flag } }));
    guest.call("run", 1500);
    assert.ok(guest.hooks.ticks >= 1400 / COPIES, `${guest.hooks.ticks} checks`);
  });
}

const DISPATCH = `
  (func (export "run") (param $n i32) (result i32) (local $pc i32) (local $sum i32)
    (loop $next
      (block $done (block $add (block $double
        (br_table $double $add $done (i32.rem_u (local.get $pc) (i32.const 2))))
        (local.set $sum (i32.shl (local.get $sum) (i32.const 1)))
        (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
        (br $next))
        (local.set $sum (i32.add (local.get $sum) (local.get $pc)))
        (br_if $next (i32.lt_u (local.tee $pc (i32.add (local.get $pc) (i32.const 1))) (local.get $n)))))
    (local.get $sum))
  (func (export "endless") (loop $l (block $a (block $b (br_table $a $b $l (i32.const 2))) (br $l)) (br $l)))`;

test("a loop that dispatches computes as before and looks at the flag first and then every 32 rounds", () => {
  const guest = new TestGuest(compile(`(module ${DISPATCH})`) as Uint8Array, SAFEPOINTS);
  let expected = 0;
  for (let pc = 0; pc < 2000; pc++) expected = pc % 2 === 0 ? expected << 1 : expected + pc | 0;
  assert.equal(guest.call("run", 2000), expected);
  assert.equal(guest.hooks.ticks, 0);
  guest.hooks.onTick = () => 0;
  guest.flag[0] = 1;
  assert.equal(guest.call("run", 2000), expected);
  assert.equal(guest.hooks.ticks, Math.ceil(2000 / DISPATCH_ROUNDS));
});

test("an endless loop that dispatches is stopped", () => {
  const guest = new TestGuest(compile(`(module ${DISPATCH})`) as Uint8Array, SAFEPOINTS);
  let left = 5;
  guest.hooks.onTick = () => (left-- > 0 ? 0 : 2);
  guest.flag[0] = 1;
  assert.throws(() => guest.call("endless"), /unreachable/);
  assert.equal(guest.hooks.ticks, 6);
});

test("a loop around one that dispatches has a check of its own", () => {
  const guest = new TestGuest(moduleOf(`(loop $o ${RAISE}
    (loop $i (block $x (br_table $x $i (i32.const 0)))) (br_if $o ${NEXT})) (local.get $n)`), SAFEPOINTS, (flag) => ({ t: { flag } }));
  assert.equal(guest.call("run", 100), 0);
  assert.ok(guest.hooks.ticks >= 99, `${guest.hooks.ticks}`);
});
