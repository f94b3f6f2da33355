/** Points in time as text: YYYY-MM-DD, with a time of day and a zone behind it or not, or @ and seconds since 1970. */
import { AT } from "./ascii";
import { Bytes, at, isDigit, slice } from "./bytes";
import { Date, daysInMonth, localZone } from "./date";
import { parseDecimal, parsed } from "./decimal";

/** Whether the last `parseTime` met a time. */
export let timeParsed: bool = false;

/** Seconds since 1970; 0 with `timeParsed` false for what is no time. */
export function parseTime(text: Bytes): i64 {
  timeParsed = false;
  if (text.byteLength > 1 && at(text, 0) == AT) {
    const seconds = parseDecimal(slice(text, 1));
    timeParsed = parsed && seconds < 1_000_000_000_000 && seconds > -1_000_000_000_000;
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
      index += 3;
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
