/**
 * A first-in first-out queue over a growing ring.
 *
 * Capacity is a power of two, so that positions wrap with a mask; a slot that was taken is
 * cleared at once, so that the ring never keeps a dead object alive.
 */
const FIRST_CAPACITY = 8;

function empty<T>(length: number): (T | undefined)[] {
  return Array.from({ length }, () => undefined);
}

export class Ring<T extends object> {
  #slots: (T | undefined)[] = empty<T>(FIRST_CAPACITY);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === this.#slots.length) this.#growSlow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = value;
    this.#length++;
  }

  /** Puts `value` first in line. */
  unshift(value: T): void {
    if (this.#length === this.#slots.length) this.#growSlow();
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = value;
    this.#length++;
  }

  /** Takes the oldest entry. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return value;
  }

  /** The oldest entry, which stays. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#slots[this.#head];
  }

  /** The entry that is `index` places behind the oldest. */
  at(index: number): T | undefined {
    return index < this.#length ? this.#slots[(this.#head + index) & (this.#slots.length - 1)] : undefined;
  }

  /** Takes out the oldest entry equal to `value`; the order of the others stays. Linear. */
  remove(value: T): boolean {
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.#length; i++) {
      if (this.#slots[(this.#head + i) & mask] !== value) continue;
      for (let j = i; j < this.#length - 1; j++) {
        this.#slots[(this.#head + j) & mask] = this.#slots[(this.#head + j + 1) & mask];
      }
      this.#slots[(this.#head + this.#length - 1) & mask] = undefined;
      this.#length--;
      return true;
    }
    return false;
  }

  clear(): void {
    this.#slots = empty<T>(FIRST_CAPACITY);
    this.#head = 0;
    this.#length = 0;
  }

  /** Oldest first. The ring must not change meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    const mask = this.#slots.length - 1;
    for (let i = 0; i < this.#length; i++) yield this.#slots[(this.#head + i) & mask]!;
  }

  #growSlow(): void {
    const old = this.#slots;
    const grown = empty<T>(old.length * 2);
    for (let i = 0; i < this.#length; i++) grown[i] = old[(this.#head + i) & (old.length - 1)];
    this.#slots = grown;
    this.#head = 0;
  }
}
