import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { DECODE_ERRORS, DecodeError } from "./decode-error.ts";
import type { DecodeErrorCode } from "./decode-error.ts";

type Read = "u32" | "s32" | "s33" | "u64" | "s64" | "name" | "u8";

function refused(code: DecodeErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DecodeError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(DECODE_ERRORS[code]), error.message);
    return true;
  };
}

const GOOD: readonly (readonly [what: string, read: Read, bytes: readonly number[], value: number | bigint | string])[] = [
  ["zero", "u32", [0], 0],
  ["padded zero", "u32", [0x80, 0x80, 0x80, 0x80, 0], 0],
  ["largest u32", "u32", [0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
  ["smallest s32", "s32", [0x80, 0x80, 0x80, 0x80, 0x78], -0x8000_0000],
  ["minus one padded", "s32", [0xff, 0xff, 0xff, 0xff, 0x7f], -1],
  ["s32 sixty-four", "s32", [0xc0, 0x00], 64],
  ["s33 above s31", "s33", [0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
  ["s33 smallest", "s33", [0x80, 0x80, 0x80, 0x80, 0x70], -0x1_0000_0000],
  ["s33 byte code", "s33", [0x70], -16],
  ["largest u64", "u64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 0xffff_ffff_ffff_ffffn],
  ["smallest s64", "s64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], -0x8000_0000_0000_0000n],
  ["short s64", "s64", [0x7f], -1n],
  ["empty name", "name", [0], ""],
  ["name with a byte order mark", "name", [3, 0xef, 0xbb, 0xbf], "\ufeff"],
  ["astral name", "name", [4, 0xf0, 0x9f, 0x98, 0x80], "\u{1f600}"],
];

const BAD: readonly (readonly [what: string, read: Read, bytes: readonly number[], code: DecodeErrorCode])[] = [
  ["nothing", "u8", [], "decode/unexpected-end"],
  ["nothing", "u32", [], "decode/unexpected-end"],
  ["cut u32", "u32", [0x80, 0x80], "decode/unexpected-end"],
  ["six-byte u32", "u32", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "decode/leb-too-long"],
  ["33-bit u32", "u32", [0x80, 0x80, 0x80, 0x80, 0x10], "decode/leb-too-large"],
  ["six-byte s32", "s32", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "decode/leb-too-long"],
  ["wrong sign bits", "s32", [0xff, 0xff, 0xff, 0xff, 0x0f], "decode/leb-too-large"],
  ["wrong s33 sign bits", "s33", [0x80, 0x80, 0x80, 0x80, 0x20], "decode/leb-too-large"],
  ["eleven-byte u64", "u64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], "decode/leb-too-long"],
  ["65-bit u64", "u64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], "decode/leb-too-large"],
  ["wrong s64 sign bits", "s64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e], "decode/leb-too-large"],
  ["name longer than the rest", "name", [5, 0x61], "decode/length"],
  ["lone continuation", "name", [1, 0x80], "decode/utf8"],
  ["overlong slash", "name", [2, 0xc0, 0xaf], "decode/utf8"],
  ["surrogate", "name", [3, 0xed, 0xa0, 0x80], "decode/utf8"],
  ["above the last code point", "name", [4, 0xf4, 0x90, 0x80, 0x80], "decode/utf8"],
];

test("good encodings are read to their last byte", () => {
  for (const [what, read, bytes, value] of GOOD) {
    const reader = new ByteReader(Uint8Array.from(bytes));
    assert.equal(reader[read](), value, `${read}: ${what}`);
    assert.equal(reader.pos, bytes.length, `${read}: ${what}`);
  }
});

test("bad encodings are refused by code", () => {
  for (const [what, read, bytes, code] of BAD) {
    assert.throws(() => new ByteReader(Uint8Array.from(bytes))[read](), refused(code), `${read}: ${what}`);
  }
});

test("reads stop at `end`, not at the end of the bytes", () => {
  const reader = new ByteReader(Uint8Array.from([0x80, 0x01, 0x02]), 0, 1);
  assert.throws(() => reader.u32(), refused("decode/unexpected-end"));
  assert.throws(() => new ByteReader(new Uint8Array(8), 0, 4).range(5), refused("decode/unexpected-end"));
  assert.equal(new ByteReader(new Uint8Array(2), 0, 99).end, 2);
});

test("an error names module, offset and path", () => {
  const reader = new ByteReader(Uint8Array.from([0, 0xff]), 1, 2, "app.wasm");
  reader.section = "elem";
  reader.item = 2;
  reader.part = "init";
  reader.partItem = 0;
  assert.throws(() => reader.u32(), (error: unknown) => {
    assert.ok(error instanceof DecodeError);
    assert.deepEqual(error.at, { module: "app.wasm", offset: 2, path: "elem[2].init[0]" });
    assert.equal(error.message, "unexpected end: want 1 byte, have 0 (app.wasm at 0x2, elem[2].init[0])");
    return true;
  });
});

test("a count that cannot be true is refused before anybody allocates for it", () => {
  const bytes = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3]);
  assert.throws(() => new ByteReader(bytes).count(), refused("decode/length"));
  assert.equal(new ByteReader(Uint8Array.from([2, 0, 0])).count(), 2);
  assert.throws(() => new ByteReader(Uint8Array.from([4, 0, 0])).count(), refused("decode/length"));
});

test("what the writer writes the reader reads", () => {
  const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
  const s64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
  const s33 = fc.integer({ min: -0x1_0000_0000, max: 0xffff_ffff });
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.integer(), s33, u64, s64, fc.string({ unit: "grapheme" }), (a, b, c, d, e, text) => {
      const writer = new ByteWriter(1);
      writer.u32(a);
      writer.s32(b);
      writer.s33(c);
      writer.u64(d);
      writer.s64(e);
      writer.name(text);
      const reader = new ByteReader(writer.finish());
      assert.deepEqual(
        [reader.u32(), reader.s32(), reader.s33(), reader.u64(), reader.s64(), reader.name()],
        [a, b, c, d, e, text],
      );
      assert.equal(reader.left, 0);
    }),
  );
});
