/**
 * A small encoder of modules for tests: plain arrays of numbers, nothing shared with the reader
 * or the writer under test.
 */
export type Bytes = readonly number[];

export function u(value: number | bigint): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest % 128n);
    rest /= 128n;
    out.push(rest === 0n ? low : low + 128);
  } while (rest !== 0n);
  return out;
}

export function str(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...u(bytes.length), ...bytes];
}

export function vec(...items: readonly Bytes[]): number[] {
  return [...u(items.length), ...items.flat()];
}

export function sized(...parts: readonly Bytes[]): number[] {
  const bytes = parts.flat();
  return [...u(bytes.length), ...bytes];
}

export function section(id: number, ...parts: readonly Bytes[]): number[] {
  return [id, ...sized(...parts)];
}

export const HEADER: Bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

export function moduleOf(...sections: readonly Bytes[]): Uint8Array {
  return Uint8Array.from([...HEADER, ...sections.flat()]);
}

export const I32 = 0x7f;
export const FUNCREF = 0x70;
/** `(func)` */
export const VOID_TYPE: Bytes = [0x60, 0, 0];
export const EMPTY_BODY: Bytes = sized([0], [0x0b]);

export const typeSection = (...types: readonly Bytes[]): number[] => section(1, vec(...types));
export const importSection = (...imports: readonly Bytes[]): number[] => section(2, vec(...imports));
export const funcSection = (...types: readonly number[]): number[] => section(3, vec(...types.map(u)));
export const tableSection = (...tables: readonly Bytes[]): number[] => section(4, vec(...tables));
export const memorySection = (...memories: readonly Bytes[]): number[] => section(5, vec(...memories));
export const tagSection = (...tags: readonly Bytes[]): number[] => section(13, vec(...tags));
export const globalSection = (...globals: readonly Bytes[]): number[] => section(6, vec(...globals));
export const exportSection = (...exports: readonly Bytes[]): number[] => section(7, vec(...exports));
export const elemSection = (...elems: readonly Bytes[]): number[] => section(9, vec(...elems));
export const codeSection = (...bodies: readonly Bytes[]): number[] => section(10, vec(...bodies));
export const dataSection = (...datas: readonly Bytes[]): number[] => section(11, vec(...datas));
export const dataCountSection = (count: number): number[] => section(12, u(count));
export const customSection = (name: string, ...parts: readonly Bytes[]): number[] => section(0, str(name), ...parts);
