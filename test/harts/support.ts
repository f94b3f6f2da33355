/** What the tests of several harts share: guests as text, and a host whose threads a test can end. */
import { compile } from "watr";
import type { HartHost, HartSetup, HartThread, LinkPort } from "#kernel";
import { NodeHartHost, NodeMachine, hostDirectoryAt } from "#machine/node";
import { bootOn } from "#os";
import type { System } from "#os";

export function wat(fields: string): Uint8Array<ArrayBuffer> {
  return compile(`(module ${fields})`) as Uint8Array<ArrayBuffer>;
}

export const SPIN = wat(`(func (export "_start") (loop $again (br $again)))`);
/** Waits for ever, in a read of its standard input. */
export const WAIT = wat(`
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\10\\00\\00\\00")
  (func (export "_start") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64)))))`);
export const TRAP = wat(`(func $inner unreachable) (func (export "_start") (call $inner))`);
/** Copies its standard input to its standard output, 64 KiB at a time. */
export const COPY = wat(`
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (func (export "_start") (local $at i32) (local $end i32)
    (i32.store (i32.const 0) (i32.const 65536))
    (loop $again
      (i32.store (i32.const 4) (i32.const 65536))
      (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
      (if (i32.eqz (i32.load (i32.const 8))) (then return))
      (local.set $at (i32.const 65536))
      (local.set $end (i32.add (local.get $at) (i32.load (i32.const 8))))
      (loop $more
        (i32.store (i32.const 16) (local.get $at))
        (i32.store (i32.const 20) (i32.sub (local.get $end) (local.get $at)))
        (if (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 12)) (then unreachable))
        (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.load (i32.const 12)))) (local.get $end))))
      (br $again))))`);
/** Writes what the file "in" of its first directory holds to the file "out" there. */
export const COPY_FILE = wat(`
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "in") (data (i32.const 24) "out")
  (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
  (func (export "_start")
    (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 2) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 32)))
    (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 24) (i32.const 3) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 36)))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
    (call $check (call $read (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (call $check (call $write (i32.load (i32.const 36)) (i32.const 0) (i32.const 1) (i32.const 12)))))`);

/** Makes events until it may make no more. */
export const HELD = wat(`
  (import "isola" "event_create" (func $create (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (loop $again (br_if $again (i32.eqz (call $create (i32.const 16)))))))`);

/** Host threads as they are, which a test can end. */
export class BreakableHost implements HartHost {
  readonly threads = new Map<number, HartThread>();
  started = 0;
  readonly #host = new NodeHartHost(new URL("../../src/node-hart.ts", import.meta.url), { cacheFolder: false });

  async start(setup: HartSetup): Promise<HartThread> {
    const thread = await this.#host.start(setup);
    this.started++;
    this.threads.set(setup.number, thread);
    return thread;
  }
  ports(): readonly [LinkPort, LinkPort] {
    return this.#host.ports();
  }
}

export async function bootBreakable(harts: number): Promise<{ readonly os: System; readonly host: BreakableHost }> {
  const host = new BreakableHost();
  const os = await bootOn(new NodeMachine({ cacheFolder: false }), {}, { harts, host, reopen: hostDirectoryAt });
  return { os, host };
}

/** Looks again in turns of the event loop until `condition` holds; a test's own time limit is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
