import assert from "node:assert/strict";
import { test } from "node:test";
import { CountingFileSystem } from "../../test/fs/counting-file-system.ts";
import { devices } from "./devices.ts";
import { Files } from "./files.ts";
import { FsError } from "./fs-error.ts";
import { memory } from "./memory/memory.ts";
import { Namespace } from "./namespace.ts";

const fails = (code: string) => (error: unknown): boolean => error instanceof FsError && error.code === code;

for (const later of [false, true]) {
  test(`whole files, listing, making, moving and removing, ${later ? "answers later" : "answers at once"}`, async () => {
    const counting = new CountingFileSystem(memory());
    counting.later = later;
    const files = new Files(counting);
    await files.mkdir("/a/b");
    await files.mkdir("a/b");
    await files.write("/a/b/text", "grüße");
    assert.equal(await files.readText("a/b/text"), "grüße");
    const large = new Uint8Array(2_500_000).map((_, index) => index % 251);
    await files.write("/a/large", large);
    assert.deepEqual(await files.read("/a/large"), large);
    await files.write("/a/large", "small");
    assert.equal(await files.readText("/a/large"), "small");
    assert.deepEqual(await files.list("/a"), ["b", "large"]);
    assert.equal((await files.stat("/a/large"))?.size, 5n);
    assert.equal(await files.stat("/a/large/x"), undefined);
    await files.remove("/a");
    await files.remove("/a");
    assert.deepEqual(await files.list("/"), []);
    await files.write("/moved", "");
    await assert.rejects(files.read("/a/x"), fails("noent"));
    await assert.rejects(files.read("/"), fails("isdir"));
    await assert.rejects(files.list("/moved"), fails("notdir"));
    await assert.rejects(files.remove("/"), fails("busy"));
    assert.equal(counting.open, 0);
  });
}

test("links are followed inside and lead nowhere outside, and removing a link leaves what it names", async () => {
  const fs = memory({ files: { "/d/f": "kept" } });
  const root = fs.root();
  root.symlink("link", "d");
  root.symlink("out", "../../etc");
  const files = new Files(fs);
  assert.equal(await files.readText("/link/f"), "kept");
  await assert.rejects(files.read("/out/passwd"), fails("notcapable"));
  await files.remove("/link");
  assert.equal(await files.readText("/d/f"), "kept");
});

test("what has no end is cut off by the limit, a full disk is told", async () => {
  await assert.rejects(new Files(new Namespace({ "/dev": devices() })).read("/dev/zero", 3 << 20), fails("fbig"));
  await assert.rejects(new Files(memory({ limit: 100_000 })).write("/f", new Uint8Array(200_000)), fails("nospc"));
});

test("errors name the path, and what is no data empties no file", async () => {
  const files = new Files(memory({ files: { f: "kept" } }));
  const says = (message: string) => (error: unknown): boolean => error instanceof FsError && error.message === message;
  await assert.rejects(files.read("/none"), says("noent: /none"));
  await assert.rejects(files.write("/no/such/f", ""), says("noent: /no/such/f"));
  for (const data of [5, {}, undefined]) await assert.rejects(files.write("/f", data as string), says("inval: /f: what is written must be text or a Uint8Array"));
  assert.equal(await files.readText("/f"), "kept");
});

test("a file moves, and covers what has its new name", async () => {
  const files = new Files(memory({ files: { "/d/f": "new", "/g": "old" } }));
  await files.rename("/d/f", "/g");
  assert.equal(await files.readText("/g"), "new");
  assert.deepEqual(await files.list("/d"), []);
  await assert.rejects(files.rename("/d/f", "/h"), fails("noent"));
});
