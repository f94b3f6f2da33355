import { strict as assert } from "node:assert";
import { test } from "node:test";
import { OptionError } from "#base";
import { FsError, memory } from "#fs";
import type { FsErrorCode } from "#fs";
import { CREATE, READ, TRAITS, WRITE, fileSystemCases } from "../../../test/fs/file-system.cases.ts";

fileSystemCases("memory", TRAITS.memory, () => ({ fs: memory(), dispose: () => {} }));

const fails = (code: FsErrorCode, act: () => unknown): void => assert.throws(act, (error) => error instanceof FsError && error.code === code);

test("everything that was charged is refunded", () => {
  let charged = 0;
  let peak = 0;
  const account = {
    charge(byteLength: number): boolean {
      charged += byteLength;
      peak = Math.max(peak, charged);
      return true;
    },
    refund(byteLength: number): void {
      charged -= byteLength;
    },
  };
  const fs = memory({ account });
  const empty = fs.usage();
  assert.equal(charged, empty.bytes);
  fs.writeFile("/a/b/c", "x".repeat(300_000));
  fs.writeFile("/a/b/d", "tiny");
  const root = fs.root();
  root.symlink("l", "a/b");
  root.rename("l", root, "a much longer name than before");
  root.mkdir("other");
  root.mkdir("empty");
  root.rename("other", root, "empty");
  const file = root.openFile("sparse", CREATE);
  file.write(2 ** 40, new Uint8Array(10));
  file.allocate(0, 100_000);
  assert.ok(peak > 400_000);
  assert.equal(charged, fs.usage().bytes);
  for (const name of fs.list("/")) fs.remove(name);
  assert.ok(fs.usage().bytes > empty.bytes, "the open file still counts");
  file.close();
  root.close();
  assert.deepEqual(fs.usage(), empty);
  assert.equal(charged, empty.bytes);
});

test("the limit holds for data, with a short write at its edge", () => {
  const fs = memory({ limit: 300_000 });
  const root = fs.root();
  const file = root.openFile("f", CREATE);
  const written = Number(file.write(0, new Uint8Array(1_000_000).fill(1)));
  assert.ok(written > 0 && written <= 300_000);
  assert.equal(Number(fs.stat("f")!.size), written);
  fails("nospc", () => file.append(new Uint8Array(65536)));
  fails("nospc", () => file.write(2 ** 45, new Uint8Array(1)));
  assert.equal(Number(fs.stat("f")!.size), written);
  file.truncate(0);
  assert.equal(file.write(2 ** 45, new Uint8Array(1)), 1);
  file.truncate(0);
  fails("nospc", () => file.allocate(0, 2 ** 50));
  fails("nospc", () => file.allocate(2 ** 52, 400_000));
  assert.equal(Number(fs.stat("f")!.size), 0);
  assert.ok(fs.usage().bytes < 2000);
  assert.ok(fs.usage().bytes <= 300_000);
});

test("a limit that is no number is refused", () => {
  for (const options of [{ limit: NaN }, { limit: "1 MiB" as unknown as number }, { maxNodes: -1 }]) {
    assert.throws(() => memory(options), (error) => error instanceof OptionError);
  }
});

test("empty files, links and long names are limited, too", () => {
  const fs = memory({ limit: 1_000_000 });
  const root = fs.root();
  let made = 0;
  fails("nospc", () => {
    for (; made < 1_000_000; made++) root.openFile(`file ${made}`, CREATE).close();
  });
  assert.ok(made > 500 && made < 2000, `${made} files`);
  fails("nospc", () => root.symlink("s", "x".repeat(2000)));
  const few = memory({ maxNodes: 3 });
  few.writeFile("a", "");
  few.writeFile("b", "");
  fails("nospc", () => few.writeFile("c", ""));
  few.remove("a");
  few.writeFile("c", "");
});

test("an account that refuses gives dquot and leaves no trace", () => {
  let left = 5000;
  const fs = memory({
    account: {
      charge: (byteLength) => (byteLength <= left ? ((left -= byteLength), true) : false),
      refund: (byteLength) => void (left += byteLength),
    },
  });
  const before = fs.usage();
  fails("dquot", () => fs.writeFile("f", new Uint8Array(60_000)));
  fs.remove("f");
  assert.deepEqual(fs.usage(), before);
});

test("an account that goes gets everything back once", () => {
  let charged = 0;
  const fs = memory({ account: { charge: (byteLength) => ((charged += byteLength), true), refund: (byteLength) => void (charged -= byteLength) }, files: { f: "x".repeat(1000) } });
  assert.ok(charged > 1000);
  fs.leaveAccount();
  assert.equal(charged, 0);
  fs.writeFile("g", "y");
  fs.remove("f");
  fs.leaveAccount();
  assert.equal(charged, 0);
});

test("inode numbers are never used again", () => {
  const root = memory().root();
  const seen = new Set<bigint>();
  for (let round = 0; round < 1000; round++) {
    root.openFile("f", CREATE).close();
    seen.add(root.statEntry("f").ino);
    root.unlink("f");
  }
  assert.equal(seen.size, 1000);
  assert.notEqual(memory().root().stat().dev, root.stat().dev);
});

test("the embedder's way in", () => {
  const fs = memory({ files: { "/etc/motd": "hello", "bin/x": new Uint8Array([1, 2]) } });
  assert.equal(fs.readText("/etc/motd"), "hello");
  assert.deepEqual(fs.readFile("bin/x"), new Uint8Array([1, 2]));
  assert.deepEqual(fs.list("/"), ["etc", "bin"]);
  fs.mkdir("/a/b/c");
  fs.mkdir("/a/b/c");
  fs.root().symlink("link", "a/b");
  fs.writeFile("/link/f", "through");
  assert.equal(fs.readText("/a/b/f"), "through");
  fs.writeFile("/a/b/f", "");
  assert.equal(fs.readText("/link/f"), "");
  assert.equal(fs.stat("/none"), undefined);
  assert.equal(fs.stat("/")!.nlink, 5n);
  fails("notdir", () => fs.mkdir("/etc/motd/x"));
  fails("notdir", () => fs.mkdir("/etc/motd"));
  fails("isdir", () => fs.readFile("/a"));
  fails("noent", () => fs.readFile("/zzz"));
  fails("busy", () => fs.remove("/"));
  fails("notcapable", () => fs.readFile("/../x"));
  fs.remove("/a");
  assert.deepEqual(fs.list("/"), ["etc", "bin", "link"]);
  const source = new Uint8Array([1]);
  fs.writeFile("copy", source);
  source[0] = 2;
  assert.deepEqual(fs.readFile("copy"), new Uint8Array([1]));
  const sparse = fs.root().openFile("sparse", CREATE);
  sparse.truncate(2 ** 50);
  fails("fbig", () => fs.readFile("sparse"));
});

test("reading a directory of many entries in small steps stays fast", () => {
  const fs = memory();
  const root = fs.root();
  for (let index = 0; index < 50_000; index++) root.openFile(`f${index}`, CREATE).close();
  for (let index = 0; index < 50_000; index += 3) root.unlink(`f${index}`);
  const start = performance.now();
  let cookie = 0n;
  let count = 0;
  for (;;) {
    const listed = root.entries(cookie, 2);
    if (listed.length === 0) break;
    count += listed.length;
    cookie = listed[listed.length - 1]!.next;
  }
  assert.equal(count, 33_333);
  assert.ok(performance.now() - start < 3000);
});

test("atime moves on with the first reading after a change", () => {
  let now = 1n;
  const fs = memory({ now: () => ++now });
  const root = fs.root();
  const file = root.openFile("f", CREATE);
  file.write(0, new Uint8Array(4));
  const written = file.stat() as { mtimeNs: bigint; ctimeNs: bigint };
  file.read(0, new Uint8Array(1));
  const read = root.statEntry("f");
  assert.ok(read.atimeNs > written.mtimeNs);
  file.read(0, new Uint8Array(1));
  assert.equal(root.statEntry("f").atimeNs, read.atimeNs);
  root.rename("f", root, "g");
  assert.ok(root.statEntry("g").ctimeNs > read.ctimeNs);
  assert.equal(root.statEntry("g").mtimeNs, read.mtimeNs);
  root.openFile("g", READ).close();
  root.openFile("g", WRITE).close();
  assert.equal(root.statEntry("g").mtimeNs, read.mtimeNs);
});
