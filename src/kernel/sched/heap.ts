/**
 * A binary min-heap of objects that know their own place in it, so that an entry can be taken
 * out or moved in O(log n). Entries with equal keys leave in the order in which they came.
 */
export interface HeapEntry {
  /** Smaller leaves first. Only change it through `update` while the entry is in a heap. */
  key: number;
  /** Only the heap writes these: place in the heap or -1, and the order of arrival among equals. */
  heapIndex: number;
  heapOrder: number;
}

export class Heap<T extends HeapEntry> {
  readonly #entries: T[] = [];
  #arrivals = 0;

  get size(): number {
    return this.#entries.length;
  }

  get min(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    entry.heapIndex = this.#entries.length;
    entry.heapOrder = this.#arrivals++;
    this.#entries.push(entry);
    this.#up(entry);
  }

  pop(): T | undefined {
    const first = this.#entries[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes `entry`, which is in this heap, out. */
  remove(entry: T): void {
    const index = entry.heapIndex;
    const last = this.#entries.pop()!;
    entry.heapIndex = -1;
    if (last === entry) return;
    this.#entries[index] = last;
    last.heapIndex = index;
    this.#up(last);
    this.#down(last);
  }

  /** Gives `entry`, which is in this heap, another key. It queues behind those that have that key already. */
  update(entry: T, key: number): void {
    entry.key = key;
    entry.heapOrder = this.#arrivals++;
    this.#up(entry);
    this.#down(entry);
  }

  #up(entry: T): void {
    const entries = this.#entries;
    let index = entry.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex]!;
      if (!before(entry, parent)) break;
      entries[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }

  #down(entry: T): void {
    const entries = this.#entries;
    const size = entries.length;
    let index = entry.heapIndex;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= size) break;
      let child = entries[childIndex]!;
      if (childIndex + 1 < size && before(entries[childIndex + 1]!, child)) child = entries[++childIndex]!;
      if (!before(child, entry)) break;
      entries[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    entries[index] = entry;
    entry.heapIndex = index;
  }
}

function before(a: HeapEntry, b: HeapEntry): boolean {
  return a.key < b.key || (a.key === b.key && a.heapOrder < b.heapOrder);
}
