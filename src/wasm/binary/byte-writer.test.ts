import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

test("copies of any length arrive whole while the buffer grows", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 30 }), (parts) => {
      const writer = new ByteWriter(1);
      for (const part of parts) writer.append(part);
      assert.deepEqual([...writer.finish()], parts.flatMap((part) => [...part]));
    }),
  );
});

test("a copy takes only its range, and none outside of the source", () => {
  const writer = new ByteWriter();
  const source = Uint8Array.from({ length: 64 }, (_, i) => i);
  writer.copy(source, 2, 5);
  writer.copy(source, 10, 50);
  assert.deepEqual([...writer.view()], [2, 3, 4, ...source.subarray(10, 50)]);
  assert.throws(() => writer.copy(source, 0, 65), { code: "bug" });
  assert.throws(() => writer.copy(source, 5, 4), { code: "bug" });
});

test("sizes are patched in padded and in shortest form", () => {
  for (const size of [0, 1, 127, 128, 20_000]) {
    const writer = new ByteWriter();
    writer.u8(7);
    const padded = writer.openSize();
    for (let i = 0; i < size; i++) writer.u8(i);
    writer.closeSize(padded);
    const tight = writer.openSize();
    for (let i = 0; i < size; i++) writer.u8(i);
    writer.closeSizeTight(tight);
    writer.u8(9);
    const reader = new ByteReader(writer.finish());
    assert.equal(reader.u8(), 7);
    assert.equal(reader.u32(), size);
    assert.equal(reader.pos, 6);
    reader.range(size);
    const before = reader.pos;
    assert.equal(reader.u32(), size);
    assert.equal(reader.pos - before, size < 128 ? 1 : size < 16_384 ? 2 : 3);
    const start = reader.range(size);
    assert.deepEqual([...reader.bytes.subarray(start, start + Math.min(size, 3))], [0, 1, 2].slice(0, size));
    assert.equal(reader.u8(), 9);
  }
});

test("what was finished does not change when the writer goes on", () => {
  const writer = new ByteWriter();
  writer.u32(300);
  const first = writer.finish();
  writer.clear();
  writer.u8(1);
  assert.deepEqual([...first], [0xac, 0x02]);
  assert.equal(writer.length, 1);
});
