import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import { Store } from "./store.ts";
import { moduleOf, thrown } from "./runtime.test-support.ts";
import { Trap } from "./trap.ts";

test("memories of its own beside imported ones keep their places", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine);
  const owner = await moduleOf(engine, "(module (memory (export \"m\") 3 3))");
  linker.defineInstance("owner", linker.instantiate(store, owner));
  const module = await moduleOf(engine, `(module
    (memory $a (import "owner" "m") 3) (memory $b 1 1) (memory $c 2 2)
    (func (export "a") (result i32) (memory.size $a))
    (func (export "b") (result i32) (memory.size $b))
    (func (export "c") (result i32) (memory.size $c)))`);
  const pre = linker.instantiatePre(module);
  for (const instance of [pre.instantiate(store), pre.instantiate(store)]) {
    assert.deepEqual(["a", "b", "c"].map((name) => instance.func(name)?.call()), [3, 1, 2]);
    assert.deepEqual([0, 1, 2].map((index) => instance.hidden.memory(index)?.pages), [3, 1, 2]);
  }
});

test("a function outlives the instantiation that failed after it was put into a table", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine);
  const owner = linker.instantiate(store, await moduleOf(engine, "(module (table (export \"t\") 4 funcref))"));
  linker.defineInstance("owner", owner);
  const failing = await moduleOf(engine, `(module (import "owner" "t" (table 4 funcref)) (memory 1)
    (func $grow (result i32) (memory.grow (i32.const 1))) (func $late)
    (elem (i32.const 0) $grow) (elem (i32.const 3) $late $late) (data (i32.const 0) "never"))`);
  const trap = thrown(Trap, () => linker.instantiate(store, failing));
  assert.equal(trap.trap, "out-of-bounds-table-access");
  const caller = linker.instantiate(store, await moduleOf(engine, `(module (import "owner" "t" (table 4 funcref)) (type $g (func (result i32)))
    (func (export "call") (param i32) (result i32) (call_indirect (type $g) (local.get 0))))`));
  assert.equal(caller.func("call")!.call(0), 1);
  assert.ok(thrown(Trap, () => caller.func("call")!.call(3)).words.includes("uninitialized element"));
});
