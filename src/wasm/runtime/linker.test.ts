import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionError } from "#base";
import { moduleOf, thrown } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import type { Func } from "./func.ts";
import { Global } from "./global.ts";
import { HostFunc } from "./host-func.ts";
import { Linker } from "./linker.ts";
import { ForeignEngineError, ForeignStoreError, ImportKindError, ImportLimitsError, ImportSubtypeError, ImportTypeError, RedefinitionError, UnknownImportError } from "./link-errors.ts";
import { Memory } from "./memory.ts";
import { Module } from "./module.ts";
import { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";
import { Trap } from "./trap.ts";
import { ValueError } from "./value.ts";
import type { FuncType } from "../types/externtype.ts";

const I32_I32: FuncType = { kind: "func", params: ["i32"], results: ["i32"] };
const NONE: FuncType = { kind: "func", params: [], results: [] };
const page = (min: bigint, max?: bigint) => ({ kind: "memory", addr: "i32", limits: { min, max }, shared: false, pageSizeLog2: 16 }) as const;
const funcs = (min: bigint, max?: bigint) => ({ kind: "table", addr: "i32", limits: { min, max }, element: { nullable: true, heap: "func" } }) as const;

test("what can be no definition is refused where it is made, not at the first call", async () => {
  const linker = new Linker(new Engine());
  const wrong: readonly (readonly [use: () => unknown, option: string])[] = [
    [() => linker.func("m", "f", NONE, 5 as never), "fn"], [() => linker.funcAsync("m", "f", NONE, undefined as never), "fn"], [() => linker.funcWithCaller("m", "f", (() => 0) as never, undefined as never), "type"],
    [() => linker.func("m", "f", { kind: "func", params: [] } as never, () => 0), "type"], [() => linker.define("m", "f", 5 as never), "definition"], [() => linker.define("m", "f", (() => 0) as never), "definition"],
  ];
  for (const [use, option] of wrong) assert.throws(use, (error) => error instanceof OptionError && error.option === option, option);
  for (const bytes of ["x", null, new ArrayBuffer(8)]) await assert.rejects(Module.compile(linker.engine, bytes as never), { code: "base/option" });
  assert.deepEqual([...linker.definitions()], []);
});

test("two modules and a host function work together", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const seen: unknown[] = [];
  const linker = new Linker(engine).func("host", "log", I32_I32, (value: number) => {
    seen.push(value);
    return value + 1;
  });
  const lib = linker.instantiate(store, await moduleOf(engine, `(module
    (import "host" "log" (func $log (param i32) (result i32)))
    (memory (export "mem") 1) (global (export "g") (mut i32) (i32.const 5)) (table (export "t") 1 funcref)
    (func (export "twice") (param i32) (result i32) (call $log (call $log (local.get 0)))))`));
  linker.defineInstance("lib", lib).aliasModule("lib", "same");
  const main = linker.instantiate(store, await moduleOf(engine, `(module
    (import "same" "twice" (func $twice (param i32) (result i32))) (import "lib" "mem" (memory 1)) (import "lib" "g" (global $g (mut i32)))
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 8) (call $twice (local.get 0))) (global.set $g (i32.const 9)) (i32.load (i32.const 8))))`));
  assert.equal(main.func("run")!.call(40), 42);
  assert.deepEqual(seen, [40, 41]);
  assert.equal(lib.memory("mem")!.bytes()[8], 42);
  assert.equal(lib.global("g")!.value, 9);
  lib.table("t")!.set(0, lib.func("twice"));
  assert.equal(lib.table("t")!.get(0), lib.func("twice"));
  assert.deepEqual([...lib.exports()].map(([name, item]) => [name, item.kind]), [["mem", "memory"], ["g", "global"], ["t", "table"], ["twice", "func"]]);
  assert.equal(lib.memory("g"), undefined);
  assert.equal(lib.get("$isola:hooks"), undefined);
});

test("a name can be defined once, unless shadowing is allowed", () => {
  const engine = new Engine();
  const linker = new Linker(engine).func("a", "f", NONE, () => undefined);
  const error = thrown(RedefinitionError, () => linker.func("a", "f", NONE, () => undefined));
  assert.deepEqual([error.code, error.module, error.field, error.found], ["link/redefinition", "a", "f", "(func)"]);
  const other = HostFunc.create(engine, NONE, () => undefined);
  assert.equal(linker.allowShadowing(true).define("a", "f", other).get("a", "f"), other);
  assert.equal(linker.get("a", "g"), undefined);
  assert.equal(linker.get("b", "f"), undefined);
});

test("all missing imports are named at once, with their types", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module (import "a" "f" (func (param i32) (result i64))) (import "a" "m" (memory 1 2)) (import "b" "g" (global (mut f32))))`);
  const error = thrown(UnknownImportError, () => new Linker(engine).instantiatePre(module));
  assert.equal(error.code, "link/unknown-import");
  assert.deepEqual(error.imports.map(({ module, name }) => [module, name]), [["a", "f"], ["a", "m"], ["b", "g"]]);
  assert.match(error.message, /"a" "f": .*i32.*i64/);
  assert.match(error.imports[1]!.expected, /memory/);
  assert.match(error.imports[2]!.expected, /mut f32/);
});

test("an import of another kind is refused", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module (import "a" "f" (memory 1)))`);
  const error = thrown(ImportKindError, () => new Linker(engine).func("a", "f", NONE, () => undefined).instantiatePre(module));
  assert.deepEqual([error.code, error.module, error.field, error.expectedKind, error.foundKind], ["link/import-kind", "a", "f", "memory", "func"]);
});

test("an import of another type is refused, and both types are named", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const open = { kind: "func", params: ["i32"], results: ["i32"] } as const;
  const above = await moduleOf(engine, `(module (type $t (sub (func (param i32) (result i32)))) (func (export "f") (type $t) (local.get 0)) (global (export "a") anyref (ref.null any)) (global (export "m") (mut eqref) (ref.null eq)))`);
  const made = new Linker(engine).instantiate(store, above);
  const rows = [
    [`(func (param i64))`, HostFunc.create(engine, I32_I32, () => 0), "type", "(func (param i64))", "(func (param i32) (result i32))", /functypes differ/],
    [`(func (result i32))`, HostFunc.create(engine, I32_I32, () => 0), "type", "(func (result i32))", "(func (param i32) (result i32))", /functypes differ/],
    [`(func (type $u))`, made.func("f")!, "subtype", "(func (param i32) (result i32))", "(func (param i32) (result i32))", /sub \(func .* is not declared below \(func/],
    [`(func (type $t))`, HostFunc.create(engine, open, () => 0), "subtype", "(func (param i32) (result i32))", "(func (param i32) (result i32))", /^\(func .* is not declared below \(sub/],
    [`(global i32)`, Global.create(store, { kind: "global", mutable: true, value: "i32" }, 1), "mutability", "(global i32)", "(global (mut i32))", /mutable, not immutable/],
    [`(global (mut i32))`, Global.create(store, { kind: "global", mutable: false, value: "i32" }, 1), "mutability", "(global (mut i32))", "(global i32)", /immutable, not mutable/],
    [`(global f32)`, Global.create(store, { kind: "global", mutable: false, value: "i32" }, 1), "type", "(global f32)", "(global i32)", /holds i32, not f32/],
    [`(global eqref)`, made.global("a")!, "subtype", "(global eqref)", "(global anyref)", /anyref is no subtype of eqref/],
    [`(global (mut anyref))`, made.global("m")!, "type", "(global (mut anyref))", "(global (mut eqref))", /exactly anyref/],
    [`(memory 2)`, Memory.create(store, page(1n)), "limits", "(memory 2)", "(memory 1)", /size of 1 page is below the minimum of 2/],
    [`(memory 1 2)`, Memory.create(store, page(1n)), "limits", "(memory 1 2)", "(memory 1)", /no maximum where 2 is the most/],
    [`(memory 1 2)`, Memory.create(store, page(1n, 3n)), "limits", "(memory 1 2)", "(memory 1 3)", /maximum of 3 pages is above 2/],
    [`(memory i64 1)`, Memory.create(store, page(1n)), "type", "(memory i64 1)", "(memory 1)", /addresses are i32, not i64/],
    [`(memory 1 1 shared)`, Memory.create(store, page(1n, 1n)), "type", "(memory 1 1 shared)", "(memory 1 1)", /not shared/],
    [`(table 2 funcref)`, Table.create(store, funcs(1n)), "limits", "(table 2 funcref)", "(table 1 funcref)", /size of 1 element is below/],
    [`(table 1 externref)`, Table.create(store, funcs(1n)), "type", "(table 1 externref)", "(table 1 funcref)", /funcref, not exactly externref/],
    [`(tag (param i64))`, Tag.create(store, ["i32"]), "tag", "(tag (param i64))", "(tag (param i32))", /exceptions differ/],
  ] as const;
  for (const [text, definition, kind, expected, found, reason] of rows) {
    const module = await moduleOf(engine, `(module (type $t (sub (func (param i32) (result i32)))) (type $u (func (param i32) (result i32))) (import "a" "x" ${text}))`);
    const error = thrown(ImportTypeError, () => new Linker(engine).define("a", "x", definition).instantiatePre(module));
    assert.deepEqual([error.code, error.module, error.field, error.expected, error.found], [`link/import-${kind}`, "a", "x", expected, found]);
    assert.match(error.reason, reason);
    assert.equal(error.message, `incompatible import type: "a" "x" expects ${expected}, but ${found} is defined: ${error.reason}`);
    assert.equal(error.constructor.name, `Import${kind[0]!.toUpperCase()}${kind.slice(1)}Error`);
  }
});

test("the current size of a memory or table counts", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const memory = Memory.create(store, page(1n, 4n));
  const table = Table.create(store, funcs(1n, 9n));
  const module = await moduleOf(engine, `(module (import "a" "m" (memory 3 4)) (import "a" "t" (table 5 9 funcref)) (func (export "size") (result i32) (memory.size)))`);
  const linker = new Linker(engine).define("a", "m", memory).define("a", "t", table);
  thrown(ImportLimitsError, () => linker.instantiatePre(module));
  assert.equal(memory.grow(2), 1);
  thrown(ImportLimitsError, () => linker.instantiatePre(module));
  assert.equal(table.grow(4), 1);
  assert.equal(linker.instantiate(store, module).func("size")!.call(), 3);
});

test("engines and stores do not mix", async () => {
  const engine = new Engine();
  const other = new Engine();
  const module = await moduleOf(engine, `(module (import "a" "m" (memory 1)))`);
  assert.equal(thrown(ForeignEngineError, () => new Linker(other).instantiatePre(module)).code, "link/foreign-engine");
  const foreign = thrown(ForeignEngineError, () => new Linker(engine).define("a", "f", HostFunc.create(other, NONE, () => undefined)));
  assert.deepEqual([foreign.module, foreign.field], ["a", "f"]);
  const plain = await moduleOf(engine, `(module (func (export "f") (param funcref)))`);
  thrown(ForeignEngineError, () => new Linker(engine).instantiatePre(plain).instantiate(new Store(other)));

  const store = new Store(engine);
  const linker = new Linker(engine).define("a", "m", Memory.create(store, page(1n)));
  assert.equal(thrown(ForeignStoreError, () => linker.instantiate(new Store(engine), module)).code, "link/foreign-store");
  const two = await moduleOf(engine, `(module (import "a" "m" (memory 1)) (import "b" "m" (memory 1)))`);
  linker.define("b", "m", Memory.create(new Store(engine), page(1n)));
  assert.match(thrown(ForeignStoreError, () => linker.instantiatePre(two)).message, /^import "b" "m" belongs to another store/);
  const [first, second] = [new Linker(engine).instantiate(store, plain), new Linker(engine).instantiate(new Store(engine), plain)];
  thrown(ForeignStoreError, () => first.func("f")!.call(second.func("f")));
});

test("unknown functions can be traps that no guest catches", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module (import "env" "nope" (func $n (param i64) (result f32)))
    (func (export "ok") (result i32) (i32.const 3))
    (func (export "f") (block $h (try_table (catch_all $h) (drop (call $n (i64.const 1)))))))`);
  const linker = new Linker(engine).defineUnknownImportsAsTraps(module);
  const made = linker.instantiate(new Store(engine), module);
  assert.equal(made.func("ok")!.call(), 3);
  const trap = thrown(Trap, () => made.func("f")!.call());
  assert.equal(trap.trap, "unknown-import-called");
  assert.deepEqual(trap.import, { module: "env", name: "nope" });
  assert.match(trap.message, /"env" "nope"/);
  const memory = await moduleOf(engine, `(module (import "env" "m" (memory 1)))`);
  thrown(UnknownImportError, () => linker.defineUnknownImportsAsTraps(memory).instantiatePre(memory));
});

test("a disposed store refuses everything", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const made = new Linker(engine).instantiate(store, await moduleOf(engine, `(module (memory (export "m") 1) (global (export "g") i32 (i32.const 1)) (table (export "t") 1 funcref) (func (export "f")))`));
  const [func, memory, global, table] = [made.func("f")!, made.memory("m")!, made.global("g")!, made.table("t")!];
  assert.equal(memory.bytes().length, 65536);
  store.dispose();
  store.dispose();
  for (const use of [() => func.call(), () => memory.bytes(), () => memory.grow(1), () => global.value, () => table.get(0), () => made.get("f"),
    () => made.start(), () => Memory.create(store, page(1n)), () => new Linker(engine).define("a", "f", func), () => new Linker(engine).instantiate(store, made.module)]) {
    assert.equal(thrown(StoreError, use).code, "store/disposed");
  }
  assert.equal(store.instances.size, 0);
});

test("values of the wrong type do not cross", async () => {
  const engine = new Engine();
  const made = new Linker(engine).instantiate(new Store(engine), await moduleOf(engine, `(module
    (func (export "f") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0)) (func (export "v") (param v128)))`));
  assert.deepEqual(made.func("f")!.call(1, 2n), [2n, 1]);
  for (const args of [[], [1], [1n, 2n], [1, 2], ["1", 2n], [1, 2n, 3], [null, 2n]]) {
    assert.equal(thrown(ValueError, () => made.func("f")!.call(...args)).code, "value/type");
  }
  thrown(ValueError, () => made.func("v")!.call(0));
});

test("one name may be imported twice, and no name is special", async () => {
  const engine = new Engine();
  const linker = new Linker(engine);
  for (const name of ["__proto__", "constructor", "toString", ""]) linker.func("__proto__", name, NONE, () => undefined);
  const imports = ["__proto__", "constructor", "toString", "", "__proto__"].map((name) => `(import "__proto__" "${name}" (func))`).join("");
  const module = await moduleOf(engine, `(module ${imports} (func (export "__proto__") (call 0) (call 4)))`);
  linker.instantiate(new Store(engine), module).func("__proto__")!.call();
  const missing = await moduleOf(engine, `(module (import "constructor" "name" (func)))`);
  thrown(UnknownImportError, () => linker.instantiatePre(missing));
});

test("a per-store function is made for each store", async () => {
  const engine = new Engine();
  const linker = new Linker(engine).define("a", "id", HostFunc.perStore(engine, { kind: "func", params: [], results: ["i32"] }, (store) => () => store.data as number));
  const pre = linker.instantiatePre(await moduleOf(engine, `(module (import "a" "id" (func $id (result i32))) (func (export "f") (result i32) (call $id)))`));
  const [one, two] = [1, 2].map((data) => pre.instantiate(new Store(engine, { data })));
  assert.deepEqual([one!.func("f")!.call(), two!.func("f")!.call()], [1, 2]);
});

test("a start function is left to the caller of create", async () => {
  const engine = new Engine();
  let ran = 0;
  const linker = new Linker(engine).func("a", "f", NONE, () => ran++);
  const pre = linker.instantiatePre(await moduleOf(engine, `(module (import "a" "f" (func $f)) (func $s (call $f)) (start $s))`));
  const made = pre.create(new Store(engine));
  assert.equal(ran, 0);
  made.start()!.call();
  assert.equal(ran, 1);
  pre.instantiate(new Store(engine));
  assert.equal(ran, 2);
});

test("10,000 spawns from one InstancePre", async (t) => {
  const engine = new Engine();
  const linker = new Linker(engine);
  const imports = Array.from({ length: 20 }, (_, i) => `(import "wasi" "f${i}" (func $f${i} (param i32) (result i32)))`).join("");
  for (let i = 0; i < 20; i++) linker.func("wasi", `f${i}`, I32_I32, (x: number) => x + i);
  const pre = linker.instantiatePre(await moduleOf(engine, `(module ${imports} (memory (export "memory") 1 2) (table 4 funcref)
    (func (export "_start") (param i32) (result i32) (call $f3 (local.get 0))))`));
  const rounds = 10_000;
  const start = performance.now();
  for (let i = 0; i < rounds; i++) {
    const store = new Store(engine);
    assert.equal(pre.instantiate(store).func("_start")!.call(i), i + 3);
    store.dispose();
  }
  t.diagnostic(`${((performance.now() - start) * 1000 / rounds).toFixed(1)} µs for store, instance with one memory, one call`);
});

test("a message names the first of very many unknown imports, the error all", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module ${Array.from({ length: 2000 }, (_, index) => `(import "m" "f${index}" (func))`).join("")})`);
  const { imports, message } = thrown(UnknownImportError, () => new Linker(engine).instantiatePre(module));
  assert.equal(imports.length, 2000);
  assert.match(message, /\n  "m" "f49": \(func\)\n  and 1950 more$/);
});

test("defined types are spelled out for people", async () => {
  const engine = new Engine();
  await moduleOf(engine, `(module (type (struct (field i64))) (type (func (param f32 f32))))`); // so that ids are no indices
  const module = await moduleOf(engine, `(module (rec (type $list (sub (struct (field (ref null $list)) (field (ref $bytes))))) (type $bytes (array (mut i8))))
    (import "m" "f" (func (param (ref null $list)) (result i32))) (import "m" "g" (global (ref null $bytes))))`);
  const { imports } = thrown(UnknownImportError, () => new Linker(engine).instantiatePre(module));
  const [list, bytes] = /null (\d+)\)\).*\(ref (\d+)\)/.exec(imports[0]!.expected)!.slice(1);
  assert.equal(imports[0]!.expected, `(func (param (ref null ${list})) (result i32)), where ${list} = (sub (struct (field (ref null ${list})) (field (ref ${bytes})))), ${bytes} = (array (mut i8))`);
  assert.equal(imports[1]!.expected, `(global (ref null ${bytes})), where ${bytes} = (array (mut i8))`);
  const wide = await moduleOf(engine, `(module ${Array.from({ length: 9 }, (_, i) => `(type $t${i} (struct ${"(field i32)".repeat(i)}))`).join(" ")} (import "m" "w" (func (param ${Array.from({ length: 9 }, (_, i) => `(ref $t${i})`).join(" ")}))))`);
  assert.equal(thrown(UnknownImportError, () => new Linker(engine).instantiatePre(wide)).imports[0]!.expected.match(/ = /g)?.length, 4);
});

test("a function is known by its narrowest type, however it was seen first", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const types = `(type $up (sub (func (result anyref)))) (type $down (sub $up (func (result anyref))))`;
  const made = new Linker(engine).instantiate(store, await moduleOf(engine, `(module ${types} (func $f (export "f") (type $down) (ref.null any)) (elem declare func $f)
    (global (export "plain") funcref (ref.func $f)) (global (export "wide") (ref $up) (ref.func $f)))`));
  const seen = made.global("plain")!.value as Func;
  thrown(ValueError, () => seen.call());
  const importer = await moduleOf(engine, `(module ${types} (import "m" "f" (func (type $down))))`);
  assert.match(thrown(ImportTypeError, () => new Linker(engine).define("m", "f", seen).instantiatePre(importer)).found, /unknown type/);
  assert.equal(made.global("wide")!.value, seen);
  assert.equal(seen.call(), null);
  thrown(ImportSubtypeError, () => new Linker(engine).define("m", "f", seen).instantiatePre(importer));
  assert.equal(made.func("f"), seen);
  assert.equal(made.global("wide")!.value, seen);
  new Linker(engine).define("m", "f", seen).instantiate(store, importer);
});

test("names are stored once, and only when something is defined", async () => {
  const engine = new Engine();
  const linker = new Linker(engine);
  for (const name of ["a", "b"]) linker.func("m", name, NONE, () => undefined);
  linker.aliasModule("m", "n").aliasModule("nobody", "x").aliasModule("m", "m");
  linker.func("a", "m", NONE, () => undefined);
  const unknown = await moduleOf(engine, `(module (import "never" "seen" (func)))`);
  thrown(UnknownImportError, () => linker.instantiatePre(unknown));
  assert.deepEqual([...linker.definitions()].map(([module, name]) => [module, name]), [["m", "a"], ["m", "b"], ["n", "a"], ["n", "b"], ["a", "m"]]);
  assert.equal(linker.get("n", "a"), linker.get("m", "a"));
  assert.equal(linker.get("b", "n"), undefined);
});

test("what was resolved is used again until something is defined", async () => {
  const engine = new Engine();
  const linker = new Linker(engine).allowShadowing(true).func("m", "f", { kind: "func", params: [], results: ["i32"] }, () => 1);
  const module = await moduleOf(engine, `(module (import "m" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f)))`);
  const pre = linker.instantiatePre(module);
  assert.equal(linker.instantiatePre(module), pre);
  linker.func("m", "f", { kind: "func", params: [], results: ["i32"] }, () => 2);
  assert.notEqual(linker.instantiatePre(module), pre);
  assert.deepEqual([pre, linker.instantiatePre(module)].map((each) => each.instantiate(new Store(engine)).func("f")!.call()), [1, 2]);
  const tied = await moduleOf(engine, `(module (import "m" "mem" (memory 1)))`);
  linker.define("m", "mem", Memory.create(new Store(engine), page(1n)));
  assert.notEqual(linker.instantiatePre(tied), linker.instantiatePre(tied));
});
