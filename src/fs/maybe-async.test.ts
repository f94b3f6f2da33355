import { strict as assert } from "node:assert";
import { test } from "node:test";
import { attempt, run, settled } from "#fs";
import type { MaybeAsync, Steps } from "#fs";

function* sum(values: readonly MaybeAsync<number>[], log: string[]): Steps<number> {
  let total = 0;
  try {
    for (const value of values) {
      try {
        total += yield* settled(value);
      } catch {
        log.push("caught");
      }
    }
    return total;
  } finally {
    log.push("left");
  }
}

test("without a promise the result is there at once", () => {
  const log: string[] = [];
  assert.equal(run(sum([1, 2, 3], log)), 6);
  assert.deepEqual(log, ["left"]);
});

test("with one it comes later, and failures arrive where they are waited for", async () => {
  const log: string[] = [];
  const result = run(sum([1, Promise.resolve(2), Promise.reject(new Error("no")), 4, Promise.resolve(8)], log));
  assert.ok(result instanceof Promise);
  assert.equal(await result, 15);
  assert.deepEqual(log, ["caught", "left"]);
});

test("what a procedure throws is thrown, or rejects", async () => {
  function* failing(value: MaybeAsync<number>): Steps<never> {
    yield* settled(value);
    throw new RangeError("mine");
  }
  assert.throws(() => run(failing(1)), RangeError);
  await assert.rejects(async () => run(failing(Promise.resolve(1))), RangeError);
});

test("attempt gives one answer for all four outcomes", async () => {
  const done = (value: number): string => `done ${value}`;
  const failed = (error: unknown): string => `failed ${error instanceof Error ? error.message : "?"}`;
  assert.equal(attempt(() => 1, done, failed), "done 1");
  assert.equal(attempt((): number => { throw new Error("a"); }, done, failed), "failed a");
  assert.equal(await attempt(() => Promise.resolve(2), done, failed), "done 2");
  assert.equal(await attempt(() => Promise.reject<number>(new Error("b")), done, failed), "failed b");
  assert.throws(() => attempt(() => 1, () => { throw new Error("from done"); }, failed), /from done/);
});
