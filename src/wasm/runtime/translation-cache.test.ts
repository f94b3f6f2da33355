import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapCache, cachingEngine, moduleOf, sha256, thrown, wat } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import { Module } from "./module.ts";
import { printCanonical } from "./canonical-types.ts";
import { Store } from "./store.ts";
import { Trap } from "./trap.ts";

const TEXT = `(module $cached (memory (export "m") 1 3) (memory 2 18446744073709551615)
  (func $f (export "f") (param i32) (result i32) (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
    (i32.load (local.get 0))))`.replace("(memory 2 18446744073709551615)", "(memory $big i64 1 10000)");

function run(module: Module): void {
  const made = new Linker(module.engine).instantiate(new Store(module.engine), module);
  assert.equal(made.func("f")!.call(0), 0);
  const trap = thrown(Trap, () => made.func("f")!.call(65536));
  assert.equal(trap.frames.length, 1);
  assert.equal(trap.frames[0]!.funcIndex, 0);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wat(TEXT)), {});
  const raw = thrown(Error, () => (exports["f"] as WebAssembly.ExportedFunction)(65536));
  assert.equal(trap.frames[0]!.offset, Number.parseInt(/:0x([0-9a-f]+)/.exec(raw.stack!)![1]!, 16));
}

test("a translation is kept and found again", async () => {
  const cache = new MapCache();
  const first = cachingEngine(cache);
  const cold = await moduleOf(first, TEXT);
  assert.equal(cold.timings.cached, false);
  assert.deepEqual(first.translations!.counts, { hits: 0, misses: 1, damaged: 0, writes: 1, failures: 0 });
  const second = cachingEngine(cache);
  const warm = await moduleOf(second, TEXT);
  assert.equal(warm.timings.cached, true);
  assert.deepEqual(second.translations!.counts, { hits: 1, misses: 0, damaged: 0, writes: 0, failures: 0 });
  run(cold);
  run(warm);
  assert.equal(warm.timings.decode + warm.timings.validate + warm.timings.translate, 0);
});

test("a module from the cache knows all that a compiled one knows", async () => {
  const cache = new MapCache();
  const text = `(module (rec (type $a (sub (struct (field (ref null $b))))) (type $b (func (param (ref null $a)) (result i64))))
    (import "x" "f" (func $f (type $b))) (import "x" "t" (table 1 (ref null $a))) (import "x" "g" (global (mut i32)))
    (import "x" "e" (tag (param i32))) (import "x" "m" (memory 1 0x10000))
    (memory (export "m") i64 2) (table (export "t") 3 9 funcref) (global (export "g") f64 (f64.const 1)) (func $s (export "s")) (start $s))`;
  const describe = ({ engine, imports, exports, layout }: Module): unknown => [
    imports.map(({ module, name, type }) => [module, name, printCanonical(engine.types, type)]),
    exports.map(({ name, index, type }) => [name, index, printCanonical(engine.types, type)]),
    [...layout.memories, ...layout.tables, ...layout.ownTables, ...layout.ownMemories.map(({ type }) => type)].map((type) => printCanonical(engine.types, type)),
    layout.ownMemories.map(({ index }) => index), layout.importsFlag, layout.start, layout.hidden.start, layout.firstHelper,
  ];
  const cold = await moduleOf(cachingEngine(cache), text);
  const warm = await moduleOf(cachingEngine(cache), text);
  assert.equal(warm.timings.cached, true);
  assert.deepEqual(describe(warm), describe(cold));
  assert.deepEqual([...warm.layout.exportsByName.keys()], ["m", "t", "g", "s"]);
  // Within one engine, decoded types and those from the cache are the same types.
  const engine = cachingEngine(new MapCache());
  const [decoded, read] = [await moduleOf(engine, text), await moduleOf(engine, text)];
  assert.deepEqual([decoded.timings.cached, read.timings.cached], [false, true]);
  assert.deepEqual(read.imports.map(({ type }) => type.kind === "func" && type.type), decoded.imports.map(({ type }) => type.kind === "func" && type.type));
});

test("other rewrites and other content have entries of their own", async () => {
  const cache = new MapCache();
  await moduleOf(cachingEngine(cache), TEXT);
  await moduleOf(cachingEngine(cache, { translate: { fuel: true } }), TEXT);
  await moduleOf(cachingEngine(cache), `(module)`);
  assert.equal(cache.entries.size, 3);
});

test("an entry damaged in any byte, cut or foreign is rebuilt", async () => {
  const cache = new MapCache();
  await moduleOf(cachingEngine(cache), TEXT);
  const [[key, good]] = [...cache.entries] as [[string, Uint8Array]];
  const rebuilt = async (bad: Uint8Array): Promise<void> => {
    cache.entries.set(key, bad);
    const engine = cachingEngine(cache);
    const module = await moduleOf(engine, TEXT);
    assert.equal(module.timings.cached, false);
    assert.equal(engine.translations!.counts.damaged, 1);
    assert.deepEqual(cache.entries.get(key), good);
    run(module);
  };
  // Every byte of the header and the edges of each part, then anywhere.
  const [meta, runs] = new Uint32Array(good.slice(44, 52).buffer) as unknown as [number, number];
  const edges = [56, 56 + meta - 1, 56 + meta, 56 + meta + runs - 1, 56 + meta + runs, good.length - 1];
  for (const at of [...Array(56).keys(), ...edges]) {
    const bad = good.slice();
    bad[at]! ^= 0x10;
    await rebuilt(bad);
  }
  await fc.assert(fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
    const bad = good.slice();
    bad[at]! ^= flip;
    await rebuilt(bad);
  }), { numRuns: 40 });
  for (const length of [0, 1, 8, 40, 55, 56, 57, good.length - 1]) await rebuilt(good.slice(0, length));
  await rebuilt(Uint8Array.of(...good, 0));
  await moduleOf(cachingEngine(cache), `(module (func (export "other")))`);
  const foreign = [...cache.entries].find(([other]) => other !== key)!;
  await rebuilt(foreign[1]);
  await rebuilt(new TextEncoder().encode("not an entry of this cache, but something else that stood there"));
});

test("a whole entry that the host cannot compile is rebuilt", async () => {
  const cache = new MapCache();
  await moduleOf(cachingEngine(cache), TEXT);
  const [[key, good]] = [...cache.entries] as [[string, Uint8Array]];
  const bad = good.slice();
  bad[bad.length - 1]! ^= 0xff; // our identity, no valid UTF-8 any more: still compiles
  const [meta, runs] = new Uint32Array(good.slice(44, 52).buffer) as unknown as [number, number];
  bad[56 + meta + runs]! ^= 0xff; // the magic of the wasm module
  bad.set(Buffer.from(await sha256(bad.subarray(40)), "hex"), 8);
  cache.entries.set(key, bad);
  const engine = cachingEngine(cache);
  run(await moduleOf(engine, TEXT));
  assert.equal(engine.translations!.counts.damaged, 1);
  assert.deepEqual(cache.entries.get(key), good);
});

test("a cache that fails only costs time", async () => {
  const broken = { read: () => Promise.reject(new Error("read")), write: () => Promise.reject(new Error("write")), remove: () => Promise.reject(new Error("remove")) };
  const engine = new Engine({ sha256, cache: broken });
  run(await moduleOf(engine, TEXT));
  assert.deepEqual(engine.translations!.counts, { hits: 0, misses: 1, damaged: 0, writes: 0, failures: 2 });
});

test("views into larger buffers are read as they are", async () => {
  const cache = new MapCache();
  await moduleOf(cachingEngine(cache), TEXT);
  const read = cache.read.bind(cache);
  cache.read = async (key) => Buffer.concat([Buffer.from("before"), (await read(key))!]).subarray(6);
  assert.equal((await moduleOf(cachingEngine(cache), TEXT)).timings.cached, true);
});

test("equal modules are compiled once while they are kept", async () => {
  const engine = new Engine({ sha256, memoryCacheBytes: 1000 });
  const [one, two] = await Promise.all([moduleOf(engine, TEXT), moduleOf(engine, TEXT)]);
  assert.equal(one, two);
  assert.equal(await moduleOf(engine, TEXT), one);
  assert.equal(engine.modules.bytes, one.timings.bytes);
  for (let i = 0; i < 40; i++) await moduleOf(engine, `(module (memory 1) (data (i32.const 0) "${"x".repeat(100)}${i}"))`);
  assert.ok(engine.modules.bytes <= 1000);
  assert.notEqual(await moduleOf(engine, TEXT), one);
  const plain = new Engine();
  assert.notEqual(await moduleOf(plain, TEXT), await moduleOf(plain, TEXT));
});

test("equal modules have each the name that they are compiled with, in traps too, and one code", async () => {
  const engine = new Engine({ sha256 });
  const bytes = wat(TEXT);
  const [one, two, own] = await Promise.all(["one", "two", undefined].map((name) => Module.compile(engine, bytes, name === undefined ? {} : { name })));
  assert.deepEqual([one!.name, two!.name, own!.name], ["one", "two", "module"]);
  assert.equal(one!.raw, two!.raw);
  assert.equal(await Module.compile(engine, bytes, { name: "one" }), one);
  for (const module of [one!, two!, own!]) {
    run(module);
    const made = new Linker(engine).instantiate(new Store(engine), module);
    assert.match(thrown(Trap, () => made.func("f")!.call(65536)).toString(), new RegExp(` - ${module.name}!<wasm function 0>$`));
  }
});

test("a failure is not kept", async () => {
  const engine = new Engine({ sha256, cache: new MapCache() });
  const bad = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1);
  await assert.rejects(Module.compile(engine, bad));
  await assert.rejects(Module.compile(engine, bad));
});
