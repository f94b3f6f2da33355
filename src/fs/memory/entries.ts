/**
 * The entries of one directory in memory, by name and in the order in which they came.
 *
 * Each entry gets the next sequence number of its directory, which is its cookie: listing goes on
 * after a number, whether or not the entry that had it is still there, and a new entry comes
 * after all others. An entry whose name is taken over by a rename keeps its number, so a listing
 * under way shows the name exactly once. Removed entries stay as holes in the order until they
 * are half of it.
 */
import { ENTRY_BYTES } from "./volume.ts";
import type { Volume } from "./volume.ts";
import type { MemoryNode } from "./node.ts";

export interface Entry {
  readonly name: string;
  readonly cookie: bigint;
  /** Undefined once removed. */
  node: MemoryNode | undefined;
}

const price = (name: string): number => ENTRY_BYTES + name.length * 2;

export class Entries {
  readonly #volume: Volume;
  readonly #byName = new Map<string, Entry>();
  /** Ascending by cookie. */
  #order: Entry[] = [];
  #lastCookie = 0n;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  get count(): number {
    return this.#byName.size;
  }

  get(name: string): MemoryNode | undefined {
    return this.#byName.get(name)?.node;
  }

  /** Adds `name`, which must be free. @throws FsError `nospc` or `dquot`, and then adds nothing. */
  add(name: string, node: MemoryNode): void {
    this.#volume.charge(price(name));
    const entry: Entry = { name, cookie: ++this.#lastCookie, node };
    this.#byName.set(name, entry);
    this.#order.push(entry);
  }

  /** Lets `name`, which must be taken, stand for `node`. */
  replace(name: string, node: MemoryNode): void {
    this.#byName.get(name)!.node = node;
  }

  /** Removes `name`, which must be taken. */
  remove(name: string): void {
    this.#byName.get(name)!.node = undefined;
    this.#byName.delete(name);
    this.#volume.refund(price(name));
    if (this.#order.length > 32 && this.#order.length > 2 * this.#byName.size) this.#order = this.#order.filter((entry) => entry.node !== undefined);
  }

  /** Entries after `cookie`, at most `max`. */
  after(cookie: bigint, max: number): Entry[] {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle]!.cookie <= cookie) low = middle + 1;
      else high = middle;
    }
    const found: Entry[] = [];
    for (; low < this.#order.length && found.length < max; low++) {
      const entry = this.#order[low]!;
      if (entry.node !== undefined) found.push(entry);
    }
    return found;
  }

  clear(): void {
    for (const name of this.#byName.keys()) this.#volume.refund(price(name));
    this.#byName.clear();
    this.#order = [];
  }
}
