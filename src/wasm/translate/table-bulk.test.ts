/** Bulk table operations in pieces do what the untouched instructions do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { SAFEPOINTS, TestGuest } from "./test-host.ts";

const SIZE = 20_000;
const SEGMENT = 10_000;

type Addr = "i32" | "i64";

function wat(text: string): Uint8Array {
  return Uint8Array.from(compile(text));
}

/** Tables `a` and `b` hold what the host gives, `f` functions of one type and `g` such that are never null. */
function build(addr: Addr): Uint8Array {
  const funcs = Array.from({ length: SEGMENT }, (_, i) => `$f${i % 7}`).join(" ");
  const type = addr === "i64" ? "i64 " : "";
  return wat(`(module (type $t (func (result i32)))
    (table $a (export "a") ${type}${SIZE} externref) (table $b (export "b") ${SIZE} 30000 externref)
    (table $f (export "f") ${type}${SIZE} (ref null $t)) (table $g (export "g") ${SIZE} (ref $t) (ref.func $f6))
    ${Array.from({ length: 7 }, (_, i) => `(func $f${i} (type $t) (i32.const ${i}))`).join("")}
    (elem $e (ref $t) ${Array.from({ length: SEGMENT }, (_, i) => `(item ref.func $f${i % 7})`).join(" ")})
    (elem $s func ${funcs})
    (func (export "fill") (param ${addr} externref ${addr}) (table.fill $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "fillTyped") (param i32 i32) (table.fill $g (local.get 0) (ref.func $f3) (local.get 1)))
    (func (export "copy") (param ${addr} ${addr} ${addr}) (table.copy $a $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "across") (param i32 ${addr} i32) (table.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copyTyped") (param ${addr} i32 i32) (table.copy $f $g (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param ${addr} i32 i32) (table.init $f $e (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (elem.drop $e))
    (func (export "grow") (result i32) (table.grow $b (ref.null extern) (i32.const 5000))))`);
}

type Call = readonly [name: string, ...args: readonly (number | string)[]];
const CALLS: readonly Call[] = [
  ["fill", 3, "short", 1024], ["fill", 3, "longer", 1025], ["fill", 10, "two pieces", 8192], ["fill", 11, "and one", 8193], ["fill", 0, "all", SIZE],
  ["fill", SIZE, "x", 0], ["fill", 1, "x", SIZE], ["fill", SIZE + 1, "x", 0], ["fill", -1, "x", 2], ["fill", -1, "x", 5000], ["fill", 5000, "x", -1],
  ["fill", 15_001, "x", 5000],
  ["fillTyped", 1000, 9000], ["fillTyped", 1000, SIZE - 999], ["fillTyped", 12_000, 8000],
  ["copy", 100, 5, 12_000], ["copy", 5, 100, 12_000], ["copy", 8000, 0, 12_000], ["copy", 0, 8000, 12_000], ["copy", 9, 9, 15_000], ["copy", 4097, 1, 12_289],
  ["copy", 0, 1, SIZE], ["copy", 1, 0, SIZE], ["copy", 0, 0, -1], ["copy", -1, 0, 5000], ["copy", 0, -5000, 5001],
  ["across", 7, 99, 15_000], ["across", 99, 7, 15_000], ["across", 1, 0, SIZE], ["across", 0, 1, SIZE], ["across", 0, -1, 5000],
  ["grow"], ["across", 5000, 0, SIZE], ["across", 5001, 0, SIZE],
  ["copyTyped", 3, 0, 19_000], ["copyTyped", 3, 0, SIZE],
  ["init", 11, 13, 9000], ["init", 0, 0, SEGMENT], ["init", 0, 1, SEGMENT], ["init", 15_000, 0, 9000], ["init", 0, -1, 5000], ["init", -1, 0, 5000],
  ["drop"], ["init", 0, 0, 5000], ["init", 0, 0, 0],
];

const WIDE: { readonly [name: string]: readonly boolean[] } = {
  fill: [true, false, true], copy: [true, true, true], across: [false, true, false], copyTyped: [true], init: [true],
};

function elements(table: WebAssembly.Table, addr: Addr): unknown[] {
  const index = (i: number): number => (addr === "i64" ? BigInt(i) : i) as number;
  return Array.from({ length: Number(table.length) }, (_, i) => {
    const value: unknown = table.get(index(i));
    return typeof value === "function" ? value.name : value;
  });
}

function run(call: () => unknown): string {
  try {
    return `done ${call()}`;
  } catch (error) {
    return String(error);
  }
}

for (const addr of ["i32", "i64"] as const) {
  test(`pieces of table.fill, copy and init, ${addr}`, () => {
    const bytes = build(addr);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports;
    const guest = new TestGuest(bytes, SAFEPOINTS);
    for (const side of [plain, guest.exports]) {
      const table = side["a"] as WebAssembly.Table;
      for (let i = 0; i < SIZE; i++) table.set((addr === "i64" ? BigInt(i) : i) as number, i);
    }
    for (const [name, ...args] of CALLS) {
      const given = args.map((value, i) => (addr === "i64" && typeof value === "number" && WIDE[name]?.[i] === true ? BigInt(value) : value));
      const expected = run(() => (plain[name] as (...a: unknown[]) => unknown)(...given));
      assert.equal(run(() => guest.call(name, ...given)), expected, `${name} ${args.join()}`);
      for (const [table, of] of [["a", addr], ["b", "i32"], ["f", addr], ["g", "i32"]] as const) {
        const left = elements(plain[table] as WebAssembly.Table, of);
        assert.deepEqual(elements(guest.exports[table] as WebAssembly.Table, of), left, `table ${table} after ${name} ${args.join()}`);
      }
    }
  });
}

test("a check stands between two pieces of a table operation, and none runs for short lengths", () => {
  const guest = new TestGuest(build("i32"), SAFEPOINTS);
  guest.hooks.onTick = () => 0;
  guest.flag[0] = 1;
  const ticks = (name: string, ...args: unknown[]): number => {
    const before = guest.hooks.ticks;
    guest.call(name, ...args);
    return guest.hooks.ticks - before;
  };
  assert.equal(ticks("fill", 0, "x", 1024), 0);
  assert.equal(ticks("fill", 0, "x", 1025), 1);
  assert.equal(ticks("fill", 0, "x", SIZE), 5);
  assert.equal(ticks("copy", 0, 1, 16_000), 4);
  assert.equal(ticks("copy", 1, 0, 16_000), 4);
  assert.equal(ticks("init", 0, 0, SEGMENT), 3);
  guest.hooks.onTick = () => 2;
  assert.throws(() => guest.call("copy", 1, 0, SIZE - 1), /unreachable/);
});

test("a segment that is dropped between two pieces traps, and what was written stays", () => {
  const guest = new TestGuest(build("i32"), SAFEPOINTS);
  guest.flag[0] = 1;
  guest.hooks.onTick = () => {
    if (guest.hooks.ticks === 2) guest.call("drop");
    return 0;
  };
  assert.throws(() => guest.call("init", 0, 0, SEGMENT), WebAssembly.RuntimeError);
  const written = elements(guest.exports["f"] as WebAssembly.Table, "i32").findLastIndex((value) => value !== null) + 1;
  assert.equal(written, 4096);
});

test("table operations of short constant lengths and short segments are left as they are", () => {
  const text = (length: number): string => `(module (table 5000 funcref) (elem $e func $f) (func $f) (func (export "run") (param i32)
    (table.fill (i32.const 0) (ref.func $f) (i32.const ${length})) (table.init $e (i32.const 0) (i32.const 0) (local.get 0))))`;
  const helpers = (length: number): number => {
    const guest = new TestGuest(wat(text(length)), SAFEPOINTS);
    guest.call("run", 1);
    return guest.translated.usedHooks;
  };
  assert.equal(helpers(1024), 0);
  assert.notEqual(helpers(1025), 0);
});
