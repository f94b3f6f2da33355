/**
 * Dates of the Gregorian calendar. The zone is UTC, or what TZ says as "NAME[+-]HH[:MM]" (hours
 * west of UTC, as POSIX has it); rules for summer time are not known.
 */
import { COLON, DASH, GREATER, LESS, PLUS } from "./ascii";
import { Bytes, at, bytes, isDigit, isLetter, slice } from "./bytes";
import { variable } from "./environment";

const DAY: i64 = 86400;

export class Date {
  year: i64 = 1970;
  /** 1 to 12 */
  month: i32 = 1;
  /** 1 to 31 */
  day: i32 = 1;
  hour: i32 = 0;
  minute: i32 = 0;
  second: i32 = 0;
  /** 0 is Sunday. */
  weekday: i32 = 4;
  /** 1 to 366 */
  yearday: i32 = 1;

  /** Of seconds since 1970, in UTC. */
  static of(seconds: i64): Date {
    const date = new Date();
    let days = seconds / DAY;
    let rest = seconds % DAY;
    if (rest < 0) {
      rest += DAY;
      days--;
    }
    date.hour = <i32>(rest / 3600);
    date.minute = <i32>(rest % 3600 / 60);
    date.second = <i32>(rest % 60);
    date.weekday = <i32>(((days + 4) % 7 + 7) % 7);
    // Years that begin in March, so that the leap day is the last.
    const shifted = days + 719468;
    const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const dayOfEra = shifted - era * 146097;
    const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    const shiftedMonth = (5 * dayOfYear + 2) / 153;
    date.day = <i32>(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
    date.month = <i32>(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9);
    date.year = yearOfEra + era * 400 + <i64>(date.month <= 2);
    date.yearday = <i32>(days - daysOf(date.year, 1, 1) + 1);
    return date;
  }

  /** Seconds since 1970 of a date in UTC. */
  get seconds(): i64 {
    return daysOf(this.year, this.month, this.day) * DAY + this.hour * 3600 + this.minute * 60 + this.second;
  }
}

/** Days from 1970 to a date. */
function daysOf(year: i64, month: i32, day: i32): i64 {
  const shifted = year - <i64>(month <= 2);
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = <i64>((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1);
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

export function daysInMonth(year: i64, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

const MONTHS = "JanuaryFebruaryMarchAprilMayJuneJulyAugustSeptemberOctoberNovemberDecember";
const WEEKDAYS = "SundayMondayTuesdayWednesdayThursdayFridaySaturday";

/** 1 to 12 as a word. */
export function monthName(month: i32): string {
  return wordOf(MONTHS, month - 1);
}

/** 0 to 6 as a word. */
export function weekdayName(weekday: i32): string {
  return wordOf(WEEKDAYS, weekday);
}

/** One of the words that a text is made of, each with a capital at its beginning. */
function wordOf(words: string, index: i32): string {
  let from = 0;
  let to = 0;
  for (let left = index; left >= 0; left--) {
    from = to++;
    while (to < words.length && words.charCodeAt(to) >= 0x61) to++;
  }
  return words.substring(from, to);
}

/** Where one is. */
export class Zone {
  constructor(
    readonly name: Bytes,
    /** Seconds east of UTC. */
    readonly offset: i64,
  ) {}
}

/** The zone of the environment variable TZ; UTC when it says nothing that is understood. */
export function localZone(): Zone {
  const value = variable("TZ");
  return (value ? parseZone(value) : null) || new Zone(bytes("UTC"), 0);
}

function isNumeric(byte: i32): bool {
  return isDigit(byte) || byte == PLUS || byte == DASH;
}

function parseZone(value: Bytes): Zone | null {
  // In angle brackets a name has digits and signs, too.
  const from = value.byteLength > 0 && at(value, 0) == LESS ? 1 : 0;
  let index = from;
  while (index < value.byteLength && (isLetter(at(value, index)) || (from == 1 && isNumeric(at(value, index))))) index++;
  if (index - from < 3) return null;
  const name = slice(value, from, index);
  if (from == 1 && (index == value.byteLength || at(value, index++) != GREATER)) return null;
  if (index == value.byteLength) return new Zone(name, 0);
  const sign: i64 = at(value, index) == DASH ? 1 : -1;
  if (!isDigit(at(value, index))) index++;
  let offset: i64 = 0;
  let unit: i64 = 3600;
  while (unit > 0) {
    let number: i64 = -1;
    while (index < value.byteLength && isDigit(at(value, index)) && number < 1000) number = max<i64>(number, 0) * 10 + at(value, index++) - 0x30;
    if (number < 0 || number > (unit == 3600 ? 24 : 59)) return null;
    offset += number * unit;
    unit = index < value.byteLength && at(value, index) == COLON ? unit / 60 : 0;
    index++;
  }
  return new Zone(name, sign * offset);
}
