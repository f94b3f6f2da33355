import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf, thrown } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import type { Instance } from "./instance.ts";
import type { StoreLimiter } from "./limiter.ts";
import { Linker } from "./linker.ts";
import { Memory } from "./memory.ts";
import { Store } from "./store.ts";
import { LimitError } from "./store-errors.ts";
import { Table } from "./table.ts";
import { Trap } from "./trap.ts";

const PAGE = 65536;

async function limited(limiter: StoreLimiter, text: string): Promise<Instance> {
  const engine = new Engine();
  return new Linker(engine).instantiate(new Store(engine, { limiter }), await moduleOf(engine, text));
}

const GROWS = `(module (memory (export "m") 1 100) (memory $big i64 1) (table $t (export "t") 2 50 funcref)
  (func (export "mem") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "big") (param i64) (result i64) (memory.grow $big (local.get 0)))
  (func (export "tab") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`;

test("the limiter hears of every creation and growth, in bytes and elements", async () => {
  const asked: unknown[] = [];
  const made = await limited({
    memoryGrowing: (current, desired, maximum) => asked.push(["memory", current, desired, maximum]) > 0,
    tableGrowing: (current, desired, maximum) => asked.push(["table", current, desired, maximum]) > 0,
  }, GROWS);
  assert.deepEqual(asked.splice(0), [["table", 0, 2, 50], ["memory", 0, PAGE, 100 * PAGE], ["memory", 0, PAGE, undefined]]);
  assert.equal(made.func("mem")!.call(2), 1);
  assert.equal(made.func("big")!.call(3n), 1n);
  assert.equal(made.func("tab")!.call(4), 2);
  assert.equal(made.memory("m")!.grow(1), 3);
  assert.equal(made.table("t")!.grow(1), 6);
  assert.deepEqual(asked.splice(0), [["memory", PAGE, 3 * PAGE, 100 * PAGE], ["memory", PAGE, 4 * PAGE, undefined], ["table", 2, 6, 50],
    ["memory", 3 * PAGE, 4 * PAGE, 100 * PAGE], ["table", 6, 7, 50]]);
  // What the declared maximum forbids is refused without asking.
  assert.equal(made.func("mem")!.call(97), -1);
  assert.equal(made.func("mem")!.call(-1), -1);
  assert.equal(made.func("tab")!.call(44), -1);
  assert.equal(made.func("tab")!.call(-1), -1);
  assert.equal(thrown(LimitError, () => made.memory("m")!.grow(97)).allowed, 100 * PAGE);
  // And so is what no host holds, whatever is declared.
  const wide = await limited({ tableGrowing: () => true }, `(module (table $t 1 0xffffffff funcref) (func (export "f") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`);
  assert.equal(wide.func("f")!.call(10_000_000), -1);
  assert.equal(thrown(LimitError, () => wide.hidden.table(0)!.grow(10_000_000)).allowed, 10_000_000);
  assert.equal(made.func("big")!.call(-1n), -1n);
  assert.equal(made.func("big")!.call(262_144n), -1n);
  assert.equal(thrown(LimitError, () => made.hidden.memory(1)!.grow(262_144)).allowed, 262_144 * PAGE);
  assert.deepEqual(asked, []);
});

test("a refused growth leaves everything as it was", async () => {
  let allow = true;
  const made = await limited({ memoryGrowing: () => allow, tableGrowing: () => allow }, GROWS);
  allow = false;
  assert.equal(made.func("mem")!.call(1), -1);
  assert.equal(made.func("big")!.call(1n), -1n);
  assert.equal(made.func("tab")!.call(1), -1);
  assert.equal(thrown(LimitError, () => made.memory("m")!.grow(1)).limit, "memory size");
  assert.equal(thrown(LimitError, () => made.table("t")!.grow(1)).limit, "table size");
  assert.deepEqual([made.memory("m")!.pages, made.table("t")!.length], [1, 2]);
});

test("what a store cannot create is a LimitError that names limit and request", async () => {
  const rows = [
    [{ memoryGrowing: () => false }, `(module (memory 3))`, "memory size", 3 * PAGE, undefined],
    [{ memoryBytes: 2 * PAGE }, `(module (memory 3))`, "memory size", 3 * PAGE, 2 * PAGE],
    [{ tableGrowing: () => false }, `(module (table 7 funcref))`, "table size", 7, undefined],
    [{ instances: 0 }, `(module)`, "instances", 1, 0],
    [{ memories: 1 }, `(module (memory 1) (memory 1))`, "memories", 2, 1],
    [{ tables: 1 }, `(module (table 1 funcref) (table 1 funcref))`, "tables", 2, 1],
  ] as const;
  for (const [limiter, text, limit, requested, allowed] of rows) {
    await assert.rejects(limited(limiter, text), (error: LimitError) => {
      assert.ok(error instanceof LimitError, String(error));
      assert.deepEqual([error.code, error.limit, error.requested, error.allowed], ["store/limit", limit, requested, allowed]);
      return true;
    });
  }
});

test("counts run over the whole store", async () => {
  const engine = new Engine();
  const store = new Store(engine, { limiter: { instances: 3, memories: 2 } });
  const linker = new Linker(engine);
  const module = await moduleOf(engine, `(module (memory 1))`);
  linker.instantiate(store, module);
  Memory.create(store, { kind: "memory", addr: "i32", limits: { min: 1n, max: undefined }, shared: false, pageSizeLog2: 16 });
  assert.deepEqual(store.created, { instances: 1, memories: 2, tables: 0 });
  assert.equal(thrown(LimitError, () => linker.instantiate(store, module)).limit, "memories");
  assert.deepEqual(store.created, { instances: 1, memories: 2, tables: 0 });
  const empty = await moduleOf(engine, `(module)`);
  linker.instantiate(store, empty);
  linker.instantiate(store, empty);
  assert.equal(thrown(LimitError, () => linker.instantiate(store, empty)).limit, "instances");
  assert.equal(store.instances.size, 3);
});

test("a memory's maximum is clamped, its declared type is not", async () => {
  const made = await limited({ memoryBytes: 3 * PAGE + 5 }, `(module (memory (export "m") 1) (func (export "f") (result i32) (memory.grow (i32.const 2))) (func (export "g") (result i32) (memory.grow (i32.const 1))))`);
  assert.equal(made.memory("m")!.type.limits.max, undefined);
  assert.equal(made.func("f")!.call(), 1);
  assert.equal(made.func("g")!.call(), -1);
  // Past our limiter the host refuses as well.
  assert.throws(() => made.memory("m")!.raw.grow(1), RangeError);
});

test("views of a memory are fresh after every growth", async () => {
  const made = await limited({}, `(module (memory (export "m") 0 4) (memory (export "s") 1 4 shared)
    (func (export "f") (result i32) (memory.grow (i32.const 1))) (func (export "g") (result i32) (memory.grow 1 (i32.const 1))))`);
  const memory = made.memory("m")!;
  assert.equal(memory.bytes().length, 0);
  made.func("f")!.call();
  const bytes = memory.bytes();
  assert.equal(bytes.length, PAGE);
  assert.equal(memory.bytes(), bytes);
  memory.grow(2);
  assert.equal(memory.bytes().length, 3 * PAGE);
  const shared = made.memory("s")!;
  const short = shared.bytes();
  made.func("g")!.call();
  assert.equal(short.length, PAGE);
  assert.equal(shared.bytes().length, 2 * PAGE);
  assert.throws(() => memory.grow(-1), RangeError);
  assert.throws(() => memory.grow(0.5), RangeError);
});

test("hidden items reach what the guest keeps to itself", async () => {
  const engine = new Engine();
  const made = new Linker(engine).instantiate(new Store(engine), await moduleOf(engine, `(module
    (memory 1) (data (i32.const 3) "x") (table 1 funcref) (elem (i32.const 0) $f) (global (mut i32) (i32.const 7))
    (func $f (export "f") (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))`));
  assert.equal(made.hidden.memory(0)!.bytes()[3], 120);
  assert.equal(made.hidden.table(0)!.length, 1);
  assert.equal(made.hidden.global(0)!.value, 7);
  assert.equal(made.hidden.memory(1), undefined);
  assert.equal(made.hidden.fuel, undefined);
  assert.deepEqual([...made.exports()].map(([name]) => name), ["f"]);
});

const COUNTS = `(module (func (export "f") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;

test("fuel runs out at the same instruction every time", async () => {
  const engine = new Engine({ translate: { fuel: true } });
  const module = await moduleOf(engine, COUNTS);
  const used = (rounds: number): bigint => {
    const store = new Store(engine, { fuel: 10_000_000n });
    new Linker(engine).instantiate(store, module).func("f")!.call(rounds);
    return 10_000_000n - store.fuel.remaining!;
  };
  assert.equal(used(1000), used(1000));
  const perRound = Number(used(2000) - used(1000)) / 1000;
  assert.ok(Number.isInteger(perRound) && perRound >= 3, String(perRound));

  const store = new Store(engine, { fuel: 1000n });
  const made = new Linker(engine).instantiate(store, module);
  const trap = thrown(Trap, () => made.func("f")!.call(1_000_000));
  assert.equal(trap.trap, "fuel-exhausted");
  assert.equal(trap.frames.length, 1);
  store.fuel.set(used(50) + 1n);
  made.func("f")!.call(50);
  store.fuel.set(undefined);
  made.func("f")!.call(3_000_000);
  assert.equal(store.fuel.remaining, undefined);
});

test("instances of a store share its fuel", async () => {
  const engine = new Engine({ translate: { fuel: true } });
  const store = new Store(engine, { fuel: 1_000_000n });
  const linker = new Linker(engine);
  const module = await moduleOf(engine, COUNTS);
  const [one, two] = [linker.instantiate(store, module), linker.instantiate(store, module)];
  one.func("f")!.call(1000);
  const afterOne = store.fuel.remaining!;
  two.func("f")!.call(1000);
  assert.equal(1_000_000n - afterOne, afterOne - store.fuel.remaining!);
  assert.equal(thrown(Trap, () => two.func("f")!.call(1_000_000)).trap, "fuel-exhausted");
  assert.equal(thrown(Trap, () => one.func("f")!.call(1_000_000)).trap, "fuel-exhausted");
});

test("a store's own safepoints are asked while the flag is up, and can end the guest", async () => {
  const engine = new Engine();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f,
    2, 13, 2, 1, 0x68, 1, 0x74, 0, 0, 1, 0x68, 1, 0x79, 0, 0, 7, 9, 2, 1, 0x74, 0, 0, 1, 0x79, 0, 1)), { h: { t: () => tick(), y: () => 0 } });
  const flag = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const word = new Int32Array(flag.buffer);
  let ticks = 0;
  let answer = 0;
  const tick = (): number => {
    word[0] = ticks++ < 3 ? 1 : 0;
    return answer;
  };
  const safepoints = { flag, tick: exports["t"] as WebAssembly.ExportedFunction, yield: exports["y"] as WebAssembly.ExportedFunction };
  const made = new Linker(engine).instantiate(new Store(engine, { safepoints }), await moduleOf(engine, `(module (func $f (export "f") (param i32)
    (block $done (loop $l (br_if $done (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $l)))))`));
  made.func("f")!.call(50_000);
  assert.equal(ticks, 0);
  word[0] = 1;
  made.func("f")!.call(50_000);
  assert.equal(ticks, 4);
  word[0] = 1;
  answer = 2;
  const trap = thrown(Trap, () => made.func("f")!.call(50_000));
  assert.equal(trap.trap, "interrupted");
  assert.deepEqual(trap.frames.map((frame) => frame.funcIndex), [0]);
});

test("tables hold functions of their own store and type", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const made = new Linker(engine).instantiate(store, await moduleOf(engine, `(module (func (export "f") (result i32) (i32.const 4)))`));
  const table = Table.create(store, { kind: "table", addr: "i32", limits: { min: 1n, max: 2n }, element: { nullable: true, heap: "func" } });
  table.set(0, made.func("f"));
  assert.equal(table.get(0), made.func("f"));
  assert.throws(() => table.set(0, 5));
  assert.throws(() => table.get(1), RangeError);
  assert.equal(table.grow(1, made.func("f")), 1);
  assert.equal(table.get(1), made.func("f"));
  assert.equal(thrown(LimitError, () => table.grow(1)).allowed, 2);
});
