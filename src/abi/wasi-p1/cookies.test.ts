import assert from "node:assert/strict";
import { test } from "node:test";
import { BUDGET, CookieBudget, DirectoryCookies, NUMBERED_MAX } from "./cookies.ts";

const LONG_MAX = (1n << 31n) - 1n;

test("small cookies pass, large ones come back from 31 bits", () => {
  const cookies = new DirectoryCookies(new CookieBudget());
  for (const cookie of [0n, 1n, 5n, (1n << 30n) - 1n]) assert.equal(cookies.toGuest(cookie), cookie);
  const large = [1n << 30n, (1n << 31n) + 7n, 0x0fff_ffff_ffff_ffffn, (1n << 64n) - 1n];
  const given = large.map((cookie) => cookies.toGuest(cookie));
  assert.equal(new Set(given).size, large.length);
  for (const [index, cookie] of given.entries()) {
    assert.ok(cookie >= 0n && cookie <= LONG_MAX);
    assert.equal(cookies.fromGuest(cookie), large[index]);
    assert.equal(cookies.toGuest(large[index]!), cookie, "the same each time");
  }
});

test("what was never given passes, be it nonsense", () => {
  const cookies = new DirectoryCookies(new CookieBudget());
  cookies.toGuest(1n << 40n);
  for (const claimed of [3n, (1n << 30n) + 1n, 1n << 40n, (1n << 64n) - 1n]) assert.equal(cookies.fromGuest(claimed), claimed);
});

test("the table is bounded; past it cookies pass as they are", () => {
  const cookies = new DirectoryCookies(new CookieBudget());
  for (let n = 0; n < NUMBERED_MAX; n++) assert.equal(cookies.toGuest((1n << 50n) + BigInt(n)), (1n << 30n) + BigInt(n));
  assert.equal(cookies.toGuest(1n << 60n), 1n << 60n);
  assert.equal(cookies.fromGuest(1n << 60n), 1n << 60n);
  assert.equal(cookies.fromGuest(cookies.toGuest((1n << 50n) + 9n)), (1n << 50n) + 9n);
});

test("all directories of a process share a budget, and closing one gives its part back", () => {
  const budget = new CookieBudget();
  const number = (cookies: DirectoryCookies, count: number): number => {
    let numbered = 0;
    for (let n = 0; n < count; n++) if (cookies.toGuest((1n << 50n) + BigInt(n)) <= LONG_MAX) numbered++;
    return numbered;
  };
  const open = Array.from({ length: 5 }, () => new DirectoryCookies(budget));
  assert.deepEqual(open.map((cookies) => number(cookies, NUMBERED_MAX + 1)), [NUMBERED_MAX, NUMBERED_MAX, NUMBERED_MAX, BUDGET - 3 * NUMBERED_MAX, 0]);
  open[0]!.clear();
  assert.equal(number(open[4]!, 10), 10);
  for (const cookies of open) cookies.clear();
  assert.equal(budget.left, BUDGET);
});
