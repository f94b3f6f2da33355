import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCode } from "./check-code.ts";
import { DecodeError } from "./decode-error.ts";
import type { DecodeErrorCode } from "./decode-error.ts";
import { decodeModule } from "./decode-module.ts";
import { dataCountSection, funcSection, moduleOf, section, sized, typeSection, u, vec, VOID_TYPE } from "./encode.test-support.ts";
import type { Bytes } from "./encode.test-support.ts";

/** A module with one function of these instructions; `size` overrides the body's true size. */
function moduleWith(code: Bytes, size?: number): Uint8Array {
  const body = [0, ...code];
  return moduleOf(typeSection(VOID_TYPE), funcSection(0), section(10, vec(size === undefined ? sized(body) : [...u(size), ...body])));
}

const GOOD: readonly (readonly [name: string, code: Bytes])[] = [
  ["nothing", [0x0b]],
  ["blocks in blocks", [0x02, 0x40, 0x03, 0x7f, 0x04, 0x00, 0x05, 0x0b, 0x0b, 0x0b, 0x0b]],
  ["a legacy handler", [0x06, 0x40, 0x07, 0, 0x19, 0x0b, 0x06, 0x40, 0x18, 0, 0x0b]],
  ["all kinds of catch", [0x1f, 0x40, 4, 0, 0, 0, 1, 0, 0, 2, 0, 3, 0, 0x0b, 0x0b]],
  ["a memarg with a memory", [0x28, 0x42, 1, 0x80, 1, 0x0b]],
  ["the longest integers", [0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x0b]],
  ["floats and vectors", [0x43, 1, 2, 3, 4, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 12, ...Array<number>(16).fill(9), 0x0b]],
  ["a table of labels", [0x0e, 2, 0, 0, 0, 0x0b]],
  ["a cast with two types", [0xfb, 24, 3, 0, 0x6e, 0x6c, 0x0b]],
];
for (const [name, code] of GOOD) {
  test(`accepts ${name}`, () => {
    const bytes = moduleWith(code);
    checkCode(bytes, decodeModule(bytes));
  });
}

const BAD: readonly (readonly [name: string, code: Bytes, error: DecodeErrorCode, size?: number])[] = [
  ["an illegal opcode", [0xff, 0x0b], "decode/opcode"],
  ["an illegal prefixed opcode", [0xfc, 0x7f, 0x0b], "decode/opcode"],
  ["a missing end", [0x01], "decode/unexpected-end-of-section"],
  ["an else without its if", [0x02, 0x40, 0x05, 0x0b, 0x0b], "decode/end-expected"],
  ["an index too long", [0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b], "decode/leb-too-long"],
  ["an i32 too large", [0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x0b], "decode/leb-too-large"],
  ["an offset too long", [0x28, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x0b], "decode/leb-too-long"],
  ["memarg flags", [0x28, 0x80, 0x01, 0, 0x0b], "decode/memarg-flags"],
  ["a kind of catch", [0x1f, 0x40, 1, 4, 0, 0x0b, 0x0b], "decode/catch-kind"],
  ["flags of a cast", [0xfb, 24, 4, 0, 0x6e, 0x6c, 0x0b], "decode/cast-flags"],
  ["a block type", [0x02, 0x41, 0x0b, 0x0b], "decode/value-type"],
  ["a segment without a data count", [0xfc, 9, 0, 0x0b], "decode/data-count-required"],
  ["a body larger than its instructions", [0x0b, 0x01], "decode/section-size"],
];
for (const [name, code, error] of BAD) {
  test(`refuses ${name}`, () => {
    const bytes = moduleWith(code);
    assert.throws(() => checkCode(bytes, decodeModule(bytes)), (thrown) => thrown instanceof DecodeError && thrown.code === error && thrown.at.path === "code[0]");
  });
}

test("a data count permits instructions on segments", () => {
  const bytes = moduleOf(typeSection(VOID_TYPE), funcSection(0), dataCountSection(0), section(10, vec(sized([0, 0xfc, 9, 0, 0x0b]))));
  checkCode(bytes, decodeModule(bytes));
});

test("decoding prefers the malformed instruction to what it led to", () => {
  // The over-long offset reaches past the body's size into what then looks like a section.
  const bytes = moduleWith([0x28, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x1a, 0x0b], 8);
  const shortened = Uint8Array.from(bytes);
  shortened[shortened.indexOf(10, 18) + 1] = 10;
  assert.throws(() => decodeModule(shortened), (thrown) => thrown instanceof DecodeError && thrown.code === "decode/leb-too-long");
});
