/**
 * The log in the memory object: what the store keeps over its own death.
 *
 *     0     superblock with an even epoch   crc u32, magic u32, epoch u32, 0 u32, sequence u64
 *     64    superblock with an odd epoch
 *     128   half 0, then half 1: records one after the other
 *
 * The valid superblock with the higher epoch says which half counts (the lowest bit of the epoch) and the sequence of its
 * first record. A record counts when it and all before it are whole, so the tail that a death has torn is none. When a
 * half is full, what is still of use is copied to the other one; the superblock, written last, makes that count.
 *
 * Beyond the last record there are zeros, for as far as a torn one could have reached: else bytes of a value could be
 * taken for a record.
 */
import { Storage } from "./storage";
import { crc32 } from "./crc32";
import { KeyIndex } from "./key-index";
import { HEAD, RECORD_MAX, Record, RecordKind } from "./record";

const MAGIC: u32 = 0x766b_5349; // "ISkv"
const SUPERBLOCKS: u32 = 128;
const SUPERBLOCK: u32 = 24;
const BLOCK = memory.data(24, 8);

export class Log {
  private readonly half: u32;
  /** The half that counts, as it is in the memory object, and room for the next one. */
  private mirror: usize;
  private spare: usize;
  private epoch: u32 = 0;
  private tail: u32 = 0;
  private sequence: u64 = 0;
  readonly index: KeyIndex;

  /** Recovers what is there, or begins a new log. */
  constructor(private readonly storage: Storage) {
    const half = ((storage.size - SUPERBLOCKS) >>> 1) & ~7;
    this.half = half;
    this.mirror = heap.alloc(half);
    this.spare = heap.alloc(half);
    this.index = new KeyIndex(half);
    if (this.readSuperblocks()) this.recover();
    else this.begin(1, 0);
  }

  /** The record of a key, or 0. */
  find(key: usize, length: u32): usize {
    return this.index.find(key, length);
  }

  /** Writes a record; it lasts when this returns true, and there is no room when it returns false. Lengths were checked. */
  append(kind: u32, key: usize, keyLength: u32, value: usize, valueLength: u32): bool {
    const size = Record.size(keyLength, valueLength);
    if (this.tail + size > this.half) return this.compact(kind, key, keyLength, value, valueLength);
    const record = this.mirror + this.tail;
    this.place(record, kind, key, keyLength, value, valueLength);
    this.storage.write(this.offset(this.tail), record, size);
    this.tail += size;
    return true;
  }

  /** Makes the next record in the mirror. */
  private place(record: usize, kind: u32, key: usize, keyLength: u32, value: usize, valueLength: u32): void {
    memory.copy(record + HEAD, key, keyLength);
    memory.copy(record + HEAD + keyLength, value, valueLength);
    Record.seal(record, kind, keyLength, valueLength, this.epoch, this.sequence++);
    this.index.put(record);
  }

  private offset(at: u32): u32 {
    return SUPERBLOCKS + (this.epoch & 1) * this.half + at;
  }

  private readSuperblocks(): bool {
    let found = false;
    for (let slot: u32 = 0; slot < 2; slot++) {
      this.storage.read(slot << 6, BLOCK, SUPERBLOCK);
      const epoch = load<u32>(BLOCK, 8);
      if (load<u32>(BLOCK, 4) != MAGIC || (epoch & 1) != slot || load<u32>(BLOCK) != crc32(BLOCK + 4, SUPERBLOCK - 4)) continue;
      if (found && epoch < this.epoch) continue;
      found = true;
      this.epoch = epoch;
      this.sequence = load<u64>(BLOCK, 16);
    }
    return found;
  }

  private writeSuperblock(epoch: u32, sequence: u64): void {
    store<u32>(BLOCK, MAGIC, 4);
    store<u32>(BLOCK, epoch, 8);
    store<u32>(BLOCK, 0, 12);
    store<u64>(BLOCK, sequence, 16);
    store<u32>(BLOCK, crc32(BLOCK + 4, SUPERBLOCK - 4));
    this.storage.write((epoch & 1) << 6, BLOCK, SUPERBLOCK);
  }

  private recover(): void {
    this.storage.read(this.offset(0), this.mirror, this.half);
    while (Record.isValid(this.mirror + this.tail, this.half - this.tail, this.epoch, this.sequence)) {
      const record = this.mirror + this.tail;
      this.index.put(record);
      this.tail += Record.sizeOf(record);
      this.sequence++;
    }
    const torn = min(RECORD_MAX, this.half - this.tail);
    memory.fill(this.mirror + this.tail, 0, torn);
    this.storage.write(this.offset(this.tail), this.mirror + this.tail, torn);
  }

  /** Makes the half of `epoch`, as it stands in the mirror up to the tail, the one that counts. `first` is its first sequence. */
  private begin(epoch: u32, first: u64): void {
    this.epoch = epoch;
    memory.fill(this.mirror + this.tail, 0, this.half - this.tail);
    this.storage.write(this.offset(0), this.mirror, this.half);
    this.writeSuperblock(epoch, first);
  }

  /**
   * Copies what is still of use to the other half, a new value among it, so that one takes the place of the other at
   * once. False when that would not fit; then nothing has changed.
   */
  private compact(kind: u32, key: usize, keyLength: u32, value: usize, valueLength: u32): bool {
    const index = this.index;
    const replaced = index.find(key, keyLength);
    let used: u32 = kind == RecordKind.value ? Record.size(keyLength, valueLength) : 0;
    for (let slot: u32 = 0; slot < index.capacity; slot++) {
      const record = index.at(slot);
      if (record != 0 && record != replaced) used += Record.sizeOf(record);
    }
    if (used > this.half) return false;
    const first = this.sequence;
    const spare = this.spare;
    let at: u32 = 0;
    for (let slot: u32 = 0; slot < index.capacity; slot++) {
      const old = index.at(slot);
      if (old == 0 || old == replaced) continue;
      const size = Record.sizeOf(old);
      memory.copy(spare + at, old, size);
      at += size;
    }
    this.spare = this.mirror;
    this.mirror = spare;
    this.epoch++;
    index.clear();
    for (let offset: u32 = 0; offset < at; offset += Record.sizeOf(spare + offset)) {
      const record = spare + offset;
      Record.seal(record, RecordKind.value, Record.keyLength(record), Record.valueLength(record), this.epoch, this.sequence++);
      index.put(record);
    }
    this.tail = at;
    if (kind == RecordKind.value) {
      this.place(spare + at, kind, key, keyLength, value, valueLength);
      this.tail += Record.size(keyLength, valueLength);
    }
    this.begin(this.epoch, first);
    return true;
  }
}
