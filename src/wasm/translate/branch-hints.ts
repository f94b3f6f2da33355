/**
 * The `metadata.code.branch_hint` section: which branches of which function are unlikely.
 *
 * Offsets count from the start of the function body, its local declarations included. The
 * hints of the guest's own section are carried over to where its branches came to lie.
 *
 * Spec: branch hinting proposal, Binary Format.
 */
import { ByteWriter } from "../binary/byte-writer.ts";
import type { DecodedModule } from "../binary/module.ts";
import type { OffsetRuns } from "./offset-runs.ts";
import { INSERTED } from "./translated.ts";

export const BRANCH_HINT = "metadata.code.branch_hint";
const UNLIKELY = 0;

export class BranchHints {
  readonly #functions = new ByteWriter(4096);
  #functionCount = 0;
  // Hints of the body being written: positions after its start, and 0 = unlikely, 1 = likely.
  readonly #at: number[] = [];
  readonly #guest: GuestHints;

  constructor(module: DecodedModule) {
    this.#guest = new GuestHints(module);
  }

  /** The branch at `offset` after the body's start is unlikely; called in ascending order. */
  unlikely(offset: number): void {
    this.#at.push(offset);
  }

  /**
   * Ends the body of function `func`, which began at `bodyStart` of the code buffer, at
   * `originalStart` of the module, and with number `firstPair` of the runs.
   */
  endBody(func: number, bodyStart: number, originalStart: number, runs: OffsetRuns, firstPair: number): void {
    const guest = this.#guest.of(func);
    if (this.#at.length === 0 && guest === undefined) return;
    const hints: { offset: number; value: number }[] = this.#at.map((offset) => ({ offset, value: UNLIKELY }));
    this.#at.length = 0;
    if (guest !== undefined) {
      // Some runs are copies: a hint of the guest counts wherever its branch stands.
      for (let pair = firstPair; pair < runs.length; pair += 2) {
        const start = runs.original(pair);
        if (start >= INSERTED) continue;
        const position = runs.position(pair);
        const length = pair + 2 < runs.length ? runs.position(pair + 2) - position : Infinity;
        for (let next = firstFrom(guest, start - originalStart); next < guest.length; next++) {
          const { offset, value } = guest[next]!;
          const at = originalStart + offset - start;
          if (at >= length) break;
          hints.push({ offset: position + at - bodyStart, value });
        }
      }
      hints.sort((a, b) => a.offset - b.offset);
    }
    const out = this.#functions;
    this.#functionCount++;
    out.u32(func);
    out.u32(hints.length);
    for (const hint of hints) {
      out.u32(hint.offset);
      out.u8(1);
      out.u8(hint.value);
    }
  }

  /** Contents of the section after its name, or undefined when there are no hints. */
  finish(): Uint8Array | undefined {
    if (this.#functionCount === 0) return undefined;
    const section = new ByteWriter(this.#functions.length + 8);
    section.u32(this.#functionCount);
    section.append(this.#functions.view());
    return section.finish();
  }
}

interface Hint {
  readonly offset: number;
  readonly value: number;
}

/** Index of the first hint at `offset` or behind it. */
function firstFrom(hints: readonly Hint[], offset: number): number {
  let low = 0;
  let high = hints.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hints[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The guest's own hints. A section that breaks its format gives none: hints never change a meaning. */
class GuestHints {
  readonly #byFunction = new Map<number, readonly Hint[]>();

  constructor(module: DecodedModule) {
    const section = module.customs.find((custom) => custom.name === BRANCH_HINT);
    if (section === undefined) return;
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
      const hints: Hint[] = [];
      let last = -1;
      for (let count = u32(); count > 0 && pos < end; count--) {
        const offset = u32();
        const size = u32();
        const value = bytes[pos] ?? 0;
        pos += size;
        if (size === 1 && value <= 1 && offset > last) hints.push({ offset, value });
        last = offset;
      }
      if (!this.#byFunction.has(func)) this.#byFunction.set(func, hints);
    }
  }

  of(func: number): readonly Hint[] | undefined {
    return this.#byFunction.get(func);
  }
}
