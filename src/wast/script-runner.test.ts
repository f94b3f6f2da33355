import assert from "node:assert/strict";
import { test } from "node:test";
import { IsolaEngine } from "./isola-engine.ts";
import { runScript, runThread } from "./script-runner.ts";
import type { CaseResult, ThreadTask } from "./script-runner.ts";

/** Runs a script with every thread of it in turn on this host thread. */
async function run(script: string): Promise<CaseResult[]> {
  const engines: IsolaEngine[] = [];
  const engine = (): IsolaEngine => engines[engines.push(new IsolaEngine(true)) - 1]!;
  const start = (task: ThreadTask): Promise<CaseResult[]> => runThread(structuredClone(task), engine(), start);
  try {
    return await runScript(script, engine(), start);
  } finally {
    for (const one of engines) one.dispose();
  }
}

/** Verdicts of all directives but the modules that pass. */
async function verdicts(script: string): Promise<string[]> {
  return (await run(script)).filter((one) => !(one.directive === "module" && one.verdict === "passed")).map((one) => one.verdict);
}

const FLOATS = `(module
  (func (export "id32") (param f32) (result f32) (local.get 0))
  (func (export "id64") (param f64) (result f64) (local.get 0))
  (func (export "both") (param f32 v128) (result v128 f32) (local.get 1) (local.get 0))
  (func (export "trap") (param v128) (result v128) unreachable)
  (global (export "g") f32 (f32.const nan:0x200001)))`;
const REFS = `(module
  (type $s (struct)) (type $a (array i8))
  (func (export "ext") (param externref) (result externref) (local.get 0))
  (func (export "null") (result anyref) (ref.null none))
  (func (export "i31") (result anyref) (ref.i31 (i32.const 5)))
  (func (export "struct") (result anyref) (struct.new $s))
  (func (export "array") (result anyref) (array.new_default $a (i32.const 1)))
  (func $f (export "func") (result funcref) (ref.func $f)))`;
const FAULTS = `(module
  (tag $e)
  (func (export "div") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "throw") (throw $e)))`;

const EXCEPTIONS = `(module
  (tag $e)
  (func (export "catch") (result exnref) (block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (unreachable)))
  (func (export "id") (param exnref) (result exnref) (local.get 0)))`;

/** One line of script and whether it must hold, on the module before it. */
const rows: readonly (readonly [module: string, line: string, verdict: string])[] = [
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const nan:0x200001)) (f32.const nan:0x200001))", "passed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const nan:0x200001)) (f32.const nan:0x200002))", "failed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const nan:0x200001)) (f32.const nan:canonical))", "failed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const nan:0x200001)) (f32.const nan:arithmetic))", "failed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const nan:0x600001)) (f32.const nan:arithmetic))", "passed"],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const -nan)) (f64.const nan:canonical))", "passed"],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const -0)) (f64.const 0))", "failed"],
  [FLOATS, "(assert_return (invoke \"both\" (f32.const 1) (v128.const i32x4 1 2 3 4)) (v128.const i64x2 0x200000001 0x400000003) (f32.const 1))", "passed"],
  [FLOATS, "(assert_return (invoke \"both\" (f32.const 1) (v128.const i32x4 1 2 3 4)) (v128.const i32x4 1 2 4 3) (f32.const 1))", "failed"],
  [FLOATS, "(assert_return (invoke \"both\" (f32.const 1) (v128.const f32x4 nan 1 1 1)) (v128.const f32x4 nan:canonical 1 1 1) (f32.const 1))", "passed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const 1)) (either (f32.const 2) (f32.const 1)))", "passed"],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const 1)) (either (f32.const 2) (f32.const 3)))", "failed"],
  [FLOATS, "(assert_trap (invoke \"trap\" (v128.const i64x2 0 0)) \"unreachable\")", "passed"],
  [FLOATS, "(assert_return (get \"g\") (f32.const nan:0x200001))", "passed"],
  [FLOATS, "(assert_return (get \"g\") (f32.const nan:0x200000))", "failed"],
  [FLOATS, "(assert_return (invoke \"none\"))", "failed"],
  [REFS, "(assert_return (invoke \"ext\" (ref.extern 3)) (ref.extern 3))", "passed"],
  [REFS, "(assert_return (invoke \"ext\" (ref.extern 3)) (ref.extern 4))", "failed"],
  [REFS, "(assert_return (invoke \"ext\" (ref.extern 3)) (ref.extern))", "passed"],
  [REFS, "(assert_return (invoke \"ext\" (ref.null extern)) (ref.extern))", "failed"],
  [REFS, "(assert_return (invoke \"null\") (ref.null))", "passed"],
  [REFS, "(assert_return (invoke \"i31\") (ref.i31))", "passed"],
  [REFS, "(assert_return (invoke \"i31\") (ref.struct))", "failed"],
  [REFS, "(assert_return (invoke \"struct\") (ref.struct))", "passed"],
  [REFS, "(assert_return (invoke \"struct\") (ref.eq))", "passed"],
  [REFS, "(assert_return (invoke \"array\") (ref.array))", "passed"],
  [REFS, "(assert_return (invoke \"array\") (ref.i31))", "failed"],
  [REFS, "(assert_return (invoke \"func\") (ref.func))", "passed"],
  [REFS, "(assert_return (invoke \"null\") (ref.func))", "failed"],
  [FAULTS, "(assert_trap (invoke \"div\" (i32.const 0)) \"integer divide by zero\")", "passed"],
  [FAULTS, "(assert_trap (invoke \"div\" (i32.const 0)) \"integer overflow\")", "failed"],
  [FAULTS, "(assert_trap (invoke \"div\" (i32.const 1)) \"integer divide by zero\")", "failed"],
  [FAULTS, "(assert_exhaustion (invoke \"deep\") \"call stack exhausted\")", "passed"],
  [FAULTS, "(assert_exhaustion (invoke \"div\" (i32.const 0)) \"call stack exhausted\")", "failed"],
  [FAULTS, "(assert_exception (invoke \"throw\"))", "passed"],
  [FAULTS, "(assert_exception (invoke \"div\" (i32.const 0)))", "failed"],
  [EXCEPTIONS, "(assert_return (invoke \"catch\") (ref.exn))", "passed"],
  [EXCEPTIONS, "(assert_return (invoke \"catch\") (ref.null exn))", "failed"],
  [EXCEPTIONS, "(assert_return (invoke \"id\" (ref.null exn)) (ref.null exn))", "passed"],
  [EXCEPTIONS, "(assert_return (invoke \"id\" (ref.null exn)) (ref.exn))", "failed"],
  ["", "(assert_unlinkable (module (import \"no\" \"no\" (func))) \"unknown import\")", "passed"],
  ["", "(assert_unlinkable (module (import \"spectest\" \"print_i32\" (func))) \"incompatible import type\")", "passed"],
  ["", "(assert_unlinkable (module (import \"spectest\" \"print_i32\" (func (param i32)))) \"incompatible import type\")", "failed"],
  ["", "(assert_trap (module (memory 0) (data (i32.const 0) \"x\")) \"out of bounds memory access\")", "passed"],
  ["", "(assert_invalid (module (func (result i32))) \"type mismatch\")", "passed"],
  ["", "(assert_invalid (module (func)) \"type mismatch\")", "failed"],
  ["", "(assert_invalid (module (func (result i32) (no.such))) \"type mismatch\")", "library"],
  ["", "(assert_malformed (module binary \"\\00asm\") \"unexpected end\")", "passed"],
  ["", "(assert_malformed (module binary \"\\00asm\\01\\00\\00\\00\") \"unexpected end\")", "failed"],
  ["", "(assert_malformed (module quote \"(func\") \"unexpected token\")", "quoted"],
  ["", "(assert_malformed (module quote \"(func)\") \"unexpected token\")", "quoted accepted"],
  ["", "(invoke \"nothing\")", "blocked"],
  ["", "(module (func (result i32)))", "failed"],
];

for (const [module, line, verdict] of rows) {
  test(`${verdict}: ${line}`, async () => assert.deepEqual(await verdicts(`${module}\n${line}`), [verdict]));
}

test("a module that fails does not leave the one before it in place", async () => {
  assert.deepEqual(await verdicts("(module (func (export \"f\"))) (module (func (result i32))) (invoke \"f\")"), ["failed", "blocked"]);
});

test("definitions, instances and registered names", async () => {
  assert.deepEqual(await verdicts(`
    (module definition $M (global (export "g") (mut i32) (i32.const 0))
      (func (export "inc") (result i32) (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))
    (module instance $A $M) (module instance $B $M)
    (assert_return (invoke $A "inc") (i32.const 1))
    (assert_return (invoke $A "inc") (i32.const 2))
    (assert_return (invoke $B "inc") (i32.const 1))
    (register "a" $A)
    (module (global (export "of-a") (import "a" "g") (mut i32)))
    (assert_return (get "of-a") (i32.const 2))
    (assert_return (get "of-a") (i32.const 1))`), ["passed", "passed", "passed", "passed", "passed", "passed", "passed", "passed", "failed"]);
});

test("threads share what they are given", async () => {
  assert.deepEqual(await verdicts(`
    (module $M (memory (export "m") 1 1 shared))
    (thread $T (shared (module $M))
      (register "mem" $M)
      (module (memory (import "mem" "m") 1 1 shared) (func (export "set") (i32.store (i32.const 0) (i32.const 42))))
      (assert_return (invoke "set")))
    (wait $T)
    (register "mem" $M)
    (module (memory (import "mem" "m") 1 1 shared) (func (export "get") (result i32) (i32.load (i32.const 0))))
    (assert_return (invoke "get") (i32.const 42))
    (assert_return (invoke "get") (i32.const 43))`), ["passed", "passed", "passed", "passed", "failed"]);
});

test("a thread's failures stand where they are, and only shared memories reach it", async () => {
  const cases = await run(`
    (module $M (memory (export "m") 1 1 shared) (func (export "f")))
    (thread $T (shared (module $M))
      (register "mem" $M)
      (module (import "mem" "f" (func)))
      (assert_return (invoke "f")))
    (wait $T)
    (wait $U)`);
  assert.deepEqual(cases.map(({ line, directive, verdict }) => [line, directive, verdict]), [
    [2, "module", "passed"], [5, "module", "failed"], [6, "assert_return", "blocked"], [7, "wait", "passed"], [8, "wait", "blocked"],
  ]);
  assert.match(cases[1]?.detail ?? "", /^a link error \("unknown import: /);
});

test("without host threads a thread is refused", async () => {
  const engine = new IsolaEngine(false);
  const [thread] = await runScript("(thread $T (invoke \"f\"))", engine, undefined);
  engine.dispose();
  assert.deepEqual(thread, { line: 1, directive: "thread", verdict: "failed", detail: "there is no host thread to run it on" });
});

/** A line of script on the module before it, and what the report says of it. */
const details: readonly (readonly [module: string, line: string, detail: string])[] = [
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const 0.1)) (f32.const nan:canonical))", 'expected "id32" to give (f32.const nan:canonical), got (f32.const 0.1)'],
  [FLOATS, "(assert_return (invoke \"id32\" (f32.const 1)))", 'expected "id32" to give nothing, got (f32.const 1)'],
  [FLOATS, "(assert_return (invoke \"both\" (f32.const 1) (v128.const i32x4 1 2 3 4)) (v128.const i32x4 0 2 3 4) (f32.const 1))",
    'expected "both" to give (v128.const i32x4 0 2 3 4) (f32.const 1), got (v128.const i32x4 1 2 3 4) (f32.const 1)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const 1)) (i32.const 1))", 'expected "id64" to give (i32.const 1), got (f64.const 1)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const 1.5)) (ref.null any))", 'expected "id64" to give (ref.null any), got (f64.const 1.5)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f32.const 1)) (f64.const 1))", '"id64" takes f64, given f32'],
  [FLOATS, "(invoke \"id64\")", '"id64" takes f64, given nothing'],
  [REFS, "(assert_return (invoke \"i31\") (i32.const 5))", 'expected "i31" to give (i32.const 5), got (ref.i31)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const 1)) (i32.const 1))", 'expected "id64" to give (i32.const 1), got (f64.const 1)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f64.const 1.5)) (ref.null any))", 'expected "id64" to give (ref.null any), got (f64.const 1.5)'],
  [FLOATS, "(assert_return (invoke \"id64\" (f32.const 1)) (f64.const 1))", '"id64" takes f64, given f32'],
  [FLOATS, "(invoke \"id64\")", '"id64" takes f64, given nothing'],
  [REFS, "(assert_return (invoke \"i31\") (i32.const 5))", 'expected "i31" to give (i32.const 5), got (ref.i31)'],
  [FLOATS, "(assert_return (invoke \"both\" (f32.const 1) (v128.const f64x2 0 1)) (v128.const f64x2 nan:canonical 1) (f32.const 1))",
    'expected "both" to give (v128.const f64x2 nan:canonical 1) (f32.const 1), got (v128.const f64x2 0 1) (f32.const 1)'],
  [REFS, "(assert_return (invoke \"ext\" (ref.extern 3)) (ref.extern 4))", 'expected "ext" to give (ref.extern 4), got (ref.extern 3)'],
  [REFS, "(assert_return (invoke \"func\") (ref.null func))", 'expected "func" to give (ref.null func), got (ref.func)'],
  [REFS, "(assert_return (invoke \"struct\") (ref.array))", 'expected "struct" to give (ref.array), got (ref.struct)'],
  [REFS, "(assert_return (invoke \"null\") (ref.i31))", 'expected "null" to give (ref.i31), got (ref.null)'],
  [FAULTS, "(assert_return (invoke \"div\" (i32.const 0)) (i32.const 1))", 'a trap ("integer divide by zero")'],
  [FAULTS, "(assert_return (invoke \"throw\"))", "an exception (not caught)"],
  [FAULTS, "(assert_trap (invoke \"div\" (i32.const 0)) \"integer overflow\")", 'expected a trap ("integer overflow"), got a trap ("integer divide by zero")'],
  [FAULTS, "(assert_trap (invoke \"div\" (i32.const 1)) \"integer divide by zero\")", 'expected a trap ("integer divide by zero"), but it went through'],
  [FAULTS, "(assert_exception (invoke \"div\" (i32.const 0)))", 'expected an exception, got a trap ("integer divide by zero")'],
  ["", "(assert_unlinkable (module (import \"spectest\" \"print_i32\" (func (param i32)))) \"incompatible import type\")",
    'expected a link error ("incompatible import type"), but it went through'],
  ["", "(assert_invalid (module (func)) \"type mismatch\")", 'expected the module to be rejected ("type mismatch"), but it is accepted'],
  ["", "(module\n  (func (no.such)))", "text library: Unknown instruction no.such (at 2:9)"],
];
for (const [module, line, detail] of details) {
  test(`says of ${line}: ${detail}`, async () => {
    const last = (await run(`${module}\n${line}`)).at(-1);
    assert.equal(last?.detail?.replace(/at \d+:/, "at 2:"), detail);
  });
}
