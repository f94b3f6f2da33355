/**
 * A deep recursion that returns meets checks: whatever its frames do behind their calls, no
 * more than a frame's work runs between two of them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { Helpers } from "./helpers.ts";
import { Passes } from "./passes.ts";
import { ALL_ON, SAFEPOINTS, TestGuest } from "./test-host.ts";

const DEPTH = 500;
const PIECES = 20;
const LESS = "(i32.sub (local.get $n) (i32.const 1))";
/** One piece of work is done: it is counted where the host can see it, and the flag is raised. */
const COUNT = "(i32.store (i32.const 0) (i32.const 1)) (global.set $work (i32.add (global.get $work) (i32.const 1)))";
const HEAD = `(import "t" "flag" (memory 1 1 shared)) (type $f (func (param i32)))
  (memory $m 1) (table $t 4 funcref) (global $work (export "work") (mut i32) (i32.const 0)) (global $length (mut i32) (i32.const 1))`;
const FILL = `${COUNT} (memory.fill $m (i32.const 0) (i32.const 1) (global.get $length))`;
const DOWN = `(if (local.get $n) (then (call $f ${LESS})))`;

const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join(" ");
const PLAIN = times(12, "(local.set $x (i64.div_s (local.get $x) (i64.const 3)))");

function recursion(work: string, more = "", down = DOWN): string {
  return `${more} (func $f (export "run") (param $n i32) (local $x i64) ${down} ${work})`;
}

/** Modules whose `run(n)` calls `n` deep and then does work in each frame on the way back. */
const TAILS: { readonly [name: string]: string } = {
  "memory.fill of a length known at run time": recursion(times(PIECES, FILL)),
  "memory.copy of small constant lengths": recursion(times(PIECES, `${COUNT} (memory.copy $m $m (i32.const 0) (i32.const 8) (i32.const 4096))`)),
  "table.fill": recursion(times(PIECES, `${COUNT} (table.fill $t (i32.const 1) (ref.null func) (i32.const 1))`)),
  "memory.grow": recursion(times(PIECES, `${COUNT} (drop (memory.grow $m (i32.const 0)))`)),
  "plain text": recursion(times(PIECES, `${COUNT} ${PLAIN}`)),
  "calls of a long function": recursion(times(PIECES, "(call $g)"), `(func $g (local $x i64) ${COUNT} ${times(8, PLAIN)})`),
  "calls of a function with a counted loop": recursion(times(PIECES, "(call $g)"),
    `(func $g (local $i i32) ${COUNT} (loop $l (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20)))))`),
  "calls through a table": recursion(times(PIECES, "(call_indirect $t (type $f) (i32.const 0) (i32.const 0))"),
    `(func $g (type $f) (local $x i64) ${COUNT} ${times(8, PLAIN)}) (elem (table $t) (i32.const 0) func $g)`),
  "counted loops": recursion(times(PIECES,
    `${COUNT} (local.set $n (i32.const 0)) (loop $l ${times(4, "(local.set $x (i64.const 3))")} (br_if $l (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 60))))`)),
  "work in a function that is not where the cycle is cut": `(func $f (export "run") (param $n i32) (if (local.get $n) (then (call $g ${LESS}))))
    (func $g (param $n i32) (call $f (local.get $n)) ${times(PIECES, FILL)})`,
  "recursion from many places": recursion(times(PIECES, FILL), "",
    `(if (local.get $n) (then ${times(6, "(if (i32.eqz (local.get $n)) (then (call $f (i32.const 0))))")} (call $f ${LESS})))`),
  "recursion through a table": `(elem (table $t) (i32.const 0) func $f)
    (func $f (export "run") (type $f) (if (local.get 0) (then (call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))) ${times(PIECES, FILL)})`,
  "work behind a branch": recursion(times(PIECES, FILL), "",
    `(block $out (block $deep (br_table $deep $out (i32.eqz (local.get $n))))) (block $a (block $b (br_if $b (i32.eqz (local.get $n))) (call $f ${LESS}) (br $a)) (return))`),
  "work in one arm of a table of branches": recursion("", "",
    `${DOWN} (block $c (block $b (block $a (br_table $a $b $c (i32.const 1))) (return)) ${times(PIECES, FILL)})`),
  "handlers of try_table": `(tag $e) (func $f (param $n i32) (if (i32.eqz (local.get $n)) (then (throw $e)))
      (block $h (try_table (catch_all $h) (call $f ${LESS})) (return)) ${times(PIECES, FILL)} (throw $e))
    (func (export "run") (param i32) (block $h (try_table (catch_all $h) (call $f (local.get 0)))))`,
  "a loop around the call": recursion("", "", `(local $i i32) (local.set $i (i32.const 2))
    (loop $l (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (if (i32.and (local.get $n) (local.get $i)) (then (call $f ${LESS})) (else (if (local.get $n) (then (if (i32.eqz (local.get $i)) (then (call $f ${LESS})))))))
      (br_if $l (local.get $i))) ${times(PIECES, FILL)}`),
};

/** Ticks and the most work between two of them, with the flag raised by each piece. */
function watch(text: string, depth: number, options = SAFEPOINTS): { readonly ticks: number; readonly longest: number; readonly work: number } {
  const bytes = Uint8Array.from(compile(`(module ${HEAD} ${text})`));
  const guest = new TestGuest(bytes, options, (flag) => ({ t: { flag } }));
  const work = guest.exports["work"] as WebAssembly.Global;
  let last = 0;
  let longest = 0;
  const look = (): number => {
    longest = Math.max(longest, Number(work.value) - last);
    last = Number(work.value);
    guest.flag[0] = 0;
    return 0;
  };
  guest.hooks.onTick = look;
  guest.flag[0] = 1;
  guest.call("run", depth);
  look();
  return { ticks: guest.hooks.ticks, longest, work: Number(work.value) };
}

for (const [name, text] of Object.entries(TAILS)) {
  test(`on the way back: ${name}`, () => {
    const depth = name === "a loop around the call" ? 8 : DEPTH;
    for (const options of [SAFEPOINTS, ALL_ON]) {
      const { longest, work } = watch(text, depth, options);
      assert.ok(work >= depth * PIECES, `${work} pieces of work`);
      assert.ok(longest <= 2 * PIECES, `${longest} pieces of work of ${work} without a check`);
    }
  });
}

test("short tails get no check", () => {
  const { ticks, longest } = watch(recursion(COUNT), DEPTH);
  assert.ok(ticks <= 1, `${ticks} checks`);
  assert.ok(longest >= DEPTH);
});

test("several short pieces behind several calls count together", () => {
  const short = times(4, `${COUNT} ${PLAIN}`);
  const call = `(if (local.get $n) (then (call $g (i32.const 0))))`;
  const text = recursion(times(6, `${short} ${call}`), "(func $g (param $n i32) (if (local.get $n) (then (call $f (local.get $n)))))");
  const { longest, work } = watch(text, DEPTH);
  assert.ok(work > DEPTH * 20);
  assert.ok(longest <= 2 * 24, `${longest} pieces of work without a check`);
});

test("a long text behind a call gets one check", () => {
  const text = recursion(times(PIECES * 10, `${COUNT} ${PLAIN}`));
  const { ticks } = watch(text, DEPTH);
  // One for each call: the rest of the text needs none.
  assert.ok(ticks <= DEPTH + 2, `${ticks} checks`);
});

/** By defined function: the number of its cycles, or -1. */
function componentsOf(text: string): number[] {
  const module = decodeModule(Uint8Array.from(compile(`(module ${text})`)));
  const passes = Passes.open(module, SAFEPOINTS, new Helpers(module, false), false);
  while (passes.scanSome(1)) continue;
  passes.choose();
  return module.bodies.map((_, index) => passes.cycleOf(index));
}

test("cycles: components by function", () => {
  const [a, b, c, d, e, f] = componentsOf(`(func $a (call $b)) (func $b (call $c) (call $d)) (func $c (call $b)) (func $d (call $e))
    (func $e (call $e)) (func $f (call $a))`);
  assert.equal(a, -1);
  assert.ok(b! >= 0);
  assert.equal(b, c);
  assert.equal(d, -1);
  assert.ok(e! >= 0 && e !== b);
  assert.equal(f, -1);
});

test("cycles: an import leads back only where references to functions cross the border", () => {
  const body = `(func $a (export "a") (call $i))`;
  assert.equal(componentsOf(`(import "t" "i" (func $i)) ${body}`)[0], -1);
  assert.ok(componentsOf(`(import "t" "i" (func $i)) (import "t" "t" (table 1 funcref)) ${body}`)[0]! >= 0);
});
