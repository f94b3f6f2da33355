import assert from "node:assert/strict";
import { test } from "node:test";
import { parseScript } from "./script.ts";
import { WastError } from "./sexpr.ts";

const place = { line: 1, column: 1 };

const one = (source: string): unknown => {
  const [directive, ...more] = parseScript(source);
  assert.deepEqual(more, []);
  return directive;
};
const action = { kind: "invoke", instance: undefined, field: "f", args: [] };

const rows: readonly (readonly [source: string, directive: object])[] = [
  ["(module $M (func))", { kind: "module", module: { name: "$M", source: { kind: "text", text: "(module $M (func))", place } } }],
  ["(module binary \"\\00a\" \"sm\")", { kind: "module", module: { name: undefined, source: { kind: "binary", bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d) } } }],
  ["(module definition $M (func))", { kind: "definition", module: { name: "$M", source: { kind: "text", text: "(module            $M (func))", place } } }],
  ["(module instance $I $M)", { kind: "instance", name: "$I", definition: "$M" }],
  ["(register \"m\" $I)", { kind: "register", as: "m", instance: "$I" }],
  ["(invoke $I \"f\" (i32.const -1))", { kind: "action", action: { ...action, instance: "$I", args: [{ kind: "i32", bits: 0xffff_ffffn }] } }],
  ["(assert_return (get \"g\") (f32.const nan:canonical))", {
    kind: "assert_return", action: { kind: "get", instance: undefined, field: "g" }, results: [{ kind: "f32", bits: "nan:canonical" }] }],
  ["(assert_return (invoke \"f\") (either (i32.const 1) (i64.const 2)))", {
    kind: "assert_return", action, results: [{ kind: "either", choices: [{ kind: "i32", bits: 1n }, { kind: "i64", bits: 2n }] }] }],
  ["(assert_return (invoke \"f\" (v128.const i32x4 1 2 3 4) (ref.extern 7) (ref.null)) (v128.const f64x2 nan:arithmetic 1) (ref.func) (ref.host 2))", {
    kind: "assert_return",
    action: { ...action, args: [{ kind: "v128", bits: 0x00000004_00000003_00000002_00000001n }, { kind: "ref.extern", id: 7 }, { kind: "ref.null", heap: undefined }] },
    results: [{ kind: "v128", lane: "f64", lanes: ["nan:arithmetic", 0x3ff0_0000_0000_0000n] }, { kind: "ref", heap: "func" }, { kind: "ref.host", id: 2 }] }],
  ["(assert_trap (invoke \"f\") \"unreachable\")", { kind: "assert_trap", action, message: "unreachable" }],
  ["(assert_trap (module) \"unreachable\")", { kind: "assert_module_trap", module: { name: undefined, source: { kind: "text", text: "(module)", place: { line: 1, column: 14 } } }, message: "unreachable" }],
  ["(assert_exhaustion (invoke \"f\") \"call stack exhausted\")", { kind: "assert_exhaustion", action, message: "call stack exhausted" }],
  ["(assert_exception (invoke \"f\"))", { kind: "assert_exception", action }],
  ["(assert_malformed (module quote \"(x\" \")\") \"unexpected token\")", {
    kind: "assert_malformed", module: { name: undefined, source: { kind: "quote", bytes: new TextEncoder().encode("(x)") } }, message: "unexpected token" }],
  ["(wait $T)", { kind: "wait", thread: "$T" }],
];
for (const [source, directive] of rows) {
  test(source, () => assert.deepEqual(one(source), { line: 1, ...directive }));
}

test("a thread holds directives of its own", () => {
  assert.deepEqual(one("(thread $T (shared (module $M))\n (invoke \"f\"))"), {
    kind: "thread", line: 1, name: "$T", shared: ["$M"], body: [{ kind: "action", line: 2, action }],
  });
});

test("bare fields are one module", () => {
  assert.deepEqual(one("(func)\n(memory 1)"), { kind: "module", line: 1, module: { name: undefined, source: { kind: "text", text: "(module\n(func)\n(memory 1)\n)", place: { line: 0, column: 1 } } } });
});

/** A script's second line, and the column and words of what is wrong with it. */
const faults: readonly (readonly [line: string, column: number, reason: string])[] = [
  ["(assert_what)", 1, "unknown directive 'assert_what'"],
  ["nothing", 1, "expected a list in parentheses"],
  ["(assert_return (module))", 16, "unknown action 'module'"],
  ["(assert_return (invoke f))", 24, "expected a string"],
  ["(assert_return (invoke \"f\") (i32.const x))", 29, "'x' is no integer of 32 bits"],
  ["(assert_return (invoke \"f\") (i32.const 1 2))", 29, "'i32.const' takes one number"],
  ["(assert_return (invoke \"f\") (v128.const i32x4 1))", 29, "wrong number of lanes"],
  ["(assert_trap (invoke \"f\"))", 1, "'assert_trap' lacks something"],
  ["(assert_trap (invoke \"f\") \"a\" \"b\")", 31, "'assert_trap' has more than belongs to it"],
  ["(assert_invalid (func) \"a\")", 17, "expected a module"],
  ["(invoke \"f\" (ref.extern x))", 13, "'x' is no integer of 32 bits"],
  ["(invoke \"f\" (ref.func))", 13, "'ref' is no argument"],
  ["(thread (invoke \"f\"))", 9, "expected a name such as $M"],
  ["(thread $T (shared $M))", 20, "expected a module's name, as in (module $M)"],
];
for (const [line, column, reason] of faults) {
  test(`refuses ${line}`, () => {
    assert.throws(() => parseScript(`(module)\n${line}`), (error) => {
      assert.ok(error instanceof WastError);
      assert.deepEqual([error.line, error.column, error.reason], [2, column, reason]);
      return true;
    });
  });
}

test("a script that nests without end is refused", () => {
  assert.throws(() => parseScript("(".repeat(1_000_000)), WastError);
});
