/**
 * Random structured programs: the translated one gives the untouched one's results, and checks
 * come often enough.
 *
 * Every loop and every call takes one from a budget of steps (global 0) and the program returns
 * when it is used up, so each ends. Each loop round raises the flag; a run that makes many
 * rounds must meet many checks.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "watr";
import { ALL_OFF, ALL_ON, SAFEPOINTS, TestGuest } from "./test-host.ts";

const FUNCTIONS = 4;
const BUDGET = 400;

/** A statement as text, given the number of labels around it. */
type Stmt = (labels: number) => string;

const RAISE = "(i32.store (i32.const 0) (i32.const 1))";
/** Pays one step; returns when there is none left. */
const PAY = `(if (i32.le_s (global.get 0) (i32.const 0)) (then (return (local.get 1))))
  (global.set 0 (i32.sub (global.get 0) (i32.const 1))) ${RAISE}`;

const mix = fc.integer({ min: 0, max: 1000 }).map((n): Stmt => () =>
  `(local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 31)) (i32.add (local.get 0) (i32.const ${n}))))`);
const label = fc.nat(7);
const condition = fc.nat(5).map((n) => `(i32.and (i32.shr_u (local.get 1) (i32.const ${n})) (i32.const 1))`);

const { stmts } = fc.letrec<{ stmt: Stmt; stmts: Stmt }>((tie) => ({
  stmt: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    mix,
    label.map((n): Stmt => (labels) => `(br ${n % labels})`),
    fc.tuple(label, condition).map(([n, c]): Stmt => (labels) => `(br_if ${n % labels} ${c})`),
    fc.tuple(label, label, label).map(([a, b, c]): Stmt => (labels) =>
      `(br_table ${a % labels} ${b % labels} ${c % labels} (i32.and (local.get 1) (i32.const 3)))`),
    fc.tuple(fc.nat(FUNCTIONS - 1), fc.boolean()).map(([n, table]): Stmt => () => table
      ? `(local.set 1 (call_indirect (type $f) (local.get 1) (i32.const ${n})))`
      : `(local.set 1 (call $f${n} (local.get 1)))`),
    fc.nat(FUNCTIONS - 1).map((n): Stmt => () => `(if (i32.eqz (i32.and (local.get 1) (i32.const 15))) (then (return_call $f${n} (local.get 0))))`),
    tie("stmts").map((body): Stmt => (labels) => `(block ${body(labels + 1)})`),
    tie("stmts").map((body): Stmt => (labels) => `(loop ${PAY} ${body(labels + 1)})`),
    fc.tuple(tie("stmts"), condition).map(([body, c]): Stmt => (labels) => `(loop ${PAY} ${body(labels + 1)} (br_if 0 ${c}))`),
    fc.tuple(tie("stmts"), condition).map(([body, c]): Stmt => (labels) =>
      `(local.set 1 (loop (result i32) ${PAY} ${body(labels + 1).replaceAll("(br ", "(br_if 0 (i32.const 0)) (br ")} (br_if 0 ${c}) (local.get 1)))`),
    fc.tuple(tie("stmts"), tie("stmts"), condition).map(([yes, no, c]): Stmt => (labels) => `(if ${c} (then ${yes(labels + 1)}) (else ${no(labels + 1)}))`),
    fc.tuple(tie("stmts"), condition).map(([body, c]): Stmt => (labels) =>
      `(block (try_table (catch_all 0) ${body(labels + 2)} (if ${c} (then (throw $e)))))`),
    fc.tuple(fc.integer({ min: 1, max: 20 }), mix).map(([n, body]): Stmt => (labels) =>
      `(local.set 2 (i32.const 0)) (loop ${body(labels + 1)} (br_if 0 (i32.ne (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const ${n}))))`),
  ),
  stmts: fc.array(tie("stmt"), { maxLength: 4 }).map((list): Stmt => (labels) => list.map((stmt) => stmt(labels)).join("\n")),
}));

const programs = fc.array(stmts, { minLength: FUNCTIONS, maxLength: FUNCTIONS }).map((bodies) => `(module
  (import "t" "flag" (memory 1 1 shared))
  (type $f (func (param i32) (result i32))) (tag $e)
  (global (mut i32) (i32.const 0))
  (table funcref (elem ${bodies.map((_, i) => `$f${i}`).join(" ")}))
  ${bodies.map((body, i) => `(func $f${i} (type $f) (local i32 i32) ${PAY} ${outerless(body)} (local.get 1))`).join("\n")}
  (func (export "run") (param i32) (result i32) (global.set 0 (i32.const ${BUDGET})) (call $f0 (local.get 0)))
  (func (export "left") (result i32) (global.get 0)))`);

/** The body in a block of its own, so that a branch to the outermost label carries no value. */
function outerless(body: Stmt): string {
  return `(block ${body(1)})`;
}

interface Outcome {
  readonly result: string;
  readonly left: unknown;
}

function outcome(call: (name: string, ...args: number[]) => unknown, arg: number): Outcome {
  let result: string;
  try {
    result = String(call("run", arg));
  } catch (error) {
    result = error instanceof WebAssembly.Exception ? "exception" : String(error);
  }
  return { result, left: call("left") };
}

test("random programs run as before and meet a check in each step", () => {
  let steps = 0;
  fc.assert(fc.property(programs, fc.nat(100), (text, arg) => {
    const bytes = Uint8Array.from(compile(text));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), { t: { flag: memory } }).exports;
    const expected = outcome((name, ...args) => (plain[name] as (...a: number[]) => unknown)(...args), arg);
    for (const options of [ALL_OFF, SAFEPOINTS, ALL_ON]) {
      const guest = new TestGuest(bytes, options, (flag) => ({ t: { flag } }));
      assert.deepEqual(outcome((name, ...args) => guest.call(name, ...args), arg), expected);
      if (!options.safepoints) continue;
      // Steps are loop rounds and calls. Not every step is on a cycle: a step without one is at
      // the end of at most a handful of calls and loop entries per check.
      const made = BUDGET - Number(expected.left);
      steps += made;
      assert.ok(guest.hooks.ticks * PER_CHECK >= made - PER_CHECK, `${guest.hooks.ticks} checks in ${made} steps`);
    }
  }), { numRuns: 150, seed: 20_25, endOnFailure: false });
  assert.ok(steps > 5_000, `the programs made ${steps} steps`);
});

/** Steps that may pass between two checks: loops entered once and calls off all cycles, in one round of a cycle. */
const PER_CHECK = 40;
