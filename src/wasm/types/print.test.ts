import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { printExternType, printSubType, printValType } from "./print.ts";

const EXTERNS = [
  "(func)", "(func (param i32 i64))", "(func (param funcref (ref null 0)) (result f32 v128))",
  "(table 1 10 funcref)", "(table 0 (ref null 0))", "(table i64 1 externref)",
  "(memory 1)", "(memory 1 2)", "(memory 1 2 shared)", "(memory i64 1 281474976710656)",
  "(global i32)", "(global (mut f64))", "(global (ref 0))", "(global (mut exnref))",
  "(tag)", "(tag (param i32))",
];

const TYPES = [
  "(func)", "(func (param i32) (result i64))", "(struct)", "(struct (field i8) (field (mut i16)) (field (mut anyref)))",
  "(array (mut i8))", "(array nullref)", "(sub (struct))", "(sub 6 (struct (field i32)))", "(sub final 6 (struct))",
];

test("imported types print as the text that made them", () => {
  for (const text of EXTERNS) {
    const bytes = compile(`(module (type (struct)) (import "m" "x" ${text}))`);
    assert.ok(bytes instanceof Uint8Array);
    const module = decodeModule(bytes);
    assert.equal(printExternType(module.imports[0]!.type, (index) => module.types[index]), text);
  }
});

test("defined types print as the text that made them", () => {
  const bytes = compile(`(module ${TYPES.map((text) => `(type ${text})`).join(" ")})`);
  assert.ok(bytes instanceof Uint8Array);
  assert.deepEqual(decodeModule(bytes).types.map(printSubType), TYPES);
});

test("every short name of a reference type", () => {
  const names = ["anyref", "eqref", "i31ref", "structref", "arrayref", "nullref", "funcref", "nullfuncref", "externref", "nullexternref", "exnref", "nullexnref"];
  const bytes = compile(`(module (type (func (param ${names.join(" ")} (ref any) (ref func)))))`);
  assert.ok(bytes instanceof Uint8Array);
  const comp = decodeModule(bytes).types[0]!.comp;
  assert.ok(comp.kind === "func");
  assert.deepEqual(comp.params.map(printValType), [...names, "(ref any)", "(ref func)"]);
});

test("a type nobody knows prints as its index", () => {
  const bytes = compile(`(module (import "m" "x" (func (param i32))))`);
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(printExternType(decodeModule(bytes).imports[0]!.type, () => undefined), "(func (type 0))");
});
