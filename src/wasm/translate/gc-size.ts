/**
 * What garbage-collected objects of a guest cost the host's heap, in bytes.
 *
 * The sizes are V8's (14.6) without pointer compression: two words before the fields of a struct, three
 * before the elements of an array, references of 8 bytes. They are for accounts, so being
 * somewhat wrong on another host only moves a limit.
 */
import { skipInstruction } from "../binary/skip.ts";
import type { ConstExpr, DecodedModule } from "../binary/module.ts";
import type { StorageType } from "../types/valtype.ts";
import { ARRAY_HEADER } from "./bounds.ts";

const WORD = 8;
const STRUCT_HEADER = 2 * WORD;
/** No host makes a larger array. */
const ARRAY_MAX = 2 ** 30;

const SIZES: { readonly [storage: string]: number } = { i8: 1, i16: 2, i32: 4, f32: 4, i64: 8, f64: 8, v128: 16 };

function storageBytes(storage: StorageType): number {
  return typeof storage === "string" ? SIZES[storage] ?? WORD : WORD;
}

function rounded(bytes: number): number {
  return Math.ceil(bytes / WORD) * WORD;
}

/** Bytes of a struct of this type; 0 when it is none. */
export function structBytes(module: DecodedModule, type: number): number {
  const comp = module.types[type]?.comp;
  if (comp?.kind !== "struct") return 0;
  let bytes = STRUCT_HEADER;
  for (const { storage } of comp.fields) bytes += storageBytes(storage);
  return rounded(bytes);
}

/** Bytes of an array of this type; more than any host makes when `length` is not known. */
export function arrayBytes(module: DecodedModule, type: number, length: number): number {
  return Number.isNaN(length) ? ARRAY_MAX : rounded(ARRAY_HEADER + length * elementBytes(module, type));
}

/** Bytes of one element of an array of this type. */
export function elementBytes(module: DecodedModule, type: number): number {
  const comp = module.types[type]?.comp;
  return comp?.kind === "array" ? storageBytes(comp.element.storage) : WORD;
}

/**
 * Whether exceptions of this tag hold references: then they can form a list without end, each in
 * the next one. Others go as soon as they are caught, or stand in places that are counted.
 */
export function carriesReference(module: DecodedModule, tag: number): boolean {
  const comp = module.types[module.tags[tag]?.type ?? -1]?.comp;
  return comp?.kind === "func" && comp.params.some((type) => typeof type !== "string");
}

/** Bytes of all objects that the constant expressions of `module` make, at most. */
export function constantBytes(module: DecodedModule): number {
  // Without a struct or an array type there is nothing to look for.
  if (module.types.every(({ comp }) => comp.kind === "func")) return 0;
  let total = 0;
  for (const { init } of module.globalDefs) total += exprBytes(module, init);
  for (const [index, { init }] of module.tableDefs.entries()) {
    // The value is made once and stands in every element.
    if (init !== undefined && module.tables[module.importCounts.table + index] !== undefined) total += exprBytes(module, init);
  }
  for (const { exprs } of module.elems) for (const expr of exprs ?? []) total += exprBytes(module, expr);
  return total;
}

const I32_CONST = 0x41;
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const I32_MUL = 0x6c;
const GC_PREFIX = 0xfb;

/** What `expr` allocates. Only lengths are evaluated: an i32 is made of constants, or it is not known (NaN). */
function exprBytes(module: DecodedModule, expr: ConstExpr): number {
  const { bytes } = module;
  const numbers: number[] = [];
  let total = 0;
  for (let pos = expr.start; pos < expr.end;) {
    const next = skipInstruction(bytes, pos, expr.end);
    const top = numbers.at(-1) ?? NaN;
    switch (bytes[pos]) {
      case I32_CONST:
        numbers.push(readSigned(bytes, pos + 1));
        break;
      case I32_ADD:
      case I32_SUB:
      case I32_MUL: {
        const right = numbers.pop() ?? NaN;
        const left = numbers.pop() ?? NaN;
        const exact = bytes[pos] === I32_MUL ? Math.imul(left, right) : bytes[pos] === I32_ADD ? left + right | 0 : left - right | 0;
        numbers.push(Number.isNaN(left + right) ? NaN : exact);
        break;
      }
      case GC_PREFIX: {
        const [sub, at] = readUnsigned(bytes, pos + 1);
        const [type, after] = readUnsigned(bytes, at);
        if (sub <= 1) total += structBytes(module, type);
        else if (sub === 6 || sub === 7) total += arrayBytes(module, type, top >>> 0 === top || top < 0 ? top >>> 0 : NaN);
        else if (sub === 8) total += arrayBytes(module, type, readUnsigned(bytes, after)[0]);
        numbers.push(NaN);
        break;
      }
      default:
        numbers.push(NaN);
    }
    pos = next;
  }
  return total;
}

function readUnsigned(bytes: Uint8Array, pos: number): readonly [value: number, next: number] {
  let value = 0;
  let at = pos;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return [value >>> 0, at];
}

function readSigned(bytes: Uint8Array, pos: number): number {
  let value = 0;
  for (let at = pos, shift = 0; shift < 35; at++) {
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }
  return value;
}
