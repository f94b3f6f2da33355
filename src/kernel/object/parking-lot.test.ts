import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallContext, Wait } from "../calls.ts";
import { BLOCK } from "../calls.ts";
import { ParkingLot, waiterCountBytes } from "./parking-lot.ts";
import { Waiter } from "./wait-queue.ts";

/** A hart with a lot, whose threads only note how their waits ended. */
class Hart {
  readonly lot = new ParkingLot();
  readonly answers: number[] = [];
  readonly waits: Wait[] = [];

  wait(memory: WebAssembly.Memory, address: bigint, expected: bigint, wide = false): number {
    const context = {
      block: (wait: Wait) => {
        this.waits.push(wait);
        for (const queue of wait.queues) queue.add(new Waiter(() => this.answers.push(wait.resume("event"))));
        return BLOCK;
      },
    } as unknown as CallContext; // what a wait uses of it
    return this.lot.wait(context, memory, { address, wide, expected }, -1n);
  }
}

/** Two harts that have one memory; wakes between them are delivered at once. */
function twoHarts(): { readonly harts: readonly [Hart, Hart]; readonly memory: WebAssembly.Memory; readonly counts: Int32Array } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const counts = new Int32Array(new SharedArrayBuffer(waiterCountBytes(2)));
  const harts = [new Hart(), new Hart()] as const;
  for (const [hart, { lot }] of harts.entries()) lot.share(memory, { hart, counts, wakeThere: (there, address, count) => void harts[there]!.lot.wake(memory, address, count) });
  return { harts, memory, counts };
}

test("threads of other harts are woken, those of the own one first", () => {
  const { harts: [one, two], memory, counts } = twoHarts();
  assert.equal(one.wait(memory, 64n, 0n), BLOCK);
  assert.equal(two.wait(memory, 64n, 0n), BLOCK);
  assert.equal(two.wait(memory, 64n, 0n), BLOCK);
  assert.equal(one.lot.notify(memory, 64n, 1), 1);
  assert.deepEqual([one.answers, two.answers], [[0], []]);
  assert.equal(one.lot.notify(memory, 64n, 1), 1);
  assert.deepEqual(two.answers, [0]);
  assert.equal(one.lot.notify(memory, 64n, 100), 1);
  assert.deepEqual(two.answers, [0, 0]);
  assert.equal(one.lot.notify(memory, 64n, 100), 0);
  assert.ok(counts.every((count) => count === 0));
});

test("a value that changed between the guest's look and the wait is seen", () => {
  const { harts: [one], memory, counts } = twoHarts();
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, 16, 1);
  assert.equal(one.wait(memory, 64n, 0n), 1, "another value");
  Atomics.store(words, 16, -7);
  assert.equal(one.wait(memory, 64n, 0xffff_fff9n), BLOCK, "zero-extended");
  new BigInt64Array(memory.buffer)[9] = -1n;
  assert.equal(one.wait(memory, 72n, 0xffff_ffffn, true), 1, "all 64 bits are compared");
  assert.equal(one.wait(memory, 72n, 0xffff_ffff_ffff_ffffn, true), BLOCK);
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 2);
});

test("a wait that is given up or times out is counted no more", () => {
  const { harts: [one, two], memory, counts } = twoHarts();
  one.wait(memory, 64n, 0n);
  two.wait(memory, 128n, 0n);
  one.waits[0]!.cancel!();
  assert.equal(two.waits[0]!.resume("deadline"), 2);
  assert.ok(counts.every((count) => count === 0));
});
