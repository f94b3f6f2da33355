import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeModule } from "./decode-module.ts";
import { codeSection, customSection, EMPTY_BODY, funcSection, moduleOf, sized, str, typeSection, u, vec, VOID_TYPE } from "./encode.test-support.ts";
import type { Bytes } from "./encode.test-support.ts";
import { decodeNames } from "./names.ts";
import type { ModuleNames } from "./names.ts";

function namesOf(...contents: readonly Bytes[]): ModuleNames {
  return decodeNames(decodeModule(moduleOf(
    typeSection(VOID_TYPE),
    funcSection(0, 0, 0),
    codeSection(EMPTY_BODY, EMPTY_BODY, EMPTY_BODY),
    customSection("name", ...contents),
  )));
}
const all = (names: ModuleNames): unknown[] => [names.moduleName, names.funcName(0), names.funcName(1), names.funcName(2)];

const part = (id: number, ...bytes: readonly Bytes[]): Bytes => [id, ...sized(...bytes)];
const functions = (...entries: readonly (readonly [index: number, name: string])[]): Bytes =>
  part(1, vec(...entries.map(([index, name]) => [...u(index), ...str(name)])));

const ROWS: readonly (readonly [what: string, contents: readonly Bytes[], names: readonly (string | undefined)[]])[] = [
  ["nothing", [], [undefined, undefined, undefined, undefined]],
  ["module and functions", [part(0, str("m")), functions([0, "a"], [2, "c"])], ["m", "a", undefined, "c"]],
  ["unknown parts between", [part(7, [1, 2]), functions([1, "b"]), part(200, [])], [undefined, undefined, "b", undefined]],
  ["an index that is no function", [functions([9, "x"], [1, "b"])], [undefined, undefined, "b", undefined]],
  ["the first of two names", [functions([1, "b"], [1, "c"])], [undefined, undefined, "b", undefined]],
  ["a name that is no UTF-8", [part(1, vec([0, 1, 0xff], [1, ...str("b")]))], [undefined, undefined, "b", undefined]],
  ["a name beyond its part", [part(1, [2, 0, ...str("a"), 1, 9, 0x62])], [undefined, "a", undefined, undefined]],
  ["four billion names", [part(1, u(0xffff_ffff), [0], str("a"))], [undefined, "a", undefined, undefined]],
  ["a part beyond the section", [part(0, str("m")), [1, 99, 1, 0, 1, 0x61]], ["m", undefined, undefined, undefined]],
];

test("whole parts are read and damaged ones passed over", () => {
  for (const [what, contents, names] of ROWS) assert.deepEqual(all(namesOf(...contents)), names, what);
});

test("no contents make it fail", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (contents) => {
      for (const name of all(namesOf([...contents]))) assert.ok(name === undefined || typeof name === "string");
    }),
  );
});

test("a module without the section has no names", () => {
  const names = decodeNames(decodeModule(moduleOf()));
  assert.deepEqual([names.moduleName, names.funcName(0), names.funcName(-1)], [undefined, undefined, undefined]);
});
