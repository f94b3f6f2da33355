import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Listing, ListingCache, hashName } from "./host-directory-listing.ts";

test("a directory larger than its window is listed whole, each name once", (t) => {
  const path = mkdtempSync(join(tmpdir(), "isola-listing-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (let index = 0; index < 500; index++) writeFileSync(join(path, `n${index}`), "");
  for (const capacity of [1, 7, 100, 499, 500, 1000]) {
    const cache = new ListingCache();
    const listing = new Listing(cache, capacity);
    const seen: string[] = [];
    let cookie = 0n;
    for (let round = 0; ; round++) {
      const listed = listing.after(cookie, () => path);
      if (listed.length === 0) break;
      for (const { name, cookie: next } of listed.slice(0, 10)) {
        assert.ok(next > cookie);
        seen.push(name);
        cookie = next;
      }
      // What is cached is only a help.
      if (round % 5 === 4) listing.drop();
    }
    assert.equal(seen.length, 500, `capacity ${capacity}`);
    assert.equal(new Set(seen).size, 500);
  }
});

test("hashes are whole numbers of 50 bits and spread", () => {
  const seen = new Set<number>();
  const buckets = Array.from({ length: 64 }, () => 0);
  for (let index = 0; index < 20_000; index++) {
    const hash = hashName(`file-${index}.txt`);
    assert.ok(Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 50);
    seen.add(hash);
    buckets[Math.floor(hash / 2 ** 44)]!++;
  }
  assert.equal(seen.size, 20_000);
  assert.ok(Math.min(...buckets) > 150 && Math.max(...buckets) < 500, `${Math.min(...buckets)} to ${Math.max(...buckets)}`);
});

test("windows of many directories stay within the shared bound", (t) => {
  const path = mkdtempSync(join(tmpdir(), "isola-listing-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (let index = 0; index < 300; index++) writeFileSync(join(path, `n${index}`), "");
  const cache = new ListingCache();
  const listings = Array.from({ length: 1200 }, () => new Listing(cache));
  let reads = 0;
  const read = (): string => (reads++, path);
  for (const listing of listings) assert.equal(listing.after(0n, read).length, 300);
  assert.equal(reads, 1200);
  // 1,200 times 300 names are more than the bound: the first window is gone, the last is not.
  const middle = listings[0]!.after(2n ** 59n, read);
  assert.equal(reads, 1201);
  listings[1199]!.after(2n ** 59n, read);
  assert.equal(reads, 1201);
  assert.ok(middle.length > 0 && middle.length < 300);
  for (const listing of listings) listing.drop();
});
