import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, utf8Length } from "./utf8.ts";

const MALFORMED: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ["a lone continuation", [0x80]],
  ["a lead without its tail", [0xc3]],
  ["a cut sequence before ASCII", [0xe2, 0x82, 0x41]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["an overlong sequence of three", [0xe0, 0x9f, 0xbf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["above the last code point", [0xf4, 0x90, 0x80, 0x80]],
  ["a lead of five", [0xf8, 0x88, 0x80, 0x80, 0x80]],
];

test("malformed text is refused, short or long", () => {
  const padding = Array.from({ length: 40 }, () => 0x61);
  for (const [what, bytes] of MALFORMED) {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined, what);
    assert.equal(decodeUtf8(Uint8Array.from([...padding, ...bytes])), undefined, what);
  }
});

test("text survives, and its size is known beforehand", () => {
  const scalar = fc.oneof(fc.nat(0x7f), fc.nat(0x7ff), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10_ffff }));
  fc.assert(
    fc.property(fc.array(scalar, { maxLength: 60 }), (scalars) => {
      const text = String.fromCodePoint(...scalars);
      const bytes = encodeUtf8(text);
      assert.equal(utf8Length(text), bytes.length);
      assert.equal(decodeUtf8(bytes), text);
    }),
  );
});

test("a lone surrogate has the size of what it is encoded as", () => {
  for (const text of ["\ud800", "\udc00a", "a\ud800b", "\ud800\ud800\udc00"]) {
    assert.equal(utf8Length(text), encodeUtf8(text).length);
  }
});

test("only the given range is read, and a byte order mark stays", () => {
  assert.equal(decodeUtf8(Uint8Array.of(0xff, 0x61, 0x62, 0xff), 1, 3), "ab");
  assert.equal(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

test("text in shared memory can be decoded", () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(32));
  bytes.set(encodeUtf8("größer als kurz: ja"));
  assert.equal(decodeUtf8(bytes, 0, 21), "größer als kurz: ja");
});
