import { test } from "node:test";
import assert from "node:assert/strict";
import { memory } from "#fs";
import type { MemoryFileSystem } from "#fs";
import { BLOCK } from "#kernel";
import { delayed } from "./delayed-fs.test-support.ts";
import { Errno } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";
import { DIRECTORY_INHERITING, FILE_RIGHTS } from "./rights.ts";

const DIR = 3;

function lateGuest(files: Record<string, string>): { guest: Guest; fs: MemoryFileSystem; call: (name: string, ...args: readonly (number | bigint)[]) => Promise<number> } {
  const fs = memory({ files });
  const guest = new Guest({ preopens: [{ guestPath: "/", directory: delayed(fs.root()), rights: "rw" }] });
  const call = async (name: string, ...args: readonly (number | bigint)[]): Promise<number> => {
    const answer = guest.call(name, ...args);
    return guest.process.finish(answer);
  };
  return { guest, fs, call };
}

test("every call on files gives the same over promises", async () => {
  const { guest, fs, call } = lateGuest({ f: "hello world", "d/x": "" });
  const out = guest.alloc(64);
  assert.equal(guest.call("path_open", DIR, 1, ...guest.text("f"), 0, BigInt(FILE_RIGHTS), 0n, 0, out), BLOCK);
  const { blocked } = guest.process;
  assert.ok(blocked?.promise !== undefined);
  assert.equal(await guest.process.finish(BLOCK), 0);
  const fd = guest.u32(out);

  const buffer = guest.alloc(64);
  assert.equal(await call("fd_read", fd, ...guest.iovecs([buffer, 2], [buffer + 8, 3]), out), 0);
  assert.equal(guest.string(buffer, 2) + guest.string(buffer + 8, 3), "hello");
  assert.equal(await call("fd_seek", fd, -5n, 2, out), 0);
  assert.equal(guest.u64(out), 6n);
  assert.equal(await call("fd_write", fd, ...guest.iovecs(guest.text("WORLD!!")), out), 0);
  assert.equal(guest.u32(out), 7);
  assert.equal(await call("fd_pread", fd, ...guest.iovecs([buffer, 13]), 0n, out), 0);
  assert.equal(guest.string(buffer, 13), "hello WORLD!!");
  assert.equal(await call("fd_pwrite", fd, ...guest.iovecs(guest.text("J")), 0n, out), 0);
  assert.equal(await call("fd_filestat_get", fd, out), 0);
  assert.equal(guest.u64(out + 32), 13n);
  assert.equal(await call("fd_filestat_set_size", fd, 5n), 0);
  assert.equal(await call("fd_sync", fd), 0);
  assert.equal(guest.call("fd_fdstat_set_flags", fd, 1 | 16), 0);
  assert.equal(await call("fd_write", fd, ...guest.iovecs(guest.text("!")), out), 0);
  assert.equal(guest.call("fd_tell", fd, out), 0);
  assert.equal(guest.u64(out), 6n);
  assert.equal(new TextDecoder().decode(fs.readFile("f")), "Jello!");

  assert.equal(await call("path_create_directory", DIR, ...guest.text("d/new")), 0);
  assert.equal(await call("path_rename", DIR, ...guest.text("f"), DIR, ...guest.text("d/new/f")), 0);
  assert.equal(await call("path_link", DIR, 0, ...guest.text("d/new/f"), DIR, ...guest.text("g")), 0);
  assert.equal(await call("path_symlink", ...guest.text("g"), DIR, ...guest.text("l")), 0);
  assert.equal(await call("path_readlink", DIR, ...guest.text("l"), buffer, 8, out), 0);
  assert.equal(await call("path_filestat_get", DIR, 1, ...guest.text("l"), out), 0);
  assert.equal(guest.u64(out + 32), 6n);
  assert.equal(await call("path_unlink_file", DIR, ...guest.text("d/new/f")), 0);
  assert.equal(await call("path_remove_directory", DIR, ...guest.text("d/new")), 0);
  assert.equal(await call("path_remove_directory", DIR, ...guest.text("d")), Errno.notempty);
  assert.equal(await call("path_unlink_file", DIR, ...guest.text("missing")), Errno.noent);
  assert.equal(await call("fd_readdir", DIR, buffer, 64, 0n, out), 0);
  assert.equal(guest.u32(out), 64);
});

test("threads that share a descriptor never read the same bytes, nor write over each other", async () => {
  const { guest, fs, call } = lateGuest({ f: "aaabbbccc" });
  const out = guest.alloc(8);
  await call("path_open", DIR, 1, ...guest.text("f"), 0, BigInt(FILE_RIGHTS), 0n, 0, out);
  const fd = guest.u32(out);
  const buffers = [guest.alloc(8), guest.alloc(8)];
  const first = guest.call("fd_read", fd, ...guest.iovecs([buffers[0]!, 3]), out);
  const firstBlocked = guest.process.blocked;
  assert.equal(guest.call("fd_read", fd, ...guest.iovecs([buffers[1]!, 3]), out + 4), BLOCK);
  const secondBlocked = guest.process.blocked;
  assert.equal(secondBlocked?.promise, undefined, "the second waits for its turn");
  assert.equal(guest.process.woken, false);
  guest.process.blocked = firstBlocked;
  assert.equal(await guest.process.finish(first), 0);
  assert.equal(guest.process.woken, true);
  guest.process.blocked = secondBlocked;
  assert.equal(await guest.process.finish(BLOCK), 0);
  assert.deepEqual(buffers.map((buffer) => guest.string(buffer, 3)), ["aaa", "bbb"]);
  const write = guest.call("fd_write", fd, ...guest.iovecs(guest.text("X")), out);
  const writing = guest.process.blocked;
  assert.equal(guest.call("fd_seek", fd, 0n, 1, out), BLOCK);
  const seeking = guest.process.blocked;
  guest.process.blocked = writing;
  assert.equal(await guest.process.finish(write), 0);
  guest.process.blocked = seeking;
  assert.equal(await guest.process.finish(BLOCK), 0);
  assert.equal(guest.u64(out), 7n);
  assert.equal(new TextDecoder().decode(fs.readFile("f")), "aaabbbXcc");
});

test("polling a file asks for its size first", async () => {
  const { guest, call } = lateGuest({ f: "12345" });
  const out = guest.alloc(8);
  assert.equal(await call("path_open", DIR, 1, ...guest.text("f"), 0, BigInt(FILE_RIGHTS), 0n, 0, out), 0);
  const sub = guest.alloc(48);
  const event = guest.alloc(32);
  guest.bytes[sub + 8] = 1;
  guest.view.setUint32(sub + 16, guest.u32(out), true);
  assert.equal(await call("poll_oneoff", sub, event, 1, out), 0);
  assert.equal(guest.u64(event + 16), 5n);
});

test("a descriptor closed while its file is at work stays open until the work is done", async () => {
  const { guest, call } = lateGuest({ f: "still here" });
  const out = guest.alloc(8);
  await call("path_open", DIR, 1, ...guest.text("f"), 0, BigInt(FILE_RIGHTS), 0n, 0, out);
  const fd = guest.u32(out);
  const buffer = guest.alloc(16);
  const answer = guest.call("fd_read", fd, ...guest.iovecs([buffer, 16]), out);
  assert.equal(guest.call("fd_close", fd), 0);
  assert.equal(await guest.process.finish(answer), 0);
  assert.equal(guest.string(buffer, guest.u32(out)), "still here");
  assert.equal(await call("fd_read", fd, ...guest.iovecs([buffer, 16]), out), Errno.badf);
});

test("what was opened for a thread that was killed meanwhile is closed again", async () => {
  const { guest } = lateGuest({ "d/x": "" });
  assert.equal(guest.call("path_open", DIR, 1, ...guest.text("d"), 2, BigInt(DIRECTORY_INHERITING & ~(1 << 6) & ~(1 << 8) & ~(1 << 22)), 0n, 0, guest.alloc(4)), BLOCK);
  const { blocked } = guest.process;
  const opened = (await blocked?.promise) as { close(): void };
  let closed = 0;
  blocked?.abandoned?.({ ...opened, close: () => closed++ });
  assert.equal(closed, 1);
});

test("memory that grew while a read was under way still gets the bytes", async () => {
  const { guest, call } = lateGuest({ f: "grown" });
  const out = guest.alloc(8);
  await call("path_open", DIR, 1, ...guest.text("f"), 0, BigInt(FILE_RIGHTS), 0n, 0, out);
  const buffer = guest.alloc(8);
  const answer = guest.call("fd_read", guest.u32(out), ...guest.iovecs([buffer, 5]), out);
  guest.memory.grow(1);
  assert.equal(await guest.process.finish(answer), 0);
  assert.equal(guest.string(buffer, 5), "grown");
});

test("an error that is none of a file system is left to the kernel's guard", () => {
  const fs = memory();
  const broken = fs.root();
  broken.statEntry = () => {
    throw new TypeError("a bug");
  };
  const guest = new Guest({ preopens: [{ guestPath: "/", directory: broken, rights: "rw" }] });
  assert.throws(() => guest.call("path_filestat_get", DIR, 0, ...guest.text("f"), guest.alloc(64)), /^TypeError: a bug$/);
});
