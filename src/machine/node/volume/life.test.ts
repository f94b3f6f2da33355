/** What only a volume does: it stays, it is one program's at a time, it has a quota, it can be copied while in use. */
import { strict as assert } from "node:assert";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FsError } from "#fs";
import { CREATE, READ, WRITE, failsWith, get, names, put } from "../../../../test/fs/file-system.cases.ts";
import { scratchFolder } from "../../../../test/fs/scratch.ts";
import { checkVolume } from "./check.ts";
import { connect } from "./database.ts";
import { snapshotVolume } from "./snapshot.ts";
import { VolumeError } from "./volume-error.ts";
import type { VolumeErrorCode } from "./volume-error.ts";
import { volume } from "./volume.ts";

function folder(t: TestContext): string {
  const path = scratchFolder();
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const refused = (code: VolumeErrorCode, act: () => unknown): void =>
  assert.throws(act, (error) => (error instanceof VolumeError && error.code === code ? true : assert.fail(`expected ${code}, got ${String(error)}`)));

test("what is written is there tomorrow, in one file", async (t) => {
  const path = join(folder(t), "v");
  const first = volume(path);
  const root = first.root();
  root.mkdir("d");
  const d = root.openDirectory("d");
  await put(d, "f", "hello");
  d.link("f", root, "g");
  root.symlink("l", "d/f");
  root.setEntryTimes("g", { atime: 1n, mtime: -5n });
  const sparse = root.openFile("sparse", CREATE);
  sparse.write(2 ** 40, new Uint8Array([9]));
  const before = [root.statEntry("g"), root.statEntry("l"), root.statEntry("sparse")];
  first.close();
  assert.deepEqual(readdirSync(join(path, "..")), ["v"]);
  assert.ok(statSync(path).size < 400_000);
  assert.deepEqual(checkVolume(path).problems, []);
  const second = volume(path);
  const again = second.root();
  const strip = ({ ino, kind, nlink, size, mtimeNs }: typeof before[0]): unknown => ({ ino, kind, nlink, size, mtimeNs });
  assert.deepEqual(["g", "l", "sparse"].map((name) => strip(again.statEntry(name))), before.map(strip));
  assert.equal(await get(again, "g"), "hello");
  assert.equal(again.readlink("l"), "d/f");
  second.close();
});

test("one program at a time writes; the second is told who has it; readers see what is committed", async (t) => {
  const path = join(folder(t), "v");
  const fs = volume(path);
  const root = fs.root();
  await put(root, "f", "one");
  refused("volume/in-use", () => volume(path));
  assert.throws(() => volume(path), new RegExp(`by process ${process.pid}`));
  symlinkSync(path, `${path}-link`);
  refused("volume/in-use", () => volume(`${path}-link`));
  await fs.sync();
  const view = volume(path, { readOnly: true });
  assert.equal(view.readOnly, true);
  await put(root, "f", "two");
  await fs.sync();
  assert.equal(await get(view.root(), "f"), "one");
  for (const act of [() => view.root().mkdir("x"), () => view.root().unlink("f"), () => view.root().openFile("f", WRITE), () => view.root().openFile("new", CREATE), () => view.root().rename("f", view.root(), "g"), () => view.root().setTimes({ atime: "now", mtime: "now" })]) await failsWith("rofs", act);
  view.close();
  fs.close();
  const next = volume(path);
  assert.equal(await get(next.root(), "f"), "two");
  next.close();
});

test("other files are left alone", (t) => {
  const where = folder(t);
  refused("volume/missing", () => volume(join(where, "none"), { create: false }));
  refused("volume/missing", () => volume(join(where, "none"), { readOnly: true }));
  refused("volume/host", () => volume(join(where, "no", "folder")));
  refused("volume/not-a-volume", () => volume(where));
  writeFileSync(join(where, "text"), "this is a text of some length ".repeat(100));
  refused("volume/not-a-volume", () => volume(join(where, "text")));
  refused("volume/not-a-volume", () => checkVolume(join(where, "text")));
  assert.equal(readFileSync(join(where, "text"), "utf8"), "this is a text of some length ".repeat(100));
  const other = connect(join(where, "db"), "write");
  other.exec("CREATE TABLE mine (x)");
  other.close();
  const bytes = readFileSync(join(where, "db"));
  refused("volume/not-a-volume", () => volume(join(where, "db")));
  assert.deepEqual(readFileSync(join(where, "db")), bytes);
  volume(join(where, "v")).close();
  const newer = connect(join(where, "v"), "write");
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  refused("volume/newer", () => volume(join(where, "v")));
  assert.deepEqual(readdirSync(where).sort(), ["db", "text", "v"]);
});

test("the quota holds for bytes and inodes, is kept, and can be changed", async (t) => {
  const path = join(folder(t), "v");
  let fs = volume(path, { quota: { bytes: 200_000, inodes: 5 } });
  let root = fs.root();
  const file = root.openFile("f", CREATE);
  const empty = fs.usage();
  // A write gets as far as it can; then there is nothing more.
  assert.equal(file.write(0, new Uint8Array(300_000).fill(1)), 196_608);
  await failsWith("nospc", () => file.write(196_608, new Uint8Array(70_000)));
  await failsWith("nospc", () => file.allocate(0, 2 ** 40));
  await failsWith("nospc", async () => { for (let index = 0; index < 2000; index++) root.link("f", root, `link${index}`); });
  file.truncate(0);
  for (const name of await names(root)) if (name !== "f") root.unlink(name);
  assert.deepEqual(fs.usage(), empty);
  for (const name of ["a", "b", "c"]) root.mkdir(name);
  await failsWith("nospc", () => root.mkdir("d"));
  fs.close();
  refused("volume/quota", () => volume(path, { quota: { inodes: 3 } }));
  refused("volume/quota", () => volume(path, { quota: "1 GiB" as unknown as number }));
  fs = volume(path);
  assert.deepEqual(fs.usage().quota, { bytes: 200_000, inodes: 5 });
  fs.close();
  fs = volume(path, { quota: { inodes: 6 } });
  root = fs.root();
  root.mkdir("d");
  fs.close();
  assert.deepEqual(checkVolume(path).problems, []);
});

test("a removed file that was open when the program ended goes at the next opening", async (t) => {
  const where = folder(t);
  const fs = volume(join(where, "v"));
  const root = fs.root();
  const file = root.openFile("f", CREATE);
  file.write(0, new Uint8Array(500_000).fill(3));
  root.unlink("f");
  await fs.sync();
  snapshotVolume(join(where, "v"), join(where, "copy"));
  assert.equal(checkVolume(join(where, "copy")).orphans, 1);
  assert.deepEqual(checkVolume(join(where, "copy")).problems, []);
  const copy = volume(join(where, "copy"));
  assert.equal(copy.usage().inodes, 1);
  assert.ok(copy.usage().bytes < 1000);
  copy.close();
  assert.equal(checkVolume(join(where, "copy")).orphans, 0);
  assert.equal(file.read(0, new Uint8Array(10)), 10);
  file.close();
  fs.close();
});

test("large files are removed in slices, and their storage is there when it is needed", async (t) => {
  const fs = volume(join(folder(t), "v"), { quota: 2 ** 26 });
  const root = fs.root();
  const piece = new Uint8Array(2 ** 20).fill(1);
  const fill = (name: string): void => {
    const file = root.openFile(name, CREATE);
    for (let index = 0; index < 40; index++) file.write(index * piece.length, piece);
    file.close();
  };
  fill("a");
  root.unlink("a");
  fill("b");
  root.unlink("b");
  const end = performance.now() + 20_000;
  while (fs.usage().inodes > 1) {
    assert.ok(performance.now() < end);
    await new Promise((turn) => setImmediate(turn));
  }
  assert.ok(fs.usage().bytes < 1000);
  fs.close();
});

test("allocating much gives the host its turns, and changes nothing when there is no room", async (t) => {
  const path = join(folder(t), "v");
  const fs = volume(path, { quota: 2 ** 25 });
  const file = fs.root().openFile("f", CREATE);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await file.allocate(100, 2 ** 24);
  clearInterval(timer);
  assert.ok(turns > 0);
  assert.equal((await file.stat()).size, BigInt(2 ** 24 + 100));
  await failsWith("nospc", () => file.allocate(0, 2 ** 25));
  assert.equal((await file.stat()).size, BigInt(2 ** 24 + 100));
  file.close();
  fs.close();
  assert.deepEqual(checkVolume(path).problems, []);
});

test("a snapshot is a volume of its own, consistent while the first one is written", async (t) => {
  const where = folder(t);
  const fs = volume(join(where, "v"));
  const root = fs.root();
  for (let index = 0; index < 20; index++) await put(root, `f${index}`, `text ${index}`);
  fs.snapshot(join(where, "copy"));
  await put(root, "f0", "later");
  refused("volume/exists", () => fs.snapshot(join(where, "copy")));
  const copy = volume(join(where, "copy"));
  assert.equal(await get(copy.root(), "f0"), "text 0");
  assert.equal((await names(copy.root())).length, 20);
  copy.close();
  assert.equal(await get(root, "f0"), "later");
  fs.close();
  assert.deepEqual(checkVolume(join(where, "copy")).problems, []);
});

test("what is open when the volume is closed fails, and closing it then is harmless", async (t) => {
  const path = join(folder(t), "v");
  const fs = volume(path);
  const root = fs.root();
  const file = root.openFile("f", CREATE);
  root.unlink("f");
  fs.close();
  fs.close();
  await failsWith("badf", () => file.read(0, new Uint8Array(1)));
  await failsWith("badf", () => root.statEntry("f"));
  assert.throws(() => fs.root(), FsError);
  file.close();
  root.close();
  assert.ok(!existsSync(`${path}-lock`));
});

test("many syncs at once are few commits, and a change is committed by itself after a while", async (t) => {
  const path = join(folder(t), "v");
  const fs = volume(path);
  const root = fs.root();
  await put(root, "f", "x");
  const file = root.openFile("f", READ);
  await Promise.all(Array.from({ length: 50 }, () => file.sync(true)));
  assert.equal(file.sync(true), undefined, "nothing to do");
  await put(root, "g", "y");
  const end = performance.now() + 20_000;
  for (;;) {
    const view = volume(path, { readOnly: true });
    const seen = await names(view.root());
    view.close();
    if (seen.includes("g")) break;
    assert.ok(performance.now() < end, "never committed");
    await new Promise((done) => setTimeout(done, 50));
  }
  file.close();
  fs.close();
});

test("many changes are made as one, or none of them", async (t) => {
  const path = join(folder(t), "v");
  const seen = async (): Promise<readonly string[]> => {
    const view = volume(path, { readOnly: true });
    const found = await names(view.root());
    view.close();
    return found;
  };
  const first = volume(path);
  await put(first.root(), "before", "1");
  const large = new Uint8Array(20 << 20).fill(1);
  await first.allOrNothing(async () => {
    const file = first.root().openFile("large", CREATE);
    for (let offset = 0; offset < large.length; offset += 1 << 20) file.write(offset, large.subarray(offset, offset + (1 << 20)));
    await file.sync(false);
    await put(first.root(), "small", "2");
    // Longer than a change waits for its commit.
    await new Promise((done) => setTimeout(done, 1200));
    assert.deepEqual(await seen(), ["before"]);
    file.close();
  });
  assert.deepEqual(await seen(), ["before", "large", "small"]);
  await put(first.root(), "after", "3");
  await first.sync();
  assert.deepEqual(await seen(), ["after", "before", "large", "small"]);

  const used = first.usage().bytes;
  await assert.rejects(first.allOrNothing(async () => {
    first.root().unlink("large");
    await put(first.root(), "small", "changed");
    await first.sync();
    throw new FsError("nospc");
  }), (error) => error instanceof FsError && error.code === "nospc");
  await failsWith("io", () => first.root());
  first.close();
  assert.deepEqual(checkVolume(path).problems, []);
  const second = volume(path);
  assert.deepEqual(await names(second.root()), ["after", "before", "large", "small"]);
  assert.equal(await get(second.root(), "small"), "2");
  assert.equal(second.usage().bytes, used);
  second.close();
});

test("check finds what is wrong", async (t) => {
  const where = folder(t);
  const damage: readonly (readonly [sql: string, finding: RegExp])[] = [
    ["DELETE FROM inode WHERE ino = 3", /stands for inode 3, which is missing/],
    ["UPDATE inode SET nlink = 7 WHERE ino = 3", /says 7 links and has 1/],
    ["DELETE FROM entry WHERE ino = 2", /cannot be reached/],
    ["UPDATE inode SET size = 1 WHERE ino = 3", /reaches behind the end/],
    ["DELETE FROM block", /say.* take 70128 bytes, and they take 0/],
    ["UPDATE volume SET used_bytes = 1", /the volume says 1 bytes/],
    ["UPDATE volume SET used_inodes = 1", /the volume says 1 inodes/],
    ["UPDATE inode SET parent = 2 WHERE ino = 2", /says it is in 2 and is in 1/],
    ["UPDATE entry SET name = '..' WHERE ino = 3", /has no valid name/],
    ["INSERT INTO block VALUES (99 << 31, x'00')", /belongs to no file/],
    ["UPDATE inode SET size = 5 WHERE ino = 2", /says 5 entries and has 1/],
    ["UPDATE volume SET quota_inodes = 1", /more is stored than the quota/],
  ];
  for (const [index, [sql, finding]] of damage.entries()) {
    const path = join(where, `v${index}`);
    const fs = volume(path);
    const root = fs.root();
    root.mkdir("d");
    const d = root.openDirectory("d");
    await put(d, "f", "x".repeat(70_000));
    fs.close();
    assert.deepEqual(checkVolume(path).problems, []);
    const db = connect(path, "write");
    db.exec(sql);
    db.close();
    assert.match(checkVolume(path).problems.join("\n"), finding, sql);
  }
});
