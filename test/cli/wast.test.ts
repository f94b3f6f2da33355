import assert from "node:assert/strict";
import { test } from "node:test";
import { file, finish, isola, start } from "./isola.ts";

const MODULE = `(module
  (tag $e)
  (memory (export "m") 1)
  (global (export "g") i64 (i64.const 5))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "half") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2)))
  (func (export "div") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "throw") (throw $e)))`;

test("a script that passes", async () => {
  const path = file("passes.wast", `${MODULE}
    (assert_return (invoke "add" (i32.const 1) (i32.const -1)) (i32.const 0))
    (assert_return (invoke "half" (f32.const nan:0x200000)) (f32.const nan:arithmetic))
    (assert_return (get "g") (i64.const 5))
    (assert_trap (invoke "div" (i32.const 0)) "integer divide by zero")
    (assert_exhaustion (invoke "deep") "call stack exhausted")
    (assert_exception (invoke "throw"))
    (assert_unlinkable (module (import "no" "no" (func))) "unknown import")
    (assert_invalid (module (func (result i32))) "type mismatch")
    (assert_malformed (module binary "\\00asm") "unexpected end")
    (assert_malformed (module quote "(func") "unexpected token")`);
  for (const features of ["on", "off"]) {
    assert.deepEqual(await isola(["wast", `--features=${features}`, path]),
      { status: 0, signal: null, stdout: `${path}: 10 passed, 0 failed, 1 verdict on text left to the text library\n`, stderr: "" });
  }
  assert.deepEqual(await isola(["wast", "-q", path]), { status: 0, signal: null, stdout: "", stderr: "" });
});

/** A directive, and what is said of it. */
const FAILURES: readonly (readonly [directive: string, words: string])[] = [
  ['(assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 4))', 'assert_return: expected "add" to give (i32.const 4), got (i32.const 3)'],
  ['(assert_return (invoke "half" (f32.const 0.2)) (f32.const nan:canonical))', 'assert_return: expected "half" to give (f32.const nan:canonical), got (f32.const 0.1)'],
  ['(assert_return (invoke "div" (i32.const 0)) (i32.const 1))', 'assert_return: a trap ("integer divide by zero")'],
  ['(assert_return (get "g") (i64.const 6))', 'assert_return: expected "g" to give (i64.const 6), got (i64.const 5)'],
  ['(assert_return (invoke "add") (i32.const 0))', 'assert_return: "add" takes i32 i32, given nothing'],
  ['(assert_return (invoke "none"))', 'assert_return: no exported function "none"'],
  ['(assert_return (get "m") (i32.const 0))', 'assert_return: no exported global "m"'],
  ['(assert_trap (invoke "div" (i32.const 0)) "integer overflow")', 'assert_trap: expected a trap ("integer overflow"), got a trap ("integer divide by zero")'],
  ['(assert_trap (invoke "div" (i32.const 1)) "integer overflow")', 'assert_trap: expected a trap ("integer overflow"), but it went through'],
  ['(assert_exhaustion (invoke "throw") "call stack exhausted")', 'assert_exhaustion: expected exhaustion ("call stack exhausted"), got an exception (not caught)'],
  ['(assert_exception (invoke "deep"))', 'assert_exception: expected an exception, got exhaustion ("call stack exhausted")'],
  ['(assert_unlinkable (module) "unknown import")', 'assert_unlinkable: expected a link error ("unknown import"), but it went through'],
  ['(assert_invalid (module (func)) "type mismatch")', 'assert_invalid: expected the module to be rejected ("type mismatch"), but it is accepted'],
  ['(assert_malformed (module binary "\\00asm\\01\\00\\00\\00") "unexpected end")', 'assert_malformed: expected the module to be rejected ("unexpected end"), but it is accepted'],
  ['(invoke "throw")', "action: an exception (not caught)"],
  ['(invoke $N "f")', "action: no instance $N"],
  ['(module $N (import "no" "no" (func)))', 'module: a link error ("unknown import: "no" "no": (func)")'],
  ["(module (func (no.such)))", "module: text library: Unknown instruction no.such (at LINE:15)"],
  ['(assert_return (invoke "none"))', "assert_return: no instance to work on"],
];

test("each failure is told with its line, what was expected and what came", async () => {
  const path = file("fails.wast", `${MODULE}\n${FAILURES.map(([directive]) => directive).join("\n")}\n`);
  const { status, stdout, stderr } = await isola(["wast", path]);
  const first = MODULE.split("\n").length + 1;
  assert.deepEqual(stdout.split("\n"), [
    ...FAILURES.map(([, words], i) => `${path}:${first + i}: ${words.replace("LINE", String(first + i))}`),
    `${path}: 1 passed, ${FAILURES.length} failed`,
    "",
  ]);
  assert.equal(stderr, "");
  assert.equal(status, 1);
});

test("what cannot be read is told, and the other scripts run", async () => {
  const broken = file("broken.wast", "(module)\n  (assert_what)");
  const open = file("open.wast", "(module\n (func)");
  const binary = file("binary.wast", Uint8Array.of(0x22, 0xff, 0x22));
  const good = file("good.wast", "(module)");
  const { status, stdout, stderr } = await isola(["wast", broken, "none.wast", open, binary, good]);
  assert.equal(stdout, `${broken}:2:3: unknown directive 'assert_what'\n${open}:1:1: this '(' is never closed\n${good}: 1 passed, 0 failed\n`);
  assert.equal(stderr, `isola: cannot read none.wast: no such file or directory\nisola: ${binary}: a script must be UTF-8, and this is not\n`);
  assert.equal(status, 1);
});

test("nothing that a script holds is obeyed by a terminal", async () => {
  const path = file("escape.wast", '(module)\n(invoke "\u001b[31m")');
  assert.equal((await isola(["wast", path])).stdout, `${path}:2: action: no exported function "\\u{1b}[31m"\n${path}: 1 passed, 1 failed\n`);
});

/** Two threads, each of which waits for the other. */
const THREADS = `(module $M (memory (export "m") 1 1 shared))
  (thread $A (shared (module $M))
    (register "mem" $M)
    (module (memory (import "mem" "m") 1 1 shared)
      (func (export "serve") (result i32)
        (block $ready (loop $again
          (br_if $ready (i32.atomic.load (i32.const 0)))
          (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
          (br $again)))
        (i32.atomic.store (i32.const 4) (i32.const 42))
        (memory.atomic.notify (i32.const 4) (i32.const 1))))
    (invoke "serve")
    (assert_return (invoke "serve") (i32.const 1)))
  (thread $B (shared (module $M))
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
    (assert_return (invoke "ask") (i32.const 42)))
  (wait $A)
  (wait $B)`;

test("threads that wait for each other", async () => {
  const path = file("threads.wast", THREADS);
  const { status, stdout, stderr } = await isola(["wast", path]);
  assert.equal(stdout, `${path}:13: assert_return: expected "serve" to give (i32.const 1), got (i32.const 0)\n${path}: 4 passed, 1 failed\n`);
  assert.equal(stderr, "");
  assert.equal(status, 1);
});

for (const [name, script] of [
  ["spins", '(module (func (export "f") (loop (br 0)))) (invoke "f")'],
  ["waits", '(module (memory 1 1 shared) (func (export "f") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))) (invoke "f")'],
  ["waits for a thread", `${THREADS.replace("(i32.atomic.store (i32.const 0) (i32.const 1))", "")}`],
] as const) {
  test(`an interrupt ends a script that ${name}`, async () => {
    const ready = file("ready.wast", "(module)"), endless = file("endless.wast", script);
    const child = start(["wast", ready, endless]);
    child.stdin.end();
    // The first script's line says that the second has begun.
    child.stdout.once("data", () => void setTimeout(() => child.kill("SIGINT"), 300));
    const { status, signal } = await finish(child);
    assert.ok(signal === "SIGINT" || status === 130, `${signal} ${status}`);
  });
}

test("mistakes on the command line", async () => {
  for (const [words, message] of [[[], "which scripts?"], [["--features", "some", "x"], '--features: "some" is neither on nor off']] as const) {
    const { status, stderr } = await isola(["wast", ...words]);
    assert.equal(stderr.split("\n")[0], `isola wast: ${message}`);
    assert.equal(status, 2);
  }
  const help = await isola(["wast", "--help"]);
  assert.equal(help.status, 0);
  assert.ok(help.stdout.startsWith("Usage: isola wast [OPTIONS] FILE…\n"));
});

test("text that is no script takes the same way: an initial value without parentheses counts", async () => {
  const path = file("value.wat", `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (global $status i32 i32.const 40 i32.const 2 i32.add)
    (func (export "_start") global.get $status call $exit))`);
  const { status, stderr } = await isola(["run", path]);
  assert.equal(stderr, "");
  assert.equal(status, 42);
});
