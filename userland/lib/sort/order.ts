/**
 * The order of a sort: its keys, and what decides between lines whose keys are the same.
 *
 * Lines get a number from their first key, and a radix sort by that number brings nearly all into
 * their place; runs of lines with the same number are then merged by full comparison. Lines that
 * are compared by plain bytes are sorted eight bytes at a time that way.
 */
import { compareBytes } from "../../sdk/scan";
import { Key, KeyKind, compareText, endOfField, skipBlanks, skipFields, textPrefix } from "./key";
import { Lines, RECORD } from "./lines";
import { compareNumbers, numberPrefix } from "./number";
import { radixSort } from "./radix";

/** Runs up to this are not worth a radix sort. */
const SMALL = 32;
/** Deeper nesting than this goes on by comparison. */
const DEPTH_MAX = 64;

export { Key } from "./key";

/** Where `range` found a key. */
let from: usize = 0;
let to: usize = 0;

export class SortOrder {
  /** What holds for the whole line, and for keys that say nothing. */
  all: KeyKind = new KeyKind();
  separator: i32 = -1;
  stable: bool = false;
  unique: bool = false;
  private keys: Key[] = [];

  add(key: Key): void {
    this.keys.push(key);
  }

  /** Sorts the records. */
  sort(lines: Lines): void {
    const other = heap.alloc(lines.count * RECORD + 1);
    if (this.keys.length == 0 && this.all.plain && !this.all.blanks) {
      this.sortBytes(lines.records, other, lines.count, 0, 0);
    } else {
      const flip = this.firstKind().reverse ? u64.MAX_VALUE : 0;
      for (let index = 0; index < lines.count; index++) {
        const record = lines.records + index * RECORD;
        store<u64>(record, this.prefix(load<u32>(record, 8), load<i32>(record, 12)) ^ flip);
      }
      if (lines.count > SMALL) radixSort(lines.records, other, lines.count);
      else this.merge(lines.records, other, lines.count);
      if (lines.count > SMALL) this.mergeRuns(lines.records, other, lines.count);
    }
    heap.free(other);
  }

  compare(lines: Lines, left: i32, right: i32): i32 {
    return this.compareRecords(lines.records + left * RECORD, lines.records + right * RECORD);
  }

  private firstKind(): KeyKind {
    return this.keys.length > 0 && this.keys[0].kind.given ? this.keys[0].kind : this.all;
  }

  private sortBytes(records: usize, other: usize, count: i32, skipped: i32, depth: i32): void {
    let done = skipped;
    while (true) {
      if (count <= SMALL || depth > DEPTH_MAX) return this.merge(records, other, count);
      const flip = this.all.reverse ? u64.MAX_VALUE : 0;
      let longest = 0;
      for (let index = 0; index < count; index++) {
        const record = records + index * RECORD;
        const length = load<i32>(record, 12) - done;
        longest = max(longest, length);
        store<u64>(record, bytesPrefix(load<u32>(record, 8) + done, length) ^ flip);
      }
      const differs = radixSort(records, other, count);
      done += 8;
      // What is as long as this differs by NUL bytes at most.
      if (longest <= 8) return this.mergeRuns(records, other, count);
      if (differs) break;
    }
    for (let start = 0; start < count; ) {
      const end = runEnd(records, start, count);
      if (end - start > 1) this.sortBytes(records + start * RECORD, other, end - start, done, depth + 1);
      start = end;
    }
  }

  private mergeRuns(records: usize, other: usize, count: i32): void {
    for (let start = 0; start < count; ) {
      const end = runEnd(records, start, count);
      if (end - start > 1) this.merge(records + start * RECORD, other, end - start);
      start = end;
    }
  }

  /** A stable merge sort by comparison. */
  private merge(records: usize, other: usize, count: i32): void {
    let source = records;
    let target = other;
    for (let width = 1; width < count; width *= 2) {
      for (let start = 0; start < count; start += 2 * width) {
        let left = source + start * RECORD;
        const leftEnd = source + min(start + width, count) * RECORD;
        let right = leftEnd;
        const rightEnd = source + min(start + 2 * width, count) * RECORD;
        let at = target + start * RECORD;
        for (; left < leftEnd && right < rightEnd; at += RECORD) {
          if (this.compareRecords(left, right) <= 0) {
            v128.store(at, v128.load(left));
            left += RECORD;
          } else {
            v128.store(at, v128.load(right));
            right += RECORD;
          }
        }
        memory.copy(at, left, leftEnd - left);
        memory.copy(at + (leftEnd - left), right, rightEnd - right);
      }
      const swap = source;
      source = target;
      target = swap;
    }
    if (source != records) memory.copy(records, source, count * RECORD);
  }

  private compareRecords(left: usize, right: usize): i32 {
    const leftLine = <usize>load<u32>(left, 8);
    const rightLine = <usize>load<u32>(right, 8);
    const leftEnd = leftLine + load<u32>(left, 12);
    const rightEnd = rightLine + load<u32>(right, 12);
    if (this.keys.length == 0) {
      const order = compareKinds(this.all.blanks ? skipBlanks(leftLine, leftEnd) : leftLine, leftEnd, this.all.blanks ? skipBlanks(rightLine, rightEnd) : rightLine, rightEnd, this.all);
      if (order != 0) return this.all.reverse ? -order : order;
      if (this.all.plain && !this.all.blanks) return 0;
    }
    for (let index = 0; index < this.keys.length; index++) {
      const key = this.keys[index];
      const kind = key.kind.given ? key.kind : this.all;
      this.range(key, leftLine, leftEnd);
      const leftFrom = from;
      const leftTo = to;
      this.range(key, rightLine, rightEnd);
      const order = compareKinds(leftFrom, leftTo, from, to, kind);
      if (order != 0) return kind.reverse ? -order : order;
    }
    if (this.stable || this.unique) return 0;
    const length = <i32>min(leftEnd - leftLine, rightEnd - rightLine);
    const bytes = compareBytes(leftLine, rightLine, length);
    const order = bytes != 0 ? bytes : <i32>(leftEnd - leftLine) - <i32>(rightEnd - rightLine);
    return this.all.reverse ? -order : order;
  }

  /** Finds a key in a line: `from` and `to`. */
  private range(key: Key, line: usize, end: usize): void {
    const inherits = !key.kind.given;
    let start = skipFields(line, end, key.firstField - 1, this.separator);
    if (inherits ? this.all.blanks : key.kind.blanks) start = skipBlanks(start, end);
    start = min(start + (key.firstChar - 1), end);
    let stop = end;
    if (key.lastField > 0 && key.lastChar == 0) stop = endOfField(line, end, key.lastField, this.separator);
    else if (key.lastField > 0) {
      stop = skipFields(line, end, key.lastField - 1, this.separator);
      if (inherits ? this.all.blanks : key.lastBlanks) stop = skipBlanks(stop, end);
      stop = min(stop + key.lastChar, end);
    }
    from = start;
    to = max(start, stop);
  }

  private prefix(line: usize, length: i32): u64 {
    const end = line + length;
    const kind = this.firstKind();
    if (this.keys.length > 0) this.range(this.keys[0], line, end);
    else {
      from = kind.blanks ? skipBlanks(line, end) : line;
      to = end;
    }
    if (kind.numeric || kind.units) return numberPrefix(from, to, kind.units);
    return kind.plain ? bytesPrefix(from, <i32>(to - from)) : textPrefix(from, to, kind);
  }
}

function compareKinds(left: usize, leftEnd: usize, right: usize, rightEnd: usize, kind: KeyKind): i32 {
  if (kind.numeric || kind.units) return compareNumbers(left, leftEnd, right, rightEnd, kind.units);
  return compareText(left, leftEnd, right, rightEnd, kind);
}

/** The first eight bytes, the first the most; zeros where there are none. */
function bytesPrefix(address: usize, length: i32): u64 {
  if (length >= 8) return bswap(load<u64>(address));
  let prefix: u64 = 0;
  for (let index = 0; index < length; index++) prefix = prefix << 8 | <u64>load<u8>(address + index);
  return length <= 0 ? 0 : prefix << ((8 - length) << 3);
}

function runEnd(records: usize, start: i32, count: i32): i32 {
  const prefix = load<u64>(records + start * RECORD);
  let end = start + 1;
  while (end < count && load<u64>(records + end * RECORD) == prefix) end++;
  return end;
}
