import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keepDebugSections } from "./debug-sections.ts";
import { DebugReader } from "./debug-reader.ts";
import { LineTable } from "./line-table.ts";
import type { SourceLocation } from "./line-table.ts";

const text = (s: string): number[] => [...new TextEncoder().encode(s), 0];
const u32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
const uleb = (n: number): number[] => n < 128 ? [n] : [(n & 127) | 128, ...uleb(n >>> 7)];
const sleb = (n: number): number[] => n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...sleb(n >> 7)];

const LINE_BASE = -3;
const LINE_RANGE = 12;
const OPCODE_BASE = 13;
const COUNTS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/** A unit of version 2 to 4. */
function unit4(program: readonly number[], { version = 4, tables = [...text("src"), 0, ...text("a.c"), 0, 0, 0, ...text("b.c"), 1, 9, 9, 0], header = [] as readonly number[] } = {}): number[] {
  const rest = [1, ...(version >= 4 ? [1] : []), 1, LINE_BASE & 255, LINE_RANGE, OPCODE_BASE, ...COUNTS, ...tables, ...header];
  const body = [version, 0, ...u32(rest.length), ...rest, ...program];
  return [...u32(body.length), ...body];
}

/** A unit of version 5 whose directories and files have the given formats and entries. */
function unit5(program: readonly number[], tables: readonly number[]): number[] {
  const rest = [1, 1, 1, LINE_BASE & 255, LINE_RANGE, OPCODE_BASE, ...COUNTS, ...tables];
  const body = [5, 0, 4, 0, ...u32(rest.length), ...rest, ...program];
  return [...u32(body.length), ...body];
}

const address = (n: number): number[] => [0, 5, 2, ...u32(n)];
const END = [0, 1, 1];
/** The special opcode that advances by `pc` and `line`, and makes a row. */
const special = (pc: number, line: number): number => line - LINE_BASE + LINE_RANGE * pc + OPCODE_BASE;

function table(line: readonly number[], str: readonly number[] = [], lineStr: readonly number[] = []): LineTable {
  return new LineTable({ line: Uint8Array.from(line), str: Uint8Array.from(str), lineStr: Uint8Array.from(lineStr) });
}

function place(found: SourceLocation | undefined): string | undefined {
  return found && `${found.file}:${found.line}${found.column === undefined ? "" : `:${found.column}`}`;
}

/** Line 10 at 100, 11 at 103 (column 7, src/b.c), nothing at 110, 12 from 111 to 120. */
const PROGRAM = [
  ...address(100), 3, ...sleb(9), 1,
  5, ...uleb(7), 4, ...uleb(2), special(3, 1),
  3, ...sleb(-11), 2, ...uleb(7), 1,
  3, ...sleb(12), 5, 0, special(1, 0),
  2, ...uleb(9), ...END,
];
const PLACES = [[99, undefined], [100, "a.c:10"], [102, "a.c:10"], [103, "src/b.c:11:7"], [109, "src/b.c:11:7"], [110, undefined], [111, "src/b.c:12"], [119, "src/b.c:12"], [120, undefined]] as const;

test("rows cover the addresses up to the next row", () => {
  for (const version of [2, 3, 4]) {
    const lines = table(unit4(PROGRAM, { version }));
    for (const [at, expected] of PLACES) assert.equal(place(lines.find(at)), expected, `version ${version}, ${at}`);
  }
});

test("version 5 names files by form", () => {
  const str = [...text("unused"), ...text("/home/x")];
  const lineStr = [...text("lib"), ...text("b.c")];
  const tables = [
    1, 1, 0x0e, 2, ...u32(7), ...u32(0), // directories: one field, strp
    3, 1, 0x1f, 2, 0x0b, 5, 0x1e, 3, // files: line_strp, data1, MD5
    ...u32(4), 0, ...Array<number>(16).fill(1), ...u32(4), 0, ...Array<number>(16).fill(2), ...u32(4), 1, ...Array<number>(16).fill(3),
  ];
  const lines = table(unit5(PROGRAM, tables), str, lineStr);
  assert.equal(place(lines.find(100)), "/home/x/b.c:10");
  assert.equal(place(lines.find(103)), "/home/x/unused/b.c:11:7");
  assert.equal(place(table(unit5(PROGRAM, tables), str, []).find(100)), undefined);
});

test("a version 5 table with inline text, blocks and unknown content", () => {
  const tables = [
    1, 1, 0x08, 1, ...text("/w"),
    4, 1, 0x08, 2, 0x0f, 0x80, 0x40, 0x0a, 0x81, 0x40, 0x06, 2, ...text("/abs.c"), 0, 1, 9, ...u32(1), ...text("./r.c"), 0, 0, ...u32(2),
  ];
  // Content codes above 127 take two bytes.
  assert.equal(place(table(unit5([...address(5), 1, 2, 4, ...END], tables)).find(6)), "/w/r.c:1");
  assert.equal(place(table(unit5([...address(5), 4, 0, 1, 2, 4, ...END], tables)).find(6)), "/abs.c:1");
  assert.equal(place(table(unit5([...address(5), 4, 2, 1, 2, 4, ...END], tables)).find(6)), undefined);
});

test("sequences of functions that were not linked say nothing", () => {
  const function_ = (at: number, line: number): number[] => [...address(at), 3, ...sleb(line - 1), 1, special(2, 1), 2, ...uleb(200), ...END];
  const lines = table(unit4([...function_(0, 500), ...function_(0xffff_ffff, 600), ...function_(0xffff_fffe, 600), ...function_(50, 20)]));
  assert.equal(place(lines.find(1)), undefined);
  assert.equal(place(lines.find(3)), undefined);
  assert.equal(place(lines.find(50)), "a.c:20");
  assert.equal(place(lines.find(52)), "a.c:21");
  assert.equal(place(lines.find(0xffff_ffff)), undefined);
});

test("sequences may come in any order, in several units", () => {
  const function_ = (at: number, line: number): number[] => [...address(at), 3, ...sleb(line - 1), 1, 2, ...uleb(10), ...END];
  const lines = table([...unit4([...function_(300, 3), ...function_(100, 1)]), ...unit4(function_(200, 2))]);
  assert.deepEqual([105, 205, 305, 195, 310].map((at) => place(lines.find(at))), ["a.c:1", "a.c:2", "a.c:3", undefined, undefined]);
});

test("a damaged unit is passed over", () => {
  const lines = table([...unit4(PROGRAM, { version: 9 }), ...unit4([...address(500), 1, 2, 9, ...END]), 1, 2]);
  assert.equal(place(lines.find(100)), undefined);
  assert.equal(place(lines.find(505)), "a.c:1");
});

test("a long sequence is found anywhere in it", () => {
  const rows = 20_000;
  const body = Array.from({ length: rows }, (_, i) => special(1, i % 3 === 0 ? 3 : -1));
  const lines = table(unit4([...address(1000), 3, ...sleb(9_999), ...body, ...END]));
  let line = 10_000;
  for (let i = 0; i < rows - 1; i++) {
    line += i % 3 === 0 ? 3 : -1;
    if (i % 97 === 0) assert.equal(lines.find(1001 + i)?.line, line);
  }
});

test("wide integers end, and their sign is right", () => {
  const read = (bytes: readonly number[], what: "uleb" | "sleb"): number => new DebugReader(Uint8Array.from(bytes), 0)[what]();
  assert.equal(read([0xe5, 0x8e, 0x26], "uleb"), 624485);
  for (const n of [0, 1, 63, 64, -1, -64, -65, -123456, 0x7fff_ffff, -0x8000_0000]) assert.equal(read(sleb(n), "sleb"), n);
  const long = Array<number>(1000).fill(0xff);
  assert.ok(Number.isFinite(read([...long, 0x7f], "uleb")));
  assert.ok(Number.isFinite(read([...long, 0x7f], "sleb")));
  const cut = new DebugReader(Uint8Array.from(long), 0);
  cut.uleb();
  assert.ok(cut.failed);
});

test("too much debug data is not kept", () => {
  const range = { start: 0, end: 1 };
  assert.ok(keepDebugSections(new Uint8Array(1), { code: 1, line: range, str: undefined, lineStr: undefined }) !== undefined);
  assert.equal(keepDebugSections(new Uint8Array(1), { code: 1, line: range, str: { start: 0, end: 2 ** 26 }, lineStr: undefined }), undefined);
});

test("whatever the sections hold, a look-up ends and throws nothing", () => {
  const str = text("a string");
  const sound = [...unit4(PROGRAM), ...unit5(PROGRAM, [1, 1, 0x08, 1, ...text("/w"), 1, 1, 0x0e, 1, ...u32(0)])];
  const probe = (line: readonly number[]): void => {
    const lines = table(line, str, str);
    for (const at of [0, 1, 100, 103, 1000, 0xffff_ffff]) {
      const found = lines.find(at);
      if (found !== undefined) assert.ok(Number.isInteger(found.line) && found.line > 0 && found.file.length > 0);
    }
  };
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }), fc.nat(sound.length), (changes, cut) => {
    const bytes = [...sound];
    for (const [at, value] of changes) bytes[at] = value;
    probe(bytes);
    probe(bytes.slice(0, cut));
  }), { numRuns: 2000 });
  fc.assert(fc.property(fc.array(fc.nat(255), { maxLength: 200 }), (program) => probe(unit4([...address(90), ...program]))), { numRuns: 2000 });
});

test("large hostile sections take a bounded time and room", () => {
  const big = 2 * 1024 * 1024;
  const hostile = [
    // As many sequences as fit
    Array.from({ length: big / 16 }, (_, i) => [...address(1 + i), 1, 2, 1, ...END, 1, 1, 1]).flat(),
    // One row and then nothing but operands
    [...address(90), 1, ...Array<number>(big).fill(7)],
  ];
  for (const program of hostile) {
    const bytes = unit4([]);
    const all = new Uint8Array(bytes.length + program.length);
    all.set(bytes);
    all.set(program, bytes.length);
    all.set(u32(all.length - 4), 0);
    const started = performance.now();
    const table = new LineTable({ line: all, str: new Uint8Array(0), lineStr: new Uint8Array(0) });
    for (let i = 0; i < 50; i++) table.find(90 + i);
    assert.ok(performance.now() - started < 3000);
  }
  // Directory and file tables without end
  const names = table(unit4([...address(90), 4, ...uleb(900_000), 1, 2, 9, ...END], { tables: [0, ...Array<number[]>(300_000).fill([97, 0, 0, 0, 0]).flat(), 0] }));
  assert.equal(names.find(91), undefined);
});
