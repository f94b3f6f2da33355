/** The character classes of POSIX, by bytes, in the C locale. */
import { BLANK, TAB } from "./ascii";
import { hexDigit, isDigit, isLetter, isSpace } from "./bytes";

const NAMES = "alnum alpha blank cntrl digit graph lower print punct space upper xdigit ";

/** The number of a class, or -1. */
export function classNamed(address: usize, length: i32): i32 {
  let number = 0;
  for (let from = 0; from < NAMES.length; number++) {
    const to = NAMES.indexOf(" ", from);
    let same = to - from == length;
    for (let index = 0; same && index < length; index++) same = NAMES.charCodeAt(from + index) == <i32>load<u8>(address + index);
    if (same) return number;
    from = to + 1;
  }
  return -1;
}

export function classHas(number: i32, byte: i32): bool {
  switch (number) {
    case 0: return isLetter(byte) || isDigit(byte);
    case 1: return isLetter(byte);
    case 2: return byte == BLANK || byte == TAB;
    case 3: return byte < 0x20 || byte == 0x7f;
    case 4: return isDigit(byte);
    case 5: return byte > 0x20 && byte < 0x7f;
    case 6: return <u32>(byte - 0x61) < 26;
    case 7: return byte >= 0x20 && byte < 0x7f;
    case 8: return byte > 0x20 && byte < 0x7f && !isLetter(byte) && !isDigit(byte);
    case 9: return isSpace(byte);
    case 10: return <u32>(byte - 0x41) < 26;
    default: return hexDigit(byte) >= 0;
  }
}
