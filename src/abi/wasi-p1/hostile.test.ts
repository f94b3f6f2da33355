/** Every function against arguments that no honest program passes: the errno is right and nothing throws. */
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { memory } from "#fs";
import { BLOCK, DIE } from "#kernel";
import { connectionPair, Loopback } from "#net";
import { WASI_CALLS } from "./calls-table.ts";
import { Errno, errnoName } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";
import { ALL_RIGHTS, DIRECTORY_INHERITING } from "./rights.ts";

const PAGES = 4;
const END = PAGES * 65536;
const MAX32 = -1;
/** Descriptors of the guest below. */
const STDIN = 0;
const STDOUT = 1;
const DIR = 3;
const READONLY = 4;
const LISTENER = 5;
const CONNECTION = 6;
const FILE = 7;

function hostileGuest(): Guest {
  const fs = memory({ files: { "file": "hello", "sub/inner": "x" } });
  const guest = new Guest({
    args: ["program", "argument"],
    env: [["HOME", "/"]],
    preopens: [
      { guestPath: "/", directory: fs.root(), rights: "rw" },
      { guestPath: "/ro", directory: fs.root(), rights: "ro" },
    ],
    sockets: [new Loopback("test"), connectionPair()[0]],
  });
  assert.equal(guest.open(DIR, "file", { rights: DIRECTORY_INHERITING }), FILE);
  return guest;
}

type Row = readonly [call: string, args: readonly (number | bigint)[], errno: keyof typeof Errno];
const f = 1024;

const ROWS: readonly Row[] = [
  ["args_get", [END, 0], "fault"],
  ["args_get", [0, END - 1], "fault"],
  ["args_get", [MAX32, MAX32], "fault"],
  ["args_sizes_get", [END - 3, 0], "fault"],
  ["args_sizes_get", [0, END - 3], "fault"],
  ["environ_get", [END - 3, 0], "fault"],
  ["environ_get", [0, MAX32], "fault"],
  ["environ_sizes_get", [0, END], "fault"],
  ["clock_res_get", [0, END - 7], "fault"],
  ["clock_res_get", [4, 0], "inval"],
  ["clock_res_get", [MAX32, 0], "inval"],
  ["clock_time_get", [0, 0n, END - 7], "fault"],
  ["clock_time_get", [99, 0n, 0], "inval"],
  ["fd_advise", [99, 0n, 0n, 0], "badf"],
  ["fd_advise", [FILE, 0n, 0n, 6], "inval"],
  ["fd_advise", [FILE, -1n, 0n, 0], "inval"],
  ["fd_advise", [FILE, 0n, -1n, 0], "inval"],
  ["fd_advise", [STDIN, 0n, 0n, 0], "spipe"],
  ["fd_allocate", [FILE, 0n, 0n], "inval"],
  ["fd_allocate", [FILE, -1n, 1n], "inval"],
  ["fd_allocate", [FILE, 1n << 62n, 1n << 62n], "fbig"],
  ["fd_allocate", [DIR, 0n, 1n], "isdir"],
  ["fd_allocate", [FILE, 0n, 1n << 50n], "nospc"],
  ["fd_close", [99], "badf"],
  ["fd_close", [MAX32], "badf"],
  ["fd_datasync", [99], "badf"],
  ["fd_datasync", [STDIN], "notcapable"],
  ["fd_fdstat_get", [99, 0], "badf"],
  ["fd_fdstat_get", [FILE, END - 23], "fault"],
  ["fd_fdstat_set_flags", [FILE, 32], "inval"],
  ["fd_fdstat_set_flags", [99, 0], "badf"],
  ["fd_fdstat_set_rights", [FILE, -1n, 0n], "notcapable"],
  ["fd_fdstat_set_rights", [FILE, 1n << 40n, 0n], "notcapable"],
  ["fd_fdstat_set_rights", [99, 0n, 0n], "badf"],
  ["fd_filestat_get", [FILE, END - 63], "fault"],
  ["fd_filestat_get", [99, 0], "badf"],
  ["fd_filestat_set_size", [FILE, -1n], "inval"],
  ["fd_filestat_set_size", [FILE, 1n << 60n], "fbig"],
  ["fd_filestat_set_size", [DIR, 0n], "isdir"],
  ["fd_filestat_set_size", [STDOUT, 0n], "notcapable"],
  ["fd_filestat_set_times", [FILE, 0n, 0n, 3], "inval"],
  ["fd_filestat_set_times", [FILE, 0n, 0n, 12], "inval"],
  ["fd_filestat_set_times", [FILE, 0n, 0n, 16], "inval"],
  ["fd_filestat_set_times", [99, 0n, 0n, 1], "badf"],
  ["fd_pread", [FILE, END - 7, 1, 0n, 0], "fault"],
  ["fd_pread", [FILE, 0, 1025, 0n, 0], "inval"],
  ["fd_pread", [FILE, 0, MAX32, 0n, 0], "inval"],
  ["fd_pread", [FILE, f, 1, -1n, 0], "inval"],
  ["fd_pread", [FILE, f, 0, 0n, END - 3], "fault"],
  ["fd_pread", [STDIN, f, 1, 0n, 0], "spipe"],
  ["fd_pread", [CONNECTION, f, 1, 0n, 0], "spipe"],
  ["fd_pread", [DIR, f, 1, 0n, 0], "isdir"],
  ["fd_prestat_get", [FILE, 0], "badf"],
  ["fd_prestat_get", [DIR, END - 7], "fault"],
  ["fd_prestat_get", [99, 0], "badf"],
  ["fd_prestat_dir_name", [DIR, 0, 0], "nametoolong"],
  ["fd_prestat_dir_name", [DIR, END, 1], "fault"],
  ["fd_prestat_dir_name", [DIR, 0, MAX32], "fault"],
  ["fd_pwrite", [FILE, f, 1025, 0n, 0], "inval"],
  ["fd_pwrite", [FILE, MAX32, 1, 0n, 0], "fault"],
  ["fd_pwrite", [FILE, f, 1, -1n, 0], "inval"],
  ["fd_pwrite", [STDOUT, f, 1, 0n, 0], "spipe"],
  ["fd_read", [99, f, 1, 0], "badf"],
  ["fd_read", [FILE, END - 7, 1, 0], "fault"],
  ["fd_read", [FILE, f, 1, END - 3], "fault"],
  ["fd_read", [FILE, f, MAX32, 0], "inval"],
  ["fd_read", [DIR, f, 1, 0], "isdir"],
  ["fd_read", [STDOUT, f, 1, 0], "notcapable"],
  ["fd_read", [LISTENER, f, 0, 0], "badf"],
  ["fd_readdir", [DIR, END - 10, 11, 0n, 0], "fault"],
  ["fd_readdir", [DIR, 0, MAX32, 0n, 0], "fault"],
  ["fd_readdir", [DIR, 0, 10, 0n, END], "fault"],
  ["fd_readdir", [FILE, 0, 10, 0n, 0], "notdir"],
  ["fd_readdir", [99, 0, 10, 0n, 0], "badf"],
  ["fd_renumber", [FILE, 99], "badf"],
  ["fd_renumber", [99, FILE], "badf"],
  ["fd_renumber", [99, 99], "badf"],
  ["fd_seek", [FILE, -1n, 0, 0], "inval"],
  ["fd_seek", [FILE, -1n, 1, 0], "inval"],
  ["fd_seek", [FILE, -6n, 2, 0], "inval"],
  ["fd_seek", [FILE, 0n, 3, 0], "inval"],
  ["fd_seek", [FILE, 0n, MAX32, 0], "inval"],
  ["fd_seek", [FILE, (1n << 63n) - 1n, 2, 0], "overflow"],
  ["fd_seek", [FILE, 0n, 0, END - 7], "fault"],
  ["fd_seek", [STDIN, 0n, 0, 0], "spipe"],
  ["fd_seek", [DIR, 0n, 0, 0], "isdir"],
  ["fd_sync", [99], "badf"],
  ["fd_tell", [FILE, END - 7], "fault"],
  ["fd_tell", [STDOUT, 0], "spipe"],
  ["fd_write", [99, f, 1, 0], "badf"],
  ["fd_write", [STDOUT, END - 7, 1, 0], "fault"],
  ["fd_write", [STDOUT, f, MAX32, 0], "inval"],
  ["fd_write", [STDIN, f, 1, 0], "notcapable"],
  ["fd_write", [DIR, f, 1, 0], "isdir"],
  ["path_create_directory", [DIR, END - 1, 2], "fault"],
  ["path_create_directory", [DIR, 0, MAX32], "fault"],
  ["path_create_directory", [DIR, 0, 5000], "nametoolong"],
  ["path_create_directory", [DIR, 0, 0], "noent"],
  ["path_create_directory", [STDIN, 0, 1], "notdir"],
  ["path_create_directory", [99, 0, 1], "badf"],
  ["path_filestat_get", [DIR, 0, END, 1, 0], "fault"],
  ["path_filestat_get", [DIR, 0, 0, 1, END - 63], "fault"],
  ["path_filestat_get", [DIR, 2, 0, 1, 0], "inval"],
  ["path_filestat_set_times", [DIR, 0, 0, 1, 0n, 0n, 3], "inval"],
  ["path_filestat_set_times", [DIR, 0, MAX32, 1, 0n, 0n, 1], "fault"],
  ["path_link", [DIR, 2, 0, 1, DIR, 0, 1], "inval"],
  ["path_link", [DIR, 0, END, 1, DIR, 0, 1], "fault"],
  ["path_link", [DIR, 0, 0, 1, 99, 0, 1], "badf"],
  ["path_link", [FILE, 0, 0, 1, DIR, 0, 1], "notdir"],
  ["path_open", [DIR, 0, END, 1, 0, 0n, 0n, 0, 0], "fault"],
  ["path_open", [DIR, 2, 0, 1, 0, 0n, 0n, 0, 0], "inval"],
  ["path_open", [DIR, 0, 0, 1, 16, 0n, 0n, 0, 0], "inval"],
  ["path_open", [DIR, 0, 0, 1, 0, 0n, 0n, 32, 0], "inval"],
  ["path_open", [DIR, 0, 0, 1, 0, 0n, 0n, 0, END - 3], "fault"],
  ["path_open", [FILE, 0, 0, 1, 0, 0n, 0n, 0, 0], "notdir"],
  ["path_open", [99, 0, 0, 1, 0, 0n, 0n, 0, 0], "badf"],
  ["path_readlink", [DIR, 0, 1, END, 1, 0], "fault"],
  ["path_readlink", [DIR, 0, 1, 0, MAX32, 0], "fault"],
  ["path_readlink", [DIR, 0, 1, 0, 1, END], "fault"],
  ["path_remove_directory", [DIR, MAX32, 1], "fault"],
  ["path_rename", [DIR, END, 1, DIR, 0, 1], "fault"],
  ["path_rename", [DIR, 0, 1, DIR, END, 1], "fault"],
  ["path_rename", [DIR, 0, 1, STDIN, 0, 1], "notdir"],
  ["path_symlink", [END, 1, DIR, 0, 1], "fault"],
  ["path_symlink", [0, 1, DIR, END, 1], "fault"],
  ["path_symlink", [0, 1, 99, 0, 1], "badf"],
  ["path_unlink_file", [DIR, END, 1], "fault"],
  ["poll_oneoff", [0, 0, 0, 0], "inval"],
  ["poll_oneoff", [0, 0, MAX32, 0], "inval"],
  ["poll_oneoff", [END - 47, 0, 1, 0], "fault"],
  ["poll_oneoff", [0, END - 31, 1, 0], "fault"],
  ["poll_oneoff", [0, 0, 1, END - 3], "fault"],
  ["proc_raise", [31], "inval"],
  ["proc_raise", [MAX32], "inval"],
  ["proc_raise", [18], "notsup"],
  ["random_get", [END - 1, 2], "fault"],
  ["random_get", [0, MAX32], "fault"],
  ["sock_accept", [STDIN, 0, 0], "notsock"],
  ["sock_accept", [CONNECTION, 0, 0], "inval"],
  ["sock_accept", [LISTENER, 1, 0], "inval"],
  ["sock_accept", [LISTENER, 0, END - 3], "fault"],
  ["sock_accept", [99, 0, 0], "badf"],
  ["sock_recv", [FILE, f, 1, 0, 0, 0], "notsock"],
  ["sock_recv", [LISTENER, f, 1, 0, 0, 0], "notconn"],
  ["sock_recv", [CONNECTION, f, 1, 4, 0, 0], "inval"],
  ["sock_recv", [CONNECTION, f, MAX32, 0, 0, 0], "inval"],
  ["sock_recv", [CONNECTION, f, 0, 0, 0, END - 1], "fault"],
  ["sock_send", [FILE, f, 1, 0, 0], "notsock"],
  ["sock_send", [CONNECTION, f, 0, 1, 0], "inval"],
  ["sock_send", [CONNECTION, END, 1, 0, 0], "fault"],
  ["sock_shutdown", [STDIN, 1], "notsock"],
  ["sock_shutdown", [CONNECTION, 0], "inval"],
  ["sock_shutdown", [CONNECTION, 4], "inval"],
  ["sock_shutdown", [99, 1], "badf"],
];

test("hostile arguments give the right errno", () => {
  for (const [call, args, expected] of ROWS) {
    const guest = hostileGuest();
    assert.equal(errnoName(guest.call(call, ...args)), expected, `${call}(${args.join(", ")})`);
  }
});

test("every function that can fail has a row", () => {
  const tried = new Set(ROWS.map(([call]) => call));
  const cannotFail = ["proc_exit", "sched_yield"];
  assert.deepEqual(WASI_CALLS.map((call) => call.name).filter((name) => !tried.has(name)), cannotFail);
});

test("no path that is not UTF-8, holds a NUL or leads out is taken", () => {
  const guest = hostileGuest();
  const rows: readonly (readonly [bytes: readonly number[] | string, errno: keyof typeof Errno])[] = [
    [[0xff, 0xfe], "ilseq"],
    [[0xc3], "ilseq"],
    ["file\0", "inval"],
    ["/file", "notcapable"],
    ["..", "notcapable"],
    ["sub/../../file", "notcapable"],
    ["", "noent"],
    ["a".repeat(300), "nametoolong"],
    ["missing", "noent"],
    ["file/x", "notdir"],
    ["file/", "notdir"],
  ];
  const stat = guest.alloc(64);
  for (const [path, expected] of rows) {
    const bytes = typeof path === "string" ? new TextEncoder().encode(path) : Uint8Array.from(path);
    assert.equal(errnoName(guest.call("path_filestat_get", DIR, 0, guest.put(bytes), bytes.length, stat)), expected, JSON.stringify(path));
  }
});

test("random arguments never throw and never end the process as faulty", () => {
  const i32 = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 1024, END - 4, END - 1, END, MAX32));
  const i64 = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.constantFrom(0n, 1n, -1n, BigInt(ALL_RIGHTS)));
  const calls = WASI_CALLS.filter(({ name }) => name !== "proc_exit" && name !== "proc_raise");
  const step = fc.constantFrom(...calls).chain((call) =>
    fc.tuple(fc.constant(call.name), fc.tuple(...call.type.params.map((param): fc.Arbitrary<number | bigint> => (param === "i64" ? i64 : i32)))),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.uint8Array({ minLength: 512, maxLength: 512 }), (steps, noise) => {
      const guest = hostileGuest();
      guest.bytes.set(noise, 1024);
      for (const [name, args] of steps) {
        const answer = guest.call(name, ...args);
        assert.ok(answer === BLOCK || (answer >= 0 && answer <= 76), `${name}(${args.join(", ")}) = ${answer}`);
        assert.notEqual(answer, DIE);
          }
    }),
    { numRuns: 150 },
  );
});

test("a read-only preopen refuses every change and allows every look", () => {
  const guest = hostileGuest();
  const rofs = Errno.rofs;
  assert.equal(guest.call("path_create_directory", READONLY, ...guest.text("new")), rofs);
  assert.equal(guest.call("path_unlink_file", READONLY, ...guest.text("file")), rofs);
  assert.equal(guest.call("path_remove_directory", READONLY, ...guest.text("sub")), rofs);
  assert.equal(guest.call("path_rename", READONLY, ...guest.text("file"), DIR, ...guest.text("f2")), rofs);
  assert.equal(guest.call("path_link", DIR, 0, ...guest.text("file"), READONLY, ...guest.text("f2")), rofs);
  assert.equal(guest.call("path_symlink", ...guest.text("file"), READONLY, ...guest.text("l")), rofs);
  assert.equal(guest.call("path_filestat_set_times", READONLY, 0, ...guest.text("file"), 1n, 1n, 5), rofs);
  assert.equal(guest.open(READONLY, "file", { rights: 1 << 6 }), -1000 - rofs);
  assert.equal(guest.open(READONLY, "file", { o: 8 }), -1000 - rofs);
  assert.equal(guest.open(READONLY, "new", { o: 1 }), -1000 - rofs);
  assert.equal(guest.open(READONLY, "file", { o: 5 }), -1000 - Errno.exist);
  const file = guest.open(READONLY, "file", { o: 1, rights: 2 | (1 << 23) });
  assert.ok(file > 0, "create of what exists opens it");
  assert.equal(guest.read(file, 10), "hello");
  assert.equal(guest.call("fd_filestat_set_times", file, 1n, 1n, 5), rofs);
  const sub = guest.open(READONLY, "sub", { o: 2, rights: DIRECTORY_INHERITING, inheriting: DIRECTORY_INHERITING });
  assert.ok(sub < 0, "a directory cannot be opened for writing");
  const dir = guest.open(READONLY, "sub", { o: 2, rights: (1 << 13) | (1 << 9), inheriting: DIRECTORY_INHERITING });
  assert.equal(guest.call("path_create_directory", dir, ...guest.text("deeper")), rofs);
});
