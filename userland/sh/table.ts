/** A hash table from names to objects, in the order in which the names came. Nothing leaves it but by `remove`. */
import { Bytes, compare, equal } from "./bytes";

function hash(name: Bytes): u32 {
  let value: u32 = 0x811c9dc5;
  const address = changetype<usize>(name);
  for (let index = 0; index < name.byteLength; index++) value = (value ^ load<u8>(address + index)) * 0x01000193;
  return value ^ (value >> 15);
}

class Entry<V> {
  constructor(readonly name: Bytes, public value: V, readonly hash: u32) {}
}

export class Table<V> {
  private slots: StaticArray<Entry<V> | null> = new StaticArray<Entry<V> | null>(16);
  size: i32 = 0;

  get(name: Bytes): V | null {
    const entry = this.slots[this.find(name, hash(name))];
    return entry ? entry.value : null;
  }

  set(name: Bytes, value: V): void {
    const code = hash(name);
    let slot = this.find(name, code);
    const there = this.slots[slot];
    if (there) {
      there.value = value;
      return;
    }
    if (this.size * 4 >= this.slots.length * 3) {
      this.resize(this.slots.length << 1);
      slot = this.find(name, code);
    }
    this.slots[slot] = new Entry<V>(name, value, code);
    this.size++;
  }

  /** Answers whether it was there. */
  remove(name: Bytes): bool {
    const slot = this.find(name, hash(name));
    if (!this.slots[slot]) return false;
    this.slots[slot] = null;
    this.size--;
    // What was pushed past the hole has to be found again.
    this.resize(this.slots.length);
    return true;
  }

  clear(): void {
    this.slots = new StaticArray<Entry<V> | null>(16);
    this.size = 0;
  }

  /** The names, sorted as the C locale does. */
  names(): Array<Bytes> {
    const names = new Array<Bytes>();
    for (let slot = 0; slot < this.slots.length; slot++) {
      const entry = this.slots[slot];
      if (entry) names.push(entry.name);
    }
    names.sort((left, right) => compare(left, right));
    return names;
  }

  /** All objects, in no order. */
  values(): Array<V> {
    const values = new Array<V>();
    for (let slot = 0; slot < this.slots.length; slot++) {
      const entry = this.slots[slot];
      if (entry) values.push(entry.value);
    }
    return values;
  }

  private find(name: Bytes, code: u32): i32 {
    const mask = this.slots.length - 1;
    let slot = <i32>(code & mask);
    while (true) {
      const entry = this.slots[slot];
      if (!entry || entry.hash == code && equal(entry.name, name)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private resize(capacity: i32): void {
    const old = this.slots;
    this.slots = new StaticArray<Entry<V> | null>(capacity);
    for (let index = 0; index < old.length; index++) {
      const entry = old[index];
      if (entry) this.slots[this.find(entry.name, entry.hash)] = entry;
    }
  }
}
