/**
 * What every file system must do, as cases run against each implementation.
 *
 * A case gets the root of an empty, writable file system. Where an implementation may differ it
 * says so in its `Traits`, each with the reason.
 */
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { FileKind, FsError, memory, openAt } from "#fs";
import type { Directory, File, FileSystem, FsErrorCode, MaybeAsync, OpenOptions } from "#fs";

export interface Traits {
  /** Clock ticks may be coarse: set times come back within this many nanoseconds. */
  readonly timeErrorNs: bigint;
  /** Whether a subdirectory's ".." counts as a link of its parent. */
  readonly countsParentLinks: boolean;
  /** Whether `allocate` reserves storage, so that it fails when there is none. */
  readonly reserves: boolean;
  /** Whether an open directory stays usable when it, or one above, is moved or removed. */
  readonly handlesFollowMoves: boolean;
}

/** Of a file system that does all that the interface says. */
const ALL: Traits = { timeErrorNs: 0n, countsParentLinks: true, reserves: true, handlesFollowMoves: true };

/** What each kind may do differently, and why. Where nothing is said, nothing differs. */
export const TRAITS = {
  memory: ALL,
  volume: ALL,
  overlay: ALL,
  served: ALL,
  namespace: ALL,
  // Times: Node hands them on as a double of seconds. Links of directories: as the host's disk format
  // counts. Storage: Node has no fallocate.
  hostByDescriptor: { timeErrorNs: 1000n, countsParentLinks: false, reserves: false, handlesFollowMoves: true },
  // And handles: see host-directory-address.ts.
  hostByPath: { timeErrorNs: 1000n, countsParentLinks: false, reserves: false, handlesFollowMoves: false },
} as const satisfies Record<string, Traits>;

export interface Fixture {
  readonly fs: FileSystem;
  /** Where to begin; the root of `fs` unless told. */
  readonly root?: () => MaybeAsync<Directory>;
  dispose(): void;
}

export const READ: OpenOptions = { read: true, write: false, create: false, exclusive: false, truncate: false };
export const WRITE: OpenOptions = { ...READ, write: true };
export const CREATE: OpenOptions = { ...WRITE, create: true };

export async function failsWith(code: FsErrorCode, act: () => MaybeAsync<unknown>): Promise<void> {
  await assert.rejects(async () => act(), (error) => error instanceof FsError && error.code === code ? true : assert.fail(`expected ${code}, got ${String(error)}`));
}

export async function put(dir: Directory, name: string, text: string): Promise<void> {
  const file = await dir.openFile(name, { ...CREATE, truncate: true });
  await file.write(0, new TextEncoder().encode(text));
  file.close();
}

export async function text(file: File): Promise<string> {
  const bytes = new Uint8Array(Number((await file.stat()).size));
  let done = 0;
  for (;;) {
    const count = await file.read(done, bytes.subarray(done));
    if (count === 0) break;
    done += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, done));
}

export async function get(dir: Directory, name: string): Promise<string> {
  const file = await dir.openFile(name, READ);
  try {
    return await text(file);
  } finally {
    file.close();
  }
}

export async function names(dir: Directory, batch = 3): Promise<string[]> {
  const found: string[] = [];
  let cookie = 0n;
  for (;;) {
    const listed = await dir.entries(cookie, batch);
    if (listed.length === 0) return found.sort();
    assert.ok(listed.length <= batch);
    for (const entry of listed) found.push(entry.name);
    cookie = listed[listed.length - 1]!.next;
  }
}

type Case = readonly [name: string, run: (root: Directory, traits: Traits, fs: FileSystem) => Promise<void>];

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

const CASES: readonly Case[] = [
  ["a file keeps what is written, and reads stop at its end", async (root) => {
    const file = await root.openFile("f", CREATE);
    assert.equal(await file.write(0, bytes(1, 2, 3, 4)), 4);
    const into = new Uint8Array(10).fill(9);
    assert.equal(await file.read(1, into), 3);
    assert.deepEqual(into, bytes(2, 3, 4, 9, 9, 9, 9, 9, 9, 9));
    assert.equal(await file.read(4, into), 0);
    assert.equal(await file.read(1000, into), 0);
    assert.equal(await file.read(2 ** 40, into), 0);
    assert.equal((await file.stat()).size, 4n);
    file.close();
  }],
  ["a write far beyond the end leaves a hole of zeros and takes little storage", async (root) => {
    const file = await root.openFile("f", CREATE);
    const far = 3 * 2 ** 31 + 5;
    await file.write(far, bytes(7));
    assert.equal((await file.stat()).size, BigInt(far) + 1n);
    const into = new Uint8Array(4).fill(1);
    assert.equal(await file.read(far - 3, into), 4);
    assert.deepEqual(into, bytes(0, 0, 0, 7));
    assert.equal(await file.read(12345, into), 4);
    assert.deepEqual(into, bytes(0, 0, 0, 0));
    file.close();
  }],
  ["a file that shrinks and grows again shows no old bytes", async (root) => {
    const file = await root.openFile("f", CREATE);
    await file.write(0, new Uint8Array(200_000).fill(5));
    await file.truncate(70_000);
    await file.truncate(200_000);
    const into = new Uint8Array(200_000).fill(1);
    assert.equal(await file.read(0, into), 200_000);
    assert.equal(into.indexOf(0), 70_000);
    assert.ok(into.subarray(70_000).every((byte) => byte === 0));
    file.close();
  }],
  ["append writes at the end as it is then", async (root) => {
    const one = await root.openFile("f", CREATE);
    const two = await root.openFile("f", WRITE);
    assert.equal(await one.append(bytes(1, 2)), 2);
    assert.equal(await two.append(bytes(3)), 1);
    await two.truncate(2);
    await one.append(bytes(4));
    await one.write(0, bytes(9));
    const into = new Uint8Array(8);
    assert.equal(await one.read(0, into), 3);
    assert.deepEqual(into.subarray(0, 3), bytes(9, 2, 4));
    one.close();
    two.close();
  }],
  ["append works on a file without a name", async (root) => {
    const file = await root.openFile("f", CREATE);
    await root.unlink("f");
    await file.append(bytes(1));
    await file.append(bytes(2));
    assert.equal((await file.stat()).size, 2n);
    file.close();
  }],
  ["allocate grows and never shrinks", async (root, traits) => {
    const file = await root.openFile("f", CREATE);
    await file.write(0, bytes(1, 2, 3));
    await file.allocate(0, 2);
    assert.equal((await file.stat()).size, 3n);
    await file.allocate(2, 100);
    assert.equal((await file.stat()).size, 102n);
    const into = new Uint8Array(4);
    await file.read(0, into);
    assert.deepEqual(into, bytes(1, 2, 3, 0));
    await failsWith("inval", () => file.allocate(0, 0));
    if (traits.reserves) await failsWith("nospc", () => file.allocate(0, 2 ** 48));
    assert.equal((await file.stat()).size, 102n);
    file.close();
  }],
  ["a file can do only what it was opened for", async (root) => {
    await put(root, "f", "abc");
    const reader = await root.openFile("f", READ);
    await failsWith("badf", () => reader.write(0, bytes(1)));
    await failsWith("badf", () => reader.append(bytes(1)));
    await failsWith("badf", () => reader.truncate(0));
    await failsWith("badf", () => reader.allocate(0, 1));
    reader.close();
    const writer = await root.openFile("f", { ...WRITE, read: false });
    await failsWith("badf", () => writer.read(0, new Uint8Array(1)));
    await writer.write(0, bytes(0x7a));
    writer.close();
    assert.equal(await get(root, "f"), "zbc");
    const neither = await root.openFile("f", { ...READ, read: false });
    assert.equal((await neither.stat()).size, 3n);
    neither.close();
  }],
  ["hostile offsets and sizes are refused", async (root) => {
    const file = await root.openFile("f", CREATE);
    for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      await failsWith("inval", () => file.read(bad, new Uint8Array(1)));
      await failsWith("inval", () => file.write(bad, bytes(1)));
      await failsWith("inval", () => file.truncate(bad));
      await failsWith("inval", () => file.allocate(bad, 1));
      await failsWith("inval", () => file.allocate(0, bad));
    }
    await failsWith("fbig", () => file.write(Number.MAX_SAFE_INTEGER, bytes(1)));
    assert.equal((await file.stat()).size, 0n);
    file.close();
  }],
  ["a closed handle does nothing, and closing twice is harmless", async (root) => {
    const file = await root.openFile("f", CREATE);
    file.close();
    file.close();
    await failsWith("badf", () => file.read(0, new Uint8Array(1)));
    await failsWith("badf", () => file.write(0, bytes(1)));
    await failsWith("badf", () => file.append(bytes(1)));
    await failsWith("badf", () => file.stat());
    await failsWith("badf", () => file.sync(false));
    const dir = await root.reopen();
    dir.close();
    dir.close();
    await failsWith("badf", () => dir.statEntry("f"));
    await failsWith("badf", () => dir.mkdir("x"));
    await failsWith("badf", () => dir.entries(0n, 1));
    await failsWith("badf", () => dir.reopen());
    await failsWith("badf", () => dir.stat());
  }],
  ["open: create, exclusive, truncate", async (root) => {
    await failsWith("noent", () => root.openFile("f", READ));
    await put(root, "f", "hello");
    await failsWith("exist", () => root.openFile("f", { ...CREATE, exclusive: true }));
    (await root.openFile("f", CREATE)).close();
    assert.equal(await get(root, "f"), "hello");
    (await root.openFile("f", { ...WRITE, truncate: true })).close();
    assert.equal(await get(root, "f"), "");
    (await root.openFile("new", { ...CREATE, exclusive: true })).close();
    await root.symlink("dangling", "nowhere");
    await failsWith("exist", () => root.openFile("dangling", { ...CREATE, exclusive: true }));
    await failsWith("loop", () => root.openFile("dangling", CREATE));
    await failsWith("noent", () => root.statEntry("nowhere"));
  }],
  ["open by kind: directories, links, files", async (root) => {
    await root.mkdir("d");
    await put(root, "f", "x");
    await root.symlink("l", "d");
    await failsWith("isdir", () => root.openFile("d", READ));
    await failsWith("isdir", () => root.openFile("d", CREATE));
    await failsWith("exist", () => root.openFile("d", { ...CREATE, exclusive: true }));
    await failsWith("notdir", () => root.openDirectory("f"));
    await failsWith("loop", () => root.openDirectory("l"));
    await failsWith("loop", () => root.openFile("l", READ));
    await failsWith("noent", () => root.openDirectory("none"));
  }],
  ["names that are none, or too long, are refused", async (root) => {
    await put(root, "f", "");
    const act: ((name: string) => MaybeAsync<unknown>)[] = [
      (name) => root.statEntry(name), (name) => root.openDirectory(name), (name) => root.openFile(name, CREATE), (name) => root.readlink(name),
      (name) => root.mkdir(name), (name) => root.rmdir(name), (name) => root.unlink(name), (name) => root.symlink(name, "t"),
      (name) => root.link("f", root, name), (name) => root.link(name, root, "g"), (name) => root.rename("f", root, name), (name) => root.rename(name, root, "g"),
      (name) => root.setEntryTimes(name, { atime: "now", mtime: undefined }),
    ];
    for (const one of act) {
      for (const name of ["", ".", "..", "a/b", "/", "a\0b"]) await failsWith("inval", () => one(name));
      await failsWith("ilseq", () => one("\ud800"));
      await failsWith("nametoolong", () => one("x".repeat(256)));
      await failsWith("nametoolong", () => one("\u{1f600}".repeat(64)));
    }
    assert.deepEqual(await names(root), ["f"]);
    await root.mkdir("x".repeat(255));
    await root.mkdir("\u{1f600}".repeat(63));
    assert.equal((await names(root)).length, 3);
  }],
  ["directories: made, listed, removed", async (root, traits) => {
    await root.mkdir("d");
    await failsWith("exist", () => root.mkdir("d"));
    const d = await root.openDirectory("d");
    await d.mkdir("e");
    assert.equal((await root.statEntry("d")).kind, FileKind.directory);
    if (traits.countsParentLinks) assert.equal((await d.stat()).nlink, 3n);
    await failsWith("notempty", () => root.rmdir("d"));
    await failsWith("isdir", () => root.unlink("d"));
    await d.rmdir("e");
    await put(root, "f", "");
    await failsWith("notdir", () => root.rmdir("f"));
    await failsWith("noent", () => root.rmdir("none"));
    await root.rmdir("d");
    // The open directory lives on without a name, and nothing can be made in it.
    await failsWith("noent", () => d.mkdir("x"));
    await failsWith("noent", () => d.openFile("x", CREATE));
    await failsWith("noent", () => d.symlink("x", "y"));
    await failsWith("noent", () => root.rename("f", d, "f"));
    await failsWith("noent", () => root.link("f", d, "f"));
    if (traits.handlesFollowMoves) assert.deepEqual(await d.entries(0n, 10), []);
    assert.equal((await d.stat()).nlink, 0n);
    d.close();
  }],
  ["an unlinked file lives until its last close", async (root) => {
    await put(root, "f", "still here");
    const file = await root.openFile("f", WRITE);
    await root.unlink("f");
    await failsWith("noent", () => root.statEntry("f"));
    assert.equal((await file.stat()).nlink, 0n);
    assert.equal(await text(file), "still here");
    await file.write(0, bytes(0x53));
    await put(root, "f", "another");
    assert.equal(await text(file), "Still here");
    assert.notEqual((await file.stat()).ino, (await root.statEntry("f")).ino);
    file.close();
  }],
  ["hard links are one file", async (root) => {
    await put(root, "f", "one");
    await root.mkdir("d");
    const d = await root.openDirectory("d");
    await root.link("f", d, "g");
    assert.equal((await root.statEntry("f")).ino, (await d.statEntry("g")).ino);
    assert.equal((await root.statEntry("f")).nlink, 2n);
    await put(d, "g", "two");
    assert.equal(await get(root, "f"), "two");
    await failsWith("exist", () => root.link("f", d, "g"));
    await failsWith("perm", () => root.link("d", root, "e"));
    await failsWith("noent", () => root.link("none", d, "h"));
    await root.unlink("f");
    assert.equal((await d.statEntry("g")).nlink, 1n);
    await root.symlink("l", "d/g");
    await root.link("l", root, "m");
    assert.equal(await root.readlink("m"), "d/g");
    d.close();
  }],
  ["symbolic links are kept as they are told", async (root) => {
    for (const target of ["a", "../../b", "/etc/passwd", "ä/\u{1f600}", "x".repeat(4095)]) {
      await root.symlink("l", target);
      assert.equal(await root.readlink("l"), target);
      const stat = await root.statEntry("l");
      assert.equal(stat.kind, FileKind.symlink);
      assert.equal(stat.size, BigInt(new TextEncoder().encode(target).length));
      await failsWith("exist", () => root.symlink("l", "other"));
      await failsWith("notdir", () => root.rmdir("l"));
      await root.unlink("l");
    }
    await failsWith("noent", () => root.symlink("l", ""));
    await failsWith("inval", () => root.symlink("l", "a\0b"));
    await failsWith("nametoolong", () => root.symlink("l", "x".repeat(4096)));
    await put(root, "f", "");
    await failsWith("inval", () => root.readlink("f"));
    await failsWith("inval", () => root.readlink("f"));
    await failsWith("noent", () => root.readlink("none"));
  }],
  ["rename: files replace files", async (root) => {
    await put(root, "a", "A");
    await put(root, "b", "B");
    await root.rename("a", root, "b");
    assert.equal(await get(root, "b"), "A");
    assert.deepEqual(await names(root), ["b"]);
    await failsWith("noent", () => root.rename("a", root, "b"));
    await root.rename("b", root, "b");
    await root.link("b", root, "c");
    // Two names of one file: nothing happens.
    await root.rename("b", root, "c");
    assert.deepEqual(await names(root), ["b", "c"]);
    await root.mkdir("d");
    await failsWith("isdir", () => root.rename("b", root, "d"));
    await failsWith("notdir", () => root.rename("d", root, "b"));
  }],
  ["rename: directories replace empty directories and never enter themselves", async (root, traits) => {
    for (const name of ["a", "b", "c"]) await root.mkdir(name);
    const a = await root.openDirectory("a");
    const b = await root.openDirectory("b");
    await a.mkdir("x");
    await put(b, "file", "");
    await failsWith("notempty", () => root.rename("a", root, "b"));
    await failsWith("inval", () => root.rename("a", a, "y"));
    const x = await a.openDirectory("x");
    await failsWith("inval", () => root.rename("a", x, "y"));
    await failsWith("notempty", () => a.rename("x", root, "a"));
    await root.rename("a", root, "c");
    assert.deepEqual(await names(root), ["b", "c"]);
    if (traits.handlesFollowMoves) await x.mkdir("deep");
    else await failsWith("noent", () => x.mkdir("deep"));
    await root.rename("c", b, "moved");
    const moved = await b.openDirectory("moved");
    assert.deepEqual(await names(moved), ["x"]);
    if (traits.handlesFollowMoves) await failsWith("inval", () => root.rename("b", x, "y"));
    for (const dir of [a, b, x, moved]) dir.close();
  }],
  ["links and renames do not cross file systems", async (root, _traits, fs) => {
    await put(root, "f", "");
    const other = await memory().root();
    await failsWith("xdev", () => root.link("f", other, "f"));
    await failsWith("xdev", () => root.rename("f", other, "f"));
    assert.equal(root.fs, fs);
    other.close();
  }],
  ["a listing goes on where it was while entries come and go", async (root) => {
    for (let index = 0; index < 40; index++) await put(root, `f${index}`, "");
    const seen: string[] = [];
    let cookie = 0n;
    for (;;) {
      const listed = await root.entries(cookie, 3);
      if (listed.length === 0) break;
      for (const entry of listed) {
        assert.equal(entry.kind, FileKind.regular);
        assert.equal(entry.ino, (await root.statEntry(entry.name)).ino);
        assert.notEqual(entry.next, 0n);
        seen.push(entry.name);
        await root.unlink(entry.name);
      }
      cookie = listed[listed.length - 1]!.next;
    }
    assert.equal(seen.length, 40);
    assert.equal(new Set(seen).size, 40);
    assert.deepEqual(await names(root), []);
  }],
  ["a listing shows what stays exactly once, whatever happens to the rest", async (root) => {
    for (let index = 0; index < 30; index++) await put(root, `keep${index}`, "");
    for (let index = 0; index < 30; index++) await put(root, `drop${index}`, "");
    const seen: string[] = [];
    let cookie = 0n;
    for (let round = 0; ; round++) {
      const listed = await root.entries(cookie, 4);
      if (listed.length === 0) break;
      for (const entry of listed) seen.push(entry.name);
      cookie = listed[listed.length - 1]!.next;
      if (round < 10) {
        await put(root, `late${round}`, "");
        for (const index of [3 * round, 3 * round + 1, 3 * round + 2]) await root.unlink(`drop${index}`);
      }
    }
    const kept = seen.filter((name) => name.startsWith("keep"));
    assert.equal(kept.length, 30);
    assert.equal(new Set(seen).size, seen.length);
  }],
  ["cookies work on another open handle of the same directory", async (root) => {
    for (let index = 0; index < 10; index++) await put(root, `f${index}`, "");
    const first = await root.entries(0n, 4);
    const other = await root.reopen();
    const rest = await other.entries(first[3]!.next, 100);
    assert.equal(new Set([...first, ...rest].map((entry) => entry.name)).size, 10);
    assert.equal(rest.length, 6);
    other.close();
  }],
  ["inodes differ and devices agree", async (root) => {
    await put(root, "f", "");
    await root.mkdir("d");
    await root.symlink("l", "f");
    const stats = [await root.stat(), await root.statEntry("f"), await root.statEntry("d"), await root.statEntry("l")];
    assert.equal(new Set(stats.map((stat) => stat.ino)).size, 4);
    assert.equal(new Set(stats.map((stat) => stat.dev)).size, 1);
  }],
  ["times: set, left alone, now; on files, directories and links", async (root, traits) => {
    await put(root, "f", "");
    await root.symlink("l", "f");
    const near = (actual: bigint, wanted: bigint): void => {
      const error = actual > wanted ? actual - wanted : wanted - actual;
      assert.ok(error <= traits.timeErrorNs, `${actual} is not ${wanted}`);
    };
    const early = 1_000_000_000_123_456_789n;
    const file = await root.openFile("f", WRITE);
    await file.setTimes({ atime: early, mtime: 2_000_000_000n });
    let stat = await file.stat();
    near(stat.atimeNs, early);
    assert.equal(stat.mtimeNs, 2_000_000_000n);
    const exact = stat.atimeNs;
    await file.setTimes({ atime: undefined, mtime: "now" });
    stat = await file.stat();
    assert.equal(stat.atimeNs, exact);
    assert.ok(stat.mtimeNs > BigInt(Date.now() - 60_000) * 1_000_000n);
    await root.setEntryTimes("l", { atime: 7_000_000_000n, mtime: 8_000_000_000n });
    assert.equal((await root.statEntry("l")).mtimeNs, 8_000_000_000n);
    assert.notEqual((await root.statEntry("f")).mtimeNs, 8_000_000_000n);
    await root.setEntryTimes("f", { atime: undefined, mtime: 0n });
    assert.equal((await root.statEntry("f")).mtimeNs, 0n);
    await root.setTimes({ atime: 5_000_000_000n, mtime: 6_000_000_000n });
    assert.equal((await root.stat()).mtimeNs, 6_000_000_000n);
    await failsWith("noent", () => root.setEntryTimes("none", { atime: "now", mtime: "now" }));
    await file.write(0, bytes(1));
    assert.ok((await file.stat()).mtimeNs > 0n);
    assert.ok((await file.stat()).ctimeNs > BigInt(Date.now() - 60_000) * 1_000_000n);
    file.close();
    await put(root, "g", "");
    assert.ok((await root.stat()).mtimeNs > 6_000_000_000n);
  }],
  ["sync is allowed on files and directories", async (root) => {
    const file = await root.openFile("f", CREATE);
    await file.sync(true);
    await file.sync(false);
    await root.sync(false);
    file.close();
  }],
  ["paths are walked and opened", async (root) => {
    await root.mkdir("a");
    const a = await root.openDirectory("a");
    await put(a, "f", "content");
    await a.symlink("up", "../a/f");
    a.close();
    const opened = await openAt(root, "a/../a/./up", { ...READ, directory: false, follow: "always" });
    assert.equal(opened.kind, "file");
    if (opened.kind === "file") assert.equal(await text(opened), "content");
    opened.close();
  }],
];

/** Registers all cases for one implementation. */
export function fileSystemCases(kind: string, traits: Traits, create: () => Fixture): void {
  for (const [name, run] of CASES) {
    test(`${kind}: ${name}`, async () => {
      const { fs, root: open, dispose } = create();
      const root = await (open === undefined ? fs.root() : open());
      try {
        await run(root, traits, fs);
      } finally {
        root.close();
        dispose();
      }
    });
  }
}
