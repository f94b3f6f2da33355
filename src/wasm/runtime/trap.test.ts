import assert from "node:assert/strict";
import { test } from "node:test";
import { wat, moduleOf, thrown } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import { Linker } from "./linker.ts";
import type { Instance } from "./instance.ts";
import { Store } from "./store.ts";
import { Trap } from "./trap.ts";
import type { TrapCode } from "./trap-codes.ts";

async function instance(text: string, engine = new Engine()): Promise<Instance> {
  return new Linker(engine).instantiate(new Store(engine), await moduleOf(engine, text));
}

/** Each exported function `f` ends in one trap; the suite's words must be among those of the trap. */
const CASES: readonly (readonly [code: TrapCode, words: string, text: string])[] = [
  ["unreachable", "unreachable", `(func (export "f") unreachable)`],
  ["integer-divide-by-zero", "integer divide by zero", `(func (export "f") (result i32) (i32.div_u (i32.const 1) (global.get $zero)))`],
  ["integer-divide-by-zero", "integer divide by zero", `(func (export "f") (result i32) (i32.rem_s (i32.const 1) (global.get $zero)))`],
  ["integer-overflow", "integer overflow", `(func (export "f") (result i32) (i32.div_s (i32.const 0x80000000) (i32.sub (global.get $zero) (i32.const 1))))`],
  ["invalid-conversion-to-integer", "invalid conversion to integer", `(func (export "f") (result i32) (i32.trunc_f32_s (f32.const nan)))`],
  ["out-of-bounds-memory-access", "out of bounds memory access", `(func (export "f") (result i32) (i32.load (i32.const 65536)))`],
  ["out-of-bounds-memory-access", "out of bounds memory access", `(func (export "f") (memory.fill (i32.const 65530) (i32.const 1) (i32.const 10)))`],
  ["out-of-bounds-memory-access", "out of bounds memory access", `(func (export "f") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 10)))`],
  ["out-of-bounds-table-access", "out of bounds table access", `(func (export "f") (drop (table.get $t (i32.const 9))))`],
  ["out-of-bounds-table-access", "undefined element", `(func (export "f") (call_indirect $t (type $v) (i32.const 9)))`],
  ["indirect-call-type-mismatch", "uninitialized element", `(func (export "f") (call_indirect $t (type $v) (i32.const 1)))`],
  ["indirect-call-type-mismatch", "indirect call type mismatch", `(func (export "f") (drop (call_indirect $t (type $i) (i32.const 0))))`],
  ["null-reference", "null function reference", `(func (export "f") (call_ref $v (ref.null $v)))`],
  ["null-reference", "null structure reference", `(func (export "f") (drop (struct.get $s 0 (ref.null $s))))`],
  ["cast-failure", "cast failure", `(func (export "f") (drop (ref.cast (ref $s) (ref.i31 (i32.const 1)))))`],
  ["out-of-bounds-array-access", "out of bounds array access", `(func (export "f") (drop (array.get $a (array.new $a (i32.const 1) (i32.const 2)) (i32.const 2))))`],
  ["call-stack-exhausted", "call stack exhausted", `(func $f (export "f") (call $f) (call $f))`],
  ["unaligned-atomic", "unaligned atomic", `(func (export "f") (result i32) (i32.atomic.load $sh (i32.const 1)))`],
  ["uncaught-exception", "uncaught exception", `(func (export "f") (throw $e (i32.const 7)))`],
];

test("every trap of the host gets its code and the specification's words", async () => {
  for (const [code, words, text] of CASES) {
    const made = await instance(`(module
      (type $v (func)) (type $i (func (result i32))) (type $s (struct (field i32))) (type $a (array i32))
      (global $zero (mut i32) (i32.const 0))
      (memory 1) (memory $sh 1 1 shared) (data $d "abc")
      (table $t 2 funcref) (elem (table $t) (i32.const 0) func $n) (func $n)
      (tag $e (param i32))
      ${text})`);
    const trap = thrown(Trap, () => made.func("f")!.call());
    assert.equal(trap.trap, code, text);
    assert.ok(trap.words.includes(words), `${text}: ${trap.words.join()}`);
    assert.ok(trap.cause !== undefined);
    if (code === "uncaught-exception") assert.ok(trap.exception instanceof WebAssembly.Exception);
    else assert.ok(trap.frames.length >= 1, text);
  }
});

const NESTED = `(module $outer
  (memory (export "m") 1 4)
  (func $inner (param i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))
    (i32.load (local.get 0)))
  (func $middle (param i32) (result i32) (call $inner (local.get 0)))
  (func (export "f") (param i32) (result i32) (call $middle (local.get 0)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1))))`;

/** Function index and offset of each frame when the host runs the untouched module. */
function hostFrames(text: string, name: string, ...args: unknown[]): (readonly [number, number])[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wat(text)), {});
  try {
    (exports[name] as WebAssembly.ExportedFunction)(...args);
  } catch (error) {
    return [...String((error as Error).stack).matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)]
      .map((match) => [Number(match[1]), Number.parseInt(match[2]!, 16)] as const);
  }
  assert.fail("the untouched module did not trap");
}

test("a backtrace has the names and the offsets of the untouched module", async () => {
  const made = await instance(NESTED);
  const trap = thrown(Trap, () => made.func("f")!.call(65536));
  assert.deepEqual(trap.frames.map((frame) => [frame.funcIndex, frame.offset]), hostFrames(NESTED, "f", 65536));
  assert.equal(trap.frames.length, 3);
  assert.ok(trap.frames.every((frame) => frame.module === made.module));
  assert.match(trap.toString(), /^wasm trap: out of bounds memory access\nwasm backtrace:\n +0: +0x[0-9a-f]+ - /);
});

test("names come from the name section, and cannot forge a report", async () => {
  const text = (s: string): number[] => [...new TextEncoder().encode(s)];
  const sized = (bytes: number[]): number[] => [bytes.length, ...bytes];
  const forged = "evil\n    0: 0x1 - other!fn (wasm://wasm/isola.n0-12345678:wasm-function[0]:0x1)";
  const names = [1, ...sized([2, 0, ...sized(text("inner_fn")), 1, ...sized(text(forged))])];
  const module = [0, ...sized(sized(text("guest")))];
  const section = [0, ...sized([...sized(text("name")), ...module, ...names])];
  const bytes = wat(NESTED);
  // Before all other sections, so that dropping it moves the code.
  const named = Uint8Array.of(...bytes.subarray(0, 8), ...section, ...bytes.subarray(8));
  const engine = new Engine();
  const { Module } = await import("./module.ts");
  const compiled = await Module.compile(engine, named);
  assert.equal(compiled.name, "guest");
  const made = new Linker(engine).instantiate(new Store(engine), compiled);
  const trap = thrown(Trap, () => made.func("f")!.call(65536));
  assert.equal(trap.frames.length, 3);
  assert.equal(trap.frames[0]!.funcName, "inner_fn");
  assert.ok(!trap.frames[1]!.funcName!.includes("\n"));
  assert.deepEqual(trap.frames.map((frame) => frame.offset! - section.length), hostFrames(NESTED, "f", 65536).map(([, offset]) => offset));
  assert.match(trap.toString(), /guest!inner_fn\n/);
  assert.equal(trap.toString().split("\n").length, 2 + 3);
});

test("a trap in a linked instance names both modules", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const linker = new Linker(engine);
  const inner = linker.instantiate(store, await moduleOf(engine, `(module (func (export "boom") unreachable))`, { name: "inner" }));
  linker.defineInstance("inner", inner);
  const outer = linker.instantiate(store, await moduleOf(engine, `(module (import "inner" "boom" (func $b)) (func (export "f") (call $b)))`, { name: "outer" }));
  const trap = thrown(Trap, () => outer.func("f")!.call());
  assert.deepEqual(trap.frames.map((frame) => [frame.module.name, frame.funcIndex]), [["inner", 0], ["outer", 1]]);
  assert.equal(trap.module, inner.module);
});

test("a trap after memory.grow is at the new bound", async () => {
  const made = await instance(NESTED);
  assert.equal(made.func("f")!.call(65532), 0);
  assert.equal(made.func("grow")!.call(), 1);
  assert.equal(made.func("f")!.call(65536), 0);
  assert.equal(thrown(Trap, () => made.func("f")!.call(2 * 65536)).trap, "out-of-bounds-memory-access");
});

test("a deep trap shows many frames and leaves the host's setting alone", async () => {
  const made = await instance(`(module (func $f (export "f") (param i32)
    (if (i32.eqz (local.get 0)) (then unreachable)) (call $f (i32.sub (local.get 0) (i32.const 1)))))`);
  const before = Error.stackTraceLimit;
  const trap = thrown(Trap, () => made.func("f")!.call(200));
  assert.equal(trap.frames.length, 50);
  assert.equal(Error.stackTraceLimit, before);
});

test("a trap crosses a host function and an outer guest that catches everything", async () => {
  const engine = new Engine();
  const store = new Store(engine);
  const inner = new Linker(engine).instantiate(store, await moduleOf(engine, `(module (func (export "boom") unreachable))`, { name: "inner" }));
  let seen: unknown;
  const linker = new Linker(engine).func("host", "call", { kind: "func", params: [], results: [] }, () => {
    try {
      inner.func("boom")!.call();
    } catch (error) {
      seen = error;
      throw error;
    }
  });
  const outer = linker.instantiate(store, await moduleOf(engine, `(module (import "host" "call" (func $c))
    (func (export "f") (result i32) (block $h (try_table (catch_all $h) (call $c)) (return (i32.const 1))) (i32.const 2)))`));
  const trap = thrown(Trap, () => outer.func("f")!.call());
  assert.equal(trap, seen);
});

test("an error of a host function comes out as it was thrown", async () => {
  const engine = new Engine();
  const error = new Error("mine");
  const linker = new Linker(engine).func("host", "call", { kind: "func", params: [], results: [] }, () => { throw error; });
  const made = linker.instantiate(new Store(engine), await moduleOf(engine, `(module (import "host" "call" (func $c)) (func (export "f") (call $c)))`));
  assert.equal(thrown(Error, () => made.func("f")!.call()), error);
});

test("segments that do not fit and start functions trap at instantiation", async () => {
  await assert.rejects(instance(`(module (memory 1) (data (i32.const 65536) "a"))`), (error: Trap) => error instanceof Trap && error.trap === "out-of-bounds-memory-access");
  await assert.rejects(instance(`(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))`), (error: Trap) => error instanceof Trap && error.trap === "out-of-bounds-table-access");
  await assert.rejects(instance(`(module (func $s unreachable) (start $s))`), (error: Trap) => error instanceof Trap && error.trap === "unreachable" && error.frames.length === 1);
});

test("a report stays readable, however long the guest's names are", async () => {
  const leb = (n: number): number[] => n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)];
  const long = Array<number>(100_000).fill(0x61);
  const map = [1, 0, ...leb(long.length), ...long];
  const contents = [4, 0x6e, 0x61, 0x6d, 0x65, 1, ...leb(map.length), ...map];
  const bytes = Uint8Array.from([...wat(`(module (func $f (export "f") (param i32)
    (if (i32.eqz (local.get 0)) (then unreachable)) (call $f (i32.sub (local.get 0) (i32.const 1)))))`), 0, ...leb(contents.length), ...contents]);
  const engine = new Engine();
  const { Module } = await import("./module.ts");
  const made = new Linker(engine).instantiate(new Store(engine), await Module.compile(engine, bytes));
  const trap = thrown(Trap, () => made.func("f")!.call(100));
  assert.equal(trap.frames[0]!.funcName?.length, long.length);
  assert.ok(trap.toString().length < 60_000);
});
