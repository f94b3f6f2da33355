import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MODES } from "./expectations.ts";
import { runFile } from "./run-file.ts";

/** Each side waits for the other, so that neither order of running one after the other ends. */
const HANDSHAKE = `
  (module $M (memory (export "m") 1 1 shared))
  (thread $A (shared (module $M))
    (register "mem" $M)
    (module (memory (import "mem" "m") 1 1 shared)
      (func (export "serve") (result i32)
        (block $ready (loop $again
          (br_if $ready (i32.atomic.load (i32.const 0)))
          (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
          (br $again)))
        (i32.atomic.store (i32.const 4) (i32.const 42))
        (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
        (i32.const 7)))
    (assert_return (invoke "serve") (i32.const ANSWER)))
  (register "mem" $M)
  (module (memory (import "mem" "m") 1 1 shared)
    (func (export "ask") (result i32)
      (i32.atomic.store (i32.const 0) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
      (block $ready (loop $again
        (br_if $ready (i32.atomic.load (i32.const 4)))
        (drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
        (br $again)))
      (i32.atomic.load (i32.const 4))))
  (assert_return (invoke "ask") (i32.const 42))
  (wait $A)`;

for (const mode of MODES) {
  test(`two threads that wait for each other, ${mode}`, { timeout: 30_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "isola-thread-"));
    try {
      const path = join(folder, "handshake.wast");
      writeFileSync(path, HANDSHAKE.replace("ANSWER", "7"));
      const { passed, others } = await runFile({ file: "handshake.wast", path, mode });
      assert.deepEqual({ passed, others }, { passed: 6, others: [] });
      writeFileSync(path, HANDSHAKE.replace("ANSWER", "8"));
      const wrong = await runFile({ file: "handshake.wast", path, mode });
      assert.deepEqual(wrong.others.map(({ line, directive, verdict }) => ({ line, directive, verdict })), [{ line: 14, directive: "assert_return", verdict: "failed" }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
