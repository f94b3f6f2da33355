/** Lists of numbers from 1 on as `cut` takes them: 3, 2-5, -4, 7-, with commas or blanks between them. */
import { BLANK, COMMA, DASH, TAB } from "./ascii";
import { Bytes, at, isDigit } from "./bytes";

export class Ranges {
  private from: i32[] = [];
  private to: i32[] = [];

  /** Null when it is not understood. */
  static parse(text: Bytes): Ranges | null {
    const ranges = new Ranges();
    let index = 0;
    while (index <= text.byteLength) {
      let first = -1;
      let last = -1;
      for (; index < text.byteLength && isDigit(at(text, index)); index++) first = grow(first, at(text, index));
      if (index < text.byteLength && at(text, index) == DASH) {
        index++;
        for (; index < text.byteLength && isDigit(at(text, index)); index++) last = grow(last, at(text, index));
        if (first < 0 && last < 0) return null;
        if (first < 0) first = 1;
        if (last < 0) last = i32.MAX_VALUE;
      } else last = first;
      if (first < 1 || last < first) return null;
      ranges.from.push(first);
      ranges.to.push(last);
      if (index < text.byteLength && at(text, index) != COMMA && !isBlank(at(text, index))) return null;
      index++;
    }
    return ranges;
  }

  has(number: i32): bool {
    for (let index = 0; index < this.from.length; index++) if (this.from[index] <= number && number <= this.to[index]) return true;
    return false;
  }
}

function isBlank(byte: i32): bool {
  return byte == BLANK || byte == TAB;
}

function grow(number: i32, digit: i32): i32 {
  return min(max(number, 0), 100_000_000) * 10 + digit - 0x30;
}
