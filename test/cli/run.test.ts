import assert from "node:assert/strict";
import { existsSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compile } from "watr";
import { file, FOLDER, isola, program, writer } from "./isola.ts";

const SPIN = file("spin.wat", program('(func (export "_start") (loop (br 0)))'));
const HELLO = file("hello.wat", program('(func (export "_start") (call $ready))'));
const BINARY = file("hello.wasm", compile(program('(func (export "_start") (call $ready))')));

const exits = (status: number): string => file(`exit-${status}.wat`, program(`(func (export "_start") (call $proc_exit (i32.const ${status})))`));

test("runs text and binary, told apart by their contents, and gives the program's status", async () => {
  const renamed = file("text-named.wasm", program('(func (export "_start") (call $ready))'));
  for (const path of [HELLO, BINARY, renamed]) assert.deepEqual(await isola(["run", path]), { status: 0, signal: null, stdout: "ready\n", stderr: "" });
  const [seven, top] = [await isola(["run", exits(7)]), await isola(["run", exits(255)])];
  assert.deepEqual([seven.status, seven.stderr, top.status], [7, "", 255]);
});

test("- is a program on standard input, which then is empty for it", async () => {
  const echo = program(`(func (export "_start")
    (call $ready)
    (i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 100))
    (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $proc_exit (i32.const 99))))
    (call $proc_exit (i32.load (i32.const 8))))`);
  assert.deepEqual(await isola(["run", "-"], { input: echo }), { status: 0, signal: null, stdout: "ready\n", stderr: "" });
  assert.equal((await isola(["run", "-"], { input: compile(echo) })).stdout, "ready\n");
});

test("a fault ends with 134 and a backtrace in the program's own names and offsets", async () => {
  const named = new Uint8Array([
    ...compile('(module (func $inner unreachable) (func (export "_start") (call 0)))'),
    // A name section: function 0 is "inner", function 1 "main".
    0, 21, 4, ...Buffer.from("name"), 1, 14, 2, 0, 5, ...Buffer.from("inner"), 1, 4, ...Buffer.from("main"),
  ]);
  const { status, stdout, stderr } = await isola(["run", file("crash.wasm", named)]);
  assert.equal(status, 134);
  assert.equal(stdout, "");
  assert.match(stderr, /^isola: crash\.wasm: wasm trap: unreachable\nwasm backtrace:\n +0: +0x[0-9a-f]+ - crash\.wasm!inner\n +1: +0x[0-9a-f]+ - crash\.wasm!main\n$/);
  const offset = Number(/0: +(0x[0-9a-f]+)/.exec(stderr)![1]);
  assert.equal(named[offset], 0x00, "the offset is that of the unreachable instruction in the file");
});

test("endless recursion is a fault like any other", async () => {
  const { status, stderr } = await isola(["run", file("deep.wat", program('(func $f (export "_start") (call $f))'))]);
  assert.equal(status, 134);
  assert.match(stderr, /^isola: deep\.wat: wasm trap: call stack exhausted\nwasm backtrace:\n/);
  assert.ok(stderr.split("\n").length < 100);
});

/** Options, and what a spinning program's end says. */
const KILLS: readonly (readonly [options: readonly string[], report: RegExp])[] = [
  [["--cpu", "100ms"], /^isola: spin\.wat: killed: processor time limit of 100 ms reached; used \d+ ms of processor time in \d+(\.\d+)? m?s\n$/],
  [["--cpu=0.1"], /^isola: spin\.wat: killed: processor time limit of 100 ms reached; /],
  [["--wall", "0.2s"], /^isola: spin\.wat: killed: time limit of 200 ms reached; used .* of processor time in .*s\n$/],
  [["-W", "timeout=200ms"], /^isola: spin\.wat: killed: time limit of 200 ms reached; /],
  [["--fuel", "1_000_000"], /^isola: spin\.wat: killed: fuel limit of 1000000 instructions reached; /],
  [["-W", "fuel=5000,timeout=50s"], /^isola: spin\.wat: killed: fuel limit of 5000 instructions reached; /],
];

test("a program over its time or fuel is killed with 137 and a sentence that says which limit", async () => {
  for (const [options, report] of KILLS) {
    const { status, stdout, stderr } = await isola(["run", ...options, SPIN]);
    assert.match(stderr, report);
    assert.equal(status, 137);
    assert.equal(stdout, "");
  }
});

test("the same limits leave a program alone that keeps them", async () => {
  const { status, stdout, stderr } = await isola(["run", "--cpu", "20s", "--wall", "1m", "--fuel", "1000000", "--memory", "64KiB", "--output", "6", "--max-files", "3", "--max-threads", "1", HELLO]);
  assert.deepEqual([status, stdout, stderr], [0, "ready\n", ""]);
});

test("a share of the processor slows a program down", async () => {
  const { status, stderr } = await isola(["run", "--cpu-share", "0.2", "--cpu", "200ms", SPIN]);
  assert.equal(status, 137);
  const [, used, value, unit] = /used (\d+) ms of processor time in ([0-9.]+) (m?s)\n$/.exec(stderr)!;
  const wall = Number(value) * (unit === "s" ? 1000 : 1);
  assert.ok(wall >= Number(used) * 3, `${wall} ms for ${used} ms of processor time`);
});

test("output over its limit ends the program", async () => {
  const { status, stdout, stderr } = await isola(["run", "--output", "100KiB", file("flood.wat", writer(1000, 0))]);
  assert.equal(status, 137);
  assert.match(stderr, /^isola: flood\.wat: killed: output limit of 100 KiB reached; wrote 100 KiB\n$/);
  assert.equal(stdout.length, 100 * 1024);
});

test("memory beyond its limit is refused when it is grown, and at the start", async () => {
  // Its status is the size in pages that it reached.
  const grower = file("grow.wat", program('(func (export "_start") (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (call $proc_exit (memory.size)))'));
  assert.equal((await isola(["run", "--memory", "1MiB", grower])).status, 16);
  assert.equal((await isola(["run", "-W", "max-memory-size=131072", grower])).status, 2);
  const { status, stdout, stderr } = await isola(["run", "--memory", "1MiB", file("big.wat", program('(func (export "_start"))', 100))]);
  assert.deepEqual([status, stdout, stderr], [1, "", "isola: big.wat: needs 6.25 MiB of memory to start, and may have 1 MiB; see --memory\n"]);
});

test("calls are traced on standard error", async () => {
  const { status, stdout, stderr } = await isola(["run", "--trace", "calls", HELLO]);
  assert.deepEqual([status, stdout], [0, "ready\n"]);
  assert.match(stderr, /^\[1\.1\] 0\.\d{6} fd_write\(1, \[\{"ready\\n", 6\}\], 1, \[6\]\) = 0 <0\.\d{6}>\n$/);
});

test("what a program took is told with --verbose", async () => {
  const { status, stdout, stderr } = await isola(["run", "--verbose", HELLO]);
  assert.deepEqual([status, stdout], [0, "ready\n"]);
  assert.match(stderr, /^isola: compiled \d+ bytes in .*\nisola: ran for .*; memory 64 KiB at most; wrote 6 bytes\n$/);
});

test("missing imports are all named, with their types", async () => {
  const needs = `(module (import "env" "f" (func (param i32 f64) (result i64))) (import "env" "g" (global (mut i32)))
    (import "wasi_snapshot_preview1" "fd_frob" (func)) (import "\\1b[31m" "\\"" (func)) (memory (export "memory") 1) (func (export "_start")))`;
  const { status, stdout, stderr } = await isola(["run", file("needy.wat", needs)]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.ok(stderr.startsWith("isola: needy.wat: needs 4 imports that are not on offer:\n"));
  assert.ok(stderr.includes('\n  "env" "f": (func (param i32 f64) (result i64))\n  "env" "g": (global (mut i32))\n  "wasi_snapshot_preview1" "fd_frob": (func)\n'));
  assert.ok(stderr.includes("--trap-unknown-imports"));
  assert.ok(!stderr.includes("\u001b"), "a name does not reach the terminal as it is");
});

test("a name of an import can neither begin a line of its own nor bury the report in others", async () => {
  const forged = await isola(["run", file("forged.wat", `(module (import "env" "f\\0aisola: all is well" (func)) (func (export "_start")))`)]);
  assert.deepEqual([forged.status, forged.stderr.split("\n").filter((line) => line.startsWith("isola:")).length], [1, 1]);
  const wrong = await isola(["run", file("wrong.wat", `(module (import "wasi_snapshot_preview1" "fd_close" (func)) (func (export "_start")))`)]);
  assert.match(wrong.stderr, /\n  "wasi_snapshot_preview1" "fd_close"\n  expected: /);
  const many = Array.from({ length: 3000 }, (_, index) => `(import "env" "f${index}" (func))`).join("");
  const { status, stderr } = await isola(["run", file("many.wat", `(module ${many} (func (export "_start")))`)]);
  assert.equal(status, 1);
  assert.match(stderr, /needs 3000 imports[^]*"f49": \(func\)\n  and 2950 more\n/);
});

test("missing functions can be left for later, until one is called", async () => {
  const text = (called: string): string => `(module (import "env" "f" (func $f)) (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (func (export "_start") ${called} (call $exit (i32.const 5))))`;
  assert.equal((await isola(["run", "--trap-unknown-imports", file("unused.wat", text(""))])).status, 5);
  const { status, stderr } = await isola(["run", "--trap-unknown-imports", file("used.wat", text("(call $f)"))]);
  assert.equal(status, 134);
  assert.match(stderr, /^isola: used\.wat: wasm trap: unknown import called: "env" "f"\nwasm backtrace:\n/);
});

test("an import of another type is named with both types", async () => {
  const { status, stderr } = await isola(["run", file("wrong.wat", '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (memory (export "memory") 1) (func (export "_start")))')]);
  assert.equal(status, 1);
  assert.equal(stderr, 'isola: wrong.wat: needs an import of another type than it has here:\n  "wasi_snapshot_preview1" "proc_exit"\n  expected: (func (param i64))\n  found:    (func (param i32))\n');
});

/** Files that cannot be run, and what is said. */
/** A file of so many bytes that takes no room. */
function sparse(name: string, size: number): string {
  const path = file(name, "");
  truncateSync(path, size);
  return path;
}

const UNFIT: readonly (readonly [path: string, report: RegExp])[] = [
  [sparse("large.wasm", 1024 ** 3 + 1), /^isola: cannot read .*large\.wasm: it has more than 1 GiB, which is the most that a module can have\n$/],
  ["nowhere.wasm", /^isola: cannot read nowhere\.wasm: no such file or directory\n$/],
  [FOLDER, /^isola: cannot read .*: it is a directory\n$/],
  [file("empty.wasm", ""), /^isola: empty\.wasm: no valid module: unexpected end: .* \(at 0x0, header\)\n$/],
  [file("elf", "\x7fELF\x02\x01\x01"), /^isola: elf: no valid module: magic header not detected: .* \(at 0x0, header\)\n$/],
  [file("cut.wasm", compile(program("")).subarray(0, 60)), /^isola: cut\.wasm: no valid module: .* \(at 0x[0-9a-f]+, .*\)\n$/],
  [file("section.wasm", new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4])), /^isola: section\.wasm: no valid module: .* \(at 0x9, type section\)\n$/],
  [file("invalid.wat", '(module (func (export "_start") (drop (i64.add (i32.const 1) (i64.const 1)))))'), /^isola: invalid\.wat: no valid module: .*i64.* \(at 0x[0-9a-f]+, function 0\)\n$/],
  [file("component.wasm", new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0])), /^isola: component\.wasm is a component; only core modules/],
  [file("syntax.wat", "(module\n  (func (export \"_start\") nonsense))"), /^isola: syntax\.wat:\d+:\d+: .*nonsense\n$/],
  [file("open.wat", "(module"), /^isola: open\.wat:1:\d+: .*parenthesis\n$/],
  [file("latin.wat", new Uint8Array([40, 0xff, 41])), /^isola: latin\.wat: the text format must be UTF-8, and this is not\n$/],
];

test("a file that is no program ends with 1 and says what is wrong, and where", async () => {
  for (const [path, report] of UNFIT) {
    const { status, stdout, stderr } = await isola(["run", path]);
    assert.match(stderr, report);
    assert.deepEqual([status, stdout], [1, ""]);
  }
});

test("translations are kept in the cache folder, or not with --no-cache", async () => {
  const translations = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => name !== "code") : []);
  const without = join(FOLDER, "without");
  assert.equal((await isola(["run", "--no-cache", BINARY], { env: { ISOLA_CACHE: without } })).stdout, "ready\n");
  assert.deepEqual(translations(without), []);
  const kept = join(FOLDER, "kept");
  assert.equal((await isola(["run", BINARY], { env: { ISOLA_CACHE: kept } })).stdout, "ready\n");
  assert.equal(translations(kept).length, 1);
  const again = await isola(["run", "--verbose", BINARY], { env: { ISOLA_CACHE: kept } });
  assert.match(again.stderr, /translation from the cache/);
});
