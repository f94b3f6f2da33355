import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FuncType } from "../types/externtype.ts";
import type { Caller } from "./caller.ts";
import { Engine } from "./engine.ts";
import { Global } from "./global.ts";
import { Linker } from "./linker.ts";
import { Memory } from "./memory.ts";
import { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { moduleOf, rejected, thrown } from "./runtime.test-support.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const NONE: FuncType = { kind: "func", params: [], results: [] };
const EVERYTHING = `(module (import "h" "f" (func $f)) (memory (export "m") 1) (table (export "t") 2 funcref) (global (export "g") (mut i32) (i32.const 1)) (tag (export "e"))
  (func (export "f") (call $f)) (elem (i32.const 0) $f))`;

test("every use of what a disposed store owned is an error", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  let caller: Caller | undefined;
  const linker = new Linker(engine).funcWithCaller("h", "f", NONE, (from: Caller) => void (caller = from));
  const module = await moduleOf(engine, EVERYTHING);
  const pre = linker.instantiatePre(module);
  const made = pre.instantiate(store);
  const [func, memory, table, global, tag] = [made.func("f")!, made.memory("m")!, made.table("t")!, made.global("g")!, made.tag("e")!];
  func.call();
  const from = caller!;
  from.memory!.bytes();
  const inTable = table.get(0) as typeof func;
  new Linker(engine).defineInstance("old", made);
  const bound = new Linker(engine).defineInstance("old", made).instantiatePre(await moduleOf(engine, `(module (import "old" "m" (memory 1)))`));
  const stale = new Linker(engine).defineInstance("old", made);
  const importer = await moduleOf(engine, `(module (import "old" "m" (memory 1)))`);
  store.dispose();
  const type = { kind: "memory", addr: "i32", limits: { min: 1n, max: undefined }, shared: false, pageSizeLog2: 16 } as const;
  const uses: readonly (() => unknown)[] = [
    () => func.call(), () => func.raw, () => inTable.raw, () => memory.bytes(), () => memory.byteLength, () => memory.pages, () => memory.grow(0), () => memory.raw,
    () => table.length, () => table.get(0), () => table.set(0, null), () => table.grow(0), () => table.raw, () => global.value, () => (global.value = 2), () => global.raw, () => tag.raw,
    () => made.raw, () => made.get("m"), () => made.func("f"), () => made.memory("m"), () => made.start(), () => [...made.exports()], () => made.hidden.memory(0), () => made.hidden.table(0), () => made.hidden.global(0),
    () => pre.instantiate(store), () => pre.create(store), () => bound.instantiate(store), () => linker.instantiate(store, module), () => stale.instantiatePre(importer), () => linker.module(store, "x", module),
    () => linker.defineInstance("again", made), () => linker.define("again", "f", func), () => linker.define("again", "g", global),
    () => Memory.create(store, type), () => Table.create(store, { kind: "table", addr: "i32", limits: { min: 1n, max: undefined }, element: { nullable: true, heap: "func" } }),
    () => Global.create(store, { kind: "global", mutable: true, value: "i32" }, 1), () => Tag.create(store, []), () => from.instance, () => from.get("m"), () => from.memory!.bytes(), () => store.alive(),
  ];
  for (const use of uses) assert.equal(thrown(StoreError, use).code, "store/disposed", String(use));
  await rejected(StoreError, func.callAsync());
  await rejected(StoreError, pre.instantiateAsync(store));
  assert.deepEqual([store.disposed, store.instances.size], [true, 0]);
});

test("what a store held is collected while its wrappers are still held", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, EVERYTHING);
  const pre = new Linker(engine).func("h", "f", NONE, () => undefined).instantiatePre(module);
  const held: unknown[] = [];
  const make = (): WeakRef<object>[] => {
    using store = new Store(engine);
    const made = pre.instantiate(store);
    held.push(store, made, made.func("f"), made.memory("m"), made.table("t"), made.global("g"), made.table("t")!.get(0), [...made.exports()]);
    made.memory("m")!.bytes();
    return [new WeakRef(made.raw), new WeakRef(made.memory("m")!.raw), new WeakRef(made.func("f")!.raw), new WeakRef(made.table("t")!.raw)];
  };
  const refs = make();
  for (let round = 0; round < 5 && refs.some((ref) => ref.deref() !== undefined); round++) {
    await setImmediate();
    collect();
  }
  assert.deepEqual(refs.map((ref) => ref.deref()), refs.map(() => undefined));
  assert.equal(held.length, 8);
});

test("100,000 stores in flat memory", { timeout: 60_000 }, async (t) => {
  const engine = new Engine();
  const linker = new Linker(engine).func("h", "f", NONE, () => undefined);
  const large = linker.instantiatePre(await moduleOf(engine, EVERYTHING));
  const small = linker.instantiatePre(await moduleOf(engine, `(module (import "h" "f" (func $f)) (global (mut i32) (i32.const 1)) (func (export "f") (call $f)))`));
  const last: Store[] = [];
  const run = (rounds: number): void => {
    for (let i = 0; i < rounds; i++) {
      const store = new Store(engine, { data: new Uint8Array(1000), limiter: { totalMemoryBytes: 1 << 20, totalTableElements: 100 } });
      (i % 20 === 0 ? large : small).instantiate(store).func("f")!.call();
      store.dispose();
      last[i % 1000] = store;
    }
  };
  const used = async (): Promise<{ heap: number; external: number; rss: number }> => {
    last.length = 0;
    for (let i = 0; i < 3; i++) {
      await setImmediate();
      collect();
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed, external, rss };
  };
  const started = performance.now();
  run(20_000);
  const before = await used();
  for (let i = 0; i < 8; i++) {
    run(10_000);
    await setImmediate();
  }
  const after = await used();
  t.diagnostic(`${((performance.now() - started) / 100).toFixed(1)} µs a store; heap ${before.heap} to ${after.heap}, external ${before.external} to ${after.external}, rss ${before.rss} to ${after.rss}`);
  // 80,000 stores between the two: 100 bytes kept of each would be 8 MB.
  assert.ok(after.heap - before.heap < 4e6, "heap");
  assert.ok(after.external - before.external < 4e6, "external");
  assert.ok(after.rss - before.rss < 100e6, "rss");
});

test("40,000 guests that would wait for ever end with their stores", { timeout: 60_000 }, async () => {
  const engine = new Engine();
  const linker = new Linker(engine).funcAsync("h", "wait", NONE, () => new Promise(() => undefined));
  // It catches all that it can and waits again. A host has room for some 32,000 stacks: left behind, they would end this process.
  const pre = linker.instantiatePre(await moduleOf(engine, `(module (import "h" "wait" (func $w)) (func (export "f") (loop $again (block $h (try_table (catch_all $h) (call $w))) (br $again))))`));
  let ended = 0;
  for (let i = 1; i <= 40_000; i++) {
    const store = new Store(engine);
    const call = pre.instantiate(store).func("f")!.callAsync().catch((error: unknown) => (ended += error instanceof StoreError ? 1 : 0));
    store.dispose();
    if (i % 50 === 0) await call;
  }
  assert.equal(ended, 40_000);
});
