/**
 * A program whose memory another host thread changes while its calls are served: pointers, lengths, paths, handles and limits
 * turn from good to hostile between any two reads. Each call sees one or the other, or a mixture, and answers; nothing is
 * reached that the program could not have reached without the race, and nobody else is harmed.
 *
 * The memory is a memory object that the program imports as its memory 0; the other thread is a worker of the host.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { compile } from "watr";
import { ISOLA_CALLS } from "#abi";
import { RESOURCES } from "#kernel";
import { boot, hostDir } from "../../src/node.ts";
import type { System } from "../../src/node.ts";
import { checkInvariants } from "../invariants.ts";
import { until } from "../services/guests.ts";

const PAGES = 4;
const END = PAGES * 65536;
const ROUNDS = 4000;
/** The racer stops when this word is not 0; it counts its rounds in the next. */
const STOP = 8;
/** Where the program counts answers that were 0 and others: two words for each of `CALLS`. */
const COUNTS = 0x4000;

/** Four bytes of the memory, and what they turn to by turns. */
type Flip = readonly [addr: number, ...values: number[]];
const text = (at: number, ...words: string[]): Flip[] => Array.from({ length: words[0]!.length / 4 }, (_, index) => [at + index * 4, ...words.map((word) => Buffer.from(word).readUInt32LE(index * 4))]);
const FLIPS: readonly Flip[] = [
  // Two iovecs: within the memory, at its end, wrapping around, without end.
  [0x100, 0x800, END - 4, 0xffff_fffc, 0x7fff_ffff], [0x104, 8, 0xffff_ffff, 0x8000_0000, 0], [0x108, 0x810, END, 0xffff_fff0], [0x10c, 8, END, 0xffff_fff8],
  // Paths that lead inside, and that lead out.
  ...text(0x200, "in/..//in/a.", "../outside/a", "/in/..//a/b.", "in/../../out"),
  ...text(0x240, "in/a\0../../out/", "../outside/secre", "in/a//../b..////"),
  // Handles of a message: some that are there, some that are not, twice the same.
  [0x340, 0, 0xffff_ffff, 1, 2, 3], [0x344, 0, 0x8000_0001, 1, 2, 3],
  // Limits of a job.
  [0x500, 0xffff_ffff, 0, 1], [0x504, 0xffff_ffff, 0, 0x8000_0000], [0x538, 0, 100, 0xffff_ffff], [0x53c, 0, 1],
  // Names of handles, with and without their ends.
  ...text(0x580, "a\0b\0", "abab", "\0\0\0\0", "\u00ff\u00ff"),
];

/** The calls of one round, by name: text that answers an i32. */
const CALLS: Readonly<Record<string, string>> = {
  fd_write: "(call $fd_write (i32.const 1) (i32.const 0x100) (i32.const 2) (i32.const 0x180))",
  fd_pwrite: "(call $fd_pwrite (local.get $file) (i32.const 0x100) (i32.const 2) (i64.const 0) (i32.const 0x180))",
  fd_pread: "(call $fd_pread (local.get $file) (i32.const 0x100) (i32.const 2) (i64.const 0) (i32.const 0x180))",
  path_filestat_get: "(call $path_filestat_get (i32.const 3) (i32.const 1) (i32.const 0x200) (i32.const 12) (i32.const 0x900))",
  path_create_directory: "(call $path_create_directory (i32.const 3) (i32.const 0x200) (i32.const 12))",
  path_rename: "(call $path_rename (i32.const 3) (i32.const 0x200) (i32.const 12) (i32.const 3) (i32.const 0x240) (i32.const 16))",
  path_symlink: "(call $path_symlink (i32.const 0x240) (i32.const 16) (i32.const 3) (i32.const 0x200) (i32.const 12))",
  path_unlink_file: "(call $path_unlink_file (i32.const 3) (i32.const 0x200) (i32.const 12))",
  path_open: "(call $open (i32.const 0x200) (i32.const 12))",
  channel_send: "(call $channel_send (local.get $end) (i32.const 0x300) (i32.const 64) (i32.const 0x340) (i32.const 2) (i64.const 0))",
  channel_receive: "(call $channel_receive (local.get $other) (i32.const 0x300) (i32.const 64) (i32.const 0x340) (i32.const 2) (i32.const 0x348) (i64.const 0))",
  job_create: "(call $make_job (local.get $job))",
  process_create: "(call $process_create (local.get $image) (local.get $job) (i32.const 0x580) (i32.const 4) (i32.const 0x580) (i32.const 4) (i32.const 0x340) (i32.const 2) (i32.const 0x190))",
  startup_handle: "(call $startup_handle (i32.const 0x580) (i32.const 2) (i32.const 0x190))",
  memory_write: "(call $memory_write (local.get $object) (i64.const 0) (i32.const 0x200) (i32.const 0x100))",
};
const NAMES = Object.keys(CALLS);

const wasi = (name: string, params: string): string => `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${params}) (result i32)))`;
const PROGRAM = `(module
  ${ISOLA_CALLS.map(({ name, type }) => `(import "isola" "${name}" (func $${name} ${type.params.map((param) => `(param ${param})`).join(" ")} (result i32)))`).join("\n  ")}
  ${wasi("fd_write", "i32 i32 i32 i32")} ${wasi("fd_pwrite", "i32 i32 i32 i64 i32")} ${wasi("fd_pread", "i32 i32 i32 i64 i32")} ${wasi("fd_close", "i32")}
  ${wasi("path_filestat_get", "i32 i32 i32 i32 i32")} ${wasi("path_create_directory", "i32 i32 i32")} ${wasi("path_rename", "i32 i32 i32 i32 i32 i32")}
  ${wasi("path_symlink", "i32 i32 i32 i32 i32")} ${wasi("path_unlink_file", "i32 i32 i32")} ${wasi("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32")}
  (import "isola:memory" "shared" (memory ${PAGES} ${PAGES} shared))
  (export "memory" (memory 0))
  (global $table i32 (i32.const 0x3000))
  (func $check (param $status i32) (if (local.get $status) (then (drop (call $process_exit (i32.add (i32.const 1000) (local.get $status)))))))
  (func $count (param $call i32) (param $status i32) (local $at i32)
    (local.set $at (i32.add (i32.const ${COUNTS}) (i32.add (i32.shl (local.get $call) (i32.const 3)) (i32.shl (i32.ne (local.get $status) (i32.const 0)) (i32.const 2)))))
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1))))
  ;; Opens for writing, made anew; writes nothing, and closes.
  (func $open (param $path i32) (param $length i32) (result i32) (local $status i32)
    (local.set $status (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $length) (i32.const 9) (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 0x188)))
    (if (i32.eqz (local.get $status)) (then (drop (call $fd_close (i32.load (i32.const 0x188))))))
    (local.get $status))
  (func $make_job (param $job i32) (result i32) (local $status i32)
    (local.set $status (call $job_create (local.get $job) (i32.const 0x500) (i32.const 0x18c)))
    (if (i32.eqz (local.get $status)) (then (drop (call $handle_close (i32.load (i32.const 0x18c))))))
    (local.get $status))
  (func $find (param $name i32) (result i32)
    (call $check (call $startup_handle (local.get $name) (i32.const 4) (i32.const 0x190)))
    (i32.load (i32.const 0x190)))
  (func (export "_start") (local $file i32) (local $end i32) (local $other i32) (local $job i32) (local $image i32) (local $object i32) (local $round i32)
    ;; Names that nobody changes, at 0x600: "jobs", "imag"; a file "f" at 0x620.
    (i32.store (i32.const 0x600) (i32.const 0x73626f6a)) (i32.store (i32.const 0x604) (i32.const 0x67616d69)) (i32.store8 (i32.const 0x620) (i32.const 102))
    (local.set $job (call $find (i32.const 0x600))) (local.set $image (call $find (i32.const 0x604)))
    (call $check (call $channel_create (i32.const 8) (i32.const 1024) (i32.const 0x194) (i32.const 0x198)))
    (local.set $end (i32.load (i32.const 0x194))) (local.set $other (i32.load (i32.const 0x198)))
    (call $check (call $memory_create (i32.const 1) (i32.const 0x19c))) (local.set $object (i32.load (i32.const 0x19c)))
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 0x620) (i32.const 1) (i32.const 9) (i64.const 0x46) (i64.const 0) (i32.const 0) (i32.const 0x188)))
    (local.set $file (i32.load (i32.const 0x188)))
    (loop $again
      ${NAMES.map((name, index) => `(call $count (i32.const ${index}) ${CALLS[name]})`).join("\n      ")}
      ;; An event for messages to carry, where the other thread puts its numbers, too.
      (if (i32.eqz (call $event_create (i32.const 0x340))) (then (drop (call $handle_duplicate (i32.load (i32.const 0x340)) (i32.const -1) (i32.const 0x344)))))
      (drop (call $thread_yield))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $round) (i32.const ${ROUNDS}))))))`;

const RACER = `
  const { workerData: { buffer, flips } } = require("node:worker_threads");
  const words = new Int32Array(buffer);
  let state = 0x2545f491;
  const next = (below) => { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return (state >>> 0) % below; };
  while (Atomics.load(words, ${STOP / 4}) === 0) {
    for (let n = 0; n < 64; n++) {
      const [at, ...values] = flips[next(flips.length)];
      words[at >> 2] = values[next(values.length)];
    }
    words[${STOP / 4 + 1}]++;
  }`;

describe("a program whose memory changes under its calls", { timeout: 120_000 }, () => {
  let os: System;
  let folder: string;
  const bugs: unknown[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "isola-race-"));
    for (const name of ["inside", "inside/in", "outside", "out"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "outside/secret"), "secret");
    os = await boot({ cacheFolder: false, onBug: (error: unknown) => bugs.push(error) });
  });
  after(async () => {
    await os.close();
    rmSync(folder, { recursive: true });
  });

  test("each call sees one thing or the other; nothing outside is reached, and all is given back", async () => {
    const used = Object.fromEntries(RESOURCES.map((resource) => [resource, os.root.account.used(resource)]));
    const program = await os.compile(compile(PROGRAM) as Uint8Array, { name: "racing" });
    const neighbour = await os.spawn(await os.compile(compile(`(module (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32))) (func (export "_start") (loop $l (drop (call $y)) (br $l))))`) as Uint8Array));
    const memory = os.memoryObject(END);
    const job = os.createJob({ name: "racing", limits: { processes: 50 } });
    const image = os.image(program);
    const inside = hostDir(join(folder, "inside"), { write: true });
    const words = new Int32Array(memory.bytes.buffer);
    const worker = new Worker(RACER, { eval: true, workerData: { buffer: words.buffer, flips: FLIPS } });
    const failed = new Promise<never>((_, reject) => worker.once("error", reject));
    await Promise.race([failed, until(() => words[STOP / 4 + 1]! > 0, "the other thread is there")]);
    const process = await os.spawn(program, {
      fs: { "/": inside }, job, stdout: "null", limits: { wall: "60 s", memory: "64 MiB", openFiles: 200 },
      handles: { shared: memory.handle(), jobs: os.jobHandle(job), imag: image.handle() },
    });
    let looks = 0;
    while (process.running) {
      await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 5))]);
      checkInvariants(os);
      looks++;
    }
    const exit = await process.exited;
    const racedRounds = words[STOP / 4 + 1]!;
    Atomics.store(words, STOP / 4, 1);
    await new Promise((resolve) => worker.once("exit", resolve));
    assert.deepEqual(exit, { status: 0 });
    assert.ok(racedRounds > 100 && looks > 0, `raced ${racedRounds} rounds, looked ${looks} times`);
    assert.deepEqual(bugs, []);
    assert.equal(neighbour.running, true);

    // The race was one: calls of most kinds succeeded and failed.
    const counts = NAMES.map((name, index) => [name, words[COUNTS / 4 + index * 2]!, words[COUNTS / 4 + index * 2 + 1]!] as const);
    for (const [name, good, bad] of counts) assert.equal(good + bad, ROUNDS, name);
    const mixed = counts.filter(([, good, bad]) => good > 0 && bad > 0).map(([name]) => name);
    assert.ok(mixed.length >= 8, `only ${mixed.join(", ")} went both ways: ${counts.join("; ")}`);

    assert.deepEqual(readdirSync(join(folder, "outside")), ["secret"]);
    assert.equal(readFileSync(join(folder, "outside/secret"), "utf8"), "secret");
    assert.deepEqual(readdirSync(join(folder, "out")), []);
    assert.deepEqual(readdirSync(folder).sort(), ["inside", "out", "outside"]);
    assert.ok(existsSync(join(folder, "inside/f")));

    job.kill({ cause: "job", message: "the race is over" });
    neighbour.kill();
    await neighbour.exited;
    for (const handle of [memory, image]) handle.close();
    inside.close();
    await until(() => RESOURCES.every((resource) => resource === "output" || os.root.account.used(resource) === used[resource]), `all is given back: ${RESOURCES.map((resource) => `${resource} ${os.root.account.used(resource)}`).join(", ")}`);
    checkInvariants(os);
  });
});
