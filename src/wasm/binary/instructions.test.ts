import assert from "node:assert/strict";
import { test } from "node:test";
// @ts-expect-error The library's table is internal and has no types; it is only compared with.
import { INSTR } from "../../../node_modules/watr/src/const.js";
import { INSTRUCTIONS, Immediate, immediateOf, immediateOfPrefixed, instructionOf, opcodeOf } from "./instructions.ts";

const FIRST_PREFIX = 0xfb;
/** Not in WebAssembly 3.0: stack switching, custom descriptors, strings, wide arithmetic, rounding modes. */
const LATER = /^(cont\.|suspend|resume|switch)|desc|string|^i64\.(add128|sub128|mul_wide_[su])$|_(ceil|floor|trunc)(_[fi]\d\d(_[su])?)?$/;
/** Opcodes that the library lists as a keyword of the text format, or not at all. */
const LEGACY = [0x06, 0x07, 0x09, 0x18, 0x19];

function others(): Map<number, string> {
  const names = new Map<number, string>();
  let prefix = FIRST_PREFIX;
  const add = (opcode: number, entry: unknown): void => {
    if (typeof entry === "string" && entry !== "") names.set(opcode, entry.split(" ")[0]!);
  };
  for (const [opcode, entry] of (INSTR as unknown[]).entries()) {
    if (Array.isArray(entry)) {
      for (const [sub, inner] of entry.entries()) add((prefix << 16) | sub, inner);
      prefix++;
    } else add(opcode, entry);
  }
  return names;
}

test("rows are sorted by opcode and unique", () => {
  for (const [i, row] of INSTRUCTIONS.entries()) {
    if (i > 0) assert.ok(INSTRUCTIONS[i - 1]![0] < row[0], row[1]);
  }
  const seen = new Map<string, number>();
  for (const [, name] of INSTRUCTIONS) seen.set(name, (seen.get(name) ?? 0) + 1);
  assert.deepEqual([...seen].filter(([, count]) => count > 1), [["select", 2], ["ref.test", 2], ["ref.cast", 2]]);
});

test("names and opcodes equal an independent table", () => {
  const theirs = others();
  assert.ok(theirs.size > 500);
  let compared = 0;
  for (const [opcode, name] of INSTRUCTIONS) {
    if (LEGACY.includes(opcode) || opcode === 0x1c) continue;
    assert.equal(theirs.get(opcode)?.replace(/_null$/, (tail) => (opcode >>> 16 === 0xfb ? "" : tail)), name);
    compared++;
  }
  assert.equal(compared, INSTRUCTIONS.length - LEGACY.length - 1);
  const ours = new Set(INSTRUCTIONS.map(([opcode]) => opcode));
  const missing = [...theirs].filter(([opcode, name]) => !ours.has(opcode) && !LATER.test(name));
  assert.deepEqual(missing, []);
});

test("the columns say what the rows say", () => {
  let rows = 0;
  for (let opcode = 0; opcode < 0x100; opcode++) {
    if (opcode >= 0xfb && opcode <= 0xfe) {
      assert.equal(immediateOf[opcode], Immediate.prefix);
      for (let sub = 0; sub < 0x400; sub++) {
        const row = instructionOf((opcode << 16) | sub);
        assert.equal(immediateOfPrefixed(opcode, sub), row === undefined ? Immediate.illegal : row[2]);
        if (row !== undefined) rows++;
      }
    } else {
      const row = instructionOf(opcode);
      assert.equal(immediateOf[opcode], row === undefined ? Immediate.illegal : row[2]);
      if (row !== undefined) rows++;
    }
  }
  assert.equal(rows, INSTRUCTIONS.length);
  assert.equal(immediateOfPrefixed(0xfd, 0xffff_ffff), Immediate.illegal);
  assert.equal(immediateOfPrefixed(0x20, 0), Immediate.illegal);
});

test("an alignment stands at every memory access and nowhere else", () => {
  for (const [, name, immediate, , align] of INSTRUCTIONS) {
    const accesses = immediate === Immediate.memarg || immediate === Immediate.memargLane;
    assert.equal(align !== undefined, accesses, name);
  }
});

test("names find their first opcode", () => {
  assert.equal(opcodeOf("i32.add"), 0x6a);
  assert.equal(opcodeOf("select"), 0x1b);
  assert.equal(opcodeOf("ref.test"), 0xfb_0014);
  assert.equal(opcodeOf("i32.frobnicate"), undefined);
});
