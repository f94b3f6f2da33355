import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeModule } from "../binary/decode-module.ts";
import { compile } from "watr";
import type { FuncType, RecGroup } from "./externtype.ts";
import { TypeRegistry } from "./registry.ts";

/** The rec groups of a module of types in the text format. */
function groups(text: string): readonly RecGroup[] {
  const bytes = compile(`(module ${text})`);
  assert.ok(bytes instanceof Uint8Array);
  return decodeModule(bytes).recGroups;
}

const EQUAL: readonly (readonly [what: string, left: string, right: string])[] = [
  ["functypes", "(type (func (param i32) (result i64)))", "(type (func (param i32) (result i64)))"],
  ["a final type without supertypes, written out", "(type (sub final (func)))", "(type (func))"],
  ["a group of one, written out", "(rec (type (struct)))", "(type (struct))"],
  ["references to equal types", "(type $a (func)) (type (struct (field (ref $a))))", "(type $a (func)) (type (struct (field (ref $a))))"],
  ["lists that refer to themselves", "(type $l (struct (field i32 (ref null $l))))", "(type $l (struct (field i32 (ref null $l))))"],
  ["groups that refer across", "(rec (type $a (struct (field (ref $b)))) (type $b (struct (field (ref $a)))))", "(rec (type $c (struct (field (ref $d)))) (type $d (struct (field (ref $c)))))"],
];

const DIFFERENT: readonly (readonly [what: string, left: string, right: string])[] = [
  ["parameters and results", "(type (func (param i32)))", "(type (func (result i32)))"],
  ["open and final", "(type (sub (func)))", "(type (func))"],
  ["nullable and not", "(type (func (param (ref func))))", "(type (func (param funcref)))"],
  ["mutable and not", "(type (array i8))", "(type (array (mut i8)))"],
  ["packed widths", "(type (array i8))", "(type (array i16))"],
  ["structs and arrays", "(type (struct (field i32)))", "(type (array i32))"],
  ["one group and two", "(rec (type (func)) (type (struct)))", "(type (func)) (type (struct))"],
  ["orders within a group", "(rec (type (func)) (type (struct)))", "(rec (type (struct)) (type (func)))"],
  ["inside and outside of the group", "(rec (type $a (struct)) (type (array (ref $a))))", "(type $a (struct)) (rec (type (struct)) (type (array (ref $a))))"],
];

test("equal types of two modules have one id", () => {
  for (const [what, left, right] of EQUAL) {
    const registry = new TypeRegistry();
    const first = registry.canonicalize(groups(left));
    const size = registry.size;
    assert.deepEqual(registry.canonicalize(groups(right)), first, what);
    assert.equal(registry.size, size, what);
  }
});

test("different types have different ids", () => {
  for (const [what, left, right] of DIFFERENT) {
    const registry = new TypeRegistry();
    const a = registry.canonicalize(groups(left)).at(-1);
    const b = registry.canonicalize(groups(right)).at(-1);
    assert.notEqual(a, b, what);
  }
});

test("equal groups of one module share ids, and indices may differ between modules", () => {
  const registry = new TypeRegistry();
  const pair = "(rec (type $a (struct (field (ref null $b)))) (type $b (array (ref $a))))";
  const twice = registry.canonicalize(groups(`${pair} (type (func)) ${pair.replaceAll("$a", "$c").replaceAll("$b", "$d")}`));
  assert.deepEqual([...twice], [0, 1, 2, 0, 1]);
  assert.deepEqual([...registry.canonicalize(groups(`(type (func (param i32))) (type (func)) ${pair}`))], [3, 2, 0, 1]);
});

test("subtypes are found through the whole chain and only there", () => {
  const registry = new TypeRegistry();
  const chain = Array.from({ length: 20 }, (_, i) => `(type $t${i} (sub ${i === 0 ? "" : `$t${i - 1}`} (struct)))`).join(" ");
  const ids = registry.canonicalize(groups(`${chain} (type $side (sub $t5 (struct (field i32))))`));
  for (let sub = 0; sub < 20; sub++) {
    for (let sup = 0; sup < 20; sup++) assert.equal(registry.isSubtype(ids[sub]!, ids[sup]!), sup <= sub, `${sub} ${sup}`);
    assert.equal(registry.isSubtype(ids[20]!, ids[sub]!), sub <= 5);
    assert.equal(registry.isSubtype(ids[sub]!, ids[20]!), false);
  }
});

test("definitions speak in canonical ids", () => {
  const registry = new TypeRegistry();
  registry.canonicalize(groups("(type (func)) (type (struct))"));
  const ids = registry.canonicalize(groups("(type $s (sub (struct (field i64)))) (type $f (func (param (ref $s)) (result i32)))"));
  assert.deepEqual(registry.funcType(ids[1]!), { kind: "func", params: [{ nullable: false, heap: ids[0] }], results: ["i32"] });
  assert.equal(registry.funcType(ids[0]!), undefined);
  assert.throws(() => registry.definition(99), { code: "bug" });
});

test("a host's functype meets the same type of a module", () => {
  const registry = new TypeRegistry();
  const type: FuncType = { kind: "func", params: ["i32", { nullable: true, heap: "extern" }], results: ["f64"] };
  const id = registry.internFunc(type);
  assert.deepEqual([...registry.canonicalize(groups("(type (func (param i32 externref) (result f64)))"))], [id]);
  const other = registry.canonicalize(groups("(type $a (struct)) (type (func (param (ref $a))))"));
  const found = registry.funcType(other[1]!);
  assert.ok(found !== undefined);
  assert.equal(registry.internFunc(found), other[1]);
});

test("an empty group has no ids", () => {
  const registry = new TypeRegistry();
  assert.equal(registry.canonicalize([{ start: 0, types: [] }]).length, 0);
  assert.equal(registry.canonicalize([]).length, 0);
});
