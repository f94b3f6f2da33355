import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BytesPlan, GateRefusal, MemoryView, Places } from "./bytes.ts";
import type { Allocator } from "./bytes.ts";
import { GateStatus } from "./gate-state.ts";

const PAGE = 65536;

/** A memory with a view, filled with a pattern that tells places apart. */
function memoryOf(pages: number, salt: number): { memory: WebAssembly.Memory; view: MemoryView } {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 64 });
  new Uint8Array(memory.buffer).forEach((_, index, all) => (all[index] = (index * 31 + salt) & 0xff));
  const view = new MemoryView();
  view.attach(memory);
  return { memory, view };
}

/** Allocates upwards; grows the memory on every call, so that every view of it goes stale. */
function growing(memory: WebAssembly.Memory): { allocator: Allocator; calls: number[] } {
  const calls: number[] = [];
  let top = PAGE;
  return {
    calls,
    allocator: {
      kind: "realloc",
      call: (_old, _oldSize, align, size) => {
        calls.push(size >>> 0);
        const at = Math.ceil(top / align) * align;
        top = at + (size >>> 0);
        if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / PAGE));
        memory.grow(1);
        return at;
      },
    },
  };
}

const status = (body: () => unknown): GateStatus | "ok" => {
  try {
    body();
    return "ok";
  } catch (error) {
    if (error instanceof GateRefusal) return error.status;
    throw error;
  }
};

describe("bytes through a gate", () => {
  test("ranges cross as a model says, or are refused, whatever their numbers", () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: PAGE - 300, max: PAGE + 10 }), fc.integer());
    fc.assert(fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 4 }), fc.nat(3), fc.nat(), (ranges, which, told) => {
      const caller = memoryOf(1, 1);
      const callee = memoryOf(1, 2);
      const places = new Places(callee.view, growing(callee.memory).allocator);
      const buffer = which < ranges.length ? which : -1;
      const plan = BytesPlan.of(ranges.map((_, index) => (index === buffer ? "buffer" : "bytes")))!;
      const before = new Uint8Array(caller.memory.buffer.slice(0));
      const args: unknown[] = ranges.flat();
      const inside = ranges.every(([at, length]) => (at >>> 0) + (length >>> 0) <= PAGE);
      const pointer = plan.bufferPointer(args);
      if (!inside) {
        assert.equal(status(() => plan.copyIn(args, caller.view, places)), GateStatus.range);
        return;
      }
      plan.copyIn(args, caller.view, places);
      const inCallee = new Uint8Array(callee.memory.buffer);
      const taken: [number, number][] = [];
      ranges.forEach(([at, length], index) => {
        const to = args[2 * index] as number >>> 0;
        assert.equal(args[2 * index + 1], length, "lengths pass as they are");
        if (length > 0) assert.ok(to >= PAGE && to + length <= inCallee.length, "within what was allocated");
        for (const [from, end] of taken) assert.ok(length === 0 || to >= end || to + length <= from, "places do not overlap");
        taken.push([to, to + length]);
        if (index !== buffer) assert.deepEqual(inCallee.slice(to, to + length), before.slice(at >>> 0, (at >>> 0) + length));
      });
      if (buffer < 0) return;
      const capacity = ranges[buffer]![1] >>> 0;
      const to = args[2 * buffer] as number >>> 0;
      inCallee.fill(0xee, to, to + capacity);
      const written = told % (capacity + 3);
      const end = status(() => plan.copyOut(written, args, pointer, caller.view, places));
      const expected = before.slice();
      if (written <= capacity) expected.fill(0xee, pointer >>> 0, (pointer >>> 0) + written);
      assert.equal(end, written <= capacity ? "ok" : GateStatus.fault);
      assert.deepEqual(new Uint8Array(caller.memory.buffer), expected);
    }), { numRuns: 150 });
  });

  test("both memories may grow at any time", () => {
    const caller = memoryOf(1, 1);
    const callee = memoryOf(1, 2);
    const places = new Places(callee.view, growing(callee.memory).allocator);
    const plan = BytesPlan.of(["bytes", "buffer"])!;
    const args: unknown[] = [0, 100, PAGE - 100, 200];
    assert.equal(status(() => plan.copyIn([...args], caller.view, places)), GateStatus.range);
    caller.memory.grow(1);
    const pointer = plan.bufferPointer(args);
    plan.copyIn(args, caller.view, places);
    callee.memory.grow(1);
    new Uint8Array(callee.memory.buffer).fill(7, args[2] as number, (args[2] as number) + 200);
    caller.memory.grow(1);
    plan.copyOut(200, args, pointer, caller.view, places);
    assert.ok(new Uint8Array(caller.memory.buffer, PAGE - 100, 200).every((byte) => byte === 7));
  });

  test("a place is kept and only ever grows; calls that overlap have places of their own", () => {
    const callee = memoryOf(1, 2);
    const { allocator, calls } = growing(callee.memory);
    const places = new Places(callee.view, allocator);
    const first = places.take(1000);
    const second = places.take(10);
    assert.notEqual(first.addr, second.addr);
    places.giveBack(second);
    places.giveBack(first);
    for (let i = 0; i < 10; i++) places.giveBack(places.take(900));
    assert.deepEqual(calls, [1000, 256]);
    places.giveBack(places.take(1001));
    assert.deepEqual(calls, [1000, 256, 2000]);
  });

  test("an allocator that has no room, answers nonsense or is missing", () => {
    const { view } = memoryOf(1, 2);
    const places = (call: (size: number) => number): Places => new Places(view, { kind: "alloc", call });
    assert.equal(status(() => places(() => 0).take(1)), GateStatus.limit);
    assert.equal(status(() => new Places(view, undefined).take(1)), GateStatus.limit);
    assert.equal(status(() => new Places(view, undefined).take(0)), "ok");
    for (const addr of [PAGE, -1, -256, PAGE - 255, 2 ** 31 | 0]) assert.equal(status(() => places(() => addr).take(1)), GateStatus.fault, String(addr));
    assert.equal(status(() => places(() => PAGE - 256).take(1)), "ok");
    const { view: caller } = memoryOf(1, 1);
    const huge = BytesPlan.of(["bytes"])!;
    assert.equal(status(() => huge.copyIn([0, -1], caller, places(() => 16))), GateStatus.range);
  });
});
