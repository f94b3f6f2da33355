/** Points in time as text: YYYY-MM-DD, with a time of day and a zone behind it or not, or @ and seconds since 1970. */
import { AT, COMMA, DASH, DOT } from "./ascii";
import { Bytes, at, isDigit, slice } from "./bytes";
import { Date, daysInMonth, localZone } from "./date";
import { parseDecimal, parsed } from "./decimal";

/** Whether the last `parseTime` met a time. */
export let timeParsed: bool = false;
/** The nanoseconds that it has after the seconds. */
export let timeFraction: i64 = 0;

export const NANOSECONDS: i64 = 1_000_000_000;

/** Seconds since 1970; 0 with `timeParsed` false for what is no time. */
export function parseTime(text: Bytes): i64 {
  timeParsed = false;
  timeFraction = 0;
  if (text.byteLength > 1 && at(text, 0) == AT) {
    let end = 1;
    while (end < text.byteLength && !isPoint(text, end)) end++;
    let seconds = parseDecimal(slice(text, 1, end));
    timeParsed = parsed && readFraction(text, end) == text.byteLength && seconds < 1_000_000_000_000 && seconds > -1_000_000_000_000;
    // The nanoseconds go forward from the seconds, the digits of a time before 1970 back.
    if (at(text, 1) == DASH && timeFraction > 0) {
      seconds--;
      timeFraction = NANOSECONDS - timeFraction;
    }
    return timeParsed ? seconds : 0;
  }
  const date = new Date();
  if (!matches(text, 0, "dddd-dd-dd")) return 0;
  date.year = number(text, 0, 4);
  date.month = number(text, 5, 2);
  date.day = number(text, 8, 2);
  let index = 10;
  if (matches(text, index, " dd:dd") || matches(text, index, "Tdd:dd")) {
    date.hour = number(text, index + 1, 2);
    date.minute = number(text, index + 4, 2);
    index += 6;
    if (matches(text, index, ":dd")) {
      date.second = number(text, index + 1, 2);
      index = readFraction(text, index + 3);
    }
  }
  let offset = localZone().offset;
  if (index < text.byteLength && at(text, index) == 0x5a) {
    offset = 0;
    index++;
  }
  if (index != text.byteLength || date.month < 1 || date.month > 12 || date.day < 1 || date.day > daysInMonth(date.year, date.month)) return 0;
  if (date.hour > 23 || date.minute > 59 || date.second > 60) return 0;
  timeParsed = true;
  return date.seconds - offset;
}

function isPoint(text: Bytes, index: i32): bool {
  return index < text.byteLength && (at(text, index) == DOT || at(text, index) == COMMA);
}

/** Reads a point and digits at `from`, where there are any, into `timeFraction`; answers where they end. */
function readFraction(text: Bytes, from: i32): i32 {
  if (!isPoint(text, from)) return from;
  let index = from + 1;
  for (let unit = NANOSECONDS / 10; index < text.byteLength && isDigit(at(text, index)); index++, unit /= 10) timeFraction += unit * (at(text, index) - 0x30);
  return index == from + 1 ? from : index;
}

/** Whether a pattern, in which d is a digit, stands at `from`. */
function matches(text: Bytes, from: i32, pattern: string): bool {
  if (text.byteLength - from < pattern.length) return false;
  for (let index = 0; index < pattern.length; index++) {
    const wanted = pattern.charCodeAt(index);
    const found = <i32>at(text, from + index);
    if (wanted == 0x64 ? !isDigit(found) : found != wanted) return false;
  }
  return true;
}

function number(text: Bytes, from: i32, digits: i32): i32 {
  let value = 0;
  for (let index = from; index < from + digits; index++) value = value * 10 + at(text, index) - 0x30;
  return value;
}
