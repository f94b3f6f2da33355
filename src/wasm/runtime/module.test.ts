import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError } from "../binary/decode-error.ts";
import { cachingEngine, MapCache, moduleOf, rejected, wat } from "./runtime.test-support.ts";
import { Engine } from "./engine.ts";
import { Module } from "./module.ts";
import { ValidateError } from "./validate.ts";
import { printCanonical } from "./canonical-types.ts";

test("imports and exports have full types, and only the guest's own", async () => {
  const engine = new Engine();
  const module = await moduleOf(engine, `(module
    (import "a" "f" (func (param i32 f64) (result i64))) (import "a" "t" (table 1 2 externref))
    (memory (export "m") 1 4) (global (export "g") (mut i64) (i64.const 1)) (tag (export "e") (param f32)) (func $s) (start $s))`, { name: "given" });
  assert.equal(module.name, "given");
  assert.deepEqual(module.imports.map(({ module: from, name, type }) => [from, name, printCanonical(engine.types, type)]),
    [["a", "f", "(func (param i32 f64) (result i64))"], ["a", "t", "(table 1 2 externref)"]]);
  assert.deepEqual(module.exports.map(({ name, index, type }) => [name, index, printCanonical(engine.types, type)]),
    [["m", 0, "(memory 1 4)"], ["g", 0, "(global (mut i64))"], ["e", 0, "(tag (param f32))"]]);
});

test("an invalid module is a ValidateError with the offset", async () => {
  const bytes = wat(`(module (func (result i32) (i64.const 1)))`);
  const error = await rejected(ValidateError, Module.compile(new Engine(), bytes, { name: "bad" }));
  assert.equal(error.code, "validate/invalid");
  assert.equal(error.module, "bad");
  assert.ok(error.offset !== undefined && error.offset > 8 && error.offset < bytes.length, String(error.offset));
  assert.match(error.message, /type error.*\(bad at 0x[0-9a-f]+\)$/s);
  assert.ok(error.cause instanceof WebAssembly.CompileError);
});

test("a malformed module is a DecodeError, whatever the cache", async () => {
  for (const engine of [new Engine(), cachingEngine(new MapCache())]) {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3, 4), wat(`(module (memory 1))`).subarray(0, -1)]) {
      await rejected(DecodeError, Module.compile(engine, bytes));
    }
  }
});

test("progress and timings tell the phases apart", async () => {
  let clock = 0;
  const phases: string[] = [];
  const bytes = wat(`(module (func (export "f") (loop (br 0))))`);
  const module = await Module.compile(new Engine({ now: () => clock++ }), bytes, { onProgress: (phase) => phases.push(phase) });
  assert.deepEqual(phases, ["decode", "validate", "translate", "compile"]);
  const { timings } = module;
  assert.equal(timings.bytes, bytes.length);
  assert.ok(timings.translatedBytes > bytes.length);
  assert.ok(timings.decode > 0 && timings.validate > 0 && timings.translate > 0 && timings.compile > 0);
  assert.ok(timings.total >= timings.decode + timings.validate + timings.translate + timings.compile);
});

test("the bytes may be reused after compiling", async () => {
  const bytes = wat(`(module (func (export "f") unreachable))`);
  const module = await Module.compile(new Engine(), bytes);
  const before = [module.name, module.funcName(0), module.exports[0]!.name];
  bytes.fill(0);
  assert.deepEqual([module.name, module.funcName(0), module.exports[0]!.name], before);
});

test("so may those of a subclass whose slices share them", async () => {
  const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)];
  const names = [1, 9, 1, 0, ...text("inner_")];
  const bytes = Buffer.from([...wat(`(module (func (export "f") unreachable))`), 0, 5 + names.length, ...text("name"), ...names]);
  const module = await Module.compile(new Engine(), bytes);
  bytes.fill(0);
  assert.equal(module.funcName(0), "inner_");
});
