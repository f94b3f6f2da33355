/**
 * Value types, reference types and heap types.
 *
 * Codes are the single bytes of small negative s7 numbers; a heap type that is not negative is a
 * type index and must be below `typeLimit`, the number of types that may be named here.
 *
 * Spec: core binary/types, Number Types to Value Types.
 */
import type { AbsHeapType, HeapType, NumType, RefType, TypeIdx, ValType, VecType } from "../types/valtype.ts";
import type { ByteReader } from "./byte-reader.ts";

/** By code byte. */
const ABSTRACT_HEAP_TYPES: Readonly<Record<number, AbsHeapType>> = {
  0x69: "exn",
  0x6a: "array",
  0x6b: "struct",
  0x6c: "i31",
  0x6d: "eq",
  0x6e: "any",
  0x6f: "extern",
  0x70: "func",
  0x71: "none",
  0x72: "noextern",
  0x73: "nofunc",
  0x74: "noexn",
};
const NUMBER_TYPES: Readonly<Record<number, NumType | VecType>> = {
  0x7b: "v128",
  0x7c: "f64",
  0x7d: "f32",
  0x7e: "i64",
  0x7f: "i32",
};
const REF_NULL = 0x63;
const REF = 0x64;

/** One shared value per one-byte code: a module of many locals makes no garbage. */
const BY_CODE: readonly (ValType | undefined)[] = Array.from({ length: 0x80 }, (_, code) => {
  const heap = ABSTRACT_HEAP_TYPES[code];
  return heap === undefined ? NUMBER_TYPES[code] : Object.freeze({ nullable: true, heap });
});

/** Whether `code` begins a reference type. */
export function isRefTypeCode(code: number): boolean {
  return code === REF || code === REF_NULL || ABSTRACT_HEAP_TYPES[code] !== undefined;
}

/** @throws DecodeError decode/value-type, decode/heap-type, decode/unknown-type. */
export function decodeValType(reader: ByteReader, typeLimit: number): ValType {
  const start = reader.pos;
  const code = reader.u8();
  const short = BY_CODE[code];
  if (short !== undefined) return short;
  if (code === REF_NULL || code === REF) {
    return { nullable: code === REF_NULL, heap: decodeHeapType(reader, typeLimit) };
  }
  throw reader.error("decode/value-type", `found 0x${code.toString(16)}`, start);
}

/** @throws DecodeError decode/reference-type, decode/heap-type, decode/unknown-type. */
export function decodeRefType(reader: ByteReader, typeLimit: number): RefType {
  const start = reader.pos;
  const code = reader.u8();
  if (code === REF_NULL || code === REF) {
    return { nullable: code === REF_NULL, heap: decodeHeapType(reader, typeLimit) };
  }
  const short = BY_CODE[code];
  if (short === undefined || typeof short === "string") {
    throw reader.error("decode/reference-type", `found 0x${code.toString(16)}`, start);
  }
  return short;
}

/** @throws DecodeError decode/heap-type, decode/unknown-type. */
export function decodeHeapType(reader: ByteReader, typeLimit: number): HeapType {
  const start = reader.pos;
  const value = reader.s33();
  if (value >= 0) return checkTypeIdx(reader, value, typeLimit, start);
  const abstract = value >= -0x40 ? ABSTRACT_HEAP_TYPES[value + 0x80] : undefined;
  if (abstract === undefined) throw reader.error("decode/heap-type", `found ${value}`, start);
  return abstract;
}

/** @throws DecodeError decode/unknown-type. */
export function decodeTypeIdx(reader: ByteReader, typeLimit: number): TypeIdx {
  const start = reader.pos;
  return checkTypeIdx(reader, reader.u32(), typeLimit, start);
}

function checkTypeIdx(reader: ByteReader, index: number, typeLimit: number, offset: number): TypeIdx {
  if (index >= typeLimit) throw reader.error("decode/unknown-type", `${index}, the last one that may stand here is ${typeLimit - 1}`, offset);
  return index as TypeIdx;
}
