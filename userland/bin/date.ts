/** Writes the time. It cannot be set. */
import { DASH, LINE_FEED, PERCENT, PLUS, TAB } from "../sdk/ascii";
import { Bytes, at, bytes, slice } from "../sdk/bytes";
import { now } from "../sdk/clock";
import { Date, Zone, localZone, monthName, weekdayName } from "../sdk/date";
import { Stat } from "../sdk/files";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { Errno } from "../sdk/posix";
import { complainErrno, exit, finish } from "../sdk/program";
import { parseTime, timeFraction, timeParsed } from "../sdk/time-text";
import { Clock } from "../sdk/wasi";

const USAGE = `usage: date [-u] [-d time | -r file] [+format]

Writes the time, in UTC or the zone of TZ, which knows no summer time.
The format has %a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %N %p %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%.

  -u, --utc              in UTC
  -d, --date TIME        another time: YYYY-MM-DD, with Thh:mm[:ss[.fraction]] and Z for UTC behind it, or @ and seconds since 1970
  -r, --reference FILE   the time of change of a file
  -I                     only the day, as YYYY-MM-DD
`;
const NANOSECONDS: u64 = 1_000_000_000;

let seconds: i64 = 0;
let fraction: u64 = 0;
let zone: Zone = new Zone(bytes("UTC"), 0);

export function _start(): void {
  const options = new Options(USAGE);
  const time = now(Clock.realtime);
  seconds = <i64>(time / NANOSECONDS);
  fraction = time % NANOSECONDS;
  let format = bytes("%a %b %e %H:%M:%S %Z %Y");
  let utc = false;
  while (options.next()) {
    switch (options.flag) {
      case "u":
        utc = true;
        break;
      case "I":
        format = bytes("%F");
        break;
      case "r":
        takeTimeOf(options.value);
        break;
      default:
        seconds = parseTime(options.value);
        fraction = timeFraction;
        if (!timeParsed) options.misuseOf(options.value, "no time");
    }
  }
  if (!utc) zone = localZone();
  const operands = options.operands();
  if (operands.length > 1) options.misuse("takes one format");
  if (operands.length == 1) {
    if (operands[0].byteLength == 0 || at(operands[0], 0) != PLUS) options.misuseOf(operands[0], "a format begins with +, and the time cannot be set");
    format = slice(operands[0], 1);
  }
  write(Date.of(seconds + zone.offset), format);
  out.byte(LINE_FEED);
  finish();
}

function takeTimeOf(path: Bytes): void {
  const stat = new Stat();
  const errno = stat.read(path);
  if (errno != Errno.success) {
    complainErrno(path, errno);
    exit(1);
  }
  seconds = <i64>(stat.modified / NANOSECONDS);
  fraction = stat.modified % NANOSECONDS;
}

function write(date: Date, format: Bytes): void {
  for (let index = 0; index < format.byteLength; index++) {
    const byte = at(format, index);
    if (byte == PERCENT && index + 1 < format.byteLength) field(date, at(format, ++index));
    else out.byte(byte);
  }
}

function field(date: Date, letter: u8): void {
  switch (String.fromCharCode(letter)) {
    case "a": return out.text(weekdayName(date.weekday).substring(0, 3));
    case "A": return out.text(weekdayName(date.weekday));
    case "b":
    case "h": return out.text(monthName(date.month).substring(0, 3));
    case "B": return out.text(monthName(date.month));
    case "c": return write(date, bytes("%a %b %e %H:%M:%S %Y"));
    case "C": return digits(date.year / 100, 2, 0x30);
    case "d": return digits(date.day, 2, 0x30);
    case "D":
    case "x": return write(date, bytes("%m/%d/%y"));
    case "e": return digits(date.day, 2, 0x20);
    case "F": return write(date, bytes("%Y-%m-%d"));
    case "g": return digits(isoYear(date) % 100, 2, 0x30);
    case "G": return digits(isoYear(date), 4, 0x30);
    case "H": return digits(date.hour, 2, 0x30);
    case "I": return digits((date.hour + 11) % 12 + 1, 2, 0x30);
    case "j": return digits(date.yearday, 3, 0x30);
    case "k": return digits(date.hour, 2, 0x20);
    case "l": return digits((date.hour + 11) % 12 + 1, 2, 0x20);
    case "m": return digits(date.month, 2, 0x30);
    case "M": return digits(date.minute, 2, 0x30);
    case "n": return out.byte(LINE_FEED);
    case "N": return digits(fraction, 9, 0x30);
    case "p": return out.text(date.hour < 12 ? "AM" : "PM");
    case "r": return write(date, bytes("%I:%M:%S %p"));
    case "R": return write(date, bytes("%H:%M"));
    case "s": return out.number(seconds);
    case "S": return digits(date.second, 2, 0x30);
    case "t": return out.byte(TAB);
    case "T":
    case "X": return write(date, bytes("%H:%M:%S"));
    case "u": return digits((date.weekday + 6) % 7 + 1, 1, 0x30);
    case "U": return digits((date.yearday + 6 - date.weekday) / 7, 2, 0x30);
    case "V": return digits(isoWeek(date), 2, 0x30);
    case "w": return digits(date.weekday, 1, 0x30);
    case "W": return digits((date.yearday + 6 - (date.weekday + 6) % 7) / 7, 2, 0x30);
    case "y": return digits((date.year % 100 + 100) % 100, 2, 0x30);
    case "Y": return digits(date.year, 4, 0x30);
    case "z": return writeOffset();
    case "Z": return out.bytes(zone.name);
    case "%": return out.byte(PERCENT);
    default: {
      out.byte(PERCENT);
      out.byte(letter);
    }
  }
}

function digits(value: i64, width: i32, fill: i32): void {
  let scale: i64 = 1;
  for (let place = 1; place < width; place++) scale *= 10;
  for (; scale > 1 && value < scale; scale /= 10) out.byte(fill);
  out.number(value);
}

function writeOffset(): void {
  const minutes = zone.offset / 60;
  out.byte(minutes < 0 ? DASH : PLUS);
  digits((minutes < 0 ? -minutes : minutes) / 60, 2, 0x30);
  digits((minutes < 0 ? -minutes : minutes) % 60, 2, 0x30);
}

/** The Thursday in the same week, which decides to which year the week belongs. */
function thursday(date: Date): Date {
  return Date.of(date.seconds + (3 - (date.weekday + 6) % 7) * 86400);
}

function isoYear(date: Date): i64 {
  return thursday(date).year;
}

function isoWeek(date: Date): i64 {
  return (thursday(date).yearday - 1) / 7 + 1;
}
