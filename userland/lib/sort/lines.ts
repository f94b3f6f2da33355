/**
 * The lines of all that is sorted, in one run of memory, and a record for each: a number whose order
 * says most of the line's order, where the line is, and its length. Sorting moves records only.
 */
import { readSome } from "../../sdk/io";
import { find } from "../../sdk/scan";

const CAPACITY: i32 = 256 * 1024;
const BLOCK: i32 = 64 * 1024;
/** Size of a record: u64, u32, u32. */
export const RECORD: i32 = 16;

export class Lines {
  count: i32 = 0;
  /** The records. */
  records: usize = 0;
  private start: usize = 0;
  private capacity: i32 = 0;
  private used: i32 = 0;

  constructor(readonly terminator: u8) {}

  /** Reads to the end, and ends the last line if nothing else does. Answers an errno. */
  read(fd: u32): u32 {
    const before = this.used;
    while (true) {
      this.reserve(BLOCK);
      const count = readSome(fd, this.start + this.used, this.capacity - this.used);
      if (count < 0) return -count;
      if (count == 0) break;
      this.used += count;
    }
    if (this.used > before && load<u8>(this.start + this.used - 1) != this.terminator) {
      this.reserve(1);
      store<u8>(this.start + this.used++, this.terminator);
    }
    return 0;
  }

  /** Makes the records, once all is read. */
  split(): void {
    const end = this.start + this.used;
    let room = 1024;
    let records = heap.alloc(room * RECORD);
    let count = 0;
    for (let at = this.start; at < end; count++) {
      if (count == room) {
        room *= 2;
        records = heap.realloc(records, room * RECORD);
      }
      const stop = find(this.terminator, at, end);
      const record = records + count * RECORD;
      store<u32>(record, <u32>at, 8);
      store<u32>(record, <u32>(stop - at), 12);
      at = stop + 1;
    }
    this.records = records;
    this.count = count;
  }

  address(index: i32): usize {
    return load<u32>(this.records + index * RECORD, 8);
  }

  length(index: i32): i32 {
    return load<i32>(this.records + index * RECORD, 12);
  }

  private reserve(more: i32): void {
    if (this.start == 0) this.start = heap.alloc((this.capacity = CAPACITY));
    if (more <= this.capacity - this.used) return;
    this.capacity *= 2;
    this.start = heap.realloc(this.start, this.capacity);
  }
}
