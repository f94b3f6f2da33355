/** Writes what is known of files. */
import { BLANK, COLON, DASH, DOT, LINE_FEED, PERCENT } from "../sdk/ascii";
import { Bytes, at, bytes } from "../sdk/bytes";
import { Date, Zone, localZone } from "../sdk/date";
import { Stat, readLink } from "../sdk/files";
import { permissions, putMode } from "../sdk/mode";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { Errno } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";
import { Kind } from "../sdk/wasi";

const USAGE = `usage: stat [-L] [-c format] file...

Writes what is known of files.

  -L, --dereference     of a link, what it leads to
  -c, --format FORMAT   this and a line feed: %n name, %N name and target of a link, %s size, %b blocks of 512 bytes, %F kind, %a mode, %A mode in letters, %h links, %i number, %d device, %x %y %z times of access, change and change of state, %X %Y %Z the same in seconds since 1970, %%
`;
const NANOSECONDS: u64 = 1_000_000_000;

let zone: Zone = localZone();

export function _start(): void {
  const options = new Options(USAGE);
  let follow = false;
  let format = bytes("  File: %N\n  Size: %s\tBlocks: %b\t%F\nDevice: %d\tInode: %i\tLinks: %h\n  Mode: %a/%A\nAccess: %x\nModify: %y\nChange: %z");
  while (options.next()) {
    if (options.flag == "L") follow = true;
    else format = options.value;
  }
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a file");
  for (let index = 0; index < operands.length; index++) {
    const path = operands[index];
    const stat = new Stat();
    const errno = stat.read(path, follow);
    if (errno != Errno.success) complainDoing("cannot look at", path, errno);
    else write(path, stat, format);
  }
  finish();
}

function write(path: Bytes, stat: Stat, format: Bytes): void {
  for (let index = 0; index < format.byteLength; index++) {
    const byte = at(format, index);
    if (byte == PERCENT && index + 1 < format.byteLength) field(path, stat, at(format, ++index));
    else out.byte(byte);
  }
  out.byte(LINE_FEED);
}

function field(path: Bytes, stat: Stat, letter: u8): void {
  switch (String.fromCharCode(letter)) {
    case "n": return out.bytes(path);
    case "N": return writeName(path, stat);
    case "s": return out.number(stat.size);
    case "b": return out.number(stat.isFile ? (stat.size + 511) / 512 : 0);
    case "F": return out.text(kindName(stat));
    case "a": return writeOctal(permissions(path, stat.kind));
    case "A": return putMode(out, stat.kind, permissions(path, stat.kind));
    case "h": return out.number(stat.links);
    case "i": return out.number(stat.inode);
    case "d": return out.number(stat.device);
    case "x": return writeTime(stat.accessed);
    case "y": return writeTime(stat.modified);
    case "z": return writeTime(stat.changed);
    case "X": return out.number(stat.accessed / NANOSECONDS);
    case "Y": return out.number(stat.modified / NANOSECONDS);
    case "Z": return out.number(stat.changed / NANOSECONDS);
    case "%": return out.byte(PERCENT);
    default: {
      out.byte(PERCENT);
      out.byte(letter);
    }
  }
}

function writeName(path: Bytes, stat: Stat): void {
  out.bytes(path);
  const target = stat.isLink ? readLink(path) : null;
  if (!target) return;
  out.text(" -> ");
  out.bytes(target);
}

function kindName(stat: Stat): string {
  switch (stat.kind) {
    case Kind.directory: return "directory";
    case Kind.file: return stat.size == 0 ? "regular empty file" : "regular file";
    case Kind.link: return "symbolic link";
    case Kind.characterDevice: return "character special file";
    case Kind.blockDevice: return "block special file";
    case Kind.unknown: return "fifo";
    default: return "socket";
  }
}

function writeOctal(mode: u32): void {
  for (let shift: u32 = 9; shift > 0; ) out.byte(0x30 + (mode >> (shift -= 3) & 7));
}

/** "1999-12-31 23:59:59.123456789 +0000" */
function writeTime(time: u64): void {
  const date = Date.of(<i64>(time / NANOSECONDS) + zone.offset);
  digits(date.year, 4);
  out.byte(DASH);
  digits(date.month, 2);
  out.byte(DASH);
  digits(date.day, 2);
  out.byte(BLANK);
  digits(date.hour, 2);
  out.byte(COLON);
  digits(date.minute, 2);
  out.byte(COLON);
  digits(date.second, 2);
  out.byte(DOT);
  digits(time % NANOSECONDS, 9);
  out.text(zone.offset < 0 ? " -" : " +");
  const minutes = (zone.offset < 0 ? -zone.offset : zone.offset) / 60;
  digits(minutes / 60, 2);
  digits(minutes % 60, 2);
}

function digits(value: i64, width: i32): void {
  let scale: i64 = 1;
  for (let place = 1; place < width; place++) scale *= 10;
  for (; scale > 1 && value < scale; scale /= 10) out.byte(0x30);
  out.number(value);
}
