import { test } from "node:test";
import assert from "node:assert/strict";
import { memory } from "#fs";
import type { MemoryFileSystem } from "#fs";
import { BLOCK, createPipe } from "#kernel";
import { Errno } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";
import { DIRECTORY_INHERITING, DIRECTORY_RIGHTS, FILE_RIGHTS, Right } from "./rights.ts";

const DIR = 3;
const OTHER = 4;
const CREAT = 1;
const DIRECTORY = 2;
const APPEND = 1;

function guestWith(files: Record<string, string> = {}): { guest: Guest; fs: MemoryFileSystem } {
  const fs = memory({ files });
  const guest = new Guest({
    preopens: [
      { guestPath: "/", directory: fs.root(), rights: "rw" },
      { guestPath: "/other", directory: memory().root(), rights: "rw" },
    ],
  });
  return { guest, fs };
}

function seek(guest: Guest, fd: number, offset: bigint, whence: number): bigint | number {
  const out = guest.alloc(8);
  const errno = guest.call("fd_seek", fd, offset, whence, out);
  return errno === 0 ? guest.u64(out) : errno;
}
function stat(guest: Guest, dir: number, path: string, lookup = 0): { ino: bigint; kind: number; nlink: bigint; size: bigint; mtim: bigint } | number {
  const out = guest.alloc(64);
  const errno = guest.call("path_filestat_get", dir, lookup, ...guest.text(path), out);
  if (errno !== 0) return errno;
  return { ino: guest.u64(out + 8), kind: guest.bytes[out + 16]!, nlink: guest.u64(out + 24), size: guest.u64(out + 32), mtim: guest.u64(out + 48) };
}
function entries(guest: Guest, fd: number, byteLength: number, cookie: bigint): { names: string[]; used: number; last: bigint } {
  const buffer = guest.alloc(byteLength);
  const out = guest.alloc(4);
  assert.equal(guest.call("fd_readdir", fd, buffer, byteLength, cookie, out), 0);
  const used = guest.u32(out);
  const names: string[] = [];
  let last = cookie;
  for (let at = 0; at + 24 <= used; ) {
    const length = guest.u32(buffer + at + 16);
    if (at + 24 + length > used) break;
    last = guest.u64(buffer + at);
    names.push(guest.string(buffer + at + 24, length));
    at += 24 + length;
  }
  return { names, used, last };
}

test("a file keeps its position over reads, writes and seeks", () => {
  const { guest } = guestWith({ f: "hello world" });
  const fd = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  assert.equal(guest.read(fd, 5), "hello");
  assert.equal(seek(guest, fd, 0n, 1), 5n);
  assert.equal(seek(guest, fd, 1n, 1), 6n);
  assert.deepEqual(guest.write(fd, "WORLD!"), [0, 6]);
  assert.equal(seek(guest, fd, -6n, 2), 6n);
  assert.equal(guest.read(fd, 100), "WORLD!");
  assert.equal(guest.read(fd, 100), "");
  assert.equal(seek(guest, fd, 1000n, 0), 1000n);
  assert.equal(guest.read(fd, 10), "", "a read past the end is the end");
  assert.equal(seek(guest, fd, -1001n, 1), Errno.inval);
  const out = guest.alloc(8);
  assert.equal(guest.call("fd_tell", fd, out), 0);
  assert.equal(guest.u64(out), 1000n, "a failed seek moves nothing");
});

test("preview 0 numbers whence and lays out a filestat in its own way", () => {
  const { guest } = guestWith({ f: "0123456789" });
  const fd = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  const out = guest.alloc(64);
  assert.equal(guest.call0("fd_seek", fd, 4n, 2, out), 0, "2 is the start");
  assert.equal(guest.u64(out), 4n);
  assert.equal(guest.call0("fd_seek", fd, 1n, 0, out), 0, "0 is the position");
  assert.equal(guest.u64(out), 5n);
  assert.equal(guest.call0("fd_seek", fd, -1n, 1, out), 0, "1 is the end");
  assert.equal(guest.u64(out), 9n);
  guest.bytes.fill(0xee, out, out + 64);
  assert.equal(guest.call0("fd_filestat_get", fd, out), 0);
  assert.equal(guest.bytes[out + 16], 4);
  assert.equal(guest.u32(out + 20), 1, "the link count is a u32 behind the type");
  assert.equal(guest.u64(out + 24), 10n);
  assert.equal(guest.bytes[out + 56], 0xee, "56 bytes and no more");
  assert.equal(guest.call("fd_filestat_get", fd, out), 0);
  assert.equal(guest.u64(out + 24), 1n);
  assert.equal(guest.u64(out + 32), 10n);
});

test("append writes at the end, wherever the position and whoever wrote last", () => {
  const { guest } = guestWith({ f: "12345" });
  const appending = guest.open(DIR, "f", { rights: FILE_RIGHTS, fd: APPEND });
  const other = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  assert.deepEqual(guest.write(appending, "a"), [0, 1]);
  assert.equal(seek(guest, appending, 0n, 1), 6n);
  seek(guest, other, 0n, 2);
  assert.deepEqual(guest.write(other, "XY"), [0, 2]);
  seek(guest, appending, 0n, 0);
  assert.deepEqual(guest.write(appending, "b"), [0, 1]);
  assert.equal(seek(guest, appending, 0n, 1), 9n);
  assert.equal(guest.call("fd_fdstat_set_flags", appending, 0), 0);
  seek(guest, appending, 0n, 0);
  guest.write(appending, "0");
  seek(guest, other, 0n, 0);
  assert.equal(guest.read(other, 20), "02345aXYb");
});

test("pread and pwrite leave the position alone", () => {
  const { guest } = guestWith({ f: "abcdef" });
  const fd = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  const buffer = guest.alloc(8);
  const out = guest.alloc(4);
  assert.equal(guest.call("fd_pread", fd, ...guest.iovecs([buffer, 2], [buffer + 4, 2]), 1n, out), 0);
  assert.equal(guest.u32(out), 4);
  assert.equal(guest.string(buffer, 2) + guest.string(buffer + 4, 2), "bcde");
  assert.equal(guest.call("fd_pwrite", fd, ...guest.iovecs(guest.text("ZZ")), 8n, out), 0);
  assert.equal(guest.call("fd_pread", fd, ...guest.iovecs([buffer, 8]), 1n << 60n, out), 0);
  assert.equal(guest.u32(out), 0);
  assert.equal(guest.call("fd_pwrite", fd, ...guest.iovecs(guest.text("ZZ")), 1n << 60n, out), Errno.fbig);
  assert.equal(guest.read(fd, 20), "abcdef\0\0ZZ");
});

test("numbers are the lowest free ones, and renumbering moves", () => {
  const { guest } = guestWith({ a: "A", b: "B" });
  const a = guest.open(DIR, "a", { rights: FILE_RIGHTS });
  const b = guest.open(DIR, "b", { rights: FILE_RIGHTS });
  assert.deepEqual([a, b], [5, 6]);
  assert.equal(guest.call("fd_renumber", a, a), 0);
  assert.equal(guest.call("fd_renumber", a, b), 0);
  assert.equal(guest.call("fd_close", a), Errno.badf);
  assert.equal(guest.read(b, 5), "A");
  assert.equal(guest.call("fd_renumber", b, a), Errno.badf, "the target must be open");
  assert.equal(guest.call("fd_renumber", b, DIR), 0, "over a preopen too");
  assert.equal(guest.call("fd_prestat_get", DIR, guest.alloc(8)), Errno.badf);
  assert.equal(guest.open(OTHER, "c", { o: CREAT }), 5);
  assert.equal(guest.call("fd_close", 0), 0);
  assert.equal(guest.open(OTHER, "c"), 0);
});

test("a process at its handle limit gets mfile and loses nothing", () => {
  const { guest } = guestWith({ a: "A" });
  guest.process.handleLimit = guest.process.handles.size + 1;
  const fd = guest.open(DIR, "a", { rights: FILE_RIGHTS });
  assert.equal(fd, 5);
  assert.equal(guest.open(DIR, "a"), -1000 - Errno.mfile);
  assert.equal(guest.call("fd_close", fd), 0);
  assert.equal(guest.open(DIR, "a"), 5);
});

test("rights are those asked for, and only shrink", () => {
  const { guest } = guestWith({ f: "x" });
  const reading = guest.open(DIR, "f", { rights: Right.fdRead | Right.sockShutdown });
  const out = guest.alloc(24);
  guest.call("fd_fdstat_get", reading, out);
  assert.equal(guest.u64(out + 8), BigInt(Right.fdRead));
  assert.deepEqual(guest.write(reading, "y")[0], Errno.notcapable);
  assert.equal(guest.call("fd_fdstat_set_rights", reading, BigInt(Right.fdRead | Right.fdWrite), 0n), Errno.notcapable);
  assert.equal(guest.call("fd_fdstat_set_rights", reading, 0n, 0n), 0);
  assert.equal(guest.read(reading, 1), Errno.notcapable);
  assert.equal(guest.call("fd_fdstat_set_rights", DIR, BigInt(DIRECTORY_RIGHTS), BigInt(DIRECTORY_INHERITING & ~Right.fdWrite)), 0);
  assert.equal(guest.open(DIR, "f", { rights: Right.fdWrite }), -1000 - Errno.notcapable);
  assert.equal(guest.call("fd_fdstat_set_rights", DIR, BigInt(DIRECTORY_RIGHTS & ~Right.pathFilestatSetSize), BigInt(Right.fdRead)), 0);
  assert.equal(guest.open(DIR, "f", { o: 8 }), -1000 - Errno.notcapable, "truncating is a right of the directory");
});

test("opening: which flags fit what is there", () => {
  const { guest, fs } = guestWith({ f: "content", "d/x": "" });
  fs.root().symlink("link", "f");
  fs.root().symlink("dirlink", "d");
  fs.root().symlink("dangling", "made");
  const rows: readonly (readonly [path: string, flags: Parameters<Guest["open"]>[2], errno: number])[] = [
    ["f", { o: DIRECTORY }, Errno.notdir],
    ["f", { o: CREAT | 4 }, Errno.exist],
    ["link", { o: CREAT | 4 }, Errno.exist],
    ["f/", {}, Errno.notdir],
    ["d", { rights: Right.fdWrite }, Errno.isdir],
    ["d", { o: CREAT | DIRECTORY }, Errno.inval],
    ["link", { lookup: 0 }, Errno.loop],
    ["missing/f", { o: CREAT }, Errno.noent],
    ["new/", { o: CREAT }, Errno.isdir],
  ];
  for (const [path, flags, errno] of rows) assert.equal(guest.open(DIR, path, flags), -1000 - errno, JSON.stringify([path, flags]));
  assert.ok(guest.open(DIR, "d") > 0);
  assert.ok(guest.open(DIR, "d/", { o: DIRECTORY }) > 0);
  assert.ok(guest.open(DIR, "dirlink/", { lookup: 0 }) > 0);
  assert.ok(guest.open(DIR, "dangling", { o: CREAT }) > 0, "create follows the link");
  assert.equal((stat(guest, DIR, "made") as { kind: number }).kind, 4);
  assert.ok(guest.open(DIR, "f", { o: 8 }) > 0);
  assert.equal((stat(guest, DIR, "f") as { size: bigint }).size, 0n);
});

test("links cannot be made to or lead to what lies outside", () => {
  const { guest, fs } = guestWith({ "d/x": "inside" });
  assert.equal(guest.call("path_symlink", ...guest.text("/etc"), DIR, ...guest.text("abs")), Errno.notcapable);
  assert.equal(guest.call("path_symlink", ...guest.text("../../up"), DIR, ...guest.text("d/up")), 0);
  assert.equal(guest.open(DIR, "d/up"), -1000 - Errno.notcapable);
  fs.root().symlink("rooted", "/d/x");
  assert.equal(guest.open(DIR, "rooted"), -1000 - Errno.notcapable);
  const sub = guest.open(DIR, "d", { rights: DIRECTORY_RIGHTS, inheriting: DIRECTORY_INHERITING });
  assert.equal(guest.open(sub, "../d/x"), -1000 - Errno.notcapable);
});

test("readlink gives as many bytes as fit", () => {
  const { guest, fs } = guestWith({ f: "" });
  fs.root().symlink("l", "tärget");
  const buffer = guest.alloc(16);
  const out = guest.alloc(4);
  assert.equal(guest.call("path_readlink", DIR, ...guest.text("l"), buffer, 16, out), 0);
  assert.equal(guest.string(buffer, guest.u32(out)), "tärget");
  assert.equal(guest.call("path_readlink", DIR, ...guest.text("l"), buffer, 1, out), 0);
  assert.equal(guest.u32(out), 1);
  assert.equal(guest.call("path_readlink", DIR, ...guest.text("f"), buffer, 16, out), Errno.inval);
});

test("a directory is read whole through any size of buffer, and cookies outlive deletions", () => {
  const names = Array.from({ length: 40 }, (_, index) => `name-${index}`);
  const { guest, fs } = guestWith(Object.fromEntries(names.map((name) => [name, ""])));
  for (const size of [64, 100, 4096]) {
    const seen: string[] = [];
    for (let cookie = 0n, full = true; full; ) {
      const got = entries(guest, DIR, size, cookie);
      seen.push(...got.names);
      full = got.used === size;
      cookie = got.last;
    }
    assert.deepEqual(seen.slice(0, 2), [".", ".."]);
    assert.deepEqual(seen.slice(2).sort(), [...names].sort(), `buffer of ${size}`);
  }
  const first = entries(guest, DIR, 200, 0n);
  for (const name of first.names.slice(2)) fs.root().unlink(name);
  const rest: string[] = [];
  for (let cookie = first.last, full = true; full; ) {
    const got = entries(guest, DIR, 200, cookie);
    rest.push(...got.names);
    full = got.used === 200;
    cookie = got.last;
  }
  assert.deepEqual([...first.names.slice(2), ...rest].sort(), [...names].sort());
  assert.equal(entries(guest, DIR, 10, 0n).used, 10, "even a head is cut to fit");
  assert.equal(entries(guest, DIR, 0, 0n).used, 0);
});

test("a large directory is read in slices between which others have a turn", async () => {
  const COUNT = 3000;
  const { guest } = guestWith(Object.fromEntries(Array.from({ length: COUNT }, (_, index) => [`n${index}`, ""])));
  const byteLength = 40 * COUNT;
  const buffer = guest.alloc(byteLength);
  const out = guest.alloc(4);
  const answer = guest.call("fd_readdir", DIR, buffer, byteLength, 0n, out);
  assert.equal(answer, BLOCK);
  assert.equal(await guest.process.finish(answer), 0);
  let found = 0;
  for (let at = 0; at < guest.u32(out); at += 24 + guest.u32(buffer + at + 16)) found++;
  assert.equal(found, COUNT + 2);

  guest.call("fd_readdir", DIR, buffer, byteLength, 0n, out);
  assert.equal(guest.call("fd_close", DIR), 0);
  assert.equal(guest.process.resume(), Errno.badf, "closed between two slices");
});

test("one call moves a mebibyte at most, so that it delays nobody", () => {
  const fs = memory({ files: { f: "" } });
  const guest = new Guest({ preopens: [{ guestPath: "/", directory: fs.root(), rights: "rw" }], stdout: createPipe(Number.MAX_SAFE_INTEGER).sink }, { initial: 64 });
  const fd = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  const iovecs = guest.iovecs([guest.alloc(3 * 2 ** 20), 3 * 2 ** 20]);
  const out = guest.alloc(4);
  for (const [name, ...args] of [["fd_write", 1, ...iovecs], ["fd_write", fd, ...iovecs], ["fd_pwrite", fd, ...iovecs, 2n ** 20n], ["fd_pread", fd, ...iovecs, 0n]] as const) {
    assert.equal(guest.call(name, ...args, out), 0, name);
    assert.equal(guest.u32(out), 2 ** 20, name);
  }
});

test("removing, linking and renaming, within and across preopens", () => {
  const { guest } = guestWith({ f: "F", "d/x": "", g: "" });
  const call = (name: string, ...args: readonly (number | bigint)[]): number => guest.call(name, ...args);
  assert.equal(call("path_unlink_file", DIR, ...guest.text("d")), Errno.isdir);
  assert.equal(call("path_unlink_file", DIR, ...guest.text("d/")), Errno.isdir);
  assert.equal(call("path_unlink_file", DIR, ...guest.text("f/")), Errno.notdir);
  assert.equal(call("path_remove_directory", DIR, ...guest.text("f")), Errno.notdir);
  assert.equal(call("path_remove_directory", DIR, ...guest.text("d")), Errno.notempty);
  assert.equal(call("path_remove_directory", DIR, ...guest.text(".")), Errno.inval);
  assert.equal(call("path_create_directory", DIR, ...guest.text("d")), Errno.exist);
  assert.equal(call("path_link", DIR, 0, ...guest.text("f"), DIR, ...guest.text("d/hard")), 0);
  const first = stat(guest, DIR, "f") as { ino: bigint; nlink: bigint };
  const second = stat(guest, DIR, "d/hard") as { ino: bigint };
  assert.equal(first.ino, second.ino);
  assert.equal(first.nlink, 2n);
  assert.notEqual(first.ino, (stat(guest, DIR, "g") as { ino: bigint }).ino);
  assert.equal(call("path_link", DIR, 0, ...guest.text("f"), OTHER, ...guest.text("f")), Errno.xdev);
  assert.equal(call("path_rename", DIR, ...guest.text("f"), OTHER, ...guest.text("f")), Errno.xdev);
  assert.equal(call("path_rename", DIR, ...guest.text("f"), DIR, ...guest.text("d")), Errno.isdir);
  assert.equal(call("path_rename", DIR, ...guest.text("d"), DIR, ...guest.text("f")), Errno.notdir);
  assert.equal(call("path_rename", DIR, ...guest.text("f/"), DIR, ...guest.text("h")), Errno.notdir);
  assert.equal(call("path_rename", DIR, ...guest.text("d"), DIR, ...guest.text("d/deeper")), Errno.inval);
  assert.equal(call("path_rename", DIR, ...guest.text("."), DIR, ...guest.text("h")), Errno.busy);
  assert.equal(call("path_rename", DIR, ...guest.text("d/"), DIR, ...guest.text("e/")), 0);
  assert.equal((stat(guest, DIR, "e/hard") as { ino: bigint }).ino, first.ino);
});

test("times that a file cannot hold are clamped", () => {
  const { guest } = guestWith({ f: "" });
  assert.equal(guest.call("path_filestat_set_times", DIR, 0, ...guest.text("f"), 0n, -1n, 4), 0);
  assert.equal((stat(guest, DIR, "f") as { mtim: bigint }).mtim, (1n << 63n) - 1n);
  assert.equal(guest.call("path_filestat_set_times", DIR, 0, ...guest.text("f"), 0n, 77n, 4), 0);
  assert.equal((stat(guest, DIR, "f") as { mtim: bigint }).mtim, 77n);
});

test("sizes: truncate, allocate, and no more than the disk has", () => {
  const { guest } = guestWith({ f: "abcdef" });
  const fd = guest.open(DIR, "f", { rights: FILE_RIGHTS });
  const size = (): bigint => (stat(guest, DIR, "f") as { size: bigint }).size;
  assert.equal(guest.call("fd_filestat_set_size", fd, 3n), 0);
  assert.equal(size(), 3n);
  assert.equal(guest.call("fd_allocate", fd, 0n, 2n), 0);
  assert.equal(size(), 3n);
  assert.equal(guest.call("fd_allocate", fd, 2n, 8n), 0);
  assert.equal(size(), 10n);
});

test("standard input and output can be files", () => {
  const fs = memory({ files: { in: "line", out: "" } });
  const open = (name: string): ReturnType<ReturnType<typeof fs.root>["openFile"]> => fs.root().openFile(name, { read: true, write: true, create: false, exclusive: false, truncate: false });
  const stdin = open("in");
  const stdout = open("out");
  assert.ok(!(stdin instanceof Promise) && !(stdout instanceof Promise));
  const guest = new Guest({ stdin, stdout });
  assert.equal(guest.read(0, 10), "line");
  assert.deepEqual(guest.write(1, "hi"), [0, 2]);
  assert.equal(new TextDecoder().decode(fs.readFile("out")), "hi");
});
