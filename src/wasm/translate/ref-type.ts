/**
 * Reference types as the translator writes them, always in the long form.
 *
 * Spec: core binary/types, Heap Types and Reference Types.
 */
import type { ByteWriter } from "../binary/byte-writer.ts";
import type { AbsHeapType, HeapType, RefType } from "../types/valtype.ts";

const HEAP_CODES: Readonly<Record<AbsHeapType, number>> = {
  func: 0x70, nofunc: 0x73, extern: 0x6f, noextern: 0x72, any: 0x6e, eq: 0x6d, i31: 0x6c,
  struct: 0x6b, array: 0x6a, none: 0x71, exn: 0x69, noexn: 0x74,
};

export function writeRefType(code: ByteWriter, type: RefType): void {
  code.u8(type.nullable ? 0x63 : 0x64);
  writeHeapType(code, type.heap);
}

function writeHeapType(code: ByteWriter, heap: HeapType): void {
  if (typeof heap === "number") code.s33(heap);
  else code.u8(HEAP_CODES[heap]);
}
