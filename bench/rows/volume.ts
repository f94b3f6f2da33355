/**
 * [volume.small] [volume.read] [volume.write] A volume beside a folder of the host's own file system.
 * Small: 10,000 files of 100 bytes created, synced once, listed and removed, through the interface that
 * all file systems have here, and by a guest program. Read and write: a file of 128 MiB in pieces of 64 KiB.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSystem } from "#fs";
import { hostDirectory, volume } from "#machine/node";
import { boot } from "../../src/node.ts";
import { moduleOf } from "../guests.ts";
import { interleave } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const FILES = 10_000;
const MIB = 1024 * 1024;
const LARGE_BYTES = 128 * MIB;
const PIECE_BYTES = 65_536;
const ROUNDS = 3;
const NEW = { read: true, write: true, create: true, exclusive: true, truncate: false } as const;

interface Closing extends FileSystem {
  close(): void;
}
type Make = (folder: string) => Closing;
const onVolume: Make = (folder) => volume(join(folder, "v"));
const onHost: Make = (folder) => hostDirectory(folder, { read: true, write: true });

/** Runs `work` on a file system of its own; answers what it says, in milliseconds. */
async function fresh(make: Make, work: (fs: FileSystem) => Promise<number>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "isola-bench-"));
  const fs = make(folder);
  try {
    return await work(fs);
  } finally {
    fs.close();
    rmSync(folder, { recursive: true });
  }
}

async function smallFiles(fs: FileSystem): Promise<number> {
  const root = await fs.root();
  const data = new Uint8Array(100).fill(7);
  const started = performance.now();
  for (let index = 0; index < FILES; index++) {
    const file = await root.openFile(`f${index}`, NEW);
    await file.write(0, data);
    file.close();
  }
  await root.sync(false);
  let listed = 0;
  for (let cookie = 0n; ; ) {
    const entries = await root.entries(cookie, 256);
    const last = entries[entries.length - 1];
    if (last === undefined) break;
    listed += entries.length;
    cookie = last.next;
  }
  if (listed !== FILES) throw new Error(`${listed} of ${FILES} files were listed`);
  for (let index = 0; index < FILES; index++) await root.unlink(`f${index}`);
  const ms = performance.now() - started;
  root.close();
  return ms;
}

/** The same as a program: exits with 0 when all went well and as many files were listed. */
const SMALL_GUEST = `
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_sync" (func $sync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func $name (param $n i32) (local $at i32)
    (i32.store8 (i32.const 0) (i32.const 102))
    (local.set $at (i32.const 5))
    (loop $digit
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $digit (local.tee $at (i32.sub (local.get $at) (i32.const 1))))))
  (func (export "_start") (local $i i32) (local $at i32) (local $used i32) (local $count i32) (local $cookie i64)
    (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 100))
    (loop $create
      (call $name (local.get $i))
      (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 5) (i64.const 0x40) (i64.const 0) (i32.const 0) (i32.const 8)))
      (call $check (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 24)))
      (call $check (call $close (i32.load (i32.const 8))))
      (br_if $create (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${FILES}))))
    (call $check (call $sync (i32.const 3)))
    (loop $list
      (call $check (call $readdir (i32.const 3) (i32.const 65536) (i32.const 32768) (local.get $cookie) (i32.const 32)))
      (local.set $used (i32.load (i32.const 32)))
      (local.set $at (i32.const 0))
      (block $cut (loop $entry
        (br_if $cut (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $used)))
        (br_if $cut (i32.gt_u (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=65552 (local.get $at))) (local.get $used)))
        (local.set $cookie (i64.load offset=65536 (local.get $at)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (local.set $at (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=65552 (local.get $at))))
        (br $entry)))
      (br_if $list (i32.eq (local.get $used) (i32.const 32768))))
    ;; "." and ".." are listed, too.
    (if (i32.ne (local.get $count) (i32.const ${FILES + 2})) (then (call $exit (i32.const 99))))
    (local.set $i (i32.const 0))
    (loop $remove
      (call $name (local.get $i))
      (call $check (call $unlink (i32.const 3) (i32.const 0) (i32.const 6)))
      (br_if $remove (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${FILES})))))`;

async function measureSmall(): Promise<Measured> {
  await using os = await boot();
  const program = await os.compile(moduleOf(SMALL_GUEST), { name: "small-files" });
  const inGuest = async (fs: FileSystem): Promise<number> => {
    const started = performance.now();
    const exit = await (await os.spawn(program, { fs: { "/": fs }, stdin: "null", stdout: "null", stderr: "null" })).exited;
    if (exit.status !== 0) throw new Error(`the program ended with ${JSON.stringify(exit)}`);
    return performance.now() - started;
  };
  const samples = await interleave([
    () => fresh(onVolume, smallFiles), () => fresh(onHost, smallFiles), () => fresh(onVolume, inGuest), () => fresh(onHost, inGuest),
  ], { warmUp: 0, rounds: ROUNDS });
  const [mine = NaN, host = NaN, guest = NaN, guestHost = NaN] = samples.map(median);
  return {
    value: mine, against: { name: "host folder", value: host }, runs: ROUNDS, spread: spread(samples[0]!),
    parts: [{ name: "by a guest program", value: guest, unit: "ms", against: { name: "host folder", value: guestHost } }],
  };
}

async function writeLarge(fs: FileSystem): Promise<number> {
  const root = await fs.root();
  const file = await root.openFile("large", NEW);
  const piece = crypto.getRandomValues(new Uint8Array(PIECE_BYTES));
  const started = performance.now();
  for (let offset = 0; offset < LARGE_BYTES; offset += PIECE_BYTES) {
    await file.write(offset, piece);
    // As between two quanta of a program.
    if (offset % (4 * MIB) === 0) await new Promise((turn) => setImmediate(turn));
  }
  await file.sync(false);
  const ms = performance.now() - started;
  file.close();
  root.close();
  return ms;
}

async function readLarge(fs: FileSystem): Promise<number> {
  await writeLarge(fs);
  const root = await fs.root();
  const file = await root.openFile("large", { ...NEW, create: false, exclusive: false });
  const piece = new Uint8Array(PIECE_BYTES);
  const started = performance.now();
  for (let offset = 0; offset < LARGE_BYTES; offset += PIECE_BYTES) if ((await file.read(offset, piece)) !== PIECE_BYTES) throw new Error("a short read");
  const ms = performance.now() - started;
  file.close();
  root.close();
  return ms;
}

/** MB/s, a million bytes each. */
async function measureLarge(work: (fs: FileSystem) => Promise<number>): Promise<Measured> {
  const rate = (make: Make) => async (): Promise<number> => LARGE_BYTES / 1000 / (await fresh(make, work));
  const samples = await interleave([rate(onVolume), rate(onHost)], { warmUp: 1, rounds: ROUNDS });
  const [mine = NaN, host = NaN] = samples.map(median);
  return { value: mine, against: { name: "host folder", value: host }, runs: ROUNDS, spread: spread(samples[0]!) };
}

export const volumeSmall: Row = {
  name: "volume.small",
  meaning: "10,000 small files created, synced once, listed and removed in a volume, beside a host folder",
  unit: "ms",
  target: { of: "ratio", at: "most", bound: 3 },
  limitMs: 300_000,
  measure: measureSmall,
};
export const volumeRead: Row = {
  name: "volume.read",
  meaning: "128 MiB read from a volume in order, in pieces of 64 KiB",
  unit: "MB/s",
  target: { of: "value", at: "least", bound: 200 },
  limitMs: 300_000,
  measure: () => measureLarge(readLarge),
};
export const volumeWrite: Row = {
  name: "volume.write",
  meaning: "128 MiB written to a volume in order, in pieces of 64 KiB, and synced",
  unit: "MB/s",
  target: { of: "value", at: "least", bound: 200 },
  limitMs: 300_000,
  measure: () => measureLarge(writeLarge),
};
