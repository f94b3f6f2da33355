/** A file system of the host that breaks: told as the host's mistake, not as one of the program. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { boot, memory } from "../../src/node.ts";

const STAT = Uint8Array.from(compile(`(module
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "f")
  (func (export "_start") (call $exit (call $stat (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))`));

test("an error that is none of a file system ends the program that met it as a mistake of ours, and no other", async () => {
  await using os = await boot({ cacheFolder: false });
  const fs = memory();
  const broken = fs.root();
  broken.statEntry = () => {
    throw new TypeError("a bug");
  };
  broken.reopen = () => broken;
  const program = await os.compile(STAT);
  const met = await (await os.spawn(program, { fs: { "/": Object.assign(memory(), { root: () => broken }) } })).exited;
  assert.equal(met.killed, "bug");
  assert.match(met.message ?? "", /inside the kernel, not of the program: TypeError: a bug/);
  assert.equal(met.fault, undefined);
  const other = await (await os.spawn(program, { fs: { "/": fs } })).exited;
  // ENOENT: a memory of the same kind that works.
  assert.equal(other.status, 44);
});
