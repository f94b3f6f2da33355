/**
 * Evaluates constant expressions: the offsets of segments, the initial values of globals and
 * tables, the elements of segments.
 *
 * The host evaluates them too, but only while it instantiates, and tells nothing of it. The
 * engine needs a value earlier, or afterwards, to say which segment did not fit and why, and to
 * show a module's offsets without running it.
 *
 * The module must be valid. What is unknown (an imported global that nobody has given a value) makes
 * the whole value unknown. Memory use is bounded by the length of the expression.
 *
 * Spec: core valid/instructions, Constant Expressions; core exec/instructions.
 */
import { KernelBug } from "#base";
import { ByteReader } from "../binary/byte-reader.ts";
import type { ConstExpr, DecodedModule } from "../binary/module.ts";
import { decodeHeapType } from "../binary/value-types.ts";
import type { SubType } from "../types/externtype.ts";
import { NULL, defaultOf, fieldsOf, packed } from "./const-value.ts";
import type { ConstRef, ConstValue } from "./const-value.ts";

/** The value of a global that an expression reads; undefined while it is unknown. */
export type GlobalLookup = (index: number) => ConstValue | undefined;

/** Bytes with constant expressions in them, and the types that those name. */
export type ConstContext = Pick<DecodedModule, "bytes" | "types">;

/**
 * The value of `expr`; undefined when it depends on something unknown.
 *
 * @throws KernelBug when the expression is no constant expression of a valid module.
 */
export function evaluateConst({ bytes, types }: ConstContext, expr: ConstExpr, globals: GlobalLookup): ConstValue | undefined {
  const reader = new ByteReader(bytes, expr.start, expr.end);
  const stack = new Operands();
  for (;;) {
    const opcode = reader.u8();
    switch (opcode) {
      case 0x0b: return stack.pop();
      case 0x23: stack.push(globals(reader.u32())); break;
      case 0x41: stack.push({ type: "i32", value: reader.s32() }); break;
      case 0x42: stack.push({ type: "i64", value: reader.s64() }); break;
      case 0x43: stack.push({ type: "f32", bits: Number(fixed(reader, 4)) }); break;
      case 0x44: stack.push({ type: "f64", bits: fixed(reader, 8) }); break;
      case 0x6a: stack.i32((a, b) => a + b); break;
      case 0x6b: stack.i32((a, b) => a - b); break;
      case 0x6c: stack.i32(Math.imul); break;
      case 0x7c: stack.i64((a, b) => a + b); break;
      case 0x7d: stack.i64((a, b) => a - b); break;
      case 0x7e: stack.i64((a, b) => a * b); break;
      case 0xd0:
        decodeHeapType(reader, types.length);
        stack.push(NULL);
        break;
      case 0xd2: stack.push({ type: "func", index: reader.u32() }); break;
      case 0xfb: aggregate(reader, stack, types); break;
      case 0xfd:
        if (reader.u32() !== 0x0c) throw notConstant(opcode);
        stack.push({ type: "v128", bytes: bytes.slice(reader.range(16), reader.pos) });
        break;
      default: throw notConstant(opcode);
    }
  }
}

/** The instructions with prefix 0xfb: structs, arrays, i31 and conversions. */
function aggregate(reader: ByteReader, stack: Operands, types: readonly SubType[]): void {
  const opcode = reader.u32();
  if (opcode >= 0x1a) {
    stack.ref(opcode === 0x1a || opcode === 0x1b ? convert : opcode === 0x1c ? toI31 : undefined);
    return;
  }
  const typeIndex = reader.u32();
  const fields = fieldsOf(types[typeIndex]?.comp);
  if (fields === undefined) throw notConstant(opcode);
  const element = fields[0]!; // of an array; a struct's own cases do not use it
  switch (opcode) {
    case 0x00: {
      const values = stack.take(fields.length);
      stack.push(values && { type: "struct", typeIndex, fields: values.map((value, i) => packed(fields[i]!, value)) });
      return;
    }
    case 0x01: stack.push({ type: "struct", typeIndex, fields: fields.map(({ storage }) => known(defaultOf(storage))) }); return;
    case 0x06: {
      const length = stack.pop();
      const fill = stack.pop();
      if (length === undefined || fill === undefined) stack.push(undefined);
      else stack.push({ type: "array", typeIndex, length: lengthOf(length), items: undefined, fill: packed(element, fill) });
      return;
    }
    case 0x07: {
      const length = stack.pop();
      stack.push(length && { type: "array", typeIndex, length: lengthOf(length), items: undefined, fill: known(defaultOf(element.storage)) });
      return;
    }
    case 0x08: {
      const length = reader.u32();
      const items = stack.take(length);
      stack.push(items && { type: "array", typeIndex, length, items: items.map((value) => packed(element, value)), fill: undefined });
      return;
    }
    default: throw notConstant(opcode);
  }
}

/** Both conversions are the way back of the other, and leave null alone. */
function convert(value: ConstValue): ConstRef {
  if (value.type === "null") return NULL;
  return value.type === "converted" ? value.of : { type: "converted", of: value as ConstRef }; // validation: a reference
}

function toI31(value: ConstValue): ConstRef {
  if (value.type !== "i32") throw notConstant(0x1c);
  return { type: "i31", bits: value.value & 0x7fff_ffff };
}

function lengthOf(value: ConstValue): number {
  if (value.type !== "i32") throw notConstant(0x06);
  return value.value >>> 0;
}

function known(value: ConstValue | undefined): ConstValue {
  if (value === undefined) throw new KernelBug("a default value of a type that has none");
  return value;
}

function notConstant(opcode: number): KernelBug {
  return new KernelBug(`instruction 0x${opcode.toString(16)} in a constant expression of a validated module`);
}

/** `bytes` bytes, little-endian. */
function fixed(reader: ByteReader, bytes: number): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i++) value |= BigInt(reader.u8()) << BigInt(8 * i);
  return value;
}

/** The operand stack. An unknown operand makes what is computed from it unknown. */
class Operands {
  readonly #values: (ConstValue | undefined)[] = [];

  push(value: ConstValue | undefined): void {
    this.#values.push(value);
  }

  pop(): ConstValue | undefined {
    if (this.#values.length === 0) throw new KernelBug("operand missing in a validated constant expression");
    return this.#values.pop();
  }

  /** The topmost `count` operands, the deepest first; undefined when one is unknown. */
  take(count: number): ConstValue[] | undefined {
    if (count > this.#values.length) throw new KernelBug("operand missing in a validated constant expression");
    const taken = this.#values.splice(this.#values.length - count, count);
    return taken.every((value) => value !== undefined) ? taken : undefined;
  }

  i32(compute: (a: number, b: number) => number): void {
    const [b, a] = [this.pop(), this.pop()];
    this.push(a?.type === "i32" && b?.type === "i32" ? { type: "i32", value: compute(a.value, b.value) | 0 } : undefined);
  }

  i64(compute: (a: bigint, b: bigint) => bigint): void {
    const [b, a] = [this.pop(), this.pop()];
    this.push(a?.type === "i64" && b?.type === "i64" ? { type: "i64", value: BigInt.asIntN(64, compute(a.value, b.value)) } : undefined);
  }

  ref(compute: ((value: ConstValue) => ConstRef) | undefined): void {
    if (compute === undefined) throw notConstant(0xfb);
    const value = this.pop();
    this.push(value && compute(value));
  }
}

/**
 * The values of a module's globals as they are at instantiation, each evaluated once and when
 * first asked for. `imported` gives those of the imports.
 */
export function initialGlobals(module: Pick<DecodedModule, "bytes" | "types" | "globalDefs" | "importCounts">, imported: GlobalLookup = () => undefined): GlobalLookup {
  const first = module.importCounts.global;
  const values: (ConstValue | undefined)[] = [];
  return (index) => {
    if (index < first) return imported(index);
    // Validation: an initializer reads only globals before its own. So evaluate in order; no depth of calls.
    for (let next = values.length; next <= index - first; next++) {
      const { init } = module.globalDefs[next]!; // the decoder has checked the index
      values.push(evaluateConst(module, init, (earlier) => (earlier < first ? imported(earlier) : values[earlier - first])));
    }
    return values[index - first];
  };
}
