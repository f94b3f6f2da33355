/**
 * A stable radix sort of records by the number that each begins with. Bytes that are the same in all numbers
 * cost nothing but a look.
 */
import { RECORD } from "./lines";

const COUNTS = memory.data(1024);

/** Sorts `records`, with `other` as room of the same size. Whether there were any two numbers. */
export function radixSort(records: usize, other: usize, count: i32): bool {
  const end = records + count * RECORD;
  const first = load<u64>(records);
  let varying: u64 = 0;
  for (let at = records; at < end; at += RECORD) varying |= load<u64>(at) ^ first;
  let source = records;
  let target = other;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if ((varying >> shift & 0xff) == 0) continue;
    pass(source, target, count, shift);
    const swap = source;
    source = target;
    target = swap;
  }
  if (source != records) memory.copy(records, source, count * RECORD);
  return varying != 0;
}

/** Moves the records in the order of one byte. */
function pass(source: usize, target: usize, count: i32, shift: u64): void {
  const end = source + count * RECORD;
  memory.fill(COUNTS, 0, 1024);
  for (let at = source; at < end; at += RECORD) {
    const place = COUNTS + (<usize>(load<u64>(at) >> shift & 0xff) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let next = <u32>target;
  for (let place = COUNTS; place < COUNTS + 1024; place += 4) {
    const size = load<u32>(place) * RECORD;
    store<u32>(place, next);
    next += size;
  }
  for (let at = source; at < end; at += RECORD) {
    const place = COUNTS + (<usize>(load<u64>(at) >> shift & 0xff) << 2);
    const to = load<u32>(place);
    v128.store(to, v128.load(at));
    store<u32>(place, to + RECORD);
  }
}
