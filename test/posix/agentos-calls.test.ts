/**
 * The calls of agentOS's software packages, made by a program of the test's own: what they answer to
 * arguments that make no sense, and what happens to descriptors and children.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { boot, memory } from "../../src/node.ts";
import type { Said } from "../programs/agentos.ts";

const IMPORTS = `
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "host_process" "proc_spawn" (func $spawn (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "host_process" "proc_waitpid" (func $wait (param i32 i32 i32) (result i32)))
  (import "host_process" "proc_kill" (func $kill (param i32 i32) (result i32)))
  (import "host_process" "proc_getpid" (func $getpid (param i32) (result i32)))
  (import "host_process" "fd_pipe" (func $pipe (param i32 i32) (result i32)))
  (import "host_process" "fd_dup" (func $dup (param i32 i32) (result i32)))
  (import "host_process" "fd_dup2" (func $dup2 (param i32 i32) (result i32)))
  (import "host_fs" "fd_mode" (func $fd_mode (param i32) (result i32)))
  (import "host_fs" "path_mode" (func $path_mode (param i32 i32 i32) (result i32)))
  (import "host_fs" "chmod" (func $chmod (param i32 i32 i32) (result i32)))`;

/** With the other form of the call. */
const IMPORTS_4 = IMPORTS.replace('"proc_waitpid" (func $wait (param', '"proc_waitpid" (func $wait4 (param i32');

/** A program whose main function is `body`, with a memory of one page and data at 1024 and above. `$show` writes a number in a line. */
function program(body: string, { imports = IMPORTS, data = "" } = {}): Uint8Array {
  return new Uint8Array(compile(`(module ${imports}
    (memory (export "memory") 1)
    ${data}
    (func $show (param $n i32) (local $at i32)
      (local.set $at (i32.const 79))
      (i32.store8 (i32.const 80) (i32.const 10))
      (loop $digit
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br_if $digit (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
      (i32.store (i32.const 40) (i32.add (local.get $at) (i32.const 1)))
      (i32.store (i32.const 44) (i32.sub (i32.const 80) (local.get $at)))
      (drop (call $fd_write (i32.const 1) (i32.const 40) (i32.const 1) (i32.const 48))))
    (func (export "_start") (local $i i32) ${body}))`));
}

/** Exits with a status. */
const EXITS = (status: number): Uint8Array => program(`(call $proc_exit (i32.const ${status}))`);
const SPINS = program("(loop $spin (br $spin))");
/** The strings from 1024 on, each with its NUL. */
const strings = (...list: readonly string[]): string => `(data (i32.const 1024) "${list.map((text) => `${text}\\00`).join("")}")`;
const show = (call: string): string => `(call $show ${call})`;

async function say(main: Uint8Array, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Said> {
  await using os = await boot({ cacheFolder: false });
  await using session = await os.createSession({ fs: { "/": memory({ files: { "/bin/main": main, "/bin/seven": EXITS(7), "/bin/spin": SPINS, "/etc/text": "text", ...files } }) } });
  const process = await session.spawn("/bin/main", ["main"], { stdin: "null", stdout: "buffer", stderr: "buffer", env: { PATH: "/bin" } });
  const [stdout, stderr, exit] = await Promise.all([process.stdout!.text(), process.stderr!.text(), process.exited]);
  assert.equal(exit.fault, undefined, JSON.stringify(exit.fault?.message));
  await session.close();
  assert.deepEqual(os.processes(), []);
  assert.equal(os.root.account.used("memory"), 0);
  assert.equal(os.root.account.used("handles"), 0);
  return { stdout, stderr, status: exit.status ?? -1 };
}
const lines = ({ stdout }: Said): number[] => stdout.trim().split("\n").map(Number);

const E = { success: 0, fault: 21, badf: 8, child: 12, noent: 44, srch: 71, inval: 28, acces: 2, noexec: 45, ilseq: 25, nametoolong: 37, "2big": 1 } as const;

/** `proc_spawn` of the `length` bytes at 1024, with arguments of it replaced. */
function spawn(length: number, changed: Readonly<Partial<Record<"argv" | "env" | "envLength" | "stdin" | "stdout" | "stderr" | "cwd" | "cwdLength" | "pid", number>>> = {}): string {
  const { argv = 1024, env = 0, envLength = 0, stdin = 0, stdout = 1, stderr = 2, cwd = 0, cwdLength = 0, pid = 8 } = changed;
  return `(call $spawn ${[argv, length, env, envLength, stdin, stdout, stderr, cwd, cwdLength, pid].map((value) => `(i32.const ${value})`).join(" ")})`;
}

test("arguments that make no sense are refused, and nothing is started", { timeout: 60_000 }, async () => {
  const name = "/bin/seven";
  const length = name.length + 1;
  const rows: readonly (readonly [call: string, errno: number])[] = [
    [spawn(0), E.noent],
    [spawn(length, { argv: 65_530 }), E.fault],
    [spawn(-1), E.fault],
    [spawn(length, { env: -4, envLength: 8 }), E.fault],
    [spawn(length, { cwd: 65_000, cwdLength: 1000 }), E.fault],
    [spawn(length, { cwd: 0, cwdLength: 5000 }), E.nametoolong],
    [spawn(length, { pid: 65_533 }), E.fault],
    [spawn(length, { stdin: 99 }), E.badf],
    [spawn(length, { stdout: 99 }), E.badf],
    [spawn(length, { stderr: -2 }), E.badf],
    [spawn(length, { cwd: 1024, cwdLength: 4 }), E.success],
    [spawn(5), E.acces],
    ["(call $wait (i32.const 12345) (i32.const 0) (i32.const 8))", E.child],
    ["(call $wait (i32.const -1) (i32.const 0) (i32.const -1))", E.fault],
    ["(call $kill (i32.const 12345) (i32.const 9))", E.srch],
    ["(call $kill (i32.const 1) (i32.const 99))", E.inval],
    ["(call $getpid (i32.const -1))", E.fault],
    ["(call $pipe (i32.const -1) (i32.const 8))", E.fault],
    ["(call $pipe (i32.const 8) (i32.const 65534))", E.fault],
    ["(call $dup (i32.const 99) (i32.const 8))", E.badf],
    ["(call $dup (i32.const 1) (i32.const -1))", E.fault],
    ["(call $dup2 (i32.const 1) (i32.const -1))", E.badf],
    ["(call $chmod (i32.const 65000) (i32.const 1000) (i32.const 0))", E.fault],
    ["(call $chmod (i32.const 2000) (i32.const 9) (i32.const 420))", E.success],
    ["(call $chmod (i32.const 2000) (i32.const 8) (i32.const 420))", E.noent],
    ["(call $fd_mode (i32.const 99))", 0],
    ["(call $fd_mode (i32.const -1))", 0],
    ["(call $path_mode (i32.const -1) (i32.const 9) (i32.const 1))", 0],
    ["(call $path_mode (i32.const 2000) (i32.const 5000) (i32.const 1))", 0],
    ["(call $path_mode (i32.const 2000) (i32.const 8) (i32.const 1))", 0],
    ["(call $path_mode (i32.const 2000) (i32.const 9) (i32.const -1))", 0o100644],
    ["(call $path_mode (i32.const 1024) (i32.const 10) (i32.const 0))", 0o100755],
    ["(call $path_mode (i32.const 1024) (i32.const 4) (i32.const 0))", 0o040755],
  ];
  const said = await say(program(rows.map(([call]) => show(call)).join("\n"), { data: `${strings(name)} (data (i32.const 2000) "/etc/text")` }));
  assert.deepEqual(lines(said), rows.map(([, errno]) => errno));
});

test("a child is waited for by its number, in both forms of the call; then it is no child any more", { timeout: 60_000 }, async () => {
  const first = await say(program(`
    ${show(spawn(7))}
    ${show("(call $wait (i32.load (i32.const 8)) (i32.const 0) (i32.const 12))")}
    ${show("(i32.load (i32.const 12))")}
    ${show("(call $wait (i32.load (i32.const 8)) (i32.const 0) (i32.const 12))")}
    ${show(spawn(9, { argv: 1040 }))}
    ${show("(call $wait (i32.load (i32.const 8)) (i32.const 1) (i32.const 12))")}
    ${show("(call $kill (i32.load (i32.const 8)) (i32.const 9))")}
    ${show("(call $wait (i32.const -1) (i32.const 0) (i32.const 12))")}
    ${show("(i32.load (i32.const 12))")}`, { data: `(data (i32.const 1024) "seven\\00x") (data (i32.const 1040) "/bin/spin\\00")` }));
  assert.deepEqual(lines(first), [0, 0, 7 << 8, E.child, 0, 10, 0, 0, (128 + 9) << 8]);

  const fourth = await say(program(`
    ${show(spawn(9))}
    ${show("(call $wait4 (i32.const -1) (i32.const 1) (i32.const 12) (i32.const 16))")}
    ${show("(i32.load (i32.const 16))")}
    ${show("(call $kill (i32.load (i32.const 8)) (i32.const 9))")}
    ${show("(call $wait4 (i32.const -1) (i32.const 0) (i32.const 12) (i32.const 16))")}
    ${show("(i32.load (i32.const 12))")}
    ${show("(i32.eq (i32.load (i32.const 16)) (i32.load (i32.const 8)))")}`, { imports: IMPORTS_4, data: strings("/bin/spin") }));
  assert.deepEqual(lines(fourth), [0, 0, 0, 0, 0, 128 + 9, 1]);
});

test("descriptors that a child is given are closed in its parent, and their numbers wait for a second close", { timeout: 60_000 }, async () => {
  const said = await say(program(`
    ${show("(call $pipe (i32.const 16) (i32.const 20))")}
    ${show(spawn(11, { stdout: 5 }))}
    (i32.store (i32.const 40) (i32.const 600)) (i32.store (i32.const 44) (i32.const 4))
    ${show("(call $fd_write (i32.load (i32.const 20)) (i32.const 40) (i32.const 1) (i32.const 48))")}
    ${show("(call $dup (i32.const 1) (i32.const 24))")}
    ${show("(i32.ne (i32.load (i32.const 24)) (i32.load (i32.const 20)))")}
    ${show("(call $fd_close (i32.load (i32.const 20)))")}
    ${show("(call $fd_close (i32.load (i32.const 20)))")}
    (i32.store (i32.const 40) (i32.const 600)) (i32.store (i32.const 44) (i32.const 4))
    ${show("(call $fd_read (i32.load (i32.const 16)) (i32.const 40) (i32.const 1) (i32.const 48))")}
    ${show("(call $wait (i32.const -1) (i32.const 0) (i32.const 12))")}`, { data: strings("/bin/seven") }));
  // The read meets the end: the child, which wrote nothing, was the last who could have written.
  assert.deepEqual(lines(said), [0, 0, E.badf, 0, 1, 0, E.badf, 0, 0]);
});

test("a signal calls the export that their C library has for it", { timeout: 60_000 }, async () => {
  const imports = `${IMPORTS} (import "host_process" "proc_sigaction" (func $sigaction (param i32 i32 i32 i32 i32) (result i32)))`;
  const body = `
    ${show("(call $sigaction (i32.const 10) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))")}
    ${show("(call $sigaction (i32.const 9) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))")}
    ${show("(call $sigaction (i32.const 99) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0))")}
    ${show("(call $sigaction (i32.const 12) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))")}
    (drop (call $getpid (i32.const 8)))
    ${show("(call $kill (i32.load (i32.const 8)) (i32.const 10))")}
    ${show("(call $kill (i32.load (i32.const 8)) (i32.const 12))")}
    ${show("(call $kill (i32.load (i32.const 8)) (i32.const 15))")}`;
  const handler = '(func (export "__wasi_signal_trampoline") (param i32) (call $show (i32.add (i32.const 1000) (local.get 0))))';
  await using os = await boot({ cacheFolder: false });
  await using session = await os.createSession({ fs: { "/": memory({ files: { "/bin/main": program(body, { imports, data: handler }) } }) } });
  const process = await session.spawn("/bin/main", ["main"], { stdin: "null", stdout: "buffer", stderr: "null" });
  const [stdout, exit] = await Promise.all([process.stdout!.text(), process.exited]);
  assert.equal(stdout, [0, E.inval, E.inval, 0, 1010, 0, 0, ""].join("\n"));
  assert.equal(exit.signal, 15);
});

test("a pipe holds a megabyte that nobody reads yet", { timeout: 60_000 }, async () => {
  const said = await say(program(`
    ${show("(call $pipe (i32.const 16) (i32.const 20))")}
    (local.set $i (i32.const 32))
    (loop $more
      (i32.store (i32.const 600) (i32.const 0)) (i32.store (i32.const 604) (i32.const 32768))
      (if (call $fd_write (i32.load (i32.const 20)) (i32.const 600) (i32.const 1) (i32.const 608)) (then (call $proc_exit (i32.const 99))))
      (if (i32.ne (i32.load (i32.const 608)) (i32.const 32768)) (then (call $proc_exit (i32.const 98))))
      (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    ${show("(call $fd_close (i32.load (i32.const 20)))")}
    (loop $rest
      (i32.store (i32.const 600) (i32.const 2048)) (i32.store (i32.const 604) (i32.const 50000))
      (if (call $fd_read (i32.load (i32.const 16)) (i32.const 600) (i32.const 1) (i32.const 608)) (then (call $proc_exit (i32.const 97))))
      (local.set $i (i32.add (local.get $i) (i32.load (i32.const 608))))
      (br_if $rest (i32.load (i32.const 608))))
    (call $show (local.get $i))`));
  assert.deepEqual([said.status, ...lines(said)], [0, 0, 0, 1 << 20]);
});
