/**
 * Collects the pairs of an offset map while code is written.
 *
 * Positions count from the start of the buffer that the code is written into until
 * `finish` adds where that buffer came to lie in the module.
 */
import { INSERTED } from "./translated.ts";
import type { OffsetMap } from "./translated.ts";

export class OffsetRuns {
  #pairs = new Uint32Array(4096);
  /** Numbers in `#pairs`, two per pair. */
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** From `position` on the code is the original's from `original` on. */
  guest(position: number, original: number): void {
    this.#add(position, original);
  }

  /** From `position` on the code is inserted before the instruction at `original`. */
  inserted(position: number, original: number): void {
    this.#add(position, original + INSERTED);
  }

  #add(position: number, original: number): void {
    if (this.#length > 0 && this.#pairs[this.#length - 2] === position) this.#length -= 2;
    if (this.#length === this.#pairs.length) {
      const wider = new Uint32Array(this.#length * 2);
      wider.set(this.#pairs);
      this.#pairs = wider;
    }
    this.#pairs[this.#length++] = position;
    this.#pairs[this.#length++] = original;
  }

  /** Moves the positions of all pairs from number `from` on by `distance` bytes towards zero. */
  pull(from: number, distance: number): void {
    for (let i = from; i < this.#length; i += 2) this.#pairs[i]! -= distance;
  }

  finish(base: number): OffsetMap {
    const runs = this.#pairs.slice(0, this.#length);
    for (let i = 0; i < runs.length; i += 2) runs[i]! += base;
    return { runs };
  }

  /** First number of a pair; `pair` is its place in `length`, an even number. */
  position(pair: number): number {
    return this.#pairs[pair]!;
  }
  /** Second number of a pair, `INSERTED` included. */
  original(pair: number): number {
    return this.#pairs[pair + 1]!;
  }
}
