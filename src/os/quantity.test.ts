import assert from "node:assert/strict";
import { test } from "node:test";
import { QuantityError, parseBytes, parseDuration } from "./quantity.ts";

test("sizes, with and without units", () => {
  const rows: [number | string, number][] = [
    [0, 0], [1.5, 1], ["12", 12], ["1k", 1024], ["64MiB", 64 * 2 ** 20], ["64 MiB", 64 * 2 ** 20], ["1.5GiB", 1.5 * 2 ** 30],
    ["10TiB", 10 * 2 ** 40], ["2mb", 2e6], ["1 TB", 1e12], ["7 B", 7],
  ];
  for (const [given, bytes] of rows) assert.equal(parseBytes(given), bytes, String(given));
});

test("times, with and without units", () => {
  const rows: [number | string, number][] = [[250, 250], ["2s", 2000], ["2", 2000], ["500 ms", 500], ["1.5m", 90_000], ["1h", 3_600_000]];
  for (const [given, ms] of rows) assert.equal(parseDuration(given), ms, String(given));
});

test("what is neither says so", () => {
  for (const bad of ["", "x", "12parsecs", "-1", "1e3", "0x10", "1..5k", "NaN", NaN, -1, Infinity]) {
    assert.throws(() => parseBytes(bad), QuantityError, String(bad));
    assert.throws(() => parseDuration(bad), QuantityError, String(bad));
  }
  assert.throws(() => parseDuration("5KiB"), /"5KiB" is no time such as/);
  assert.throws(() => parseBytes("5s"), /"5s" is no size such as/);
});
