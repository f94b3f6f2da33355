/** `isola volume`, and volumes in `isola run`. */
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { volume } from "isola";
import { scratchFolder } from "../fs/scratch.ts";
import { isola } from "./isola.ts";

function folder(t: TestContext): string {
  const path = scratchFolder();
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Appends "x" to /data/log and prints its length as a digit. */
const COUNTER = `(module
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "data/logx")
  (func (export "_start") (local $fd i32)
    (i32.store (i32.const 16) (i32.const 108)) (i32.store (i32.const 20) (i32.const 1))
    ;; Created, for appending, with the rights to write (0x40) and to seek (0x04). 3 is /, 4 is /data.
    (if (call $open (i32.const 4) (i32.const 0) (i32.const 105) (i32.const 3) (i32.const 1) (i64.const 0x44) (i64.const 0) (i32.const 1) (i32.const 8))
      (then (call $exit (i32.const 9))))
    (local.set $fd (i32.load (i32.const 8)))
    (if (call $write (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24)) (then (call $exit (i32.const 8))))
    (drop (call $seek (local.get $fd) (i64.const 0) (i32.const 1) (i32.const 32)))
    (i32.store8 (i32.const 108) (i32.add (i32.const 48) (i32.load (i32.const 32))))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))`;

test("a program keeps its files in a volume from run to run", async (t) => {
  const where = folder(t);
  const file = join(where, "v");
  const program = join(where, "counter.wat");
  writeFileSync(program, COUNTER);
  const missing = await isola(["run", "--volume", `${file}::/data`, program]);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /there is no such file; isola volume create .* makes it/);
  assert.match((await isola(["run", "--volume", file, program])).stderr, /where is the program to see/);
  assert.equal((await isola(["volume", "create", "--quota", "1MiB", file])).status, 0);
  assert.match((await isola(["volume", "create", file])).stderr, /v: there is such a file already/);
  for (const expected of ["1", "2", "3"]) {
    const { status, stdout, stderr } = await isola(["run", "--volume", `${file}::/data`, program]);
    assert.deepEqual([status, stdout, stderr], [0, expected, ""]);
  }
  const readOnly = await isola(["run", "--volume", `${file}::/data:ro`, program]);
  assert.equal(readOnly.status, 9, "it cannot be opened for writing");
  const fs = volume(file);
  assert.match((await isola(["run", "--volume", `${file}::/data`, program])).stderr, /it is in use by process \d+/);
  fs.close();
});

test("check, export, import and snapshot", async (t) => {
  const where = folder(t);
  const [file, copy, third, tar] = ["v", "copy", "third", "all.tar"].map((name) => join(where, name)) as [string, string, string, string];
  const fs = volume(file);
  const root = fs.root();
  const out = root.openFile("hello", { read: false, write: true, create: true, exclusive: true, truncate: false });
  out.write(0, new TextEncoder().encode("hello\n"));
  out.close();
  root.mkdir("d");
  await fs.sync();
  // While it is open.
  assert.match((await isola(["volume", "check", file])).stdout, /^whole: 3 inodes of 4,194,304, /);
  assert.equal((await isola(["volume", "export", file, tar])).status, 0);
  assert.equal((await isola(["volume", "snapshot", file, copy])).status, 0);
  assert.match((await isola(["volume", "snapshot", file, copy])).stderr, /there is such a file already/);
  fs.close();
  assert.deepEqual(execFileSync("tar", ["-tf", tar], { encoding: "utf8" }).split("\n").slice(0, 2), ["d/", "hello"]);
  assert.deepEqual(readFileSync(tar).toString("latin1"), (await isola(["volume", "export", copy])).stdout);
  assert.match((await isola(["volume", "import", third, tar])).stderr, /1 file, 1 folder, 0 links unpacked/);
  assert.equal((await isola(["volume", "export", third])).stdout, readFileSync(tar).toString("latin1"));
  writeFileSync(join(where, "bad"), "x".repeat(1000));
  assert.match((await isola(["volume", "import", third, join(where, "bad")])).stderr, /no header of an archive/);
  assert.match((await isola(["volume", "import", third, join(where, "none")])).stderr, /none: no such file/);
  assert.match((await isola(["volume", "check", join(where, "bad")])).stderr, /the file is no volume/);
  assert.match((await isola(["volume", "check", join(where, "none")])).stderr, /none/);
  assert.ok(!existsSync(join(where, "none")));
  assert.match((await isola(["volume", "chekc", file])).stderr, /did you mean check\?/);
  assert.equal((await isola(["volume", "export"])).status, 2);
  assert.match((await isola(["volume", "--help"])).stdout, /snapshot FILE COPY/);
  assert.match((await isola(["volume", "create", "--help"])).stdout, /--inodes N/);
});

test("what goes wrong leaves files as they were", async (t) => {
  const where = folder(t);
  const [file, link, fresh] = ["v", "link", "fresh"].map((name) => join(where, name)) as [string, string, string];
  assert.equal((await isola(["volume", "create", file])).status, 0);
  symlinkSync(file, link);
  for (const target of [file, link]) {
    const { status, stderr } = await isola(["volume", "export", file, target]);
    assert.deepEqual([status, stderr], [1, `isola: ${target}: it is the volume itself\n`]);
  }
  assert.match((await isola(["volume", "check", file])).stdout, /^whole: 1 inode /);
  assert.equal((await isola(["volume", "export", file, "/dev/null"])).status, 0, "a device is no file to be emptied");
  assert.match((await isola(["volume", "create", "--quota", "0", fresh])).stderr, /fresh: 0 is no number of bytes/);
  assert.match((await isola(["volume", "import", fresh, join(where, "none.tar")])).stderr, /none\.tar: no such file/);
  assert.ok(!existsSync(fresh));
});

test("an import that fails leaves nothing, or what was there", async (t) => {
  const where = folder(t);
  const [file, fresh, whole, cut] = ["v", "fresh", "whole.tar", "cut.tar"].map((name) => join(where, name)) as [string, string, string, string];
  mkdirSync(join(where, "in"));
  // More than what is written between two commits.
  for (const name of ["a", "b"]) writeFileSync(join(where, "in", name), new Uint8Array(12 << 20).fill(7));
  execFileSync("tar", ["-cf", whole, "-C", join(where, "in"), "a", "b"]);
  writeFileSync(cut, readFileSync(whole).subarray(0, 20 << 20));
  const broken = await isola(["volume", "import", fresh, cut]);
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /^isola: .*cut\.tar: .+\n$/);
  assert.deepEqual(readdirSync(where).toSorted(), ["cut.tar", "in", "whole.tar"]);

  assert.equal((await isola(["volume", "create", "--quota", "22MiB", file])).status, 0);
  const fs = volume(file);
  const root = fs.root();
  root.symlink("a", "there before");
  fs.close();
  const before = (await isola(["volume", "check", file])).stdout;
  for (const [archive, reason] of [[cut, /cut\.tar: /], [whole, /nospc: b/], [where, /directory/]] as const) {
    const failed = await isola(["volume", "import", file, archive]);
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, reason);
    assert.equal((await isola(["volume", "check", file])).stdout, before);
    const after = volume(file, { readOnly: true });
    assert.equal(after.root().readlink("a"), "there before");
    after.close();
  }
  assert.match((await isola(["volume", "import", fresh, whole])).stderr, /2 files, 0 folders, 0 links unpacked/);
  assert.match((await isola(["volume", "check", fresh])).stdout, /^whole: 3 inodes /);
});

test("check tells what is wrong with a damaged volume", async (t) => {
  const where = folder(t);
  const file = join(where, "v");
  volume(file).close();
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, 20_000));
  const cut = await isola(["volume", "check", file]);
  assert.deepEqual([cut.status, cut.stderr], [1, ""]);
  assert.match(cut.stdout, /^parts of the file cannot be read: .+\nDAMAGED, 1 finding\n$/);
  for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  writeFileSync(file, bytes.fill(0xa5, bytes.length - 16_384));
  const broken = await isola(["volume", "check", file]);
  assert.deepEqual([broken.status, broken.stderr], [1, ""]);
  assert.match(broken.stdout, /^parts of the file cannot be read: .+\nDAMAGED, \d+ findings?: 1 inode of /);
  assert.match((await isola(["volume", "check", where])).stderr, /it is no regular file/);
  assert.match((await isola(["volume", "check", join(where, "none")])).stderr, /there is no such file/);
});
