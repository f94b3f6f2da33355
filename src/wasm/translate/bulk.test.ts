/** Bulk memory operations in pieces do what the untouched instructions do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { ByteWriter } from "../binary/byte-writer.ts";
import { decodeModule } from "../binary/decode-module.ts";
import { SAFEPOINTS, TestGuest } from "./test-host.ts";

const MIB = 1 << 20;

const SEGMENT = 3_200_000;

/** The text library cannot take a long string, so the segment is made long in the bytes. */
function build(addr: "i32" | "i64"): Uint8Array {
  const short = Uint8Array.from(compile(text(addr)));
  const { sections } = decodeModule(short);
  const data = sections.find(({ id }) => id === 11);
  assert.ok(data !== undefined && data.end === short.length);
  const out = new ByteWriter(short.length + SEGMENT + 32);
  out.copy(short, 0, data.header + 1);
  const mark = out.openSize();
  out.u8(1); out.u8(1); out.u32(SEGMENT);
  for (let i = 0; i < SEGMENT; i++) out.u8((i * 2654435761) >>> 24);
  out.closeSizeTight(mark);
  return out.finish();
}

/** Two memories of 5 MiB each; `i64` makes the first a 64-bit one. */
function text(addr: "i32" | "i64"): string {
  return `(module (memory $a ${addr === "i64" ? "i64 " : ""}80 80) (memory $b 80 80) (data $d "x")
    (func (export "fill") (param ${addr} i32 ${addr}) (memory.fill $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param ${addr} ${addr} ${addr}) (memory.copy $a $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "across") (param i32 ${addr} i32) (memory.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param ${addr} i32 i32) (memory.init $a $d (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (data.drop $d))
    (func (export "seed") (local i32) (loop $l (i32.store $b (local.get 0) (i32.mul (local.get 0) (i32.const 2654435761)))
      (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const ${5 * MIB}))))
      (memory.copy $a $b (${addr}.const 0) (i32.const 0) (i32.const ${5 * MIB})))
    (export "a" (memory $a)) (export "b" (memory $b)))`;
}

type Call = readonly [name: string, ...args: readonly number[]];
const CALLS: readonly Call[] = [
  ["fill", 3, 7, 100], ["fill", 10, 9, 3 * MIB + 17], ["fill", 0, 1, 5 * MIB], ["fill", 5 * MIB, 1, 0],
  ["fill", 1, 3, 5 * MIB], ["fill", 5 * MIB + 1, 3, 0], ["fill", -1, 3, 2], ["fill", 2 * MIB, 3, -1],
  ["copy", 100, 5, 2 * MIB], ["copy", 5, 100, 2 * MIB], ["copy", 1_500_000, 0, 3_500_000], ["copy", 0, 1_500_000, 3_500_000], ["copy", 9, 9, 4 * MIB],
  ["copy", 0, 1, 5 * MIB], ["copy", 1, 0, 5 * MIB], ["copy", 0, 0, -1], ["copy", -1, 0, 2 * MIB],
  ["across", 7, 99, 4 * MIB], ["across", 1, 0, 5 * MIB], ["across", 0, 1, 5 * MIB],
  ["init", 11, 13, 3_000_000], ["init", 0, 0, 3_200_000], ["init", 0, 1, 3_200_000], ["init", 4 * MIB, 0, 2 * MIB],
  ["init", 0, -1, 2], ["drop"], ["init", 0, 0, 2 * MIB], ["init", 0, 0, 0],
];

for (const addr of ["i32", "i64"] as const) {
  test(`pieces of fill, copy and init, ${addr}`, () => {
    const bytes = build(addr);
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports;
    const guest = new TestGuest(bytes, SAFEPOINTS);
    // Signatures: which parameters have the first memory's address type.
    const wide: { readonly [name: string]: readonly boolean[] } = {
      fill: [true, false, true], copy: [true, true, true], across: [false, true, false], init: [true, false, false], drop: [],
    };
    const both = (name: string, args: readonly (number | bigint)[]): void => {
      const run = (call: () => unknown): string => {
        try {
          call();
          return "done";
        } catch (error) {
          return String(error);
        }
      };
      const expected = run(() => (plain[name] as (...a: unknown[]) => unknown)(...args));
      const found = run(() => guest.call(name, ...args));
      assert.equal(found, expected, `${name} ${args.join()}`);
      for (const memory of ["a", "b"]) {
        const left = Buffer.from((plain[memory] as WebAssembly.Memory).buffer);
        const right = Buffer.from((guest.exports[memory] as WebAssembly.Memory).buffer);
        assert.ok(left.equals(right), `memory ${memory} after ${name} ${args.join()}`);
      }
    };
    both("seed", []);
    for (const [name, ...args] of CALLS) {
      both(name, args.map((value, i) => (addr === "i64" && wide[name]![i] === true ? BigInt(value) : value)));
      if (name === "fill") both("seed", []);
    }
  });
}

test("a check stands between two pieces, and none runs for short lengths", () => {
  const bytes = build("i32");
  const guest = new TestGuest(bytes, SAFEPOINTS);
  guest.hooks.onTick = () => 0;
  guest.flag[0] = 1;
  guest.call("fill", 0, 1, 1000);
  assert.equal(guest.hooks.ticks, 0);
  guest.call("fill", 0, 1, 5 * MIB);
  assert.equal(guest.hooks.ticks, 5);
  guest.call("copy", 10, 0, 4 * MIB);
  assert.equal(guest.hooks.ticks, 9);
  guest.hooks.onTick = () => 2;
  assert.throws(() => guest.call("fill", 0, 1, 5 * MIB), /unreachable/);
});

test("short constant lengths are left as they are", () => {
  const bytes = Uint8Array.from(compile(`(module (memory 1) (func (export "run") (memory.fill (i32.const 0) (i32.const 1) (i32.const 4096))))`));
  const guest = new TestGuest(bytes, SAFEPOINTS);
  guest.call("run");
  const helpers = guest.translated.firstHelper;
  assert.equal(helpers, 1);
  assert.equal(new Uint8Array(guest.memory().buffer)[4095], 1);
  // No helper was needed, so there is not even a safepoint function.
  assert.ok(guest.translated.bytes.length < bytes.length + 250, `${guest.translated.bytes.length} bytes`);
});
