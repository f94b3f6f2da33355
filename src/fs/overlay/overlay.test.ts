import { strict as assert } from "node:assert";
import { test } from "node:test";
import { CountingFileSystem } from "../../../test/fs/counting-file-system.ts";
import { CREATE, READ, TRAITS, WRITE, failsWith, fileSystemCases, get, names, put } from "../../../test/fs/file-system.cases.ts";
import { FileKind } from "../interface.ts";
import type { Directory } from "../interface.ts";
import { memory } from "../memory/memory.ts";
import { readOnly } from "../read-only.ts";
import { MARK, WHITEOUT } from "./marks.ts";
import { overlay } from "./overlay.ts";

fileSystemCases("overlay", TRAITS.overlay, () => ({ fs: overlay(memory(), memory()), dispose: () => undefined }));
fileSystemCases("overlay of layers that answer later", TRAITS.overlay, () => {
  const layers = [memory(), memory()].map((layer) => {
    const counting = new CountingFileSystem(layer);
    counting.later = true;
    return counting;
  });
  return { fs: overlay(...layers), dispose: () => assert.deepEqual(layers.map(({ open }) => open), [0, 0], "all handles are closed") };
});

const base = (): ReturnType<typeof memory> => memory({ files: { "/a": "A", "/d/x": "X", "/d/y": "Y", "/d/e/deep": "deep", "/big": new Uint8Array(300_000).fill(3) }, now: () => 1_000_000_000n });
const open = async (dir: Directory, name: string): Promise<Directory> => await dir.openDirectory(name);

test("layers cover each other, from the first to the last", async () => {
  const fs = overlay(memory({ files: { "/f": "first", "/only": "1", "/d/one": "1" } }), readOnly(memory({ files: { "/f": "second", "/d/two": "2" } })), memory({ files: { "/g": "third" } }));
  const root = await fs.root();
  assert.equal(await get(root, "f"), "second");
  assert.deepEqual(await names(root), ["d", "f", "g", "only"]);
  const d = await open(root, "d");
  assert.deepEqual(await names(d), ["one", "two"]);
  await put(d, "one", "changed");
  assert.deepEqual(await names(d), ["one", "two"]);
  assert.equal(await get(d, "one"), "changed");
});

test("nothing changes a lower layer, and what is removed stays hidden when the overlay is made anew", async () => {
  const lower = base();
  const upper = memory();
  const root = await overlay(lower, upper).root();
  await root.unlink("a");
  await failsWith("noent", () => root.statEntry("a"));
  const d = await open(root, "d");
  await d.unlink("x");
  await put(d, "y", "new");
  const e = await open(d, "e");
  await failsWith("notempty", () => d.rmdir("e"));
  await e.unlink("deep");
  await d.rmdir("e");
  await failsWith("noent", () => e.mkdir("z"));
  const again = await overlay(lower, upper).root();
  for (const seen of [root, again]) {
    assert.deepEqual(await names(seen), ["big", "d"]);
    const below = await open(seen, "d");
    assert.deepEqual(await names(below), ["y"]);
    assert.equal(await get(below, "y"), "new");
  }
  assert.deepEqual([lower.list("/"), lower.list("/d"), lower.readText("/d/y"), lower.readText("/d/e/deep")], [["a", "d", "big"], ["x", "y", "e"], "Y", "deep"]);
});

test("what is made where something was removed shows nothing of it", async () => {
  const upper = memory();
  const root = await overlay(base(), upper).root();
  const d = await open(root, "d");
  for (const name of ["x", "y"]) await d.unlink(name);
  const e = await open(d, "e");
  await e.unlink("deep");
  await d.rmdir("e");
  await root.rmdir("d");
  await root.mkdir("d");
  const fresh = await open(root, "d");
  assert.deepEqual(await names(fresh), []);
  await fresh.mkdir("e");
  assert.deepEqual(await names(await open(fresh, "e")), []);
  // A directory that is moved over a removed one hides it as well, and leaves nothing where it was.
  await root.rename("d", root, "moved");
  await failsWith("noent", () => root.statEntry("d"));
  await root.mkdir("other");
  await root.rename("other", root, "d");
  assert.deepEqual(await names(await open(root, "d")), []);
  // And a file, a link, and a hard link.
  for (const make of [() => put(root, "a", "new"), () => root.symlink("a", "big"), () => root.link("big", root, "a")]) {
    await root.unlink("a");
    await make();
    assert.equal((await names(root)).filter((name) => name === "a").length, 1);
  }
  assert.deepEqual(await names(await overlay(base(), upper).root()), ["a", "big", "d", "moved"]);
});

test("a file keeps its inode, times and data when it is copied up, and open handles see what is written then", async () => {
  const root = await overlay(base(), memory()).root();
  const before = await root.statEntry("big");
  const reader = await root.openFile("big", READ);
  const writer = await root.openFile("big", WRITE);
  const copied = await root.statEntry("big");
  assert.deepEqual({ ...copied, ctimeNs: 0n }, { ...before, ctimeNs: 0n });
  assert.equal((await reader.stat()).ino, before.ino);
  assert.equal((await writer.stat()).ino, before.ino);
  await writer.write(200_000, new Uint8Array([9]));
  const into = new Uint8Array(300_000);
  assert.equal(await reader.read(0, into), 300_000);
  assert.equal(into[200_000], 9);
  assert.ok(into.every((byte, index) => byte === 3 || index === 200_000));
  await root.rename("big", root, "renamed");
  assert.equal((await root.statEntry("renamed")).ino, before.ino);
  // A directory, too.
  const d = await open(root, "d");
  const ino = (await d.stat()).ino;
  const { mtimeNs } = await root.stat();
  await (await open(d, "e")).setTimes({ atime: undefined, mtime: 5n });
  assert.equal((await root.statEntry("d")).ino, ino);
  assert.equal((await d.stat()).ino, ino);
  assert.equal((await d.stat()).mtimeNs, 1_000_000_000n);
  assert.equal((await root.stat()).mtimeNs, mtimeNs);
  const listed = await root.entries(0n, 100);
  for (const entry of listed) assert.equal(entry.ino, (await root.statEntry(entry.name)).ino, entry.name);
});

test("a removed file of a lower layer lives on for those who have it open", async () => {
  const root = await overlay(base(), memory()).root();
  const file = await root.openFile("a", READ);
  await root.unlink("a");
  const into = new Uint8Array(4);
  assert.equal(await file.read(0, into), 1);
  assert.equal((await file.stat()).nlink, 0n);
  await failsWith("rofs", () => file.setTimes({ atime: 1n, mtime: 1n }));
  await put(root, "a", "new");
  assert.notEqual((await file.stat()).ino, (await root.statEntry("a")).ino);
  file.close();
});

test("times of a file that is open for reading can be set", async () => {
  const root = await overlay(base(), memory()).root();
  const file = await root.openFile("a", READ);
  await file.setTimes({ atime: 7n, mtime: 8n });
  assert.equal((await root.statEntry("a")).mtimeNs, 8n);
  assert.equal((await file.stat()).mtimeNs, 8n);
  assert.equal(await get(root, "a"), "A");
});

test("a listing under way shows each entry once while files are copied up", async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`/f${index}`, "x"]));
  const root = await overlay(memory({ files }), memory()).root();
  await put(root, "upper", "x");
  const seen: string[] = [];
  for (let cookie = 0n; ; ) {
    const listed = await root.entries(cookie, 4);
    if (listed.length === 0) break;
    for (const { name } of listed) seen.push(name);
    cookie = listed[listed.length - 1]!.next;
    for (let index = 0; index < 30; index += 3) await put(root, `f${index}`, "changed");
  }
  assert.equal(seen.length, 31);
  assert.equal(new Set(seen).size, 31);
});

test("directories of lower layers are not renamed, and directories of the upper one are", async () => {
  const root = await overlay(base(), memory()).root();
  await failsWith("xdev", () => root.rename("d", root, "elsewhere"));
  await root.mkdir("mine");
  await put(await open(root, "mine"), "f", "1");
  await root.rename("mine", await open(root, "d"), "mine");
  assert.deepEqual(await names(await open(root, "d")), ["e", "mine", "x", "y"]);
  await (await open(root, "d")).rename("x", root, "x");
  assert.equal(await get(root, "x"), "X");
});

test("the overlay's own names cannot be seen or made", async () => {
  const upper = memory();
  const root = await overlay(base(), upper).root();
  await root.unlink("a");
  assert.ok(upper.stat(`/${MARK}`) !== undefined);
  assert.ok(!(await names(root)).includes(MARK));
  for (const act of [() => root.statEntry(MARK), () => root.openDirectory(MARK), () => root.openFile(MARK, READ), () => root.readlink(MARK)]) await failsWith("noent", act);
  for (const act of [
    () => root.mkdir(MARK), () => root.openFile(MARK, CREATE), () => root.symlink(MARK, "x"), () => root.rename("big", root, MARK), () => root.link("big", root, MARK),
    () => root.unlink(MARK), () => root.rmdir(MARK), () => root.rename(MARK, root, "x"), () => root.symlink("x", WHITEOUT), () => root.setEntryTimes(MARK, { atime: "now", mtime: "now" }),
  ]) await failsWith("perm", act);
  assert.equal((await root.statEntry("big")).kind, FileKind.regular);
});

test("holes stay holes, and a full upper layer leaves everything as it was", async () => {
  const lower = memory({ limit: 2 ** 30 });
  const root = await lower.root();
  const sparse = await root.openFile("sparse", CREATE);
  await sparse.write(2 ** 24, new Uint8Array([1]));
  const upper = memory({ limit: 400_000 });
  const merged = await overlay(lower, upper).root();
  (await merged.openFile("sparse", WRITE)).close();
  assert.equal((await merged.statEntry("sparse")).size, BigInt(2 ** 24 + 1));
  const full = await root.openFile("full", CREATE);
  await full.write(0, new Uint8Array(500_000).fill(1));
  const used = upper.usage().nodes;
  await failsWith("nospc", () => merged.openFile("full", WRITE));
  await failsWith("nospc", () => merged.rename("full", merged, "other"));
  assert.equal((await merged.statEntry("full")).size, 500_000n);
  await failsWith("noent", () => merged.statEntry("other"));
  await merged.unlink("full");
  assert.ok(upper.usage().nodes <= used + 2, "what was begun is removed");
});

test("an overlay whose upper layer is read-only refuses every change", async () => {
  const fs = overlay(base(), readOnly(memory()));
  assert.equal(fs.readOnly, true);
  const root = await fs.root();
  for (const act of [() => root.mkdir("x"), () => root.unlink("a"), () => root.openFile("a", WRITE), () => root.rename("a", root, "b"), () => root.setTimes({ atime: "now", mtime: "now" })]) await failsWith("rofs", act);
  assert.equal(await get(root, "a"), "A");
});
