import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { localTypes } from "./code-section.ts";
import { DECODE_ERRORS, DecodeError } from "./decode-error.ts";
import type { DecodeErrorCode } from "./decode-error.ts";
import { decodeModule } from "./decode-module.ts";
import {
  codeSection, customSection, dataCountSection, dataSection, elemSection, EMPTY_BODY, exportSection, FUNCREF, funcSection,
  globalSection, HEADER, I32, importSection, memorySection, moduleOf, section, sized, str, tableSection, tagSection,
  typeSection, u, vec, VOID_TYPE,
} from "./encode.test-support.ts";
import type { Bytes } from "./encode.test-support.ts";

const ZERO: Bytes = [0x41, 0, 0x0b];
const ONE_FUNC = [typeSection(VOID_TYPE), funcSection(0)];

const BAD: readonly (readonly [name: string, bytes: Uint8Array, code: DecodeErrorCode, path: string])[] = [
  ["no bytes", Uint8Array.of(), "decode/unexpected-end", "header"],
  ["half a magic", Uint8Array.of(0, 0x61), "decode/unexpected-end", "header"],
  ["another magic", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0), "decode/magic", "header"],
  ["a component", Uint8Array.from([...HEADER.slice(0, 4), 13, 0, 1, 0]), "decode/version", "header"],
  ["an id beyond the last", moduleOf([14, 0]), "decode/section-id", ""],
  ["no size", moduleOf([1]), "decode/unexpected-end-of-section", ""],
  ["a size beyond the file", moduleOf([1, 9]), "decode/length", ""],
  ["two type sections", moduleOf(typeSection(), typeSection()), "decode/section-order", ""],
  ["functions before types", moduleOf(section(3, [0]), typeSection()), "decode/section-order", ""],
  ["tags after globals", moduleOf(globalSection(), tagSection()), "decode/section-order", ""],
  ["bytes left over", moduleOf(section(1, [0, 0])), "decode/section-size", "type"],
  ["contents beyond the size", moduleOf([1, 2, 1, 0x60, 0, 0]), "decode/section-size", "type"],
  ["four billion types", moduleOf(section(1, u(0xffff_ffff))), "decode/length", "type"],
  ["four billion imports", moduleOf(section(2, u(0xffff_ffff))), "decode/length", "import"],
  ["four billion parameters", moduleOf(section(1, [1, 0x60], u(0xffff_ffff))), "decode/length", "type[0]"],
  ["four billion members", moduleOf(section(1, [1, 0x4e], u(0xffff_ffff))), "decode/length", "type[0]"],
  ["no such type form", moduleOf(typeSection([0x5d, 0])), "decode/definition-type", "type[0]"],
  ["no such value type", moduleOf(typeSection([0x60, 1, 0x40, 0])), "decode/value-type", "type[0]"],
  ["a packed parameter", moduleOf(typeSection([0x60, 1, 0x78, 0])), "decode/value-type", "type[0]"],
  ["a heap type without a name", moduleOf(typeSection([0x60, 1, 0x63, 0x40, 0])), "decode/heap-type", "type[0]"],
  ["a later type", moduleOf(typeSection([0x60, 1, 0x63, 1, 0], VOID_TYPE)), "decode/unknown-type", "type[0]"],
  ["itself as supertype", moduleOf(typeSection([0x50, 1, 0, ...VOID_TYPE])), "decode/unknown-type", "type[0]"],
  ["two supertypes", moduleOf(typeSection([0x50, 0, ...VOID_TYPE], [0x50, 2, 0, 0, ...VOID_TYPE])), "decode/sub-type", "type[1]"],
  ["64 supertypes in a chain", moduleOf(typeSection([0x50, 0, ...VOID_TYPE], ...Array.from({ length: 64 }, (_, i) => [0x50, 1, i, ...VOID_TYPE]))), "decode/implementation-limit", "type[64]"],
  ["a field that is half mutable", moduleOf(typeSection([0x5e, I32, 2])), "decode/mutability", "type[0]"],
  ["an import kind", moduleOf(importSection([...str("m"), ...str("f"), 5, 0])), "decode/import-kind", "import[0]"],
  ["an import of an unknown type", moduleOf(importSection([...str("m"), ...str("f"), 0, 0])), "decode/unknown-type", "import[0]"],
  ["an import name in Latin 1", moduleOf(importSection([1, 0xe4, ...str("f"), 0, 0])), "decode/utf8", "import[0]"],
  ["a function of a struct type", moduleOf(typeSection([0x5f, 0]), funcSection(0)), "decode/type-kind", "func[0]"],
  ["a function of an unknown type", moduleOf(typeSection(VOID_TYPE), funcSection(0, 1)), "decode/unknown-type", "func[1]"],
  ["a table of numbers", moduleOf(tableSection([I32, 0, 0])), "decode/reference-type", "table[0]"],
  ["a shared table", moduleOf(tableSection([FUNCREF, 3, 0, 1])), "decode/limits-flags", "table[0]"],
  ["a table of another form", moduleOf(tableSection([0x40, 1, FUNCREF, 0, 0])), "decode/zero-byte", "table[0]"],
  ["a table larger than its index", moduleOf(tableSection([FUNCREF, 0, ...u(1n << 32n)])), "decode/table-size", "table[0]"],
  ["memory flags", moduleOf(memorySection([8, 0])), "decode/limits-flags", "memory[0]"],
  ["a minimum above the maximum", moduleOf(memorySection([1, 2, 1])), "decode/limits-range", "memory[0]"],
  ["65537 pages", moduleOf(memorySection([0, ...u(65_537)])), "decode/memory-size", "memory[0]"],
  ["2^48+1 pages of 64 bits", moduleOf(memorySection([4, ...u((1n << 48n) + 1n)])), "decode/memory64-size", "memory[0]"],
  ["shared without a maximum", moduleOf(memorySection([2, 0])), "decode/shared-without-maximum", "memory[0]"],
  ["a tag attribute", moduleOf(typeSection(VOID_TYPE), tagSection([1, 0])), "decode/tag-attribute", "tag[0]"],
  ["a tag of an array type", moduleOf(typeSection([0x5e, I32, 0]), tagSection([0, 0])), "decode/type-kind", "tag[0]"],
  ["a global that is half mutable", moduleOf(globalSection([I32, 2, ...ZERO])), "decode/mutability", "global[0]"],
  ["a global that reads itself", moduleOf(globalSection([I32, 0, 0x23, 0, 0x0b])), "decode/unknown-global", "global[0].init"],
  ["a global of an unknown function", moduleOf(globalSection([FUNCREF, 0, 0xd2, 0, 0x0b])), "decode/unknown-func", "global[0].init"],
  ["a constant without end", moduleOf(globalSection([I32, 0, 0x41, 0])), "decode/unexpected-end-of-section", "global[0].init"],
  ["an opcode that is none", moduleOf(globalSection([I32, 0, 0xff, 0x0b])), "decode/opcode", "global[0].init"],
  ["a prefixed opcode that is none", moduleOf(globalSection([I32, 0, 0xfb, 0x7f, 0x0b])), "decode/opcode", "global[0].init"],
  ["a constant of six bytes", moduleOf(globalSection([I32, 0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x0b])), "decode/leb-too-long", "global[0].init"],
  ["an export kind", moduleOf(exportSection([...str("a"), 5, 0])), "decode/export-kind", "export[0]"],
  ["an export of nothing", moduleOf(exportSection([...str("a"), 2, 0])), "decode/unknown-memory", "export[0]"],
  ["a name exported twice", moduleOf(memorySection([0, 1]), exportSection([...str("a"), 2, 0], [...str("a"), 2, 0])), "decode/duplicate-export", "export[1]"],
  ["a start that is not there", moduleOf(section(8, [0])), "decode/unknown-func", "start"],
  ["element flags", moduleOf(elemSection([8, 0])), "decode/elem-flags", "elem[0]"],
  ["elements without a table", moduleOf(elemSection([0, ...ZERO, 0])), "decode/unknown-table", "elem[0]"],
  ["elements of a kind", moduleOf(elemSection([1, 1, 0])), "decode/elem-kind", "elem[0]"],
  ["elements of an unknown function", moduleOf(elemSection([1, 0, 1, 0])), "decode/unknown-func", "elem[0]"],
  ["the second expression is cut", moduleOf(elemSection([5, FUNCREF, 2, 0xd0, FUNCREF, 0x0b, 0xd0])), "decode/unexpected-end-of-section", "elem[0].init[1]"],
  ["functions without code", moduleOf(...ONE_FUNC), "decode/func-code-count", ""],
  ["code without functions", moduleOf(codeSection(EMPTY_BODY)), "decode/func-code-count", ""],
  ["a body beyond the file", moduleOf(...ONE_FUNC, section(10, [1, 9, 0])), "decode/length", "code[0]"],
  ["locals beyond their body", moduleOf(...ONE_FUNC, section(10, [1, 1, 1, 1, I32, 0x0b])), "decode/section-size", "code[0]"],
  ["too many locals", moduleOf(...ONE_FUNC, codeSection(sized([2], u(0xffff_ffff), [I32], u(1), [I32], [0x0b]))), "decode/too-many-locals", "code[0]"],
  ["a local of no type", moduleOf(...ONE_FUNC, codeSection(sized([1, 1, 0x00, 0x0b]))), "decode/value-type", "code[0]"],
  ["data flags", moduleOf(dataSection([3])), "decode/data-flags", "data[0]"],
  ["data without a memory", moduleOf(dataSection([0, ...ZERO, 0])), "decode/unknown-memory", "data[0]"],
  ["data beyond the file", moduleOf(dataSection([1, 9])), "decode/length", "data[0]"],
  ["more data announced", moduleOf(dataCountSection(1)), "decode/data-count", ""],
  ["less data announced", moduleOf(dataCountSection(0), dataSection([1, 0])), "decode/data-count", ""],
  ["a custom section without a name", moduleOf([0, 0]), "decode/unexpected-end-of-section", "custom"],
  ["a custom name beyond its section", moduleOf([0, 1, 4, 1, 2, 3, 4]), "decode/unexpected-end", "custom"],
  ["a custom name in Latin 1", moduleOf(section(0, [1, 0xe4])), "decode/utf8", "custom"],
];

test("bad modules are refused by code and place", () => {
  for (const [name, bytes, code, path] of BAD) {
    assert.throws(() => decodeModule(bytes, "bad.wasm"), (error: unknown) => {
      assert.ok(error instanceof DecodeError, `${name}: ${String(error)}`);
      assert.equal(error.code, code, `${name}: ${error.message}`);
      assert.equal(error.at.path, path, `${name}: ${error.message}`);
      assert.equal(error.at.module, "bad.wasm", name);
      assert.ok(error.at.offset <= bytes.length, name);
      assert.ok(error.message.startsWith(DECODE_ERRORS[code]), name);
      return true;
    }, name);
  }
});

test("an index out of range is named by number", () => {
  const bytes = moduleOf(memorySection([0, 1]), dataSection([2, 1, ...ZERO, 0]));
  assert.throws(() => decodeModule(bytes), {
    message: "unknown memory 1, the module has 1 so far (module at 0x11, data[0])",
  });
});

test("the empty module has nothing", () => {
  const module = decodeModule(moduleOf());
  assert.deepEqual(module.importCounts, { func: 0, table: 0, memory: 0, global: 0, tag: 0 });
  assert.deepEqual([module.sections, module.types, module.exports, module.start, module.dataCount], [[], [], [], undefined, undefined]);
});

test("all forms of types", () => {
  const struct = [0x5f, 3, 0x78, 1, 0x77, 0, 0x64, 1, 0];
  const module = decodeModule(moduleOf(typeSection(
    [0x4e, ...vec([0x50, 0, ...struct], [0x4f, 1, 0, ...struct, ])],
    [0x60, ...vec([0x7f], [0x7e], [0x7d], [0x7c], [0x7b], [0x6e], [0x63, 0], [0x64, 0x69]), ...vec([0x70])],
    [0x4e, 0],
    [0x5e, 0x6c, 1],
  )));
  const fields = [
    { storage: "i8", mutable: true },
    { storage: "i16", mutable: false },
    { storage: { nullable: false, heap: 1 }, mutable: false },
  ];
  assert.deepEqual(module.types, [
    { final: false, supertypes: [], comp: { kind: "struct", fields } },
    { final: true, supertypes: [0], comp: { kind: "struct", fields } },
    {
      final: true,
      supertypes: [],
      comp: {
        kind: "func",
        params: [
          "i32", "i64", "f32", "f64", "v128",
          { nullable: true, heap: "any" }, { nullable: true, heap: 0 }, { nullable: false, heap: "exn" },
        ],
        results: [{ nullable: true, heap: "func" }],
      },
    },
    { final: true, supertypes: [], comp: { kind: "array", element: { storage: { nullable: true, heap: "i31" }, mutable: true } } },
  ]);
  assert.deepEqual(module.recGroups.map(({ start, types }) => [start, types.length]), [[0, 2], [2, 1], [3, 0], [3, 1]]);
});

test("imports come first in every index space", () => {
  const module = decodeModule(moduleOf(
    typeSection(VOID_TYPE, [0x60, 1, I32, 0]),
    importSection(
      [...str("m"), ...str("f"), 0, 1],
      [...str("m"), ...str("t"), 1, 0x6f, 1, 1, 2],
      [...str("m"), ...str("mem"), 2, 3, 1, 2],
      [...str("m"), ...str("g"), 3, I32, 1],
      [...str("m"), ...str("e"), 4, 0, 1],
    ),
    funcSection(0),
    tableSection([0x40, 0, FUNCREF, 5, 1, 9, 0xd0, FUNCREF, 0x0b]),
    memorySection([4, ...u(1n << 40n)]),
    tagSection([0, 0]),
    globalSection([I32, 0, 0x23, 0, 0x0b]),
    exportSection([...str(""), 0, 1], [...str("\u{1f600}"), 4, 1]),
    section(8, [1]),
    codeSection(sized([2, 3, I32, 2, 0x7b], [0x0b])),
  ));
  assert.deepEqual(module.importCounts, { func: 1, table: 1, memory: 1, global: 1, tag: 1 });
  assert.deepEqual(module.funcs, [{ kind: "func", type: 1 }, { kind: "func", type: 0 }]);
  assert.deepEqual(module.tables, [
    { kind: "table", addr: "i32", limits: { min: 1n, max: 2n }, element: { nullable: true, heap: "extern" } },
    { kind: "table", addr: "i64", limits: { min: 1n, max: 9n }, element: { nullable: true, heap: "func" } },
  ]);
  assert.deepEqual(module.memories, [
    { kind: "memory", addr: "i32", limits: { min: 1n, max: 2n }, shared: true, pageSizeLog2: 16 },
    { kind: "memory", addr: "i64", limits: { min: 1n << 40n, max: undefined }, shared: false, pageSizeLog2: 16 },
  ]);
  assert.deepEqual(module.tags, [{ kind: "tag", type: 1 }, { kind: "tag", type: 0 }]);
  assert.deepEqual(module.globals.map(({ mutable }) => mutable), [true, false]);
  assert.deepEqual(module.imports.map(({ name, type }) => [name, type.kind]), [["f", "func"], ["t", "table"], ["mem", "memory"], ["g", "global"], ["e", "tag"]]);
  assert.deepEqual(module.exports, [{ name: "", kind: "func", index: 1 }, { name: "\u{1f600}", kind: "tag", index: 1 }]);
  assert.equal(module.start, 1);
  const [tableDef] = module.tableDefs;
  assert.deepEqual([...module.bytes.subarray(tableDef!.init!.start, tableDef!.init!.end)], [0xd0, FUNCREF, 0x0b]);
  const [body] = module.bodies;
  assert.deepEqual([body!.localCount, localTypes(module, body!)], [5, ["i32", "v128"]]);
  assert.deepEqual([...module.bytes.subarray(body!.code, body!.end)], [0x0b]);
});

test("all forms of segments", () => {
  const nullFunc: Bytes = [0xd0, FUNCREF, 0x0b];
  const module = decodeModule(moduleOf(
    typeSection(VOID_TYPE), funcSection(0), tableSection([FUNCREF, 0, 9], [FUNCREF, 0, 9]), memorySection([0, 1], [0, 1]),
    elemSection(
      [0, ...ZERO, 1, 0], [1, 0, 1, 0], [2, 1, ...ZERO, 0, 1, 0], [3, 0, 1, 0],
      [4, ...ZERO, 1, ...nullFunc], [5, 0x64, 0, 1, ...nullFunc], [6, 1, ...ZERO, FUNCREF, 2, ...nullFunc, ...nullFunc], [7, 0x6f, 0],
    ),
    dataCountSection(3),
    codeSection(EMPTY_BODY),
    dataSection([0, ...ZERO, 2, 7, 8], [1, 0], [2, 1, ...ZERO, 1, 9]),
  ));
  assert.deepEqual(module.elems.map(({ mode, table, offset, type, funcs, exprs }) =>
    [mode, table, offset !== undefined, type.nullable, type.heap, funcs, exprs?.length]), [
    ["active", 0, true, false, "func", [0], undefined],
    ["passive", 0, false, false, "func", [0], undefined],
    ["active", 1, true, false, "func", [0], undefined],
    ["declarative", 0, false, false, "func", [0], undefined],
    ["active", 0, true, true, "func", undefined, 1],
    ["passive", 0, false, false, 0, undefined, 1],
    ["active", 1, true, true, "func", undefined, 2],
    ["declarative", 0, false, true, "extern", undefined, 0],
  ]);
  assert.deepEqual(module.datas.map(({ mode, memory, start, end }) => [mode, memory, [...module.bytes.subarray(start, end)]]), [
    ["active", 0, [7, 8]],
    ["passive", 0, []],
    ["active", 1, [9]],
  ]);
  assert.equal(module.dataCount, 3);
});

test("blocks inside of a constant expression do not end it", () => {
  const init: Bytes = [0x02, I32, 0x41, 0x0b, 0x0b, 0x0b];
  const module = decodeModule(moduleOf(globalSection([I32, 0, ...init])));
  const range = module.globalDefs[0]!.init;
  assert.deepEqual([...module.bytes.subarray(range.start, range.end)], init);
});

test("custom sections stand anywhere, any number of times, with any contents", () => {
  const module = decodeModule(moduleOf(customSection("a", [1, 2]), typeSection(), customSection("a"), customSection("\0")));
  assert.deepEqual(module.customs.map(({ name, range }) => [name, range.end - range.start]), [["a", 2], ["a", 0], ["\0", 0]]);
  assert.deepEqual(module.sections.map(({ id, header, start, end, name }) => [id, header, start, end, name]), [
    [0, 8, 10, 14, "a"], [1, 14, 16, 17, undefined], [0, 17, 19, 21, "a"], [0, 21, 23, 25, "\0"],
  ]);
});

test("a hundred thousand functions and fifty thousand locals are no trouble", () => {
  const count = 100_000;
  const types = Array.from({ length: count }, () => 0);
  const bodies = Array.from({ length: count }, () => EMPTY_BODY);
  bodies[7] = sized([1], u(50_000), [I32], [0x0b]);
  const bytes = moduleOf(typeSection(VOID_TYPE), section(3, u(count), types), section(10, u(count), bodies.flat()));
  const module = decodeModule(bytes);
  assert.equal(module.funcs.length, count);
  assert.equal(module.bodies[7]!.localCount, 50_000);
});

/** A module with every section, of which mutations are made. */
const RICH = moduleOf(
  customSection("name", [0, 2, 1, 0x6d]),
  typeSection(VOID_TYPE, [0x60, 1, I32, 1, I32], [0x4e, ...vec([0x50, 0, 0x5f, 1, 0x63, 2, 1], [0x4f, 1, 2, 0x5f, 1, 0x63, 2, 1])]),
  importSection([...str("m"), ...str("f"), 0, 1], [...str("m"), ...str("g"), 3, I32, 0]),
  funcSection(0, 1),
  tableSection([FUNCREF, 1, 2, 3]),
  memorySection([1, 1, 2]),
  tagSection([0, 0]),
  globalSection([I32, 1, 0x23, 0, 0x0b], [FUNCREF, 0, 0xd2, 0, 0x0b]),
  exportSection([...str("a"), 0, 1], [...str("b"), 2, 0]),
  section(8, [1]),
  elemSection([0, ...ZERO, 2, 1, 2], [5, FUNCREF, 1, 0xd2, 1, 0x0b]),
  dataCountSection(1),
  codeSection(EMPTY_BODY, sized([1, 2, I32], [0x20, 0, 0x0b])),
  dataSection([0, ...ZERO, 2, 7, 8]),
);

test("mutations only ever throw DecodeError, and what the host accepts we accept", () => {
  assert.ok(WebAssembly.validate(RICH as Uint8Array<ArrayBuffer>));
  let accepted = 0;
  const mutation = fc.tuple(fc.nat(RICH.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x0b, 0x7f, 0x80, 0xff)));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Uint8Array.from(RICH);
      for (const [at, value] of changes) bytes[at] = value;
      const hostAccepts = WebAssembly.validate(bytes);
      if (hostAccepts) accepted++;
      try {
        decodeModule(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        assert.ok(!hostAccepts, `the host accepts: ${error.message}`);
      }
    }),
    { numRuns: 4_000 },
  );
  assert.ok(accepted > 20, `only ${accepted} mutations were valid`);
});

test("inserted, removed and repeated bytes only ever throw DecodeError", () => {
  fc.assert(
    fc.property(fc.nat(RICH.length), fc.nat(8), fc.uint8Array({ maxLength: 8 }), (at, removed, inserted) => {
      const bytes = Uint8Array.from([...RICH.subarray(0, at), ...inserted, ...RICH.subarray(at + removed)]);
      const hostAccepts = WebAssembly.validate(bytes);
      try {
        decodeModule(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        assert.ok(!hostAccepts, `the host accepts: ${error.message}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("every prefix of a module is refused, or is a whole module at a section's end", () => {
  const { sections } = decodeModule(RICH);
  const borders = new Set([HEADER.length, ...sections.map(({ end }) => end)]);
  for (let length = 0; length < RICH.length; length++) {
    try {
      decodeModule(RICH.subarray(0, length));
      assert.ok(borders.has(length), `accepted ${length} bytes`);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  }
});
