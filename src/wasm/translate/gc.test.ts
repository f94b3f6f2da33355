import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { FUEL, LIMITS, SAFEPOINTS, TestGuest } from "./test-host.ts";
import type { TranslateOptions } from "./translated.ts";
import { translate } from "./translate.ts";
import { Hook } from "./translated.ts";

const bytes = (fields: string): Uint8Array => compile(`(module ${fields})`) as Uint8Array;

const TYPES = `
  (type $pair (struct (field (mut i32)) (field (mut anyref))))
  (type $packed (struct (field i8) (field i8) (field i64)))
  (type $bytes (array (mut i8))) (type $wide (array (mut v128))) (type $refs (array (mut anyref)))`;

const GUEST = bytes(`
  ${TYPES}
  (data $d "0123456789")
  (elem $e anyref (ref.null any) (ref.null any))
  (func (export "pair") (result i32) (struct.get $pair 0 (struct.new $pair (i32.const 7) (ref.null any))))
  (func (export "packed") (drop (struct.new_default $packed)))
  (func (export "bytes") (param i32) (result i32) (array.len (array.new $bytes (i32.const 3) (local.get 0))))
  (func (export "wide") (param i32) (result i32) (array.len (array.new_default $wide (local.get 0))))
  (func (export "fixed") (result i32) (array.len (array.new_fixed $refs 3 (ref.null any) (ref.null any) (ref.null any))))
  (func (export "data") (result i32) (array.len (array.new_data $bytes $d (i32.const 2) (i32.const 5))))
  (func (export "elem") (result i32) (array.len (array.new_elem $refs $e (i32.const 0) (i32.const 2))))
  (func (export "free") (result i32) (i31.get_s (ref.i31 (i32.const 9))))
  (func (export "loop") (param i32) (loop $l (drop (struct.new $pair (local.get 0) (ref.null any)))
    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`);

test("what an object costs is asked for, and only that", () => {
  const guest = new TestGuest(GUEST, LIMITS);
  const { hooks } = guest;
  hooks.onAllocate = () => 0n;
  assert.equal(guest.call("pair"), 7);
  guest.call("packed");
  assert.equal(guest.call("bytes", 1000), 1000);
  assert.equal(guest.call("wide", 5), 5);
  assert.equal(guest.call("fixed"), 3);
  assert.equal(guest.call("data"), 5);
  assert.equal(guest.call("elem"), 2);
  assert.equal(guest.call("free"), 9);
  assert.deepEqual(hooks.allocations, [32n, 32n, 1024n, 24n + 80n, 24n + 24n, 24n + 5n, 24n + 16n]);
});

test("a budget lasts for what it says", () => {
  const guest = new TestGuest(GUEST, LIMITS);
  guest.hooks.onAllocate = () => 320n;
  guest.call("loop", 100);
  // The first asks for itself; of the others every eleventh does.
  assert.equal(guest.hooks.allocations.length, 10);
  assert.ok(guest.hooks.allocations.every((owed) => owed === 32n));
});

test("a refusal traps before the object is made", () => {
  const guest = new TestGuest(GUEST, LIMITS);
  guest.hooks.onAllocate = () => -1n;
  for (const name of ["pair", "packed", "fixed"]) assert.throws(() => guest.call(name), /unreachable/);
  assert.throws(() => guest.call("bytes", -1), /unreachable/);
  assert.equal(guest.hooks.allocations.at(-1), 24n + 0xffff_ffffn);
});

test("fuel and the budget stand side by side", () => {
  const guest = new TestGuest(GUEST, { ...FUEL, limits: true });
  guest.hooks.onAllocate = () => 0n;
  guest.call("loop", 3);
  assert.deepEqual(guest.hooks.allocations, [32n, 32n, 32n]);
  assert.ok(guest.hooks.refuels > 0);
});

test("exceptions that carry references are paid for, others are not", () => {
  const guest = new TestGuest(bytes(`
    (tag $plain (param i32)) (tag $chain (param exnref))
    (func (export "plain") (block $h (result i32) (try_table (catch $plain $h) (throw $plain (i32.const 1))) (i32.const 0)) (drop))
    (func (export "chain") (block $h (result exnref) (try_table (catch $chain $h) (throw $chain (ref.null exn))) (ref.null exn)) (drop))`), LIMITS);
  guest.call("plain");
  assert.deepEqual(guest.hooks.allocations, []);
  guest.call("chain");
  assert.equal(guest.hooks.allocations.length, 1);
});

test("objects of constant expressions are counted", () => {
  const constant = (fields: string): number => translate(decodeModule(bytes(`${TYPES} ${fields}`)), LIMITS).constantBytes;
  assert.equal(constant(""), 0);
  assert.equal(constant("(global (ref $pair) (struct.new $pair (i32.const 1) (ref.null any)))"), 32);
  assert.equal(constant("(global (ref $bytes) (array.new_default $bytes (i32.const 1000000)))"), 1_000_024);
  assert.equal(constant("(global (ref $bytes) (array.new_default $bytes (i32.mul (i32.const 1000) (i32.const 1000))))"), 1_000_024);
  assert.equal(constant("(global (ref $wide) (array.new_default $wide (i32.const -1)))"), 24 + 16 * (2 ** 32 - 1));
  assert.equal(constant("(global (ref $refs) (array.new_fixed $refs 2 (ref.null any) (struct.new_default $packed)))"), 40 + 32);
  assert.equal(constant(`(import "m" "n" (global $n i32)) (global (ref $bytes) (array.new_default $bytes (global.get $n)))`), 2 ** 30);
  assert.equal(constant("(elem (ref $pair) (struct.new_default $pair) (struct.new_default $pair))"), 64);
});

test("modules without such types, or without limits, stay as they are", () => {
  const calls = (fields: string | Uint8Array, options: TranslateOptions): boolean =>
    (translate(decodeModule(typeof fields === "string" ? bytes(fields) : fields), options).usedHooks & 1 << Hook.gcAllocate) !== 0;
  assert.equal(calls(GUEST, LIMITS), true);
  assert.equal(calls(GUEST, SAFEPOINTS), false);
  assert.equal(calls("(tag $t) (func (throw $t))", LIMITS), false);
});
