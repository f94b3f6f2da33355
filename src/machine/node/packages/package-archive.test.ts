import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readArchive } from "./package-archive.ts";
import { PackageError } from "./package-error.ts";
import { pax, tar, tgz } from "./package.test-support.ts";
import type { Entry } from "./package.test-support.ts";

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test("files come out under their paths in the package, whatever names their format has", async () => {
  const long = `${"d".repeat(60)}/${"f".repeat(70)}`;
  const files = await readArchive(tgz([
    { name: "package/", type: "5" },
    { name: "package/package.json", data: "{}" },
    { name: "package/./wasm//[", data: "one" },
    { name: "other/old", type: "\0", data: "two" },
    pax("path", `package/${long}`),
    { name: "package/cut", data: "three" },
    { name: "././@LongLink", type: "L", data: `package/g/${long}\0` },
    { name: "package/cut", data: "four" },
    pax("mtime", "1.5"),
    { name: "package/last", data: "x".repeat(513) },
  ]));
  assert.deepEqual([...files.keys()].sort(), [`g/${long}`, "last", "old", "package.json", long, "wasm/["].sort());
  assert.equal(text(files.get("wasm/[")), "one");
  assert.equal(text(files.get(long)), "three");
  assert.equal(text(files.get(`g/${long}`)), "four");
  assert.equal(files.get("last")?.length, 513);
});

const HOSTILE: readonly (readonly [what: string, entries: readonly Entry[], words: RegExp])[] = [
  ["climbs", [{ name: "package/../../etc/passwd" }], /leads out/],
  ["climbs in the middle", [{ name: "package/a/../../../x" }], /leads out/],
  ["is absolute", [{ name: "/etc/passwd" }], /leads out/],
  ["is absolute elsewhere", [{ name: "C:/x" }], /leads out/],
  ["has backslashes", [{ name: "package\\..\\x" }], /leads out/],
  ["climbs by a pax header", [pax("path", "package/../../x"), { name: "package/x" }], /leads out/],
  ["climbs by a long name", [{ name: "L", type: "L", data: "../x\0" }, { name: "package/x" }], /leads out/],
  ["is in no folder", [{ name: "package.json" }], /in no folder/],
  ["is a hard link", [{ name: "package/x", type: "1" }], /link or a device/],
  ["is a symbolic link", [{ name: "package/x", type: "2" }], /link or a device/],
  ["is a device", [{ name: "package/x", type: "3" }], /link or a device/],
  ["is a pipe", [{ name: "package/x", type: "6" }], /link or a device/],
  ["is of an unknown kind", [{ name: "package/x", type: "V" }], /link or a device/],
  ["says that it is larger than the archive", [{ name: "package/x", size: 1 << 30 }], /cut off/],
  ["says so by a pax header", [pax("size", "999999999999"), { name: "package/x" }], /cut off/],
  ["has a negative size", [pax("size", "-1"), { name: "package/x" }], /no number/],
  ["has a wrong checksum", [{ name: "package/x", checksum: 1 }], /checksum/],
  ["has a broken pax header", [{ name: "p", type: "x", data: "99 path=x\n" }, { name: "package/x" }], /pax header/],
  ["has a pax header without end", [{ name: "p", type: "x", data: "0 path=x\n" }, { name: "package/x" }], /pax header/],
  ["has a name that is no text", [{ name: "L", type: "L", data: Uint8Array.of(0xff, 0xfe) }, { name: "package/x" }], /UTF-8/],
];

for (const [what, entries, words] of HOSTILE) {
  test(`an archive in which a file ${what} is refused`, async () => {
    await assert.rejects(readArchive(tgz([{ name: "package/package.json", data: "{}" }, ...entries])), (error) => error instanceof PackageError && error.code === "package/archive" && words.test(error.message));
  });
}

test("what unpacks to more than may be is refused before it is unpacked", async () => {
  const bomb = gzipSync(new Uint8Array(8 << 20));
  assert.ok(bomb.length < 64 * 1024);
  await assert.rejects(readArchive(bomb, 1 << 20), (error) => error instanceof PackageError && error.code === "package/too-large");
});

test("what is no gzip is refused", async () => {
  await assert.rejects(readArchive(tar([{ name: "package/x" }])), { code: "package/archive" });
});

test("an archive with any bytes changed gives files or a PackageError", async () => {
  const good = tar([{ name: "package/package.json", data: "{}" }, pax("path", "package/wasm/x"), { name: "package/x", data: "abc" }]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), async (changes) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at] = value;
      try {
        for (const path of (await readArchive(gzipSync(bytes))).keys()) assert.ok(!path.startsWith("/") && !path.split("/").includes(".."));
      } catch (error) {
        assert.ok(error instanceof PackageError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
