/** Sets the times of files, and makes those that are not there. */
import { DOT } from "../sdk/ascii";
import { Bytes, at, isDigit } from "../sdk/bytes";
import { now } from "../sdk/clock";
import { Date, daysInMonth, localZone } from "../sdk/date";
import { NANOSECONDS, parseTime, timeFraction, timeParsed } from "../sdk/time-text";
import { Begin, Stat, close, openToWrite, setTimes } from "../sdk/files";
import { Options } from "../sdk/options";
import { Errno } from "../sdk/posix";
import { complainDoing, complainErrno, exit, finish } from "../sdk/program";
import { Clock, TimeFlag } from "../sdk/wasi";

const USAGE = `usage: touch [-acm] [-r file | -t time | -d time] file...

Sets the times of files to now, and makes those that are not there.

  -a             only the time of access
  -m             only the time of change
  -c             makes no files
  -r FILE        to the times of this file
  -t TIME        to [[CC]YY]MMDDhhmm[.SS]
  -d TIME        to YYYY-MM-DD, with Thh:mm[:ss[.fraction]] and Z for UTC behind it, or @ and seconds since 1970
`;
/** Times of files are nanoseconds since 1970. */
const SECONDS_MAX: i64 = i64.MAX_VALUE / NANOSECONDS - 1;

let accessed: u64 = 0;
let modified: u64 = 0;
let flags: u32 = TimeFlag.accessNow | TimeFlag.modificationNow;

export function _start(): void {
  const options = new Options(USAGE);
  let access = false;
  let modification = false;
  let makes = true;
  while (options.next()) {
    switch (options.flag) {
      case "a":
        access = true;
        break;
      case "m":
        modification = true;
        break;
      case "c":
        makes = false;
        break;
      case "r":
        takeTimesOf(options.value);
        break;
      default: {
        const seconds = options.flag == "t" ? parseStamp(options.value) : parseTime(options.value);
        if (!(options.flag == "t" ? stampParsed : timeParsed)) options.misuseOf(options.value, "no time");
        if (seconds < 0 || seconds > SECONDS_MAX) options.misuseOf(options.value, "no time that a file can have");
        accessed = modified = <u64>(seconds * NANOSECONDS + (options.flag == "t" ? 0 : timeFraction));
        flags = TimeFlag.access | TimeFlag.modification;
      }
    }
  }
  if (access && !modification) flags &= TimeFlag.access | TimeFlag.accessNow;
  if (modification && !access) flags &= TimeFlag.modification | TimeFlag.modificationNow;
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a file");
  for (let index = 0; index < operands.length; index++) touch(operands[index], makes);
  finish();
}

function takeTimesOf(path: Bytes): void {
  const stat = new Stat();
  const errno = stat.read(path);
  if (errno != Errno.success) {
    complainErrno(path, errno);
    exit(1);
  }
  accessed = stat.accessed;
  modified = stat.modified;
  flags = TimeFlag.access | TimeFlag.modification;
}

function touch(path: Bytes, makes: bool): void {
  let errno = setTimes(path, accessed, modified, flags);
  if (errno == Errno.noent) {
    if (!makes) return;
    const fd = openToWrite(path, Begin.asIs);
    errno = fd < 0 ? -fd : Errno.success;
    if (fd >= 0) {
      close(fd);
      errno = setTimes(path, accessed, modified, flags);
    }
  }
  if (errno != Errno.success) complainDoing("cannot touch", path, errno);
}

let stampParsed = false;

/** [[CC]YY]MMDDhhmm[.SS] in the local zone, as seconds since 1970. */
function parseStamp(text: Bytes): i64 {
  stampParsed = false;
  let digits = 0;
  while (digits < text.byteLength && isDigit(at(text, digits))) digits++;
  const hasSeconds = text.byteLength == digits + 3 && at(text, digits) == DOT && isDigit(at(text, digits + 1)) && isDigit(at(text, digits + 2));
  if ((digits != 8 && digits != 10 && digits != 12) || (digits != text.byteLength && !hasSeconds)) return 0;
  const date = Date.of(<i64>(now(Clock.realtime) / <u64>NANOSECONDS) + localZone().offset);
  if (digits == 12) date.year = two(text, 0) * 100 + two(text, 2);
  else if (digits == 10) date.year = two(text, 0) + (two(text, 0) < 69 ? 2000 : 1900);
  date.month = two(text, digits - 8);
  date.day = two(text, digits - 6);
  date.hour = two(text, digits - 4);
  date.minute = two(text, digits - 2);
  date.second = hasSeconds ? two(text, digits + 1) : 0;
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > daysInMonth(date.year, date.month) || date.hour > 23 || date.minute > 59 || date.second > 60) return 0;
  stampParsed = true;
  return date.seconds - localZone().offset;
}

function two(text: Bytes, index: i32): i32 {
  return <i32>(at(text, index) - 0x30) * 10 + at(text, index + 1) - 0x30;
}
