import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RESTART_DEFAULTS, RestartPolicy } from "./restart-policy.ts";
import type { RestartRules } from "./restart-policy.ts";

const rules = fc.record({
  mode: fc.constantFrom("never", "on-failure", "always"),
  firstMs: fc.integer({ min: 0, max: 500 }),
  factor: fc.double({ min: 1, max: 4, noNaN: true }),
  maxMs: fc.integer({ min: 500, max: 5000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  restarts: fc.integer({ min: 0, max: 6 }),
  windowMs: fc.integer({ min: 1, max: 20_000 }),
}) as fc.Arbitrary<RestartRules>;
const ends = fc.array(fc.record({ success: fc.boolean(), upMs: fc.integer({ min: 0, max: 8000 }), pauseMs: fc.integer({ min: 0, max: 4000 }), random: fc.double({ min: 0, max: 0.999, noNaN: true }) }), { maxLength: 60, size: "max" });

test("no window holds more restarts than the budget, and waits keep their bounds", () => {
  fc.assert(fc.property(rules, ends, (rules, ends) => {
    let random = 0;
    const policy = new RestartPolicy(rules, () => random);
    const restarts: number[] = [];
    let now = 0;
    for (const end of ends) {
      now += end.pauseMs;
      random = end.random;
      const verdict = policy.ended(end.success, end.upMs, now);
      const within = restarts.filter((at) => at > now - rules.windowMs).length;
      if (verdict.kind === "restart") {
        assert.ok(within < rules.restarts, "within the budget");
        assert.ok(verdict.afterMs >= Math.min(rules.firstMs, rules.maxMs) && verdict.afterMs <= rules.maxMs * (1 + rules.jitter));
        assert.ok(rules.mode !== "never" && (rules.mode === "always" || !end.success));
        restarts.push(now);
      } else if (verdict.kind === "rest") {
        assert.ok(end.success && rules.mode !== "always");
      } else {
        assert.ok(rules.mode === "never" ? !end.success : within >= rules.restarts, "given up only when the budget is spent");
      }
    }
  }));
});

test("waits grow by the factor up to the longest, and begin anew after a long life", () => {
  const policy = new RestartPolicy({ ...RESTART_DEFAULTS, mode: "always", firstMs: 100, factor: 2, maxMs: 500, jitter: 0, restarts: 100 }, () => 0);
  const waits = (upMs: number, count: number): number[] => Array.from({ length: count }, (_, index) => {
    const verdict = policy.ended(false, upMs, index);
    return verdict.kind === "restart" ? verdict.afterMs : -1;
  });
  assert.deepEqual(waits(0, 5), [100, 200, 400, 500, 500]);
  assert.deepEqual(waits(500, 1), [500], "a life as long as the longest wait is not longer");
  assert.deepEqual(waits(501, 2), [100, 100]);
  policy.reset();
  assert.deepEqual(waits(0, 2), [100, 200]);
});
