import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Account, SHARE_PERIOD_MS } from "../object/account.ts";
import { JOB_SLOTS, SharedAccounts } from "./shared-accounts.ts";

const HARTS = 3;

function tables(): SharedAccounts[] {
  const buffer = SharedAccounts.buffer(HARTS);
  return Array.from({ length: HARTS }, (_, hart) => new SharedAccounts(buffer, hart, HARTS));
}

test("a limit holds over all harts, a charge goes to all accounts or to none, and a dead hart's share is given back", () => {
  const operation = fc.record({ hart: fc.nat(HARTS - 1), what: fc.constantFrom("charge", "charge", "refund", "die"), resource: fc.constantFrom("memory", "handles"), amount: fc.nat(40) });
  fc.assert(fc.property(fc.array(operation, { maxLength: 100, size: "max" }), (operations) => {
    const shared = tables();
    const slot = shared[0]!.take()!;
    // Each hart has a job of its own below the shared one.
    const jobs = shared.map((table) => {
      const job = new Account("job", undefined, { memory: 100 });
      job.share(table.find(slot)!);
      return job;
    });
    const below = jobs.map((job, hart) => new Account(`below ${hart}`, job, { handles: 30 }));
    const used = below.map(() => ({ memory: 0, handles: 0 }));
    for (const { hart, what, resource, amount } of operations) {
      const name = resource as "memory" | "handles";
      const total = used.reduce((sum, each) => sum + each[name], 0);
      if (what === "charge") {
        const fits = name === "memory" ? total + amount <= 100 : used[hart]![name] + amount <= 30;
        assert.equal(below[hart]!.charge(name, amount) === undefined, fits);
        if (fits) used[hart]![name] += amount;
      } else if (what === "refund") {
        const back = Math.min(amount, used[hart]![name]);
        below[hart]!.refund(name, back);
        used[hart]![name] -= back;
      } else if (hart > 0) {
        shared[0]!.clear(hart);
        used[hart] = { memory: 0, handles: 0 };
        const job = new Account("job", undefined, { memory: 100 });
        job.share(shared[hart]!.find(slot)!);
        jobs[hart] = job;
        below[hart] = new Account(`below ${hart}`, job, { handles: 30 });
      }
      for (const job of jobs) {
        for (const each of ["memory", "handles"] as const) assert.equal(job.used(each), used.reduce((sum, mine) => sum + mine[each], 0));
      }
    }
  }));
});

test("CPU time and its share are of all harts together", () => {
  const shared = tables();
  const slot = shared[0]!.take()!;
  const [a, b] = shared.map((table) => {
    const job = new Account("job", undefined, { cpuMs: 100, cpuShare: 0.5 });
    job.share(table.find(slot)!);
    return job;
  });
  a!.chargeCpu(20, 1000);
  assert.equal(b!.throttledUntilMs(1000), 0);
  b!.chargeCpu(10, 1001);
  assert.equal(a!.throttledUntilMs(1002), 1000 + SHARE_PERIOD_MS);
  assert.equal(b!.throttledUntilMs(1002), 1000 + SHARE_PERIOD_MS);
  // 30 ms were used of 25: the rest is carried over.
  assert.equal(a!.throttledUntilMs(1051), 0);
  b!.chargeCpu(20, 1060);
  assert.equal(a!.throttledUntilMs(1061), 1100);
  assert.deepEqual([a!.cpuMs, b!.cpuMs, a!.cpuLeftMs()], [50, 50, 50]);
  assert.deepEqual([a!.cpuMsHere, b!.cpuMsHere], [20, 30]);
});

test("slots are given once, and one that came back is another", () => {
  const [first, second] = tables();
  const taken = new Set(Array.from({ length: JOB_SLOTS }, (_, index) => (index % 2 === 0 ? first! : second!).take()!.slot));
  assert.equal(taken.size, JOB_SLOTS);
  assert.equal(first!.take(), undefined);
  const one = second!.find({ slot: 7, generation: 1 })!;
  one.markKilled();
  assert.equal(first!.find(one)!.killed, true);
  one.free();
  assert.equal(first!.find(one), undefined);
  const again = first!.take()!;
  assert.deepEqual([again.slot, again.generation, again.killed], [7, 2, false]);
  assert.equal(second!.find(one), undefined);
  assert.equal(one.isCurrent, false);
});

test("what a hart that died had locked is open again", () => {
  const [first, second] = tables();
  const slot = first!.take()!;
  const words = new Int32Array(first!.buffer);
  const lock = words.findIndex((_, index) => index === slot.slot * 4);
  words[lock] = 2; // hart 1 died in the middle of a charge
  first!.clear(1);
  assert.equal(second!.find(slot)!.charge(0, 10, 10), true);
});
