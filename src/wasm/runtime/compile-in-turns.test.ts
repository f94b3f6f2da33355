/** Large modules: the host keeps its turn while they are translated, and nothing else changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile as wat } from "watr";
import { Engine } from "./engine.ts";
import type { Instance } from "./instance.ts";
import { Linker } from "./linker.ts";
import { Module } from "./module.ts";
import { Store } from "./store.ts";
import { ValidateError } from "./validate.ts";

const FUNCTIONS = 4000;
const BODY = Array.from({ length: 30 }, () => "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))").join("");
/** Some 800 KB of code; `last` is the text of the last function. */
function large(last: string): Uint8Array {
  const functions = Array.from({ length: FUNCTIONS }, (_, index) => `(func $f${index} (param i32) (result i32) (loop ${BODY}) (local.get 0))`);
  return Uint8Array.from(wat(`(module ${functions.join("")} (func (export "last") (param i32) (result i32) ${last}))`));
}
const SOUND = large("(call $f3999 (local.get 0))");

function engineWithTurns(): { readonly engine: Engine; readonly turns: () => number } {
  let turns = 0;
  // Each look at the clock is a millisecond later, so that the number of turns does not depend on the machine.
  let now = 0;
  const turn = (): Promise<void> => {
    turns++;
    return new Promise((resolve) => setImmediate(resolve));
  };
  return { engine: new Engine({ turn, now: () => now++ }), turns: () => turns };
}

function answerOf(engine: Engine, module: Module): unknown {
  const instance: Instance = new Linker(engine).instantiatePre(module).instantiate(new Store(engine));
  return instance.func("last")!.call(3);
}

test("a large module is translated in turns, to the same module", async () => {
  const { engine, turns } = engineWithTurns();
  const module = await Module.compile(engine, SOUND);
  assert.ok(turns() > 0, "the host had its turn");
  const plain = new Engine();
  const other = await Module.compile(plain, SOUND);
  assert.equal(module.timings.translatedBytes, other.timings.translatedBytes);
  assert.deepEqual(answerOf(engine, module), answerOf(plain, other));
});

test("a module that is invalid at its very end is refused with the same words", async () => {
  const bad = large("(call $f3999 (i64.const 1))");
  const { engine } = engineWithTurns();
  const refusals = await Promise.all([engine, new Engine()].map(async (tried) => Module.compile(tried, bad).then(() => assert.fail("accepted"), (error: unknown) => error)));
  for (const refusal of refusals) assert.ok(refusal instanceof ValidateError);
  assert.equal(String(refusals[0]), String(refusals[1]));
});

test("a small one takes no turn", async () => {
  const { engine, turns } = engineWithTurns();
  await Module.compile(engine, Uint8Array.from(wat(`(module (func (export "last")))`)));
  assert.equal(turns(), 0);
});
