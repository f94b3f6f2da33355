/**
 * [pipe.throughput] A program makes a pipe and starts two others at its ends: one writes blocks of
 * 64 KiB, the other reads them. Beside it: a web stream of the host with blocks of the same size, between
 * two ends on one thread.
 */
import { boot, memory } from "../../src/node.ts";
import { moduleOf } from "../guests.ts";
import { interleave, threadCpuMs } from "../interleave.ts";
import type { Measured, Row } from "../row.ts";
import { median, spread } from "../statistics.ts";

const BLOCK = 65_536;
const BLOCKS = 4096;
const MEGABYTES = (BLOCK * BLOCKS) / 1e6;

/** An address list at 0 with one block at 65,536, the count of the call at 8. */
const BUFFERS = `(memory (export "memory") 3) (data (i32.const 0) "\\00\\00\\01\\00\\00\\00\\01\\00")`;

const WRITER = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  ${BUFFERS}
  (func (export "_start") (local $left i64)
    (local.set $left (i64.const ${BLOCK * BLOCKS}))
    (loop $again
      (if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (br_if $again (i64.gt_s (local.tee $left (i64.sub (local.get $left) (i64.load32_u (i32.const 8)))) (i64.const 0))))))`);

const READER = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  ${BUFFERS}
  (func (export "_start") (local $sum i64)
    (loop $again
      (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (local.set $sum (i64.add (local.get $sum) (i64.load32_u (i32.const 8))))
      (br_if $again (i32.load (i32.const 8))))
    (if (i64.lt_s (local.get $sum) (i64.const ${BLOCK * BLOCKS})) (then unreachable)))`);

const PARENT = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "isola_posix" "pipe" (func $pipe (param i32 i32) (result i32)))
  (import "isola_posix" "spawn" (func $spawn (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "isola_posix" "waitpid" (func $wait (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/writer") (data (i32.const 16) "/reader")
  (func $ok (param i32) (if (local.get 0) (then unreachable)))
  (func $start (param $name i32) (param $child i32) (param $parent i32)
    (i32.store (i32.const 64) (local.get $child))
    (i32.store (i32.const 68) (local.get $parent))
    (call $ok (call $spawn (local.get $name) (i32.const 7) (local.get $name) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 72)))
    (call $ok (call $close (local.get $parent))))
  (func $end
    (call $ok (call $wait (i32.const -1) (i32.const 0) (i32.const 72) (i32.const 76)))
    (call $ok (i32.load (i32.const 76))))
  (func (export "_start")
    (call $ok (call $pipe (i32.const 32) (i32.const 36)))
    (call $start (i32.const 0) (i32.const 1) (i32.load (i32.const 36)))
    (call $start (i32.const 16) (i32.const 0) (i32.load (i32.const 32)))
    (call $end) (call $end)))`);

/** Megabytes a second through a stream of the host. */
async function hostStream(): Promise<number> {
  const started = threadCpuMs();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const block = new Uint8Array(BLOCK);
  const writing = (async () => {
    const writer = writable.getWriter();
    // A copy each, as between two programs that may not see each other's memory.
    for (let index = 0; index < BLOCKS; index++) await writer.write(block.slice());
    await writer.close();
  })();
  const into = new Uint8Array(BLOCK);
  for await (const chunk of readable) into.set(chunk);
  await writing;
  return MEGABYTES / ((threadCpuMs() - started) / 1e3);
}

async function measure(): Promise<Measured> {
  await using os = await boot({ cacheFolder: false });
  const session = await os.createSession({ fs: { "/": memory({ files: { "/writer": WRITER(), "/reader": READER(), "/parent": PARENT() } }) } });
  const ours = async (): Promise<number> => {
    const started = threadCpuMs();
    const process = await session.spawn("/parent", ["parent"], { stdin: "null", stdout: "null", stderr: "null" });
    const { status } = await process.exited;
    if (status !== 0) throw new Error("a program did not end well");
    return MEGABYTES / ((threadCpuMs() - started) / 1e3);
  };
  const [pipes = [], streams = []] = await interleave([ours, hostStream], { warmUp: 3, rounds: 15 });
  await session.close();
  return {
    value: median(pipes),
    against: { name: "a web stream on one thread", value: median(streams) },
    runs: pipes.length,
    spread: spread(pipes),
    notes: [`${BLOCKS} blocks of 64 KiB, the start and end of three programs included`],
  };
}

export const pipeThroughput: Row = {
  name: "pipe.throughput",
  meaning: "a pipe between two programs, in blocks of 64 KiB",
  unit: "MB/s",
  target: { of: "value", at: "least", bound: 500 },
  limitMs: 120_000,
  measure,
};
