import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { CLANG, CPYTHON, file, finish, isola, start } from "./isola.ts";

const TEXT = `(module
  (import "env" "log" (func (param i32 i64) (result f64)))
  (import "env" "mem" (memory 1 2 shared))
  (table (export "table") 3 funcref)
  (global $counter (mut i32) (i32.const 0))
  (tag $oops (param i32))
  (func $small)
  (func $large (export "large") (param v128) (drop (i32.const 1)) (drop (i32.const 2)) (drop (i32.const 3)))
  (start $small)
  (elem (i32.const 0) $small)
  (data (i32.const 0) "abc")
  (data "defgh"))`;

function withNames(): Uint8Array {
  const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
  const functions = [2, 1, ...text("small"), 2, ...text("lar\u001bge")];
  const contents = [...text("name"), 0, 5, ...text("demo"), 1, functions.length, ...functions];
  const features = [...text("target_features"), 2, 43, ...text("simd128"), 45, ...text("atomics")];
  return new Uint8Array([...compile(TEXT), 0, contents.length, ...contents, 0, features.length, ...features]);
}
const DEMO = file("demo.wasm", withNames());

interface Facts {
  readonly [name: string]: unknown;
  readonly sections: readonly { readonly id: number; readonly name: string; readonly offset: number; readonly size: number }[];
  readonly largestFunctions: readonly { readonly index: number; readonly name: string | null; readonly offset: number; readonly size: number }[];
}

test("inspect as JSON has the facts", async () => {
  const { status, stdout, stderr } = await isola(["inspect", "--json", DEMO]);
  assert.deepEqual([status, stderr], [0, ""]);
  const facts = JSON.parse(stdout) as Facts;
  const bytes = withNames();
  assert.equal(facts["file"], "demo.wasm");
  assert.equal(facts["name"], "demo");
  assert.equal(facts["size"], bytes.length);
  assert.deepEqual([facts["valid"], facts["error"]], [true, null]);
  assert.deepEqual(facts["imports"], [
    { module: "env", name: "log", kind: "func", type: "(func (param i32 i64) (result f64))" },
    { module: "env", name: "mem", kind: "memory", type: "(memory 1 2 shared)" },
  ]);
  assert.deepEqual(facts["exports"], [
    { name: "table", kind: "table", index: 0, type: "(table 3 funcref)" },
    { name: "large", kind: "func", index: 2, type: "(func (param v128))" },
  ]);
  assert.deepEqual(facts["counts"], {
    func: { imported: 1, defined: 2 }, table: { imported: 0, defined: 1 }, memory: { imported: 1, defined: 0 },
    global: { imported: 0, defined: 1 }, tag: { imported: 0, defined: 1 },
  });
  assert.deepEqual(facts["memories"], ["(memory 1 2 shared)"]);
  assert.deepEqual(facts["start"], { index: 1, name: "small" });
  assert.deepEqual([facts["elementSegments"], facts["dataSegments"], facts["dataBytes"]], [1, 2, 8]);
  assert.deepEqual(facts["features"], ["threads", "SIMD", "exception handling"]);
  assert.deepEqual(facts["targetFeatures"], ["+simd128", "-atomics"]);
  assert.deepEqual(facts.largestFunctions.map(({ index, name }) => [index, name]), [[2, "lar\u001bge"], [1, "small"]]);
  // A body ends in `end`.
  for (const { offset, size } of facts.largestFunctions) assert.equal(bytes[offset + size - 1], 0x0b);
  // Sections follow each other to the end of the file, with an id and a size of one byte in between.
  let end = 8;
  for (const { id, offset, size } of facts.sections) {
    assert.deepEqual([bytes[end], offset], [id, end + 2]);
    end = offset + size;
  }
  assert.equal(end, bytes.length);
  assert.deepEqual(facts.sections.map(({ name }) => name), ["type", "import", "function", "table", "tag", "global", "export", "start", "element", "code", "data", "name", "target_features"]);
});

test("inspect as text has the same for people, and nothing that a terminal obeys", async () => {
  const { status, stdout } = await isola(["inspect", DEMO]);
  assert.equal(status, 0);
  const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
  for (const line of [
    `demo.wasm: ${withNames().length} bytes, valid, module name "demo"`, "2 imports", '"env" "log" (func (param i32 i64) (result f64))', '"env" "mem" (memory 1 2 shared)',
    '"large" function 2 (func (param v128))', "function 1 2", 'start function: 1 "small"', "2 data segments, 8 bytes in all; 1 element segment",
    "features seen: threads, SIMD, exception handling", "built with: +simd128 -atomics",
  ]) assert.ok(lines.includes(line), `${line}\n${stdout}`);
  assert.ok(stdout.includes('"lar\\u{1b}ge"'));
  assert.ok(!stdout.includes("\u001b"));
});

test("inspect reads real programs, text, and standard input", async () => {
  const python = await isola(["inspect", CPYTHON]);
  assert.equal(python.status, 0);
  assert.match(python.stdout, /^python-3\.11\.3\.wasm: 19\.6 MiB, valid/);
  assert.match(python.stdout, /"_start" +function \d+ +\(func\)/);
  assert.equal((JSON.parse((await isola(["inspect", "-", "--json"], { input: "(module (func))" })).stdout) as Facts)["valid"], true);
});

test("inspect shows what can be seen of an invalid module, and says so of a malformed one", async () => {
  const invalid = await isola(["inspect", file("invalid.wat", '(module (func (export "f") (result i32)))')]);
  assert.equal(invalid.status, 0);
  assert.match(invalid.stdout, /^invalid\.wat: \d+ bytes, INVALID\n  .* \(at 0x[0-9a-f]+, function 0\)\n/);
  const malformed = await isola(["inspect", file("malformed.wasm", compile(TEXT).subarray(0, 40))]);
  assert.deepEqual([malformed.status, malformed.stdout], [1, ""]);
  assert.match(malformed.stderr, /^isola: malformed\.wasm: no valid module: .* \(at 0x[0-9a-f]+, .+\)\n$/);
});

test("inspect ends quietly when nobody reads on", async () => {
  const child = start(["inspect", "--json", CLANG]);
  const ended = finish(child);
  child.stdout.destroy();
  const { status, stderr } = await ended;
  assert.deepEqual([status, stderr], [141, ""]);
});

test("validate says of each file whether it is valid, and where not", async () => {
  const good = file("good.wat", "(module (func (result i32) (i32.const 1)))");
  const wrong = file("wrong.wat", "(module (func (result i32) (i64.const 1)))");
  const cut = file("cut.wasm", compile("(module (func (result i32) (i32.const 1)))").subarray(0, 20));
  const syntax = file("syntax.wat", "(module (nonsense))");
  const { status, stdout, stderr } = await isola(["validate", good, wrong, "missing.wasm", cut, syntax, CPYTHON]);
  assert.equal(status, 1);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines[0], `${good}: valid`);
  assert.match(lines[1]!, /wrong\.wat: invalid: .*i32.*i64.* \(at 0x[0-9a-f]+, function 0\)$/);
  assert.match(lines[2]!, /cut\.wasm: invalid: .* \(at 0x[0-9a-f]+, .+\)$/);
  assert.match(lines[3]!, /syntax\.wat: invalid: .*nonsense.* \(line 1, column \d+\)$/);
  assert.equal(lines[4], `${CPYTHON}: valid`);
  assert.equal(lines.length, 5);
  assert.equal(stderr, "isola: cannot read missing.wasm: no such file or directory\n");
  assert.deepEqual(await isola(["validate", good]), { status: 0, signal: null, stdout: `${good}: valid\n`, stderr: "" });
});
