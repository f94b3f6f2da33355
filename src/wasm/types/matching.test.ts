import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { matchExternType, matchLimits, matchValType } from "./matching.ts";
import { TypeRegistry } from "./registry.ts";

const TYPES = `(type $v (sub (func))) (type $w (sub $v (func))) (type $s (sub (struct (field i32))))
  (type $t (sub $s (struct (field i32 i64)))) (type $a (array i8)) (type $p (func (param i32)))`;

const VALUE_TYPES = [
  "i32", "i64", "f32", "f64", "v128",
  ...["any", "eq", "i31", "struct", "array", "none", "func", "nofunc", "extern", "noextern", "exn", "noexn", "$v", "$w", "$s", "$t", "$a"]
    .flatMap((heap) => [`(ref null ${heap})`, `(ref ${heap})`]),
];

/** Descriptions of exports, each meeting each as an import. */
const EXTERNS = [
  "(func (type $v))", "(func (type $w))", "(func (type $p))",
  "(table 1 funcref)", "(table 2 funcref)", "(table 1 4 funcref)", "(table 1 8 funcref)", "(table 1 externref)",
  "(table 1 (ref null $v))", "(table 1 (ref null $w))", "(table i64 1 funcref)", "(table i64 1 4 funcref)",
  "(memory 1)", "(memory 2)", "(memory 1 3)", "(memory 1 4)", "(memory i64 1)", "(memory i64 1 4)", "(memory 1 4 shared)", "(memory 2 4 shared)",
  "(global i32)", "(global i64)", "(global (mut i32))",
  "(global (ref null func))", "(global (ref null $v))", "(global (ref null $w))", "(global (mut (ref null $v)))", "(global (mut (ref null $w)))", "(global (ref null nofunc))",
  "(tag (type $v))", "(tag (type $w))", "(tag (type $p))",
];

function build(text: string): Uint8Array<ArrayBuffer> {
  const bytes = compile(text);
  assert.ok(bytes instanceof Uint8Array);
  return Uint8Array.from(bytes);
}

/** A definition that is exported as "x", of the described type. */
function exporting(description: string): string {
  const [, kind, rest] = /^\((\w+) (.*)\)$/.exec(description)!;
  const init: Readonly<Record<string, string>> = { "i32": "(i32.const 0)", "i64": "(i64.const 0)" };
  if (kind === "global") {
    const type = /^\(mut (.*)\)$/.exec(rest!)?.[1] ?? rest!;
    const heap = /^\(ref null (.*)\)$/.exec(type)?.[1];
    return `(global (export "x") ${rest} ${heap === undefined ? init[type] : `(ref.null ${heap})`})`;
  }
  return `(${kind} (export "x") ${rest})`;
}

/** Whether the host's validator lets a value of one type stand where another is wanted. */
function hostMatches(actual: string, expected: string): boolean {
  return WebAssembly.validate(build(`(module ${TYPES} (func (param ${actual}) (result ${expected}) (local.get 0)))`));
}

test("value types match as in the host's validator, each with each", () => {
  const registry = new TypeRegistry();
  const module = decodeModule(build(`(module ${TYPES} (type (func (param ${VALUE_TYPES.join(" ")}))))`));
  const ids = registry.canonicalize(module.recGroups);
  const comp = module.types.at(-1)!.comp;
  assert.ok(comp.kind === "func");
  let matches = 0;
  for (const [i, actual] of VALUE_TYPES.entries()) {
    for (const [j, expected] of VALUE_TYPES.entries()) {
      const ours = matchValType(registry, { type: comp.params[i]!, ids }, { type: comp.params[j]!, ids });
      assert.equal(ours, hostMatches(actual, expected), `${actual} for ${expected}`);
      if (ours) matches++;
    }
  }
  assert.ok(matches > VALUE_TYPES.length);
});

test("imports match as in the host's linker, each with each, from module to module", () => {
  const registry = new TypeRegistry();
  const givers = EXTERNS.map((description) => {
    const bytes = build(`(module ${TYPES} ${exporting(description)})`);
    const module = decodeModule(bytes);
    const { kind } = module.exports[0]!;
    const spaces = { func: module.funcs, table: module.tables, memory: module.memories, global: module.globals, tag: module.tags };
    const ids = registry.canonicalize(module.recGroups);
    const x = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports["x"]!;
    return { description, x, type: spaces[kind][0]!, ids };
  });
  let matches = 0;
  for (const wanted of EXTERNS) {
    // One more type in front, so that equal types have other indices here.
    const bytes = build(`(module (type (func (param f64 f64))) ${TYPES} (import "m" "x" ${wanted}))`);
    const module = decodeModule(bytes);
    const host = new WebAssembly.Module(bytes);
    const ids = registry.canonicalize(module.recGroups);
    for (const { description, x, type, ids: given } of givers) {
      let hostLinks = true;
      try {
        new WebAssembly.Instance(host, { m: { x } });
      } catch (error) {
        assert.ok(error instanceof WebAssembly.LinkError, String(error));
        hostLinks = false;
      }
      const ours = matchExternType(registry, { type, ids: given }, { type: module.imports[0]!.type, ids });
      // The JavaScript interface takes a function for a global of function references, as a value.
      const isValue = type.kind !== "global" && module.imports[0]!.type.kind === "global";
      assert.equal(ours, hostLinks && !isValue, `${description} for ${wanted}`);
      if (ours) matches++;
    }
  }
  assert.ok(matches > EXTERNS.length);
});

test("limits", () => {
  const limits = (min: number, max?: number): { min: bigint; max: bigint | undefined } => ({ min: BigInt(min), max: max === undefined ? undefined : BigInt(max) });
  const rows = [
    [limits(1), limits(1), true], [limits(2), limits(1), true], [limits(1), limits(2), false],
    [limits(1), limits(1, 5), false], [limits(1, 5), limits(1), true], [limits(1, 5), limits(1, 5), true], [limits(1, 6), limits(1, 5), false],
  ] as const;
  for (const [actual, expected, matches] of rows) assert.equal(matchLimits(actual, expected), matches);
});
