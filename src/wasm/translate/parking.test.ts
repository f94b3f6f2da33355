import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { LIMITS, SAFEPOINTS, TestGuest } from "./test-host.ts";
import { translate } from "./translate.ts";
import { Hook } from "./translated.ts";

const bytes = (fields: string): Uint8Array => compile(`(module ${fields})`) as Uint8Array;

const GUEST = bytes(`
  (memory $plain 1) (memory $shared 1 1 shared) (memory $wide i64 1 1 shared)
  (func (export "wait32") (param i32 i32 i64) (result i32) (memory.atomic.wait32 $shared offset=8 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i64 i64 i64) (result i32) (memory.atomic.wait64 $wide offset=1024 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify $shared offset=300 (local.get 0) (local.get 1)))
  (func (export "plain") (param i32 i32) (result i32) (memory.atomic.notify $plain (local.get 0) (local.get 1)))
  (func (export "set") (param i32 i32) (i32.atomic.store $shared (local.get 0) (local.get 1)))`);

test("a wait asks the hook with memory, effective address and time, when the value is as expected", () => {
  const guest = new TestGuest(GUEST, SAFEPOINTS);
  guest.hooks.onWait = () => 2;
  assert.equal(guest.call("wait32", 56, 1, 5n), 1, "another value");
  assert.deepEqual(guest.hooks.parkings, []);
  assert.equal(guest.call("wait32", 56, 0, 5n), 2);
  guest.call("set", 64, -7);
  assert.equal(guest.call("wait32", 56, -7, -1n), 2);
  guest.hooks.onWait = () => 0;
  assert.equal(guest.call("wait64", 8n, 0n, 7n), 0);
  assert.equal(guest.call("wait64", 8n, 1n << 32n, 7n), 1, "all 64 bits are compared");
  assert.deepEqual(guest.hooks.parkings, [["wait", 2, 64n, 0n, 5n], ["wait", 2, 64n, 0xffff_fff9n, -1n], ["wait", 5, 1032n, 0n, 7n]]);
});

test("a notify asks the hook; on an unshared memory the host's own answer stays", () => {
  const guest = new TestGuest(GUEST, SAFEPOINTS);
  guest.hooks.onNotify = () => 5;
  assert.equal(guest.call("notify", 4, -1), 5);
  assert.equal(guest.call("plain", 4, 1), 0);
  assert.deepEqual(guest.hooks.parkings, [["notify", 1, 304n, -1]]);
});

test("a hook that declines leaves everything to the host's instructions", () => {
  const guest = new TestGuest(GUEST, SAFEPOINTS);
  assert.equal(guest.call("wait32", 0, 0, 1000n), 2);
  assert.equal(guest.call("notify", 4, 1), 0);
  assert.equal(guest.hooks.parkings.length, 2);
});

test("what is misaligned or out of bounds traps before the hook is asked", () => {
  const guest = new TestGuest(GUEST, SAFEPOINTS);
  const traps = (message: RegExp, name: string, ...args: unknown[]): void => assert.throws(() => guest.call(name, ...args), message);
  traps(/unaligned/, "wait32", 1, 0, 0n);
  traps(/unaligned/, "wait64", 4n, 0n, 0n);
  traps(/unaligned/, "notify", 2, 0);
  traps(/out of bounds/, "wait32", 65528, 0, 0n);
  traps(/out of bounds/, "wait32", -8, 0, 0n);
  traps(/out of bounds/, "wait64", -1024n, 0n, 0n);
  traps(/out of bounds/, "notify", -300, 0);
  assert.deepEqual(guest.hooks.parkings, []);
});

test("which hooks a module calls is told", () => {
  const used = (fields: string, options = SAFEPOINTS): number => translate(decodeModule(bytes(fields)), options).usedHooks;
  const wait = `(func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))`;
  assert.equal(used(`(memory 1 1 shared) ${wait}`), 1 << Hook.wait);
  assert.equal(used(`(memory 1) ${wait}`), 0);
  assert.equal(used(`(memory 1 1 shared) ${wait}`, LIMITS), 0);
  assert.equal(used(`(memory 1) (func (drop (memory.grow (i32.const 1))))`, LIMITS), 1 << Hook.memoryGrow);
  assert.equal(used(`(func (loop $l (br $l)))`), 1 << Hook.tick | 1 << Hook.yield);
});
