/** Backslashes in text, as `printf` and `echo` of other systems know them. */
import { BACKSLASH, LINE_FEED, QUOTE, TAB } from "./ascii";
import { Buffer } from "./buffer";
import { Bytes, at } from "./bytes";

/** Where the reading goes on after `putEscape`; -1 when \c said to stop. */
export let escapeEnd: i32 = 0;

/**
 * Appends what the backslash at `index` stands for. With `leadingZero` octal numbers begin with 0, as in \0101,
 * and \c stops.
 */
export function putEscape(out: Buffer, text: Bytes, index: i32, leadingZero: bool): void {
  escapeEnd = index + 2;
  if (index + 1 >= text.byteLength) {
    escapeEnd = index + 1;
    return out.push(BACKSLASH);
  }
  const letter = at(text, index + 1);
  switch (letter) {
    case BACKSLASH: return out.push(BACKSLASH);
    case 0x61: return out.push(0x07); // a
    case 0x62: return out.push(0x08); // b
    case 0x65: return out.push(0x1b); // e
    case 0x66: return out.push(0x0c); // f
    case 0x6e: return out.push(LINE_FEED); // n
    case 0x72: return out.push(0x0d); // r
    case 0x74: return out.push(TAB); // t
    case 0x76: return out.push(0x0b); // v
    case QUOTE: return out.push(QUOTE);
    case 0x63: { // c
      escapeEnd = -1;
      return;
    }
    case 0x78: { // x
      const value = number(text, index + 2, 16, 2);
      if (escapeEnd > index + 2) return out.push(value);
      break;
    }
  }
  if (letter >= 0x30 && letter <= 0x37) {
    const from = leadingZero && letter == 0x30 ? index + 2 : index + 1;
    return out.push(number(text, from, 8, 3) & 0xff);
  }
  escapeEnd = index + 2;
  out.push(BACKSLASH);
  out.push(letter);
}

/** Reads up to `most` digits, and sets `escapeEnd` behind them. */
function number(text: Bytes, from: i32, base: i32, most: i32): i32 {
  let value = 0;
  let index = from;
  for (; index < min(from + most, text.byteLength); index++) {
    const byte = <i32>at(text, index);
    const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
    if (digit < 0 || digit >= base || (byte > 0x39 && (byte | 0x20) < 0x61)) break;
    value = value * base + digit;
  }
  escapeEnd = index;
  return value;
}
