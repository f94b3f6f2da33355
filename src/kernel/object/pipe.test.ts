import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createPipe } from "./pipe.ts";
import { BROKEN, WOULD_BLOCK } from "./stream.ts";
import { Waiter } from "./wait-queue.ts";
import type { WaitQueue } from "./wait-queue.ts";

function wakes(queue: WaitQueue): () => boolean {
  let woken = false;
  queue.add(new Waiter(() => (woken = true)));
  return () => woken;
}

test("a pipe behaves like an array of bytes with a bound", () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant("write" as const), size: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ op: fc.constant("read" as const), size: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ op: fc.constant("peek" as const), size: fc.integer({ min: 1, max: 5000 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6000 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const { source, sink } = createPipe(capacity);
      const model: number[] = [];
      let next = 0;
      for (const { op, size } of steps) {
        if (op === "write") {
          const from = Uint8Array.from({ length: size }, () => next++ & 0xff);
          const count = Math.min(size, capacity - model.length);
          assert.equal(sink.write(from), count === 0 ? WOULD_BLOCK : count);
          model.push(...from.subarray(0, count));
          next -= size - count;
        } else {
          const into = new Uint8Array(size);
          const count = Math.min(size, model.length);
          const got = op === "read" ? source.read(into) : source.peek(into);
          assert.equal(got, count === 0 ? WOULD_BLOCK : count);
          assert.deepEqual([...into.subarray(0, count)], op === "read" ? model.splice(0, count) : model.slice(0, count));
        }
        assert.equal(source.available, model.length);
        assert.equal(sink.room, capacity - model.length);
      }
      sink.close();
      const rest = new Uint8Array(capacity + 1);
      if (model.length > 0) assert.equal(source.read(rest), model.length);
      assert.equal(source.read(rest), 0);
    }),
    { numRuns: 200 },
  );
});

test("each side wakes the other", () => {
  const { source, sink } = createPipe(4);
  const readable = wakes(source.readable);
  assert.equal(sink.write(new Uint8Array(6)), 4);
  assert.equal(readable(), true);
  const writable = wakes(sink.writable);
  assert.equal(sink.write(new Uint8Array(1)), WOULD_BLOCK);
  assert.equal(source.read(new Uint8Array(1)), 1);
  assert.equal(writable(), true);
});

test("a closed sink lets the reader drain and then end", () => {
  const { source, sink } = createPipe(8);
  sink.write(new Uint8Array([1, 2]));
  const readable = wakes(source.readable);
  sink.close();
  assert.equal(readable(), true);
  assert.equal(source.ended, true);
  assert.equal(source.available, 2);
  assert.equal(source.read(new Uint8Array(8)), 2);
  assert.equal(source.read(new Uint8Array(8)), 0);
  assert.equal(sink.write(new Uint8Array(1)), BROKEN);
});

test("a closed source breaks the sink and drops the bytes", () => {
  const { source, sink } = createPipe(8);
  sink.write(new Uint8Array(8));
  const writable = wakes(sink.writable);
  source.close();
  assert.equal(writable(), true);
  assert.equal(sink.broken, true);
  assert.equal(sink.room, 0);
  assert.equal(sink.write(new Uint8Array(1)), BROKEN);
  assert.equal(source.read(new Uint8Array(1)), 0);
});

test("a pipe that may not take more room holds what it has room for, and goes on when it may", () => {
  let allowed = 1024;
  const asked: number[] = [];
  const { source, sink } = createPipe(1 << 20, undefined, (bytes) => asked.push(bytes) > 0 && bytes <= allowed);
  assert.equal(sink.write(new Uint8Array(1000)), 1000);
  assert.equal(sink.write(new Uint8Array(3000)), 24);
  assert.equal(sink.write(new Uint8Array(1)), WOULD_BLOCK);
  assert.equal(source.read(new Uint8Array(100)), 100);
  assert.equal(sink.write(new Uint8Array(3000)), 100);
  allowed = Infinity;
  assert.equal(sink.write(new Uint8Array(3000)), 3000);
  assert.equal(asked[0], 1024);
  assert.ok(asked.every((bytes) => bytes >= 1024 && bytes <= 8192), asked.join(" "));
  assert.equal(source.available, 4024);
});

test("a pipe without any room never takes a byte", () => {
  const { sink } = createPipe(16, undefined, () => false);
  assert.equal(sink.write(new Uint8Array(4)), WOULD_BLOCK);
});
