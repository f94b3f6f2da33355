import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import { Memory } from "./memory.ts";
import { Store } from "./store.ts";
import { LimitError } from "./store-errors.ts";
import { moduleOf, thrown } from "./runtime.test-support.ts";
import { Table } from "./table.ts";

const PAGE = 65536;
const MEMORY = { kind: "memory", addr: "i32", limits: { min: 1n, max: undefined }, shared: false, pageSizeLog2: 16 } as const;
const TABLE = { kind: "table", addr: "i32", limits: { min: 3n, max: undefined }, element: { nullable: true, heap: "func" } } as const;
const GROWS = `(module (memory (export "m") 1) (memory 1) (table (export "t") 4 funcref) (table 2 externref)
  (func (export "m0") (param i32) (result i32) (memory.grow 0 (local.get 0))) (func (export "m1") (param i32) (result i32) (memory.grow 1 (local.get 0)))
  (func (export "t0") (param i32) (result i32) (table.grow 0 (ref.null func) (local.get 0))))`;

test("all memories of a store share one limit of bytes", async () => {
  const engine = new Engine();
  const store = new Store(engine, { limiter: { totalMemoryBytes: 6 * PAGE } });
  const linker = new Linker(engine);
  const module = await moduleOf(engine, GROWS);
  const one = linker.instantiate(store, module);
  assert.equal(one.func("m0")!.call(2), 1);
  assert.equal(one.func("m1")!.call(3), -1);
  assert.equal(one.func("m1")!.call(1), 1);
  assert.equal(store.memoryBytes(), 5 * PAGE);
  const refused = thrown(LimitError, () => linker.instantiate(store, module));
  assert.deepEqual([refused.limit, refused.requested, refused.allowed], ["total memory", 7 * PAGE, 6 * PAGE]);
  // The memory that did fit has gone again.
  assert.equal(store.memoryBytes(), 5 * PAGE);
  assert.match(refused.message, /^limit of total memory: 458752 bytes requested, at most 393216 bytes are allowed/);
  assert.equal(thrown(LimitError, () => one.memory("m")!.grow(2)).limit, "total memory");
  assert.deepEqual([one.memory("m")!.pages, one.hidden.memory(1)!.pages], [3, 2]);
});

test("all tables of a store share one limit of elements, those of one module together", async () => {
  const engine = new Engine();
  const store = new Store(engine, { limiter: { totalTableElements: 10 } });
  const linker = new Linker(engine);
  const module = await moduleOf(engine, GROWS);
  const one = linker.instantiate(store, module);
  assert.equal(store.tableElements(), 6);
  assert.equal(one.func("t0")!.call(2), 4);
  assert.equal(one.func("t0")!.call(3), -1);
  assert.deepEqual(thrown(LimitError, () => Table.create(store, TABLE)).limit, "total elements");
  assert.equal(thrown(LimitError, () => one.table("t")!.grow(3)).requested, 11);
  assert.equal(one.table("t")!.grow(2), 6);
  // Four and two elements fit each, but not both.
  assert.equal(thrown(LimitError, () => linker.instantiate(new Store(engine, { limiter: { totalTableElements: 5 } }), module)).requested, 6);
});

test("one table has a limit of its own", async () => {
  const engine = new Engine();
  const store = new Store(engine, { limiter: { tableElements: 4 } });
  const one = new Linker(engine).instantiate(store, await moduleOf(engine, GROWS));
  assert.equal(one.func("t0")!.call(1), -1);
  assert.equal(thrown(LimitError, () => one.table("t")!.grow(1)).allowed, 4);
  assert.equal(Table.create(store, TABLE).grow(1), 3);
});

test("an instance that is let go counts no more, others do", async () => {
  const engine = new Engine();
  const store = new Store(engine, { limiter: { totalMemoryBytes: 3 * PAGE, totalTableElements: 9 } });
  const linker = new Linker(engine);
  const module = await moduleOf(engine, GROWS);
  const lone = Memory.create(store, MEMORY);
  for (let i = 0; i < 5; i++) {
    const made = linker.instantiate(store, module);
    assert.equal(made.func("t0")!.call(1), 4);
    assert.deepEqual([store.memoryBytes(), store.tableElements()], [3 * PAGE, 7]);
    store.forget(made);
    assert.equal(made.func("t0")!.call(0), 5);
    assert.deepEqual([store.memoryBytes(), store.tableElements()], [PAGE, 0]);
  }
  assert.equal(lone.pages, 1);
});
