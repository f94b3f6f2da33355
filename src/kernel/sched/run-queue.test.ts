import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Heap } from "./heap.ts";
import type { HeapEntry } from "./heap.ts";
import { LATENCY_SLICE_MS, RunGroup, RunQueue, Runnable, WEIGHT_DEFAULT } from "./run-queue.ts";

interface Entry extends HeapEntry {
  readonly id: number;
}
const entry = (key: number, id: number): Entry => ({ key, id, heapIndex: -1, heapOrder: 0 });

describe("heap", () => {
  test("agrees with a sorted list under pushes, pops, removals and updates", () => {
    const operation = fc.oneof(
      fc.record({ op: fc.constant("push" as const), key: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ op: fc.constant("pop" as const) }),
      fc.record({ op: fc.constant("remove" as const), at: fc.nat() }),
      fc.record({ op: fc.constant("update" as const), at: fc.nat(), key: fc.integer({ min: 0, max: 20 }) }),
    );
    fc.assert(fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const heap = new Heap<Entry>();
      // Sorted by key; equals in the order of arrival.
      let model: Entry[] = [];
      const insert = (added: Entry): void => {
        const at = model.findIndex(({ key }) => key > added.key);
        model.splice(at === -1 ? model.length : at, 0, added);
      };
      let ids = 0;
      for (const step of operations) {
        if (step.op === "push") {
          const added = entry(step.key, ids++);
          heap.push(added);
          insert(added);
        } else if (step.op === "pop") {
          assert.equal(heap.pop(), model.shift());
        } else if (model.length > 0) {
          const chosen = model[step.at % model.length]!;
          model = model.filter((other) => other !== chosen);
          if (step.op === "remove") heap.remove(chosen);
          else {
            heap.update(chosen, step.key);
            insert(chosen);
          }
        }
        assert.equal(heap.size, model.length);
        assert.equal(heap.min, model[0]);
      }
    }));
  });
});

/** Runs a queue on a virtual clock: every thread always wants the processor. */
function simulate(queue: RunQueue, threads: readonly Runnable[], quanta: number, sliceMs: (thread: Runnable) => number = () => 1): Map<Runnable, number> {
  const used = new Map(threads.map((thread) => [thread, 0]));
  for (let i = 0; i < quanta; i++) {
    const thread = queue.next();
    if (thread === undefined) break;
    const ms = sliceMs(thread);
    used.set(thread, used.get(thread)! + ms);
    queue.charge(thread, ms);
    queue.requeue(thread);
  }
  return used;
}

describe("run queue", () => {
  test("shares time in proportion to weights, whatever the slices", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 7 }), (weights, slices) => {
      const queue = new RunQueue();
      const threads = weights.map((weight) => new Runnable(queue.root, weight * WEIGHT_DEFAULT));
      for (const thread of threads) queue.wake(thread, 0);
      let turn = 0;
      const used = simulate(queue, threads, 6000, () => slices[turn++ % slices.length]! / 10);
      const total = [...used.values()].reduce((a, b) => a + b, 0);
      const sum = weights.reduce((a, b) => a + b, 0);
      threads.forEach((thread, i) => {
        const fair = (total * weights[i]!) / sum;
        assert.ok(Math.abs(used.get(thread)! - fair) <= Math.max(4, 0.03 * fair), `weight ${weights[i]} of ${sum}: ${used.get(thread)} instead of ${fair}`);
      });
    }), { numRuns: 30 });
  });

  test("shares between groups first, then between the threads of a group", () => {
    const queue = new RunQueue();
    const crowd = new RunGroup(queue.root, WEIGHT_DEFAULT);
    const single = new RunGroup(queue.root, WEIGHT_DEFAULT);
    const threads = [...Array.from({ length: 9 }, () => new Runnable(crowd, WEIGHT_DEFAULT)), new Runnable(single, WEIGHT_DEFAULT)];
    for (const thread of threads) queue.wake(thread, 0);
    const used = simulate(queue, threads, 1800);
    const crowdTime = threads.slice(0, 9).reduce((sum, thread) => sum + used.get(thread)!, 0);
    assert.ok(Math.abs(crowdTime - used.get(threads[9]!)!) < 20, `${crowdTime} ms and ${used.get(threads[9]!)} ms`);
    for (const thread of threads.slice(0, 9)) assert.ok(Math.abs(used.get(thread)! - 100) < 5);
  });

  test("a thread that mostly waits runs at its next wake, before a hundred spinners", () => {
    const queue = new RunQueue();
    const spinners = Array.from({ length: 100 }, () => new Runnable(queue.root, WEIGHT_DEFAULT));
    for (const thread of spinners) queue.wake(thread, 0);
    simulate(queue, spinners, 1000);
    const sleeper = new Runnable(queue.root, WEIGHT_DEFAULT);
    for (let now = 1000; now < 2000; now += 5) {
      queue.wake(sleeper, now);
      assert.equal(queue.next(), sleeper);
      queue.charge(sleeper, 0.2);
      simulate(queue, spinners, 5);
    }
  });

  test("threads that wake all the time cannot starve a spinner", () => {
    const queue = new RunQueue();
    const spinner = new Runnable(queue.root, WEIGHT_DEFAULT);
    queue.wake(spinner, 0);
    simulate(queue, [spinner], 10);
    const wakers = Array.from({ length: 50 }, () => new Runnable(queue.root, WEIGHT_DEFAULT));
    let now = 0;
    let spinnerMs = 0;
    for (const waker of wakers) queue.wake(waker, now);
    for (let i = 0; i < 5000; i++) {
      const thread = queue.next()!;
      const ms = thread === spinner ? 1 : 0.1;
      now += ms;
      queue.charge(thread, ms);
      if (thread === spinner) {
        spinnerMs += ms;
        queue.requeue(thread);
      } else queue.wake(thread, now);
    }
    assert.ok(spinnerMs > 0, "the spinner never ran");
    const share = spinnerMs / now;
    // One of 51 equals, and the wakers' credit bounds what they get beyond their share.
    assert.ok(share > 1 / 60, `share ${share} with a slice of ${LATENCY_SLICE_MS} ms`);
  });

  test("threads that wake all the time leave half of the time to the others, however short their slices are", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (fairSlice, latencySlice) => {
      const queue = new RunQueue();
      const fair = Array.from({ length: 20 }, () => new Runnable(queue.root, WEIGHT_DEFAULT));
      for (const thread of fair) queue.requeue(thread);
      // More than the processor gives credit for.
      const wakers = Array.from({ length: 40 }, () => new Runnable(queue.root, WEIGHT_DEFAULT));
      for (const waker of wakers) queue.wake(waker, 0);
      let now = 0;
      let fairMs = 0;
      while (now < 200) {
        const thread = queue.next()!;
        const ms = (fair.includes(thread) ? fairSlice : latencySlice) / 20;
        now += ms;
        queue.charge(thread, ms);
        if (fair.includes(thread)) {
          fairMs += ms;
          queue.requeue(thread);
        } else queue.wake(thread, now);
      }
      assert.ok(fairMs >= 0.45 * now, `${fairMs} of ${now} ms with slices of ${fairSlice / 20} and ${latencySlice / 20} ms`);
    }), { numRuns: 40 });
  });

  test("what woken threads ran while nobody else wanted to is not held against them", () => {
    const queue = new RunQueue();
    const [waker, spinner] = [new Runnable(queue.root, WEIGHT_DEFAULT), new Runnable(queue.root, WEIGHT_DEFAULT)];
    queue.wake(waker, 0);
    assert.equal(queue.next(), waker);
    queue.charge(waker, 5);
    queue.requeue(spinner);
    queue.wake(waker, 100);
    assert.equal(queue.next(), waker);
  });

  test("a sleeper does not claim the time that it slept", () => {
    const queue = new RunQueue();
    const [busy, sleeper] = [new Runnable(queue.root, WEIGHT_DEFAULT), new Runnable(queue.root, WEIGHT_DEFAULT)];
    queue.wake(busy, 0);
    simulate(queue, [busy], 1000);
    queue.wake(sleeper, 1000);
    const used = simulate(queue, [busy, sleeper], 100);
    assert.ok(used.get(busy)! >= 45, `the other got ${used.get(busy)} of 100 ms`);
  });

  test("what is removed does not run; every other thread does exactly once", () => {
    fc.assert(fc.property(fc.array(fc.record({ group: fc.nat({ max: 3 }), late: fc.boolean(), removed: fc.boolean() }), { maxLength: 40 }), (specs) => {
      const queue = new RunQueue();
      const groups = [queue.root, new RunGroup(queue.root, 100), new RunGroup(queue.root, 300)];
      groups.push(new RunGroup(groups[1], 50));
      const threads = specs.map(({ group, late }) => {
        const thread = new Runnable(groups[group]!, 100);
        if (late) queue.wake(thread, 0);
        else queue.requeue(thread);
        return thread;
      });
      threads.forEach((thread, i) => specs[i]!.removed && queue.remove(thread));
      const ran = new Set<Runnable>();
      for (let thread = queue.next(); thread !== undefined; thread = queue.next()) {
        assert.ok(!ran.has(thread));
        ran.add(thread);
      }
      assert.equal(queue.size, 0);
      assert.deepEqual(ran, new Set(threads.filter((_, i) => !specs[i]!.removed)));
    }));
  });
});
