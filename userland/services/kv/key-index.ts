/**
 * Where the last record of each key is: a hash table with open addressing over records in memory. It is made for as many
 * records as fit into one half of the log, so it never fills up.
 */
import { Record } from "./record";

const EMPTY: u32 = 0;
const REMOVED: u32 = 0xffff_ffff;

export class KeyIndex {
  private readonly slots: usize;
  private readonly mask: u32;
  count: u32 = 0;

  /** For records of at least 32 bytes in `bytes` bytes. */
  constructor(bytes: u32) {
    let capacity: u32 = 64;
    while (capacity < bytes >>> 4) capacity <<= 1;
    this.mask = capacity - 1;
    this.slots = heap.alloc(capacity << 2);
    this.clear();
  }

  clear(): void {
    memory.fill(this.slots, 0, (this.mask + 1) << 2);
    this.count = 0;
  }

  /** The record of the key, or 0. */
  find(key: usize, length: u32): usize {
    const slot = this.slotOf(key, length);
    return slot == 0 ? 0 : load<u32>(slot);
  }

  /** `record` is the last one of its key from now on; a deletion removes it. */
  put(record: usize): void {
    const key = Record.key(record);
    const length = Record.keyLength(record);
    const slot = this.slotOf(key, length);
    if (Record.isDeletion(record)) {
      if (slot == 0) return;
      store<u32>(slot, REMOVED);
      this.count--;
    } else if (slot != 0) {
      store<u32>(slot, <u32>record);
    } else {
      let index = hash(key, length) & this.mask;
      // There is an empty one: each record takes one slot at most, and there are twice as many.
      while (load<u32>(this.slots + (index << 2)) != EMPTY) index = (index + 1) & this.mask;
      store<u32>(this.slots + (index << 2), <u32>record);
      this.count++;
    }
  }

  /** The record in this slot or 0, for all slots from 0 up to `capacity`. */
  at(slot: u32): usize {
    const record = load<u32>(this.slots + (slot << 2));
    return record == REMOVED ? 0 : record;
  }
  get capacity(): u32 {
    return this.mask + 1;
  }

  private slotOf(key: usize, length: u32): usize {
    let index = hash(key, length) & this.mask;
    let record: u32;
    while ((record = load<u32>(this.slots + (index << 2))) != EMPTY) {
      if (record != REMOVED && Record.keyLength(record) == length && memory.compare(Record.key(record), key, length) == 0) return this.slots + (index << 2);
      index = (index + 1) & this.mask;
    }
    return 0;
  }
}

/** FNV-1a. */
function hash(at: usize, length: u32): u32 {
  let value: u32 = 0x811c_9dc5;
  for (const end = at + length; at < end; at++) value = (value ^ load<u8>(at)) * 0x0100_0193;
  return value ^ (value >>> 15);
}
