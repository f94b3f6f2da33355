import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Machine } from "../machine.ts";
import { Deadlines } from "../sched/deadlines.ts";
import { testAccount } from "./objects.test-support.ts";
import { Signal } from "./rights.ts";
import { Timer } from "./timer.ts";

function clock(): { now: number; readonly deadlines: Deadlines; readonly timer: Timer; advance(ms: number): void; up(): boolean } {
  const state = {
    now: 1000,
    deadlines: new Deadlines({ now: () => state.now, timer: () => () => undefined, afterTurn: () => undefined } as unknown as Machine),
    advance(ms: number): void {
      state.now += ms;
      state.deadlines.expireDue(state.now);
    },
    up: () => (state.timer.signals & Signal.signalled) !== 0,
  } as ReturnType<typeof clock> & { timer: Timer };
  state.timer = Timer.create(testAccount().charges, state.deadlines)!;
  return state;
}

describe("timer", () => {
  test("fires once at its deadline, at once for a past one, never when cancelled", () => {
    const t = clock();
    t.timer.set(1010, 0, t.now);
    t.advance(9);
    assert.equal(t.up(), false);
    assert.equal(t.timer.clear(t.now), 0);
    t.advance(1);
    assert.equal(t.up(), true);
    assert.equal(t.timer.clear(t.now), 1);
    assert.equal(t.up(), false);
    assert.equal(t.timer.clear(t.now), 0);
    t.timer.set(5, 0, t.now);
    assert.equal(t.up(), true);
    t.timer.set(t.now + 5, 0, t.now);
    assert.equal(t.up(), false, "setting lowers it");
    t.timer.cancel();
    t.advance(100);
    assert.equal(t.up(), false);
    assert.equal(t.deadlines.earliestMs, Infinity);
  });

  test("a period counts what passed, and nothing is scheduled until somebody looks", () => {
    const t = clock();
    t.timer.set(1010, 10, t.now);
    t.advance(35);
    assert.equal(t.up(), true);
    assert.equal(t.deadlines.earliestMs, Infinity);
    assert.equal(t.timer.clear(t.now), 3);
    assert.equal(t.up(), false);
    assert.equal(t.deadlines.earliestMs, 1040);
    t.advance(5);
    assert.equal(t.timer.clear(t.now), 1);
  });

  test("a period below the clock's grain does not keep the kernel busy", () => {
    const t = clock();
    t.timer.set(1001, 1e-6, t.now);
    t.advance(1000);
    assert.ok(t.timer.clear(t.now) > 900_000_000);
    assert.ok(t.deadlines.earliestMs > t.now - 1);
  });
});
