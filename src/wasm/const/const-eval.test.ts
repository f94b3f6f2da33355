/**
 * Random constant expressions: what we evaluate must be what the host makes of them. Each value
 * is taken apart down to its numbers and references, and a function of the module reads
 * every one of them back.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compile } from "watr";
import { decodeModule } from "../binary/decode-module.ts";
import { initialGlobals } from "./const-eval.ts";
import type { ConstRef, ConstValue } from "./const-value.ts";

const NUMBERS = ["i32", "i64", "f32", "f64", "v128"] as const;
type Num = (typeof NUMBERS)[number];
/** Of a global or a field. */
type Kind = Num | "anyref" | "externref" | "funcref" | "i8" | "i16";

const STRUCTS: readonly (readonly Kind[])[] = [[], ["i8", "i16", "i32"], ["i64", "f32", "f64", "v128"], ["anyref", "externref", "funcref", "i8"]];
const ARRAYS: readonly Kind[] = ["i8", "i16", "i64", "f32", "anyref", "externref"];
/** Types 0 to 3 are the structs, 4 to 9 the arrays, 10 the functype. */
const FUNCTYPE = STRUCTS.length + ARRAYS.length;
const TYPES = [...STRUCTS.map((fields) => `(type (struct ${fields.map((kind, i) => `(field ${i % 2 === 0 ? kind : `(mut ${kind})`})`).join(" ")}))`),
  ...ARRAYS.map((kind) => `(type (array (mut ${kind})))`), `(type (func (result i32)))`].join(" ");
const HOSTS = [{ host: 0 }, { host: 1 }];
const IMPORTED: readonly (readonly [kind: Kind, value: ConstValue, raw: unknown])[] = [
  ["i32", { type: "i32", value: -5 }, -5], ["i64", { type: "i64", value: 1n << 60n }, 1n << 60n],
  ["externref", { type: "host", value: HOSTS[0] }, HOSTS[0]], ["externref", { type: "host", value: HOSTS[1] }, HOSTS[1]], ["externref", { type: "null" }, null],
];
const FUNCS = 3;
const PRELUDE = `${TYPES} ${IMPORTED.map(([kind], i) => `(import "h" "${i}" (global ${kind}))`).join(" ")}
  ${Array.from({ length: FUNCS }, (_, i) => `(func $f${i} (type ${FUNCTYPE}) (i32.const ${100 + i}))`).join(" ")} (elem declare func $f0 $f1 $f2)`;

class Choices {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(n: number): number {
    return (this.#numbers[this.#at++] ?? 0) % n;
  }
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const I32S = [0, 1, -1, 2147483647, -2147483648, 255, 256, 65535, 65536, 123456789];
const I64S = ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "4294967296", "-81985529216486896"];
const FLOATS = ["0", "-0", "1.5", "inf", "-inf", "nan", "-nan", "nan:0x200001", "0x1p-126"];

function expression(choices: Choices, kind: Kind, depth: number, before: readonly Kind[]): string {
  const inner = (of: Kind): string => expression(choices, of, depth - 1, before);
  const type = kind === "i8" || kind === "i16" ? "i32" : kind;
  const readable = [...IMPORTED.map(([of]) => of), ...before].flatMap((of, i) => (of === type ? [i] : []));
  if (readable.length > 0 && choices.below(3) === 0) return `(global.get ${choices.one(readable)})`;
  switch (type) {
    case "i32": case "i64": {
      if (depth > 0 && choices.below(2) === 0) return `(${type}.${choices.one(["add", "sub", "mul"])} ${inner(type)} ${inner(type)})`;
      return `(${type}.const ${type === "i32" ? choices.one(I32S) : choices.one(I64S)})`;
    }
    case "f32": case "f64": return `(${type}.const ${choices.one(FLOATS)})`;
    case "v128": return `(v128.const i64x2 ${choices.one(I64S)} ${choices.one(I64S)})`;
    case "funcref": return choices.one(["(ref.null func)", "(ref.null nofunc)", "(ref.func $f0)", "(ref.func $f1)", "(ref.func $f2)"]);
    case "externref": return depth > 0 ? `(extern.convert_any ${inner("anyref")})` : choices.one(["(ref.null extern)", "(ref.null noextern)"]);
    case "anyref": {
      if (depth === 0) return choices.one(["(ref.null any)", "(ref.null none)", "(ref.null 1)", `(ref.i31 (i32.const ${choices.one(I32S)}))`]);
      const how = choices.below(8);
      if (how === 0) return `(ref.i31 ${inner("i32")})`;
      if (how === 1) return `(any.convert_extern ${inner("externref")})`;
      if (how <= 3) {
        const index = choices.below(STRUCTS.length);
        return how === 2 ? `(struct.new_default ${index})` : `(struct.new ${index} ${STRUCTS[index]!.map(inner).join(" ")})`;
      }
      const which = choices.below(ARRAYS.length);
      const index = STRUCTS.length + which;
      const element = ARRAYS[which]!;
      const length = `(i32.const ${choices.below(4)})`;
      if (how === 4) return `(array.new_default ${index} ${length})`;
      if (how === 5) return `(array.new ${index} ${inner(element)} ${length})`;
      const items = Array.from({ length: choices.below(4) }, () => inner(element));
      return `(array.new_fixed ${index} ${items.length} ${items.join(" ")})`;
    }
  }
}

/** One fact about a value: the instructions that show it, as an i64 or an externref, and what they must show. */
interface Fact {
  readonly shows: "i64" | "externref";
  readonly code: string;
  readonly expected: unknown;
}

const u64 = (value: bigint | number): bigint => BigInt.asIntN(64, BigInt(value));

function facts(value: ConstValue, code: string, kind: Kind, into: Fact[]): void {
  const number = (shown: string, expected: bigint | number): void => void into.push({ shows: "i64", code: shown, expected: u64(expected) });
  switch (value.type) {
    case "i32": return number(`(i64.extend_i32_s ${code})`, value.value);
    case "i64": return number(code, value.value);
    case "f32": return number(`(i64.extend_i32_u (i32.reinterpret_f32 ${code}))`, value.bits);
    case "f64": return number(`(i64.reinterpret_f64 ${code})`, value.bits);
    case "v128": {
      const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16);
      for (const lane of [0, 1]) number(`(i64x2.extract_lane ${lane} ${code})`, view.getBigInt64(8 * lane, true));
      return;
    }
    default: return refFacts(value, code, kind, into);
  }
}

function refFacts(value: ConstRef, code: string, kind: Kind, into: Fact[]): void {
  const number = (shown: string, expected: bigint | number): void => void into.push({ shows: "i64", code: shown, expected: u64(expected) });
  number(`(i64.extend_i32_u (ref.is_null ${code}))`, value.type === "null" ? 1 : 0);
  switch (value.type) {
    case "null": return;
    case "func": return number(`(i64.extend_i32_u (call_ref ${FUNCTYPE} (ref.cast (ref ${FUNCTYPE}) ${code})))`, 100 + value.index);
    case "i31": return number(`(i64.extend_i32_u (i31.get_u (ref.cast (ref i31) ${code})))`, value.bits);
    case "host":
      assert.equal(kind, "externref");
      return void into.push({ shows: "externref", code, expected: value.value });
    case "converted":
      return kind === "externref" ? refFacts(value.of, `(any.convert_extern ${code})`, "anyref", into) : refFacts(value.of, `(extern.convert_any ${code})`, "externref", into);
    case "struct": {
      const { typeIndex } = value;
      const cast = `(ref.cast (ref ${typeIndex}) ${code})`;
      const fields = STRUCTS[typeIndex]!;
      assert.equal(value.fields.length, fields.length);
      if (fields.length === 0) number(`(i64.extend_i32_u (ref.test (ref ${typeIndex}) ${code}))`, 1);
      value.fields.forEach((field, i) => facts(field, `(struct.get${get(fields[i]!)} ${typeIndex} ${i} ${cast})`, fields[i]!, into));
      return;
    }
    case "array": {
      const { typeIndex, length, items, fill } = value;
      const cast = `(ref.cast (ref ${typeIndex}) ${code})`;
      const kindOf = ARRAYS[typeIndex - STRUCTS.length]!;
      number(`(i64.extend_i32_u (array.len ${cast}))`, length);
      for (let i = 0; i < length; i++) facts(items?.[i] ?? fill!, `(array.get${get(kindOf)} ${typeIndex} ${cast} (i32.const ${i}))`, kindOf, into);
    }
  }
}

const get = (kind: Kind): string => (kind === "i8" || kind === "i16" ? "_u" : "");

function checkGlobals(numbers: readonly number[], seen: Set<string>): void {
  const choices = new Choices(numbers);
  const kinds: Kind[] = [];
  const globals: string[] = [];
  for (let i = 0; i < 4; i++) {
    const kind = choices.one<Kind>([...NUMBERS, "anyref", "anyref", "anyref", "externref", "funcref"]);
    const text = expression(choices, kind, 3, kinds);
    for (const [word] of text.matchAll(/[a-z0-9]+\.[a-z_0-9]+/g)) seen.add(word);
    globals.push(`(global ${kind} ${text})`);
    kinds.push(kind);
  }
  const plain = `${PRELUDE} ${globals.join(" ")}`;
  const decoded = decodeModule(Uint8Array.from(compile(`(module ${plain})`)));
  const lookup = initialGlobals(decoded, (index) => IMPORTED[index]![1]);
  const all: Fact[] = [];
  kinds.forEach((kind, i) => {
    const value = lookup(IMPORTED.length + i);
    assert.ok(value !== undefined);
    facts(value, `(global.get ${IMPORTED.length + i})`, kind, all);
  });
  const readers = all.map(({ shows, code }, i) => `(func (export "${i}") (result ${shows}) ${code})`).join(" ");
  const raw = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(compile(`(module ${plain} ${readers})`))),
    { h: Object.fromEntries(IMPORTED.map(([kind, , value], i) => [i, kind === "externref" ? new WebAssembly.Global({ value: kind }, value) : value])) });
  all.forEach(({ code, expected }, i) => assert.equal((raw.exports[i] as WebAssembly.ExportedFunction)(), expected, `${globals.join("\n")}\n${code}`));
}

test("random constant expressions have the value that the host gives them", (t) => {
  const seen = new Set<string>();
  fc.assert(fc.property(fc.array(fc.nat({ max: 5039 }), { minLength: 40, maxLength: 200, size: "max" }), (numbers) => checkGlobals(numbers, seen)),
    { numRuns: 300, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true });
  t.diagnostic([...seen].sort().join(" "));
  for (const op of ["i32.add", "i32.sub", "i32.mul", "i64.add", "i64.sub", "i64.mul", "global.get", "ref.func", "ref.null", "ref.i31", "struct.new", "struct.new_default",
    "array.new", "array.new_default", "array.new_fixed", "any.convert_extern", "extern.convert_any", "v128.const", "f32.const", "f64.const"]) assert.ok(seen.has(op), op);
});

test("what depends on an unknown import is unknown, and all else is known", () => {
  const decoded = decodeModule(Uint8Array.from(compile(`(module (import "m" "g" (global $g i32)) (type $s (struct (field i32)))
    (global $a i32 (i32.const 3)) (global $b i32 (i32.add (global.get $g) (global.get $a))) (global $c i32 (i32.mul (global.get $a) (global.get $a)))
    (global $d (ref $s) (struct.new $s (global.get $b))) (global $e (ref $s) (struct.new $s (global.get $c))))`)));
  const lookup = initialGlobals(decoded);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((i) => lookup(i)?.type), [undefined, "i32", undefined, "i32", undefined, "struct"]);
  assert.deepEqual(initialGlobals(decoded, () => ({ type: "i32", value: 7 }))(2), { type: "i32", value: 10 });
});

test("a length that a guest made up, and a long chain of globals, cost nothing", () => {
  const chain = Array.from({ length: 5_000 }, (_, i) => `(global i32 (i32.add (i32.const 1) (global.get ${i})))`).join(" ");
  const decoded = decodeModule(Uint8Array.from(compile(`(module (type $a (array i64)) (global i32 (i32.const 0)) ${chain} (global (ref $a) (array.new $a (i64.const 7) (i32.const -1))))`)));
  const lookup = initialGlobals(decoded);
  assert.deepEqual(lookup(5_001), { type: "array", typeIndex: 0, length: 4294967295, items: undefined, fill: { type: "i64", value: 7n } });
  assert.deepEqual(lookup(5_000), { type: "i32", value: 5_000 });
});
