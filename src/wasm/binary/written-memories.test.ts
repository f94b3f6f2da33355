import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { INSTRUCTIONS } from "./instructions.ts";
import { decodeModule } from "./decode-module.ts";
import { compile } from "watr";
import { writtenMemories } from "./written-memories.ts";

const written = (fields: string): number[] => [...writtenMemories(decodeModule(compile(`(module (memory $a 1 1 shared) (memory $b 1 1 shared) ${fields})`) as Uint8Array))].sort();
const body = (code: string): number[] => written(`(data $d "x") (func ${code})`);
/** Operands for a stack type such as "addr i32 -> i32". */
const operands = (type: string): string => type.split("->")[0]!.trim().split(" ").map((operand) => (operand === "v128" ? "(v128.const i64x2 0 0)" : `(${operand === "addr" ? "i32" : operand}.const 0)`)).join(" ");

describe("written memories", () => {
  test("loads, sizes, growth, waits and fences write nothing", () => {
    assert.deepEqual(body("(drop (i32.load $b (i32.const 0))) (drop (v128.load $b (i32.const 0))) (drop (memory.size $b)) (drop (memory.grow $b (i32.const 0)))"), []);
    assert.deepEqual(body("(drop (i64.atomic.load $b (i32.const 0))) (drop (memory.atomic.wait32 $b (i32.const 0) (i32.const 0) (i64.const 0))) (drop (memory.atomic.notify $b (i32.const 0) (i32.const 0))) (atomic.fence)"), []);
  });

  test("every instruction of the table that changes memory counts for the memory that it names", () => {
    let seen = 0;
    for (const [, name, , type] of INSTRUCTIONS) {
      if (!/store|atomic\.rmw/.test(name)) continue;
      const [, results = ""] = type.split("->");
      const lane = name.endsWith("_lane") ? " 0" : "";
      for (const [memory, index] of [["$a", 0], ["$b", 1]] as const) {
        const code = `(${name} ${memory}${lane} ${operands(type)})`;
        assert.deepEqual(body(results.trim() === "" ? code : `(drop ${code})`), [index], `${name} ${memory}`);
      }
      seen++;
    }
    assert.ok(seen > 60, `only ${seen} instructions that store`);
  });

  test("bulk operations count for their target only", () => {
    assert.deepEqual(body("(memory.fill $b (i32.const 0) (i32.const 0) (i32.const 0))"), [1]);
    assert.deepEqual(body("(memory.init $b $d (i32.const 0) (i32.const 0) (i32.const 0))"), [1]);
    assert.deepEqual(body("(memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 0))"), [0]);
    assert.deepEqual(body("(memory.copy $b $a (i32.const 0) (i32.const 0) (i32.const 0))"), [1]);
  });

  test("active data segments and exports count", () => {
    assert.deepEqual(written(`(data (memory $b) (i32.const 0) "x")`), [1]);
    assert.deepEqual(written(`(export "m" (memory $b))`), [1]);
    assert.deepEqual(written(""), []);
  });
});
