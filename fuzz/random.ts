/** A small seeded generator (xorshift), for choices that need no shrinking. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Spreads neighbouring seeds; zero would stay zero.
    this.#state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** An i32. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x;
  }
  /** In `[0, bound)`; 0 when `bound` is 0. */
  below(bound: number): number {
    return bound === 0 ? 0 : (this.next() >>> 0) % bound;
  }
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
