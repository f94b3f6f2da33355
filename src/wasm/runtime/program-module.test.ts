import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { Global } from "./global.ts";
import { Linker } from "./linker.ts";
import { NoDefaultError, ProgramKindError, RedefinitionError, UnknownImportError } from "./link-errors.ts";
import { Store } from "./store.ts";
import { LimitError } from "./store-errors.ts";
import { moduleOf, thrown } from "./runtime.test-support.ts";
import { Trap } from "./trap.ts";

const COUNTER = `(global $n (mut i32) (i32.const 0)) (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))`;
const USER = `(module (import "lib" "next" (func $next (result i32))) (func (export "run") (result i32) (drop (call $next)) (call $next)))`;

test("a reactor is one instance, initialized once", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine).module(store, "lib", await moduleOf(engine, `(module ${COUNTER} (memory (export "memory") 1)
    (func (export "_initialize") (global.set $n (i32.const 40))))`));
  assert.equal(linker.instantiate(store, await moduleOf(engine, USER)).func("run")!.call(), 42);
  assert.equal(linker.get("lib", "memory")!.kind, "memory");
  assert.equal(store.instances.size, 2);
});

test("each call of a command has an instance of its own, in the caller's store", async () => {
  const engine = new Engine({ translate: { fuel: true } });
  const store = new Store(engine, { fuel: 1_000_000n });
  let started = 0;
  const linker = new Linker(engine).func("host", "started", { kind: "func", params: [], results: [] }, () => started++);
  const command = await moduleOf(engine, `(module (import "host" "started" (func $s)) ${COUNTER} (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
    (start $s) (func (export "_start")) (func (export "boom") unreachable))`);
  linker.module(store, "lib", command);
  assert.equal(started, 0);
  const user = linker.instantiate(new Store(engine, { fuel: 1_000_000n }), await moduleOf(engine, USER));
  assert.equal(user.func("run")!.call(), 1);
  assert.equal(started, 2);
  assert.deepEqual([user.store.created.instances, user.store.instances.size], [3, 1]);
  assert.ok(user.store.fuel.remaining! > 900_000n, String(user.store.fuel.remaining));
  assert.deepEqual([store.created.instances, linker.get("lib", "memory"), linker.get("lib", "_start")?.kind], [0, undefined, "func"]);
  const boom = linker.instantiate(store, await moduleOf(engine, `(module (import "lib" "boom" (func $b)) (func (export "f") (block $h (try_table (catch_all $h) (call $b)))))`));
  assert.equal(thrown(Trap, () => boom.func("f")!.call()).trap, "unreachable");
  const few = new Store(engine, { fuel: 1_000_000n, limiter: { instances: 2 } });
  const third = linker.instantiate(few, await moduleOf(engine, USER));
  assert.equal(thrown(LimitError, () => third.func("run")!.call()).limit, "instances");
});

test("what is neither command nor reactor is refused in words", async () => {
  const engine = new Engine();
  const rows = [
    [`(func (export "_start")) (func (export "_initialize"))`, "_initialize", `either "_start" or "_initialize"`, "both"],
    [`(func (export "_start") (param i32))`, "_start", "(func)", "(func (param i32))"],
    [`(memory (export "_start") 1)`, "_start", "(func)", "(memory 1)"],
    [`(func (export "_initialize") (result i32) (i32.const 1))`, "_initialize", "(func)", "(func (result i32))"],
    [`(func (export "_start")) (global (export "g") i32 (i32.const 1))`, "g", "a function of values that the host can pass on", "(global i32)"],
    [`(func (export "_start")) (table (export "memory") 1 funcref)`, "memory", "a function of values that the host can pass on", "(table 1 funcref)"],
    [`(func (export "_start")) (func (export "v") (param v128))`, "v", "a function of values that the host can pass on", "(func (param v128))"],
  ] as const;
  for (const [text, field, expected, found] of rows) {
    const module = await moduleOf(engine, `(module ${text})`);
    const error = thrown(ProgramKindError, () => new Linker(engine).module(new Store(engine), "p", module));
    assert.deepEqual([error.code, error.module, error.field, error.expected, error.found], ["link/program", "p", field, expected, found]);
  }
  const store = new Store(engine);
  const command = await moduleOf(engine, `(module (func (export "_start")))`);
  thrown(RedefinitionError, () => new Linker(engine).module(store, "p", command).module(store, "p", command));
});

const UNKNOWN = `(import "x" "f" (func $f (param i32 v128) (result i32 i64 f32 f64 externref funcref anyref v128 exnref)))
  (import "x" "n" (func $n (result i64))) (import "x" "z" (func $z))`;

test("unknown functions can do nothing and return zero and null", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module ${UNKNOWN} (func (export "f") (result i32 i64 f32 f64 i32 i32 i32 i32 i32) (local $e exnref) (local $v v128) (local $a anyref) (local $f funcref) (local $x externref)
    (call $z) (drop (call $n)) (call $f (i32.const 1) (v128.const i64x2 1 1))
    (local.set $e) (local.set $v) (local.set $a) (local.set $f) (local.set $x)
    (ref.is_null (local.get $e)) (v128.any_true (local.get $v)) (ref.is_null (local.get $a)) (ref.is_null (local.get $f)) (ref.is_null (local.get $x))))`);
  const made = new Linker(engine).defineUnknownImportsAsDefaults(module).instantiate(new Store(engine), module);
  assert.deepEqual(made.func("f")!.call(), [0, 0n, 0, 0, 1, 0, 1, 1, 1]);
  const never = await moduleOf(engine, `(module (import "x" "r" (func (result i32 (ref extern)))))`);
  const error = thrown(NoDefaultError, () => new Linker(engine).defineUnknownImportsAsDefaults(never));
  assert.deepEqual([error.code, error.module, error.field, error.expected], ["link/no-default", "x", "r", "(func (result i32 (ref extern)))"]);
  assert.match(error.message, /\(ref extern\) cannot be null/);
});

test("a store can own the other unknown imports", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const module = await moduleOf(engine, `(module (import "x" "m" (memory 2 3)) (import "x" "t" (table 4 externref)) (import "x" "g" (global $g i64)) (import "x" "r" (global (mut anyref))) (import "x" "e" (tag (param i32)))
    (func (export "f") (result i32 i32 i64) (memory.size) (table.size 0) (global.get $g)))`);
  thrown(UnknownImportError, () => new Linker(engine).defineUnknownImportsAsDefaults(module).instantiatePre(module));
  const mine = Global.create(store, { kind: "global", mutable: false, value: "i64" }, 7n);
  const made = new Linker(engine).define("x", "g", mine).defineUnknownImportsAsDefaults(module, store).instantiate(store, module);
  assert.deepEqual(made.func("f")!.call(), [2, 4, 7n]);
  for (const text of [`(global (ref extern))`, `(table 1 (ref func))`, `(global (ref null $s))`, `(global v128)`]) {
    const bad = await moduleOf(engine, `(module (type $s (struct)) (import "x" "y" ${text}))`);
    assert.equal(thrown(NoDefaultError, () => new Linker(engine).defineUnknownImportsAsDefaults(bad, store)).field, "y");
  }
});

test("unknown functions of vectors trap like others", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module ${UNKNOWN} (func (export "f") (block $h (try_table (catch_all $h)
    (call $f (i32.const 1) (v128.const i64x2 1 1)) drop drop drop drop drop drop drop drop drop))))`);
  const made = new Linker(engine).defineUnknownImportsAsTraps(module).instantiate(new Store(engine), module);
  const trap = thrown(Trap, () => made.func("f")!.call());
  assert.deepEqual([trap.trap, trap.import], ["unknown-import-called", { module: "x", name: "f" }]);
});
