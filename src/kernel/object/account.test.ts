import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Account, LimitError, SHARE_PERIOD_MS } from "./account.ts";

describe("account", () => {
  test("a charge goes to the account and all above it, or to none", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: -20, max: 30 })), { maxLength: 60 }), (steps) => {
      const root = new Account("root", undefined, { memory: 100 });
      const a = new Account("a", root, { memory: 70 });
      const leaves = [a, new Account("b", root, {}), new Account("c", a, { memory: 30 })];
      const own = [0, 0, 0];
      for (const [index, amount] of steps) {
        const leaf = leaves[index]!;
        if (amount >= 0) {
          const before = [root, ...leaves].map((account) => account.used("memory"));
          const refused = leaf.charge("memory", amount);
          if (refused === undefined) own[index]! += amount;
          else {
            assert.ok(refused.used("memory") + amount > refused.limits.memory!);
            assert.deepEqual([root, ...leaves].map((account) => account.used("memory")), before);
          }
        } else {
          const back = Math.min(-amount, own[index]!);
          leaf.refund("memory", back);
          own[index]! -= back;
        }
        assert.deepEqual(leaves.map((account) => account.used("memory")), [own[0]! + own[2]!, own[1]!, own[2]!]);
        assert.equal(root.used("memory"), own[0]! + own[1]! + own[2]!);
        for (const account of [root, ...leaves]) assert.ok(account.peak("memory") >= account.used("memory"));
      }
    }));
  });

  test("a refusal names the account, the limit, what is used and what was asked for", () => {
    const job = new Account("job root/tenant", undefined, { handles: 3 });
    const process = new Account("process 1", job, {});
    process.chargeOrThrow("handles", 2);
    assert.throws(() => process.chargeOrThrow("handles", 2), (error) => {
      assert.ok(error instanceof LimitError);
      assert.deepEqual([error.account, error.resource, error.limit, error.used, error.requested], ["job root/tenant", "handles", 3, 2, 2]);
      assert.equal(error.message, "job root/tenant: handles limit of 3 reached (2 in use, 2 more requested)");
      return true;
    });
  });

  test("processor time left is the tightest of all limits above", () => {
    const root = new Account("root", undefined, { cpuMs: 100 });
    const leaf = new Account("leaf", root, { cpuMs: 500 });
    assert.equal(leaf.cpuLeftMs(), 100);
    leaf.chargeCpu(60, 60);
    assert.equal(leaf.cpuLeftMs(), 40);
    assert.equal(leaf.cpuLimiter(), root);
    assert.equal(new Account("free", undefined, {}).cpuLeftMs(), Infinity);
  });

  test("a share holds over time, also when slices overshoot it", () => {
    for (const [share, slice] of [[0.1, 1], [0.5, 7], [0.25, 60], [1, 1]] as const) {
      const account = new Account("throttled", undefined, { cpuShare: share });
      let now = 1_000_000;
      const start = now;
      let used = 0;
      while (now < start + 20_000) {
        const until = account.throttledUntilMs(now);
        if (until > now) {
          assert.ok(until - now <= SHARE_PERIOD_MS);
          now = until;
          continue;
        }
        now += slice;
        used += slice;
        account.chargeCpu(slice, now);
      }
      const held = used / (now - start);
      assert.ok(Math.abs(held - share) < 0.02, `share ${share}, slices of ${slice} ms: held ${held}`);
    }
  });
});
