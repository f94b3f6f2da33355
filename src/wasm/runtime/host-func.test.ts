import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { FuncType } from "../types/externtype.ts";
import type { ValType } from "../types/valtype.ts";
import type { Caller } from "./caller.ts";
import { Engine } from "./engine.ts";
import type { Func } from "./func.ts";
import { HostFunc } from "./host-func.ts";
import { Linker } from "./linker.ts";
import { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { moduleOf, rejected, thrown } from "./runtime.test-support.ts";
import { Trap } from "./trap.ts";
import { ValueError } from "./value.ts";

const type = (params: readonly ValType[], results: readonly ValType[] = []): FuncType => ({ kind: "func", params, results });
const FUNCREF: ValType = { nullable: true, heap: "func" };

test("a host function reads the memory of whoever calls it", async () => {
  const engine = new Engine();
  const said: unknown[] = [];
  const linker = new Linker(engine).funcWithCaller("host", "say", type(["i32", "i32"], ["i32"]), (caller: Caller, at: number, length: number) => {
    said.push([caller.data, caller.instance.module.name, new TextDecoder().decode(caller.memory!.bytes().slice(at, at + length))]);
    return said.length;
  });
  const text = (word: string): string => `(module (import "host" "say" (func $say (param i32 i32) (result i32))) (memory 1) (data (i32.const 8) "${word}")
    (func (export "run") (result i32) (call $say (i32.const 8) (i32.const ${word.length}))))`;
  const store = new Store(engine, { data: "one" });
  const a = linker.instantiate(store, await moduleOf(engine, text("alpha"), { name: "a" }));
  const b = linker.instantiate(store, await moduleOf(engine, text("beta"), { name: "b" }));
  assert.equal(b.func("run")!.call(), 1);
  assert.equal(a.func("run")!.call(), 2);
  assert.deepEqual(said, [["one", "b", "beta"], ["one", "a", "alpha"]]);
});

test("a caller knows its exports, and is the one that imported the function", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const callers: Caller[] = [];
  const linker = new Linker(engine).funcWithCaller("host", "f", type([]), (caller: Caller) => void callers.push(caller));
  const first = linker.instantiate(store, await moduleOf(engine, `(module (import "host" "f" (func $f)) (memory (export "memory") 2) (export "f" (func $f)) (func (export "g") (call $f)))`));
  const second = new Linker(engine).defineInstance("first", first).instantiate(store, await moduleOf(engine, `(module (import "first" "f" (func $f)) (func (export "g") (call $f)))`));
  first.func("g")!.call();
  second.func("g")!.call();
  assert.deepEqual(callers.map((caller) => caller.instance), [first, first]);
  assert.equal(callers[0], callers[1]);
  assert.equal(callers[0]!.get("memory"), first.memory("memory"));
  assert.equal(callers[0]!.memory, first.memory("memory"));
  store.dispose();
  thrown(StoreError, () => callers[0]!.instance);
  thrown(StoreError, () => callers[0]!.get("memory"));
  thrown(StoreError, () => callers[0]!.memory!.bytes());
});

test("a start function can call a host function with its caller", async () => {
  const engine = new Engine();
  const seen: number[] = [];
  const linker = new Linker(engine).funcWithCaller("host", "f", type([]), (caller: Caller) => void seen.push(caller.memory!.bytes()[0]!));
  linker.instantiate(new Store(engine), await moduleOf(engine, `(module (import "host" "f" (func $f)) (memory 1) (data (i32.const 0) "\\07") (start $f))`));
  assert.deepEqual(seen, [7]);
});

test("arguments arrive in order for every number of parameters", async () => {
  const engine = new Engine();
  for (let arity = 0; arity <= 9; arity++) {
    const params = Array.from({ length: arity }, () => "i32" as const);
    const sum = (...args: number[]): number => args.reduce((total, value, i) => total + value * (i + 1), args.length * 1000);
    const linker = new Linker(engine)
      .func("h", "plain", type(params, ["i32"]), sum as (...args: never[]) => number)
      .funcWithCaller("h", "caller", type(params, ["i32"]), ((caller: Caller, ...args: number[]) => sum(...args) + (caller.memory!.pages) * 1e6) as (caller: Caller, ...args: never[]) => number);
    const list = arity === 0 ? "" : `(param${" i32".repeat(arity)})`;
    const args = params.map((_, i) => `(i32.const ${i + 7})`).join(" ");
    const made = linker.instantiate(new Store(engine), await moduleOf(engine, `(module (import "h" "plain" (func $p ${list} (result i32))) (import "h" "caller" (func $c ${list} (result i32)))
      (memory 1) (func (export "p") (result i32) (call $p ${args})) (func (export "c") (result i32) (call $c ${args}))
      (func (export "in") ${list} (result i32) (call $p ${params.map((_, i) => `(local.get ${i})`).join(" ")})))`));
    const expected = sum(...params.map((_, i) => i + 7));
    assert.equal(made.func("p")!.call(), expected);
    assert.equal(made.func("c")!.call(), expected + 1e6);
    assert.equal(made.func("in")!.call(...params.map((_, i) => i + 7)), expected);
  }
});

test("a result of another type than declared is an error, not a number", async () => {
  const engine = new Engine();
  const rows: readonly (readonly [results: readonly ValType[], value: unknown])[] = [
    [["i32"], undefined], [["i32"], "7"], [["i32"], 7n], [["i64"], 7], [["f64"], null], [["i32", "i32"], 7], [["i32", "i32"], [1]], [["i32", "i64"], [1, 2]],
    [[FUNCREF], () => 1], [[{ nullable: false, heap: "extern" }], null],
  ];
  for (const [results, value] of rows) {
    const linker = new Linker(engine).func("h", "f", type([], results), () => value);
    const words = results.map((result) => (typeof result === "string" ? result : result.nullable ? "funcref" : "(ref extern)")).join(" ");
    const made = linker.instantiate(new Store(engine), await moduleOf(engine, `(module (import "h" "f" (func $f (result ${words}))) (func (export "g") ${results.map(() => "").join("")} (call $f) ${"(drop)".repeat(results.length)}))`));
    assert.match(thrown(ValueError, () => made.func("g")!.call()).message, /result/);
  }
  for (const bad of ["v128", { nullable: true, heap: "exn" }] as const) {
    assert.equal(thrown(ValueError, () => HostFunc.create(engine, type([bad]), () => 0)).code, "value/type");
    thrown(ValueError, () => new Linker(engine).funcAsync("h", "f", type([], [bad]), () => 0));
  }
});

test("function references cross as Funcs of the store", async () => {
  const engine = new Engine();
  const seen: Func[] = [];
  const swap = (a: Func, b: Func): readonly Func[] => (seen.push(a, b), [b, a]);
  const linker = new Linker(engine).func("h", "swap", type([FUNCREF, FUNCREF], [FUNCREF, FUNCREF]), swap)
    .funcWithCaller("h", "same", type([FUNCREF], [FUNCREF]), (_: Caller, func: Func) => func);
  const made = linker.instantiate(new Store(engine), await moduleOf(engine, `(module (import "h" "swap" (func $swap (param funcref funcref) (result funcref funcref)))
    (import "h" "same" (func $same (param funcref) (result funcref))) (func $a (export "a")) (func $b (export "b")) (elem declare func $a $b)
    (func (export "s") (result funcref funcref) (call $swap (ref.func $a) (call $same (ref.func $b))))
    (func (export "n") (result funcref) (call $same (ref.null func))))`));
  const [a, b] = [made.func("a")!, made.func("b")!];
  assert.deepEqual(made.func("s")!.call(), [b, a]);
  assert.deepEqual(seen, [a, b]);
  assert.equal(made.func("n")!.call(), null);
});

test("an asynchronous host function suspends its guest alone", async () => {
  const engine = new Engine();
  const waiting: ((value: number) => void)[] = [];
  const linker = new Linker(engine).funcAsync("h", "wait", type(["i32"], ["i32"]), (caller: Caller, n: number) =>
    n === 0 ? caller.memory!.pages : new Promise<number>((resolve) => waiting.push((value) => resolve(value + n))));
  const store = new Store(engine);
  const made = linker.instantiate(store, await moduleOf(engine, `(module (import "h" "wait" (func $w (param i32) (result i32))) (memory 3)
    (func (export "f") (param i32) (result i32) (i32.mul (call $w (local.get 0)) (i32.const 2))))`));
  const f = made.func("f")!;
  const [one, two] = [f.callAsync(1), f.callAsync(2)];
  assert.equal(waiting.length, 2);
  waiting[1]!(10);
  assert.equal(await two, 24);
  waiting[0]!(20);
  assert.equal(await one, 42);
  assert.equal(await f.callAsync(0), 6);
  assert.equal(thrown(Trap, () => f.call(1)).trap, "cannot-suspend");
  await rejected(ValueError, f.callAsync("1"));
});

test("what an asynchronous host function rejects with reaches the caller", async () => {
  const engine = new Engine();
  let answer: () => unknown = () => 0;
  const made = new Linker(engine).funcAsync("h", "f", type([], ["i32"]), () => answer()).instantiate(new Store(engine), await moduleOf(engine, `(module
    (import "h" "f" (func $f (result i32))) (func (export "f") (result i32) (call $f))
    (func (export "caught") (result i32) (block $h (drop (try_table (result i32) (catch_all $h) (call $f))) (return (i32.const 1))) (i32.const 2))
    (func (export "trap") unreachable)))`));
  const [f, caught] = [made.func("f")!, made.func("caught")!];
  const failure = new TypeError("no");
  answer = () => Promise.reject(failure);
  assert.equal(await rejected(TypeError, f.callAsync()), failure);
  assert.equal(await caught.callAsync(), 2);
  answer = () => Promise.resolve("5");
  await rejected(ValueError, f.callAsync());
  // A trap of a nested call is no exception: no handler of the guest sees it.
  answer = async () => made.func("trap")!.callAsync();
  assert.equal((await rejected(Trap, caught.callAsync())).trap, "unreachable");
});

test("disposing of a store ends the guests that wait in it", async () => {
  const engine = new Engine();
  let settle: (value: number) => void = () => undefined;
  let went = 0;
  const linker = new Linker(engine).funcAsync("h", "wait", type([], ["i32"]), () => new Promise<number>((resolve) => (settle = resolve)))
    .func("h", "on", type([]), () => void went++);
  const store = new Store(engine);
  const made = linker.instantiate(store, await moduleOf(engine, `(module (import "h" "wait" (func $w (result i32))) (import "h" "on" (func $on))
    (func (export "f") (loop $again (block $h (try_table (catch_all $h) (drop (call $w)))) (call $on) (br $again))))`));
  const call = made.func("f")!.callAsync();
  store.dispose();
  assert.equal((await rejected(StoreError, call)).code, "store/disposed");
  settle(1);
  await setImmediate();
  assert.equal(went, 0);
});

test("a start function may wait", async () => {
  const engine = new Engine();
  const linker = new Linker(engine).funcAsync("h", "wait", type([], ["i32"]), () => Promise.resolve(5));
  const module = await moduleOf(engine, `(module (import "h" "wait" (func $w (result i32))) (global (export "g") (mut i32) (i32.const 0)) (func $s (global.set 0 (call $w))) (start $s))`);
  assert.equal((await linker.instantiateAsync(new Store(engine), module)).global("g")!.value, 5);
  assert.equal(thrown(Trap, () => linker.instantiate(new Store(engine), module)).trap, "cannot-suspend");
});
