import { test } from "node:test";
import assert from "node:assert/strict";
import { memory } from "#fs";
import { BLOCK, createPipe, DIE } from "#kernel";
import { Loopback } from "#net";
import type { FuncType } from "#wasm";
import { WASI_CALLS } from "./calls-table.ts";
import { Errno, errnoName } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";
import { Right } from "./rights.ts";
import type { WasiP1Options } from "./wasi.ts";

/** Core signatures, written down apart from the table: i = i32, l = i64; the result is i32 but for proc_exit. */
const SIGNATURES: Readonly<Record<string, string>> = {
  args_get: "ii", args_sizes_get: "ii", environ_get: "ii", environ_sizes_get: "ii", clock_res_get: "ii", clock_time_get: "ili",
  fd_advise: "illi", fd_allocate: "ill", fd_close: "i", fd_datasync: "i", fd_fdstat_get: "ii", fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "ill", fd_filestat_get: "ii", fd_filestat_set_size: "il", fd_filestat_set_times: "illi", fd_pread: "iiili",
  fd_prestat_get: "ii", fd_prestat_dir_name: "iii", fd_pwrite: "iiili", fd_read: "iiii", fd_readdir: "iiili", fd_renumber: "ii",
  fd_seek: "ilii", fd_sync: "i", fd_tell: "ii", fd_write: "iiii", path_create_directory: "iii", path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiilli", path_link: "iiiiiii", path_open: "iiiiillii", path_readlink: "iiiiii",
  path_remove_directory: "iii", path_rename: "iiiiii", path_symlink: "iiiii", path_unlink_file: "iii", poll_oneoff: "iiii",
  proc_exit: "i", proc_raise: "i", random_get: "ii", sched_yield: "", sock_accept: "iii", sock_recv: "iiiiii", sock_send: "iiiii",
  sock_shutdown: "ii",
};

test("the table has the 46 functions of preview 1 with their types, and preview 0 all but one", () => {
  const table = Object.fromEntries(WASI_CALLS.map(({ name, type }) => [name, type.params.map((param) => (param === "i64" ? "l" : "i")).join("")]));
  assert.deepEqual(table, SIGNATURES);
  assert.equal(WASI_CALLS.length, 46);
  for (const { name, type } of WASI_CALLS) assert.deepEqual(type.results, name === "proc_exit" ? [] : ["i32"]);
  const [preview1, preview0] = new Guest().wasi.modules;
  assert.deepEqual(preview1?.functions.map((call) => call.name), Object.keys(table));
  assert.deepEqual(preview0?.functions.map((call) => call.name), Object.keys(table).filter((name) => name !== "sock_accept"));
});

test("functions are found by name, and extensions by their type", () => {
  const listener = new Loopback("local");
  const guest = new Guest({ sockets: [listener] });
  const { wasi } = guest;
  const type = (params: string): FuncType => ({ kind: "func", params: [...params].map(() => "i32" as const), results: ["i32"] });
  assert.equal(wasi.find("wasi_snapshot_preview1", "fd_close")?.name, "fd_close");
  assert.equal(wasi.find("wasi_snapshot_preview1", "fd_close"), wasi.find("wasi_snapshot_preview1", "fd_close", type("i")));
  assert.equal(wasi.find("wasi_snapshot_preview1", "fd_close", type("ii")), undefined);
  assert.equal(wasi.find("wasi_unstable", "sock_accept"), undefined);
  assert.equal(wasi.find("env", "fd_close"), undefined);
  assert.equal(wasi.find("wasi_snapshot_preview1", "sock_open"), undefined, "an extension only under its own type");
  const open = wasi.find("wasi_snapshot_preview1", "sock_open", type("iii"));
  const accept = wasi.find("wasi_snapshot_preview1", "sock_accept", type("ii"));
  assert.ok(open !== undefined && accept !== undefined);
  assert.equal((open.call as (...args: number[]) => number)(0, 0, 64), Errno.notsup);
  listener.connect();
  assert.equal((accept.call as (...args: number[]) => number)(3, 64), 0);
  assert.equal(guest.u32(64), 4);
  assert.equal(guest.process.handles.size, 5);
});

test("errno and rights have the numbers of the specification", () => {
  assert.deepEqual([Errno["2big"], Errno.badf, Errno.fault, Errno.inval, Errno.noent, Errno.nosys, Errno.notcapable], [1, 8, 21, 28, 44, 52, 76]);
  assert.deepEqual(Object.values(Errno), Array.from({ length: 77 }, (_, index) => index));
  assert.deepEqual(Object.values(Right), Array.from({ length: 30 }, (_, index) => 1 << index));
  assert.equal(errnoName(44), "noent");
  assert.equal(errnoName(1000), "1000");
});

test("arguments and environment are counted and written in UTF-8 with NULs", () => {
  const guest = new Guest({ args: ["prog", "grüße", "𝄞"], env: [["A", "1"], ["Ä", "=x"]] });
  const out = guest.alloc(8);
  assert.equal(guest.call("args_sizes_get", out, out + 4), 0);
  assert.deepEqual([guest.u32(out), guest.u32(out + 4)], [3, 5 + 8 + 5]);
  const pointers = guest.alloc(16);
  const buffer = guest.alloc(32);
  assert.equal(guest.call("args_get", pointers, buffer), 0);
  assert.equal(guest.string(buffer, 18), "prog\0grüße\0𝄞\0");
  assert.deepEqual([0, 4, 8].map((at) => guest.u32(pointers + at) - buffer), [0, 5, 13]);
  assert.equal(guest.call("environ_sizes_get", out, out + 4), 0);
  assert.deepEqual([guest.u32(out), guest.u32(out + 4)], [2, 4 + 6]);
  assert.equal(guest.call("environ_get", pointers, buffer), 0);
  assert.equal(guest.string(buffer, 10), "A=1\0Ä==x\0");
});

test("options that cannot be told a C program are refused", () => {
  const rows: readonly WasiP1Options[] = [{ args: ["a\0b"] }, { args: ["\ud800"] }, { env: [["", "x"]] }, { env: [["A=B", "x"]] }, { env: [["A", "x\0"]] }];
  for (const options of rows) assert.throws(() => new Guest(options), { code: "abi/wasi-string" });
});

test("clocks: each has a time and a resolution, and none without the grant", () => {
  const guest = new Guest();
  const out = guest.alloc(8);
  const times = [0, 1, 2, 3].map((id) => {
    assert.equal(guest.call("clock_time_get", id, 0n, out), 0);
    return guest.u64(out);
  });
  assert.deepEqual(times, [1_700_000_001_000_000_000n, 1_000_000_000n, 5_000_000n, 5_000_000n]);
  for (const id of [0, 1, 2, 3]) {
    assert.equal(guest.call("clock_res_get", id, out), 0);
    assert.ok(guest.u64(out) > 0n);
  }
  const blind = new Guest({ clocks: false });
  assert.equal(blind.call("clock_time_get", 1, 0n, out), Errno.notcapable);
});

test("entropy fills exactly what was asked for, in turns when it is much", () => {
  const guest = new Guest({}, { initial: 64, maximum: 64 });
  const addr = 1000;
  assert.equal(guest.call("random_get", addr, 10), 0);
  assert.deepEqual([...guest.bytes.subarray(addr - 1, addr + 11)], [0, ...Array.from({ length: 10 }, () => 0xa5), 0]);
  const much = 3 * 1024 * 1024 + 7;
  assert.equal(guest.call("random_get", addr, much), BLOCK);
  assert.equal(guest.process.resume(), BLOCK);
  assert.equal(guest.process.resume(), BLOCK);
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.bytes.subarray(addr, addr + much).every((byte) => byte === 0xa5), true);
  assert.equal(guest.bytes[addr + much], 0);
  assert.equal(new Guest({ entropy: false }).call("random_get", addr, 1), Errno.notcapable);
});

test("entropy and buffers work on shared memory", () => {
  const guest = new Guest({}, { initial: 2, maximum: 4, shared: true });
  assert.equal(guest.call("random_get", 100, 4), 0);
  assert.equal(guest.bytes[103], 0xa5);
  assert.deepEqual(guest.write(1, "shared"), [0, 6]);
});

test("exit and signals end the process with a status", () => {
  for (const [call, argument, status] of [["proc_exit", 0, 0], ["proc_exit", -1, 0xffffffff], ["proc_raise", 6, 134], ["proc_raise", 9, 137]] as const) {
    const guest = new Guest();
    assert.equal(guest.call(call, argument), DIE);
    assert.equal(guest.process.exitStatus, status);
  }
  const guest = new Guest();
  for (const ignored of [0, 16, 17, 22, 27]) assert.equal(guest.call("proc_raise", ignored), 0);
  assert.equal(guest.call("sched_yield"), BLOCK);
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.process.yields, 1);
});

test("preopens come in order from 3 on and say their names", () => {
  const fs = memory();
  const guest = new Guest({ preopens: ["/", "/süß"].map((guestPath) => ({ guestPath, directory: fs.root(), rights: "rw" as const })) });
  const out = guest.alloc(8);
  const name = guest.alloc(16);
  const names = [3, 4].map((fd) => {
    assert.equal(guest.call("fd_prestat_get", fd, out), 0);
    assert.equal(guest.u32(out), 0, "a directory");
    assert.equal(guest.call("fd_prestat_dir_name", fd, name, 16), 0);
    return guest.string(name, guest.u32(out + 4));
  });
  assert.deepEqual(names, ["/", "/süß"]);
  assert.equal(guest.call("fd_prestat_get", 5, out), Errno.badf);
  assert.equal(guest.call("fd_prestat_get", 0, out), Errno.badf);
});

test("calls in words have the contents of strings and lists, names of flags, and what was filled in", () => {
  const stdin = createPipe();
  stdin.sink.write(new TextEncoder().encode("read me"));
  const guest = new Guest({ stdin: stdin.source, preopens: [{ guestPath: "/süß", directory: memory().root(), rights: "rw" }] });
  const show = (name: string, ...args: readonly (number | bigint)[]): string => {
    const words = guest.wasi.find("wasi_snapshot_preview1", name)!.words!;
    const before = words.before(args);
    const answer = guest.call(name, ...args);
    const rest = words.after(args, answer).slice(before.length);
    return `${name}(${before.join(", ")} | ${rest.join(", ")}) = ${words.answer(answer)}`;
  };
  const out = guest.alloc(64);
  assert.equal(show("path_open", 3, 1, ...guest.text("a\n\"b"), 9, 6n | (1n << 21n), 0n, 5, out), 'path_open(3, follow, "a\\n\\"b", creat|trunc, fdRead|fdSeek|fdFilestatGet, 0, append|nonblock | [4]) = 0');
  assert.equal(show("path_open", 3, 0, ...guest.text("no/no"), 0x100, 0n, 0n, 0, out), `path_open(3, 0, "no/no", 0x100, 0, 0, 0 | 0x${out.toString(16)}) = 28 (inval)`);
  assert.equal(show("fd_write", 1, ...guest.iovecs(guest.text("hello\n"), guest.text("x".repeat(200))), out), `fd_write(1, [{"hello\\n", 6}, {"${"x".repeat(80)}"…, 200}], 2 | [206]) = 0`);
  assert.match(show("fd_read", 0, ...guest.iovecs([guest.alloc(4), 4], [guest.alloc(100), 100]), out), /^fd_read\(0 \| \[\{"read", 4\}, \{" me", 100\}\], 2, \[7\]\) = 0$/);
  assert.equal(show("fd_write", 1, guest.put(new Uint8Array([0xff, 0xff, 0xff, 0x7f, 5, 0, 0, 0])), 1, out), "fd_write(1, [{[5 bytes outside the memory at 0x7fffffff], 5}], 1 | " + `0x${out.toString(16)}) = 21 (fault)`);
  assert.equal(show("fd_write", 1, ...guest.iovecs([guest.put(new Uint8Array([0x41, 0xff, 0x22])), 3]), out), 'fd_write(1, [{"A\\xff\\x22", 3}], 1 | [3]) = 0');
  const later = (name: string, ...args: readonly (number | bigint)[]): string => guest.wasi.find("wasi_snapshot_preview1", name)!.words!.after(args, undefined).join(", ");
  assert.equal(later("fd_write", 1, 64, 2, 16), "1, 0x40, 2, 0x10");
  assert.equal(later("path_unlink_file", 3, ...guest.text("a.txt")), '3, "a.txt"');
  assert.match(show("path_unlink_file", 3, -1, 9), /^path_unlink_file\(3, \[9 bytes outside the memory at 0xffffffff\] \| \) = 21 \(fault\)$/);
  assert.equal(show("fd_seek", 4, -3n, 2, out), `fd_seek(4, -3, end | 0x${out.toString(16)}) = 28 (inval)`);
  assert.equal(show("fd_prestat_dir_name", 3, guest.alloc(8), 6), 'fd_prestat_dir_name(3 | "/süß", 6) = 0');
  assert.equal(show("fd_prestat_get", 3, out), "fd_prestat_get(3 | {dir, 6}) = 0");
  assert.match(show("fd_filestat_get", 4, out), /^fd_filestat_get\(4 \| \{file, size 0\}\) = 0$/);
  assert.equal(show("fd_read", -1, -1, -1, -1), "fd_read(4294967295 | 0xffffffff, 4294967295, 0xffffffff) = 8 (badf)");
  assert.equal(show("clock_time_get", 7, 0n, out), `clock_time_get(7, 0 | 0x${out.toString(16)}) = 28 (inval)`);
});
