/**
 * The memory object that the log is in. Long writes go in pieces, so that nobody waits long for the processor, and a
 * death between two of them leaves the first ones: what is written there is only what its reader finds whole.
 */
import { memory_read, memory_size, memory_write } from "../../sdk/isola";
import { check } from "../../sdk/service";

const PAGE: u32 = 65_536;
/** The most that this program manages; what is beyond is not used. */
const SIZE_MAX: u32 = 64 << 20;
const PIECE: u32 = 4096;
const OUT = memory.data(4, 4);

export class Storage {
  readonly size: u32;

  constructor(private readonly object: u32) {
    check(memory_size(object, OUT));
    this.size = min(load<u32>(OUT), SIZE_MAX / PAGE) * PAGE;
  }

  read(offset: u32, into: usize, length: u32): void {
    for (let done: u32 = 0; done < length; ) {
      const piece = min(PIECE, length - done);
      check(memory_read(this.object, offset + done, into + done, piece));
      done += piece;
    }
  }

  write(offset: u32, from: usize, length: u32): void {
    for (let done: u32 = 0; done < length; ) {
      // A short first piece: the head of a record alone is a tear, too.
      const piece = min(done == 0 ? 64 : PIECE, length - done);
      check(memory_write(this.object, offset + done, from + done, piece));
      done += piece;
    }
  }
}
