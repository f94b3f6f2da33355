/** Writes how much room there is in file systems. */
import { BLANK, DASH, PERCENT, SLASH } from "../sdk/ascii";
import { Bytes, at, bytes, startsWith } from "../sdk/bytes";
import { Buffer } from "../sdk/buffer";
import { Stat } from "../sdk/files";
import { humanSize } from "../sdk/mode";
import { Mount, allMounts } from "../sdk/mounts";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { cwd, join, normalize } from "../sdk/path";
import { complain, complainErrno, exit, finish } from "../sdk/program";

const USAGE = `usage: df [-hkP] [file...]

Writes the size of each file system, or of those that have the files, and how much of it is used, in blocks of 512 bytes; - where nobody counts.

  -h, --human-readable   with units
  -k                     in blocks of 1024 bytes
  -P, --portability      does nothing more
`;
const NAME_WIDTH: i32 = 16;
const SIZE_WIDTH: i32 = 12;

let unit: u64 = 512;
let human = false;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {
    if (options.flag == "h") human = true;
    else if (options.flag == "k") unit = 1024;
  }
  const mounts = allMounts();
  if (mounts.length == 0) {
    complain("nothing tells what is mounted");
    exit(1);
  }
  const chosen: Mount[] = [];
  const operands = options.operands();
  for (let index = 0; index < operands.length; index++) {
    const stat = new Stat();
    const errno = stat.read(operands[index]);
    if (errno != 0) {
      complainErrno(operands[index], errno);
      continue;
    }
    const mount = mountOf(mounts, operands[index]);
    if (mount) chosen.push(mount);
  }
  if (operands.length == 0) print(mounts);
  else if (chosen.length > 0) print(chosen);
  finish();
}

/** The file system that has a path. */
function mountOf(mounts: Mount[], path: Bytes): Mount | null {
  const whole = normalize(path.byteLength > 0 && at(path, 0) == SLASH ? path : join(cwd(), path));
  let best: Mount | null = null;
  let longest = -1;
  for (let index = 0; index < mounts.length; index++) {
    const at = mounts[index].path;
    const isRoot = at.byteLength == 1;
    if (at.byteLength <= longest || !startsWith(whole, at)) continue;
    if (!isRoot && whole.byteLength > at.byteLength && load<u8>(changetype<usize>(whole) + at.byteLength) != SLASH) continue;
    best = mounts[index];
    longest = at.byteLength;
  }
  return best;
}

function print(mounts: Mount[]): void {
  left(bytes("Filesystem"), NAME_WIDTH);
  right(bytes(human ? "Size" : unit == 1024 ? "1024-blocks" : "512-blocks"), SIZE_WIDTH);
  right(bytes("Used"), SIZE_WIDTH);
  right(bytes("Available"), SIZE_WIDTH);
  out.text(" Capacity Mounted on\n");
  for (let index = 0; index < mounts.length; index++) {
    const mount = mounts[index];
    left(mount.source, NAME_WIDTH);
    size(mount.total);
    size(mount.used);
    const counted = mount.total >= 0 && mount.used >= 0;
    size(counted ? max<i64>(mount.total - mount.used, 0) : -1);
    const share = new Buffer(8);
    if (counted && mount.total > 0) {
      share.appendDecimal((mount.used * 100 + mount.total - 1) / mount.total);
      share.push(PERCENT);
    } else share.push(DASH);
    right(share.toBytes(), 9);
    out.byte(BLANK);
    out.line(mount.path);
  }
}

function size(value: i64): void {
  const text = new Buffer(24);
  if (value < 0) text.push(DASH);
  else if (human) text.append(humanSize(value));
  else text.appendDecimal((value + unit - 1) / unit);
  right(text.toBytes(), SIZE_WIDTH);
}

function left(text: Bytes, width: i32): void {
  out.bytes(text);
  out.pad(width - text.byteLength);
}

function right(text: Bytes, width: i32): void {
  out.byte(BLANK);
  out.pad(width - 1 - text.byteLength);
  out.bytes(text);
}
