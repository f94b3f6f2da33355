import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import { Store } from "./store.ts";
import { moduleOf } from "./support.test.ts";

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
