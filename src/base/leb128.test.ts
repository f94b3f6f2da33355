import assert from "node:assert/strict";
import { test } from "node:test";
import { s32Length, u32Length } from "./leb128.ts";

test("the shortest form of a u32", () => {
  const rows = [[0, 1], [127, 1], [128, 2], [16_383, 2], [16_384, 3], [0x0fff_ffff, 4], [0x1000_0000, 5], [0xffff_ffff, 5]] as const;
  for (const [value, length] of rows) assert.equal(u32Length(value), length, String(value));
});

test("the shortest form of an s32", () => {
  const rows = [[0, 1], [63, 1], [64, 2], [-64, 1], [-65, 2], [8_191, 2], [8_192, 3], [-8_192, 2], [0x7fff_ffff, 5], [-0x8000_0000, 5], [0x07ff_ffff, 4]] as const;
  for (const [value, length] of rows) assert.equal(s32Length(value), length, String(value));
});
