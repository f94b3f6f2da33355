import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "watr";
import { DecodeError } from "./decode-error.ts";
import { decodeModule } from "./decode-module.ts";
import { u } from "./encode.test-support.ts";
import { INSTRUCTIONS, Immediate as I, instructionOf } from "./instructions.ts";
import { skipInstruction } from "./skip.ts";

/** Immediates in the text format, as large as the context below allows. */
const TEXT: Readonly<Record<number, string>> = {
  [I.none]: "",
  [I.zero]: "",
  [I.label]: "0",
  [I.func]: "$f",
  [I.type]: "$s",
  [I.local]: "$last",
  [I.global]: "1",
  [I.table]: "1",
  [I.memory]: "1",
  [I.tag]: "1",
  [I.data]: "1",
  [I.elem]: "1",
  [I.typeTable]: "1 (type $v)",
  [I.structField]: "$s 0",
  [I.typeLength]: "$a 300",
  [I.typeData]: "$a 1",
  [I.typeElem]: "$a 1",
  [I.typeType]: "$a $a",
  [I.dataMemory]: "1 1",
  [I.memoryMemory]: "1 1",
  [I.elemTable]: "1 1",
  [I.tableTable]: "1 1",
  [I.blockType]: "(result (ref null $s)) unreachable end",
  [I.tryTable]: "(result i32) (catch 1 0) (catch_ref 0 0) (catch_all 0) (catch_all_ref 0) unreachable end",
  [I.labelTable]: "0 0 0",
  [I.selectTypes]: "(result (ref null $s))",
  [I.heapType]: "$s",
  [I.castBranch]: "0 anyref (ref $s)",
  [I.memarg]: "1 offset=70000",
  [I.memargLane]: "1 offset=70000 3",
  [I.lane]: "3",
  [I.shuffle]: "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
  [I.i32]: "-70000",
  [I.i64]: "-7000000000000",
  [I.f32]: "1.5",
  [I.f64]: "1.5",
  [I.v128]: "i32x4 1 2 3 4",
};

function context(instruction: string): string {
  return `(module (type $v (func)) (type $s (struct (field (mut i32)))) (type $a (array (mut i32)))
    (memory 1) (memory 1) (table 1 funcref) (table 1 funcref) (tag) (tag)
    (global i32 (i32.const 1)) (global (mut i32) (i32.const 1))
    (func $f ${"(local i32) ".repeat(299)} (local $last i32) ${instruction})
    (elem func $f) (elem func $f) (data "") (data ""))`;
}

/** The text library knows the exceptions in their final form only. */
const LEGACY: Readonly<Record<string, readonly number[]>> = {
  try: [0x06, 0x63, 0x80, 0x01],
  catch: [0x07, 0x80, 0x01],
  rethrow: [0x09, 0x80, 0x01],
  delegate: [0x18, 0x80, 0x01],
  catch_all: [0x19],
};

/** Opcodes on the way from `pos` to exactly `end`. */
function walk(bytes: Uint8Array, pos: number, end: number): number[] {
  const opcodes: number[] = [];
  for (let at = pos; at < end; at = skipInstruction(bytes, at, end)) opcodes.push(bytes[at]!);
  return opcodes;
}

/** The bytes of one instruction and what the library put behind it. */
function encode(opcode: number, name: string, kind: number): { bytes: Uint8Array; start: number; end: number } {
  const legacy = LEGACY[name];
  if (legacy !== undefined) return { bytes: Uint8Array.from([...legacy, 0x0b]), start: 0, end: legacy.length + 1 };
  const isCast = name === "ref.test" || name === "ref.cast";
  const text = isCast ? `(ref ${opcode % 2 === 1 ? "null " : ""}$s)` : TEXT[kind];
  assert.ok(text !== undefined, name);
  const bytes = compile(context(`${name} ${text}`));
  assert.ok(bytes instanceof Uint8Array);
  const body = decodeModule(bytes).bodies[0];
  assert.ok(body !== undefined);
  return { bytes, start: body.code, end: body.end };
}

test("every row has the opcode and the immediates that an independent encoder writes", () => {
  for (const [opcode, name, kind] of INSTRUCTIONS) {
    const { bytes, start, end } = encode(opcode, name, kind);
    const first = opcode < 0x100 ? opcode : opcode >>> 16;
    const isBlock = kind === I.blockType || kind === I.tryTable;
    const tail = isBlock && LEGACY[name] === undefined ? [0x00, 0x0b, 0x0b] : [0x0b];
    const head = name === "select" && kind === I.none ? 0x1b : first;
    assert.deepEqual(walk(bytes, start, end), [head, ...tail], name);
    if (opcode >= 0x100) {
      const sub = u(opcode & 0xffff);
      assert.deepEqual([...bytes.subarray(start + 1, start + 1 + sub.length)], sub, name);
    }
  }
});

test("no instruction is passed whose bytes are cut, wherever", () => {
  for (const [opcode, name, kind] of INSTRUCTIONS) {
    const { bytes, start, end } = encode(opcode, name, kind);
    const next = skipInstruction(bytes, start, end);
    for (let cut = start; cut < next; cut++) {
      assert.throws(() => skipInstruction(bytes, start, cut), { code: "decode/unexpected-end" }, `${name} cut at ${cut - start}`);
      assert.throws(() => skipInstruction(bytes.subarray(0, cut), start, cut), { code: "decode/unexpected-end" }, name);
    }
  }
});

const BAD: readonly (readonly [name: string, bytes: readonly number[], code: string])[] = [
  ["a hole of the one-byte opcodes", [0xff, 0], "decode/opcode"],
  ["a hole behind a prefix", [0xfd, 0x9a, 0x01], "decode/opcode"],
  ["far behind a prefix", [0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f], "decode/opcode"],
  ["a branch table of four billion labels", [0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0], "decode/unexpected-end"],
  ["four billion types of a select", [0x1c, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f], "decode/unexpected-end"],
  ["four billion catch clauses", [0x1f, 0x40, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 0], "decode/unexpected-end"],
  ["a catch clause of no kind", [0x1f, 0x40, 1, 4, 0], "decode/catch-kind"],
  ["a fence that is no zero", [0xfe, 3, 1], "decode/zero-byte"],
  ["an endless integer", [0x20, ...Array.from({ length: 100 }, () => 0x80)], "decode/unexpected-end"],
];

test("bad instructions are refused by code", () => {
  for (const [name, bytes, code] of BAD) {
    assert.throws(() => skipInstruction(Uint8Array.from(bytes), 0, bytes.length), { code }, name);
  }
  assert.throws(() => skipInstruction(Uint8Array.of(0xfd, 0x9a, 0x01), 0, 3), /^DecodeError: illegal opcode fd 9a/);
});

test("walking random bytes ends, moves forward and stays inside", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
      let at = 0;
      try {
        while (at < bytes.length) {
          const next = skipInstruction(bytes, at, bytes.length);
          assert.ok(next > at && next <= bytes.length);
          at = next;
        }
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test("rows are found by the opcodes that a walk meets", () => {
  assert.deepEqual(instructionOf(0xfc_000a)?.[1], "memory.copy");
  assert.equal(instructionOf(0xff), undefined);
});
