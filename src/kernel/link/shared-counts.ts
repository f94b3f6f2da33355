/**
 * What the harts of one system count together: the numbers of processes, and the stacks and linear
 * memories of the host process.
 *
 *     words   0 the last process number; from 16 on, for each hart: stacks, memories
 *
 * A hart writes its own counts and adds up those of the others when it needs them, so a hart that
 * died is taken out by clearing its words. Two harts that ask at the same moment may both be given
 * the last room; what the host keeps free (see `Capacity`) is larger than that.
 */
export const HARTS_MAX = 64;
const NEXT_PROCESS = 0;
const FIRST_HART = 16;
const WORDS_PER_HART = 2;

export class SharedCounts {
  readonly buffer: SharedArrayBuffer | undefined;
  readonly #words: Int32Array;
  readonly #alone: boolean;

  private constructor(words: Int32Array, buffer: SharedArrayBuffer | undefined) {
    this.#words = words;
    this.buffer = buffer;
    this.#alone = buffer === undefined;
  }

  /** Of a hart that has no others. */
  static alone(): SharedCounts {
    return new SharedCounts(new Int32Array(1), undefined);
  }

  static over(buffer: SharedArrayBuffer = new SharedArrayBuffer((FIRST_HART + HARTS_MAX * WORDS_PER_HART) * 4)): SharedCounts {
    return new SharedCounts(new Int32Array(buffer), buffer);
  }

  /** A number that no other process of the system has or had. */
  nextProcess(): number {
    return Atomics.add(this.#words, NEXT_PROCESS, 1) + 1;
  }

  /** What `hart` counts, and sees of the others; undefined when it has no others. */
  mappings(hart: number): MappingCounts | undefined {
    return this.#alone ? undefined : new MappingCounts(this.#words, hart);
  }

  /** The hart is dead, and what it had is gone. */
  clear(hart: number): void {
    const counts = new MappingCounts(this.#words, hart);
    counts.stacks = counts.memories = 0;
  }
}

export class MappingCounts {
  readonly #words: Int32Array;
  readonly #own: number;

  constructor(words: Int32Array, hart: number) {
    this.#words = words;
    this.#own = FIRST_HART + hart * WORDS_PER_HART;
  }

  set stacks(count: number) {
    Atomics.store(this.#words, this.#own, count);
  }
  set memories(count: number) {
    Atomics.store(this.#words, this.#own + 1, count);
  }
  get stacksElsewhere(): number {
    return this.#elsewhere(0);
  }
  get memoriesElsewhere(): number {
    return this.#elsewhere(1);
  }

  #elsewhere(offset: number): number {
    const words = this.#words;
    let sum = 0;
    for (let at = FIRST_HART; at < words.length; at += WORDS_PER_HART) if (at !== this.#own) sum += words[at + offset]!;
    return sum;
  }
}
