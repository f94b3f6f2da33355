/**
 * One record of the log: a key and the value that it has from then on, or that it has none.
 *
 *     crc u32       over all that follows, without the padding
 *     keyLength u16, kind u16 (1 a value, 2 a deletion)
 *     valueLength u32
 *     epoch u32     of the half that it was written to: what an earlier use has left there is no record
 *     sequence u64  one more than that of the record before it
 *     key, value, padding to 8 bytes
 */
import { crc32 } from "./crc32";

export const HEAD: u32 = 24;
export const KEY_MAX: u32 = 255;
export const VALUE_MAX: u32 = 4096;
export const RECORD_MAX: u32 = HEAD + KEY_MAX + VALUE_MAX + 8;

export namespace RecordKind {
  export const value: u32 = 1;
  export const deletion: u32 = 2;
}

export namespace Record {
  export function size(keyLength: u32, valueLength: u32): u32 {
    return (HEAD + keyLength + valueLength + 7) & ~7;
  }
  export function keyLength(record: usize): u32 {
    return load<u16>(record, 4);
  }
  export function kind(record: usize): u32 {
    return load<u16>(record, 6);
  }
  export function isDeletion(record: usize): bool {
    return kind(record) == RecordKind.deletion;
  }
  export function valueLength(record: usize): u32 {
    return load<u32>(record, 8);
  }
  export function key(record: usize): usize {
    return record + HEAD;
  }
  export function value(record: usize): usize {
    return record + HEAD + keyLength(record);
  }
  export function sizeOf(record: usize): u32 {
    return size(keyLength(record), valueLength(record));
  }

  /** Gives a record whose key and value are in place its head. */
  export function seal(record: usize, kind: u32, keyLength: u32, valueLength: u32, epoch: u32, sequence: u64): void {
    store<u16>(record, <u16>keyLength, 4);
    store<u16>(record, <u16>kind, 6);
    store<u32>(record, valueLength, 8);
    store<u32>(record, epoch, 12);
    store<u64>(record, sequence, 16);
    store<u32>(record, crc32(record + 4, HEAD - 4 + keyLength + valueLength));
  }

  /** Whether the bytes at `record`, of which `room` are there, are the record with this epoch and sequence. */
  export function isValid(record: usize, room: u32, epoch: u32, sequence: u64): bool {
    if (room < HEAD) return false;
    const keys = keyLength(record);
    const values = valueLength(record);
    if (keys == 0 || keys > KEY_MAX || values > VALUE_MAX || size(keys, values) > room) return false;
    if (kind(record) != RecordKind.value && !(isDeletion(record) && values == 0)) return false;
    if (load<u32>(record, 12) != epoch || load<u64>(record, 16) != sequence) return false;
    return load<u32>(record) == crc32(record + 4, HEAD - 4 + keys + values);
  }
}
