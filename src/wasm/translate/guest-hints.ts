/**
 * The `metadata.code.branch_hint` section of a guest, which the translator carries over.
 *
 * Spec: branch hinting proposal, Binary Format.
 */
import type { DecodedModule } from "../binary/module.ts";

export const BRANCH_HINT = "metadata.code.branch_hint";

/** By defined function the number of its first hint, with one more for the end; and two words for each hint. */
export interface GuestHints {
  readonly first: Int32Array;
  /** Offset after the start of the body, ascending in each function, and 0 = unlikely or 1 = likely. */
  readonly hints: Int32Array;
}

/** The guest's own hints; undefined when there are none. A section that breaks its format gives none: hints never change a meaning. */
export function readGuestHints(module: DecodedModule): GuestHints | undefined {
  const section = module.customs.find((custom) => custom.name === BRANCH_HINT);
  if (section === undefined) return undefined;
  const byFunction = new Map<number, number[]>();
  const { bytes } = module;
  const end = section.range.end;
  let pos = section.range.start;
  const u32 = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35 && pos < end; shift += 7) {
      const byte = bytes[pos++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  for (let functions = u32(); functions > 0 && pos < end; functions--) {
    const func = u32();
    const hints: number[] = [];
    let last = -1;
    for (let count = u32(); count > 0 && pos < end; count--) {
      const offset = u32();
      const size = u32();
      const value = bytes[pos] ?? 0;
      pos += size;
      if (size === 1 && value <= 1 && offset > last) hints.push(offset, value);
      last = offset;
    }
    if (!byFunction.has(func)) byFunction.set(func, hints);
  }
  const first = new Int32Array(module.bodies.length + 1);
  const flat: number[] = [];
  for (let index = 0; index < module.bodies.length; index++) {
    first[index] = flat.length / 2;
    for (const word of byFunction.get(module.importCounts.func + index) ?? []) flat.push(word);
  }
  first[module.bodies.length] = flat.length / 2;
  return { first, hints: Int32Array.from(flat) };
}
