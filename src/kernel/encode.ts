/** Encoders for the kernel's own small modules: byte lists, joined by spreading. Not for hot paths. */
import type { FuncType, ValType } from "#wasm";
import { KernelBug } from "#base";

export type Bytes = readonly number[];

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** A vector: the number of items, then the items. */
export function vec(items: readonly Bytes[]): number[] {
  return [...u32(items.length), ...items.flat()];
}

/** Bytes after their length. */
export function sized(bytes: Bytes): number[] {
  return [...u32(bytes.length), ...bytes];
}

export function name(text: string): number[] {
  return sized([...new TextEncoder().encode(text)]);
}

export const Section = { type: 1, import: 2, func: 3, memory: 5, global: 6, export: 7, code: 10 } as const;

export function section(id: number, content: Bytes): number[] {
  return [id, ...sized(content)];
}

/** A module of these sections, which are in the order of the binary format. */
export function moduleBytes(...sections: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}

const VALTYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export function valType(type: ValType): number {
  if (typeof type !== "string") throw new KernelBug("host functions of the kernel have numeric types only");
  return VALTYPES[type];
}

export function funcType(type: FuncType): number[] {
  const types = (list: readonly ValType[]): number[] => vec(list.map((type) => [valType(type)]));
  return [0x60, ...types(type.params), ...types(type.results)];
}
