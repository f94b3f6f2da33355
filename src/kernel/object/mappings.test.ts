import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "../machine.ts";
import { CapacityError, Mappings } from "./mappings.ts";

/** Room for `mappings`, of which a stack and a memory take two each. */
function mappingsOf(mappings: number, memories = Infinity): { mappings: Mappings; collections: () => number } {
  let collections = 0;
  const machine = {
    capacity: { mappings, mappingsPerStack: 2, mappingsPerMemory: 2, memories },
    collect: async () => void collections++,
  };
  return { mappings: new Mappings(machine as unknown as Machine), collections: () => collections };
}

test("stacks and memories share the mappings, and what is given back can be used again", () => {
  const { mappings } = mappingsOf(8);
  mappings.chargeMemory();
  mappings.chargeMemory();
  mappings.chargeStack();
  mappings.chargeStack();
  assert.throws(() => mappings.chargeMemory(), (error) => error instanceof CapacityError && error.what === "mappings" && error.limit === 8);
  assert.throws(() => mappings.chargeStack(), CapacityError);
  mappings.refundStack();
  mappings.chargeMemory();
  assert.equal(mappings.memories, 3);
  assert.equal(mappings.stacks, 1);
});

test("a thread that has yet to run keeps the room that its stack will take", () => {
  const { mappings } = mappingsOf(6);
  mappings.chargeMemory();
  mappings.reserveStack();
  mappings.reserveStack();
  assert.throws(() => mappings.chargeMemory(), /6 mappings are in use \(1 memories, 2 stacks\)/);
  assert.throws(() => mappings.reserveStack(), CapacityError);
  // Its turn comes: the room that was kept is the one that it takes.
  mappings.unreserveStack();
  mappings.chargeStack();
  assert.throws(() => mappings.reserveStack(), CapacityError);
});

test("memories have a limit of their own, and the host's word counts before ours", () => {
  const { mappings } = mappingsOf(Infinity, 1);
  mappings.chargeMemory();
  assert.throws(() => mappings.chargeMemory(), (error) => error instanceof CapacityError && error.what === "memories");
  const cause = new RangeError("could not allocate memory");
  const refusal = mappings.hostRefusal(cause);
  assert.equal(refusal.code, "kernel/capacity");
  assert.equal(refusal.cause, cause);
  assert.match(refusal.message, /no room for one more memory \(1 memories, 0 stacks\)/);
});

test("room is made only when it is needed", async () => {
  const { mappings, collections } = mappingsOf(6);
  await mappings.makeRoom(2);
  assert.equal(collections(), 0);
  mappings.chargeMemory();
  await mappings.makeRoom(2);
  assert.equal(collections(), 1);
});
