import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { startOrder } from "./start-order.ts";

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) => fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 4 }), { minLength: size, maxLength: size }));

test("everything comes after what it needs, or a ring is named that is one", () => {
  let rings = 0;
  let orders = 0;
  fc.assert(fc.property(graphs, (graph) => {
    const names = graph.map((_, index) => String(index));
    const needs = (name: string): string[] => graph[Number(name)]!.map(String);
    const { order, ring } = startOrder(names, needs);
    if (ring === undefined) {
      orders++;
      assert.deepEqual([...order].sort(), [...names].sort());
      for (const [index, name] of order.entries()) for (const need of needs(name)) assert.ok(order.indexOf(need) < index);
    } else {
      rings++;
      assert.equal(ring[0], ring.at(-1));
      assert.ok(ring.length >= 2);
      for (const [index, name] of ring.slice(0, -1).entries()) assert.ok(needs(name).includes(ring[index + 1]!));
    }
  }), { numRuns: 500 });
  assert.ok(rings > 0 && orders > 0, "both kinds were met");
});

test("a chain of a hundred thousand needs no deep stack, and without needs the order is the given one", () => {
  const names = Array.from({ length: 100_000 }, (_, index) => String(index));
  assert.deepEqual(startOrder(names, (name) => (name === "99999" ? [] : [String(Number(name) + 1)])).order, [...names].reverse());
  assert.deepEqual(startOrder(["c", "a", "b"], () => []).order, ["c", "a", "b"]);
});
