/**
 * Types as the translator writes them, references always in the long form.
 *
 * Spec: core binary/types.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { AbsHeapType, HeapType, NumType, PackedType, RefType, StorageType, VecType } from "../types/valtype.ts";

const HEAP_CODES: Readonly<Record<AbsHeapType, number>> = {
  func: 0x70, nofunc: 0x73, extern: 0x6f, noextern: 0x72, any: 0x6e, eq: 0x6d, i31: 0x6c,
  struct: 0x6b, array: 0x6a, none: 0x71, exn: 0x69, noexn: 0x74,
};

/** Packed values are an i32 on the stack. */
const VALUE_CODES: Readonly<Record<NumType | VecType | PackedType, number>> = {
  i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, i8: 0x7f, i16: 0x7f,
};

export function writeRefType(code: ByteWriter, type: RefType): void {
  code.u8(type.nullable ? 0x63 : 0x64);
  writeHeapType(code, type.heap);
}

function writeHeapType(code: ByteWriter, heap: HeapType): void {
  if (typeof heap === "number") code.s33(heap);
  else code.u8(HEAP_CODES[heap]);
}

/** The type of the value that is stored as `type`. */
export function writeUnpackedType(code: ByteWriter, type: StorageType): void {
  if (typeof type === "string") code.u8(VALUE_CODES[type]);
  else writeRefType(code, type);
}
