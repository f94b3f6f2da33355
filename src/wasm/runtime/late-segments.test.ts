import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import type { Instance } from "./instance.ts";
import { Store } from "./store.ts";
import { moduleOf, wat } from "./runtime.test-support.ts";
import { defaultSafepoints } from "./hooks.ts";
import { Trap } from "./trap.ts";

const TABLES = `(module
  (table (export "t") 12 funcref) (global (export "g") i32 (i32.const 4))
  (type $f (func (result i32)))
  (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))`;

async function linked(): Promise<{ linker: Linker; store: Store; tables: Instance; engine: Engine }> {
  const safepoints = defaultSafepoints();
  new Int32Array(safepoints.flag.buffer)[0] = 1; // every check takes the slow path
  const engine = new Engine({ translate: { fuel: true }, safepoints });
  const store = new Store(engine), linker = new Linker(engine);
  const tables = linker.instantiate(store, await moduleOf(engine, TABLES));
  linker.defineInstance("tables", tables);
  return { linker, store, tables, engine };
}

test("a function outlives the failed instantiation that put it into a table", async () => {
  const { linker, store, tables, engine } = await linked();
  const module = await moduleOf(engine, `(module
    (table (import "tables" "t") 12 funcref) (memory 1)
    (func $f (result i32) (local i32)
      (loop $l (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if $l (i32.lt_u (local.get 0) (i32.const 9))))
      (drop (memory.grow (i32.const 1)))
      (i32.add (local.get 0) (memory.size)))
    (elem (i32.const 7) $f)
    (data (i32.const 65536) "x"))`);
  assert.throws(() => linker.instantiate(store, module), (error) => error instanceof Trap && error.trap === "out-of-bounds-memory-access");
  assert.equal(tables.func("call")?.call(7), 11);
});

test("late segments write what the host would have written", async () => {
  const text = `(module
    (table $t (import "tables" "t") 12 funcref) (global $g (import "tables" "g") i32)
    (memory $m (export "m") 1) (memory $n (export "n") i64 1)
    (table $own (export "own") 3 funcref)
    (func $a (result i32) (i32.const 10)) (func $b (result i32) (i32.const 20)) (func $c (result i32) (i32.const 30))
    (elem (table $t) (global.get $g) func $a $b)
    (elem (table $t) (offset (i32.const 9)) funcref (ref.func $c) (ref.null func))
    (elem $passive func $a $c)
    (elem declare func $b)
    (elem (table $own) (i32.const 1) func $b)
    (data (memory $m) (global.get $g) "late") (data $kept "passive") (data (memory $n) (i64.const 2) "wide")
    (func (export "init") (param i32)
      (table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 2))
      (memory.init $m $kept (local.get 0) (i32.const 0) (i32.const 7))))`;
  const { linker, store, tables, engine } = await linked();
  const module = await moduleOf(engine, text);
  const instance = linker.instantiate(store, module);
  instance.func("init")?.call(16);

  const rawTables = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wat(TABLES))));
  const raw = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wat(text))), { tables: rawTables.exports as WebAssembly.ModuleImports });
  (raw.exports["init"] as (at: number) => void)(16);

  for (const name of ["m", "n"]) {
    assert.deepEqual(instance.memory(name)?.bytes().slice(0, 32), new Uint8Array((raw.exports[name] as WebAssembly.Memory).buffer).slice(0, 32));
  }
  const rawCall = rawTables.exports["call"] as (slot: number) => number;
  const outcome = (call: (slot: number) => unknown, slot: number): unknown => {
    try {
      return call(slot);
    } catch {
      return "trap";
    }
  };
  for (let slot = 0; slot < 12; slot++) {
    assert.equal(outcome((at) => tables.func("call")?.call(at), slot), outcome(rawCall, slot), `slot ${slot}`);
  }
  assert.equal(instance.table("own")?.get(0), null);
  assert.notEqual(instance.table("own")?.get(1), null);
});

test("segments that are dropped by instantiation stay dropped", async () => {
  const { linker, store, engine } = await linked();
  const instance = linker.instantiate(store, await moduleOf(engine, `(module
    (table (import "tables" "t") 12 funcref) (memory 1)
    (func $f)
    (elem $e (i32.const 0) func $f)
    (elem $d declare func $f)
    (data $a (i32.const 0) "x")
    (func (export "elem") (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))
    (func (export "declared") (table.init $d (i32.const 0) (i32.const 0) (i32.const 1)))
    (func (export "data") (memory.init $a (i32.const 0) (i32.const 0) (i32.const 1))))`));
  for (const name of ["elem", "declared", "data"]) {
    assert.throws(() => instance.func(name)?.call(), Trap, name);
  }
});
