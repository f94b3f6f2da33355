/** Lists directories. */
import { BLANK, COLON, DOT, LINE_FEED } from "../sdk/ascii";
import { Bytes, at, bytes, compare } from "../sdk/bytes";
import { now } from "../sdk/clock";
import { Date, Zone, localZone, monthName } from "../sdk/date";
import { list, listErrno } from "../sdk/directory";
import { Stat, readLink } from "../sdk/files";
import { humanSize, isProgram, permissions, putMode } from "../sdk/mode";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { join } from "../sdk/path";
import { Errno, winsize } from "../sdk/posix";
import { complainErrno, finish } from "../sdk/program";
import { Clock } from "../sdk/wasi";

const USAGE = `usage: ls [-1AaCdFhilpRrSt] [file...]

Lists files, and what is in directories, by name.

  -1   one on a line; so it is unless a person looks
  -A   also names that begin with a dot
  -a   the same with "." and ".."
  -C   in columns, downwards
  -d   directories themselves, not what is in them
  -F   marks directories with /, programs with *, links with @
  -h   sizes with units, with -l
  -i   with numbers of files
  -l   with mode, links, owner and group (which nobody has), size and time of change
  -p   marks directories with /
  -R   directories in directories, too
  -r   the other way round
  -S   by size, the largest first
  -t   by time of change, the latest first
`;
const HALF_YEAR: i64 = 15778476;
const NANOSECONDS: u64 = 1_000_000_000;
const SIZES = memory.data(8);

class Item {
  target: Bytes | null = null;
  mode: u32 = 0;
  constructor(readonly name: Bytes, readonly path: Bytes, readonly stat: Stat) {}
}

let all = false;
let dots = false;
let columns = false;
let only = false;
let mark = false;
let markDirectories = false;
let human = false;
let numbers = false;
let long = false;
let deep = false;
let reverse = false;
let order = "";
let zone: Zone = localZone();
let followOperands = false;
/** Whether a directory was listed before, so that an empty line stands between. */
let listed = false;

export function _start(): void {
  const options = new Options(USAGE);
  columns = winsize(1, SIZES, SIZES + 4) == Errno.success;
  while (options.next()) take(options.flag);
  followOperands = !long && !only && !mark;
  const operands = options.operands();
  if (operands.length == 0) operands.push(bytes("."));
  const files: Item[] = [];
  const directories: Item[] = [];
  for (let index = 0; index < operands.length; index++) {
    const item = look(operands[index], operands[index], !only && followOperands);
    if (!item) continue;
    if (item.stat.isDirectory && !only) directories.push(item);
    else files.push(item);
  }
  arrange(files);
  arrange(directories);
  if (files.length > 0) {
    print(files);
    listed = true;
  }
  const titled = operands.length > 1 || deep;
  for (let index = 0; index < directories.length; index++) listDirectory(directories[index].path, titled);
  finish();
}

function take(flag: string): void {
  switch (flag) {
    case "1":
      columns = false;
      break;
    case "A":
      all = true;
      break;
    case "a":
      all = dots = true;
      break;
    case "C":
      columns = true;
      long = false;
      break;
    case "d":
      only = true;
      break;
    case "F":
      mark = true;
      break;
    case "h":
      human = true;
      break;
    case "i":
      numbers = true;
      break;
    case "l":
      long = true;
      break;
    case "p":
      markDirectories = true;
      break;
    case "R":
      deep = true;
      break;
    case "r":
      reverse = true;
      break;
    default:
      order = flag;
  }
}

/** What is known of a file; null after a complaint. */
function look(name: Bytes, path: Bytes, follow: bool): Item | null {
  const stat = new Stat();
  let errno = stat.read(path, follow);
  // A link that leads nowhere is still there.
  if (errno == Errno.noent && follow) errno = stat.read(path, false);
  if (errno != Errno.success) {
    complainErrno(path, errno);
    return null;
  }
  const item = new Item(name, path, stat);
  if (long || mark) {
    item.mode = permissions(path, stat.kind);
    if (stat.isLink) item.target = readLink(path);
  }
  return item;
}

function listDirectory(path: Bytes, titled: bool): void {
  const entries = list(path);
  if (!entries) return complainErrno(path, listErrno);
  if (listed && titled) out.byte(LINE_FEED);
  listed = true;
  if (titled) {
    out.bytes(path);
    out.text(":\n");
  }
  const needsStat = long || numbers || mark || order != "";
  const items: Item[] = [];
  if (dots) {
    add(items, look(bytes("."), join(path, bytes(".")), false));
    add(items, look(bytes(".."), join(path, bytes("..")), false));
  }
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (!all && at(entry.name, 0) == DOT) continue;
    const below = join(path, entry.name);
    if (needsStat) {
      add(items, look(entry.name, below, false));
    } else {
      const stat = new Stat();
      stat.kind = entry.kind;
      items.push(new Item(entry.name, below, stat));
    }
  }
  arrange(items);
  if (long) {
    let blocks: u64 = 0;
    for (let index = 0; index < items.length; index++) blocks += blocksOf(items[index].stat);
    out.text("total ");
    if (human) out.bytes(humanSize(blocks * 512));
    else out.number(blocks);
    out.byte(LINE_FEED);
  }
  print(items);
  if (!deep) return;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const isDot = at(item.name, 0) == DOT && (item.name.byteLength == 1 || (item.name.byteLength == 2 && at(item.name, 1) == DOT));
    if (item.stat.isDirectory && !isDot) listDirectory(item.path, true);
  }
}

function add(items: Item[], item: Item | null): void {
  if (item) items.push(item);
}

/** Files are told in blocks of 512 bytes, as POSIX has it. */
function blocksOf(stat: Stat): u64 {
  return stat.isFile ? (stat.size + 511) / 512 : 0;
}

function arrange(items: Item[]): void {
  items.sort((left, right) => {
    let result = 0;
    if (order == "S") result = left.stat.size < right.stat.size ? 1 : left.stat.size > right.stat.size ? -1 : 0;
    else if (order == "t") result = left.stat.modified < right.stat.modified ? 1 : left.stat.modified > right.stat.modified ? -1 : 0;
    if (result == 0) result = compare(left.name, right.name);
    return reverse ? -result : result;
  });
}

function print(items: Item[]): void {
  if (long) printLong(items);
  else if (columns) printColumns(items);
  else {
    for (let index = 0; index < items.length; index++) {
      printName(items[index], widthOfNumbers(items));
      out.byte(LINE_FEED);
    }
  }
}

function printName(item: Item, width: i32): void {
  if (numbers) {
    out.padded(item.stat.inode, width);
    out.byte(BLANK);
  }
  out.bytes(item.name);
  const marker = markerOf(item);
  if (marker != 0) out.byte(marker);
}

function markerOf(item: Item): i32 {
  if (item.stat.isDirectory) return mark || markDirectories ? 0x2f : 0;
  if (!mark) return 0;
  if (item.stat.isLink) return long ? 0 : 0x40;
  return item.stat.isFile && isProgram(item.mode) ? 0x2a : 0;
}

function printColumns(items: Item[]): void {
  const count = items.length;
  if (count == 0) return;
  const numberWidth = widthOfNumbers(items);
  let width = 0;
  for (let index = 0; index < count; index++) width = max(width, widthOf(items[index], numberWidth));
  width += 2;
  const screen = winsize(1, SIZES, SIZES + 4) == Errno.success && load<i32>(SIZES, 4) > 0 ? load<i32>(SIZES, 4) : 80;
  const across = max((screen + 2) / width, 1);
  const rows = (count + across - 1) / across;
  for (let row = 0; row < rows; row++) {
    for (let index = row; index < count; index += rows) {
      printName(items[index], numberWidth);
      if (index + rows < count) out.pad(width - widthOf(items[index], numberWidth));
    }
    out.byte(LINE_FEED);
  }
}

/** How many characters a name takes. */
function widthOf(item: Item, numberWidth: i32): i32 {
  let width = numbers ? numberWidth + 1 : 0;
  for (let index = 0; index < item.name.byteLength; index++) width += <i32>((at(item.name, index) & 0xc0) != 0x80);
  return width + <i32>(markerOf(item) != 0);
}

function widthOfNumbers(items: Item[]): i32 {
  let width = 0;
  if (numbers) for (let index = 0; index < items.length; index++) width = max(width, digits(items[index].stat.inode));
  return width;
}

function digits(value: u64): i32 {
  let count = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) count++;
  return count;
}

function printLong(items: Item[]): void {
  const numberWidth = widthOfNumbers(items);
  let linkWidth = 0;
  let sizeWidth = 0;
  for (let index = 0; index < items.length; index++) {
    linkWidth = max(linkWidth, digits(items[index].stat.links));
    sizeWidth = max(sizeWidth, human ? humanSize(items[index].stat.size).byteLength : digits(items[index].stat.size));
  }
  const today = <i64>(now(Clock.realtime) / NANOSECONDS);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (numbers) {
      out.padded(item.stat.inode, numberWidth);
      out.byte(BLANK);
    }
    putMode(out, item.stat.kind, item.mode);
    out.byte(BLANK);
    out.padded(item.stat.links, linkWidth);
    out.text(" - - ");
    if (human) {
      const size = humanSize(item.stat.size);
      out.pad(sizeWidth - size.byteLength);
      out.bytes(size);
    } else out.padded(item.stat.size, sizeWidth);
    out.byte(BLANK);
    printTime(<i64>(item.stat.modified / NANOSECONDS), today);
    out.byte(BLANK);
    out.bytes(item.name);
    const marker = markerOf(item);
    if (marker != 0) out.byte(marker);
    const target = item.target;
    if (target) {
      out.text(" -> ");
      out.bytes(target);
    }
    out.byte(LINE_FEED);
  }
}

/** "Jan 31 12:34" within half a year, else "Jan 31  1999". */
function printTime(seconds: i64, today: i64): void {
  const date = Date.of(seconds + zone.offset);
  out.text(monthName(date.month).substring(0, 3));
  out.byte(BLANK);
  out.padded(date.day, 2);
  out.byte(BLANK);
  if (seconds <= today && seconds > today - HALF_YEAR) {
    two(date.hour);
    out.byte(COLON);
    two(date.minute);
  } else {
    out.padded(date.year, 5);
  }
}

function two(value: i32): void {
  out.byte(0x30 + value / 10);
  out.byte(0x30 + value % 10);
}
