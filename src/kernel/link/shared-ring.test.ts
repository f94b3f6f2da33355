import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RingReader, RingWriter, ringBuffer } from "./shared-ring.ts";

const record = fc.record({ kind: fc.nat(0x1ff), id: fc.nat(0x7fff_ffff), arg: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), bytes: fc.uint8Array({ maxLength: 200 }) });

test("records come out as they went in, however writes and reads fall", () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 300, size: "max" }), fc.array(fc.nat(5), { minLength: 1, maxLength: 40 }), (records, reads) => {
    const buffer = ringBuffer(1024);
    const [writer, reader] = [new RingWriter(buffer), new RingReader(buffer)];
    const expected: typeof records = [];
    const read = (): void => {
      const next = expected.shift();
      assert.equal(reader.peek(), next === undefined ? -1 : next.kind);
      if (next === undefined) return;
      reader.read();
      assert.deepEqual({ kind: reader.kind, id: reader.id, arg: reader.arg, bytes: Array.from(reader.bytes) }, { ...next, bytes: Array.from(next.bytes) });
    };
    records.forEach((item, index) => {
      while (!writer.write(item.kind, item.id, item.arg, item.bytes)) {
        assert.ok(expected.length > 0, "a record that fits into an empty ring is taken");
        read();
        assert.equal(reader.writerStarves(), true, "who found no room is to be called");
        assert.equal(reader.writerStarves(), false, "once");
      }
      expected.push(item);
      for (let count = reads[index % reads.length]!; count > 0; count--) read();
    });
    while (expected.length > 0) read();
    assert.equal(reader.peek(), -1);
  }));
});

test("positions wrap", () => {
  const buffer = ringBuffer(64 * 1024);
  const [writer, reader] = [new RingWriter(buffer), new RingReader(buffer)];
  const bytes = new Uint8Array(writer.bytesMax);
  // A little more than 2^32 bytes in all.
  for (let count = 0; count < 2 ** 32 / bytes.length + 10; count++) {
    bytes[0] = count;
    assert.ok(writer.write(9, count, 0, bytes));
    assert.equal(reader.peek(), 9);
    reader.read();
    assert.equal(reader.id, count);
    assert.equal(reader.bytes[0], count & 0xff);
  }
});
