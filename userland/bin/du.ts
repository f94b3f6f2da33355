/** Writes how much room trees of files take. */
import { TAB } from "../sdk/ascii";
import { Bytes, bytes } from "../sdk/bytes";
import { parseCount } from "../sdk/decimal";
import { list, listErrno } from "../sdk/directory";
import { Stat } from "../sdk/files";
import { humanSize } from "../sdk/mode";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { join } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";

const USAGE = `usage: du [-a | -s | -d depth] [-bchk] [file...]

Writes the room that each directory takes with all that is below it, in blocks of 512 bytes; files below a directory only count.

  -a, --all               files, too
  -s, --summarize         only the operands
  -d, --max-depth DEPTH   only so deep below the operands
  -c, --total             a line for all together
  -b, --bytes             in bytes
  -h, --human-readable    with units
  -k                      in units of 1024 bytes
`;
const BLOCK: u64 = 512;

let all = false;
let depth: i64 = i64.MAX_VALUE;
let unit: u64 = BLOCK;
let human = false;
/** Files with several names that were counted, as device and number. */
let counted = new Set<u64>();

export function _start(): void {
  const options = new Options(USAGE);
  let total = false;
  while (options.next()) {
    switch (options.flag) {
      case "a":
        all = true;
        break;
      case "s":
        depth = 0;
        break;
      case "d":
        depth = parseCount(options.value);
        if (depth < 0) options.misuseOf(options.value, "no number");
        break;
      case "c":
        total = true;
        break;
      case "b":
        unit = 1;
        break;
      case "h":
        human = true;
        break;
      default:
        unit = 1024;
    }
  }
  const operands = options.operands();
  if (operands.length == 0) operands.push(bytes("."));
  let sum: u64 = 0;
  for (let index = 0; index < operands.length; index++) sum += measure(operands[index], 0);
  if (total) print(sum, bytes("total"));
  finish();
}

/** How many bytes a tree takes; prints what is to be printed. */
function measure(path: Bytes, level: i64): u64 {
  const stat = new Stat();
  const errno = stat.read(path, level == 0);
  if (errno != Errno.success) {
    complainDoing("cannot look at", path, errno);
    return 0;
  }
  if (!stat.isDirectory) {
    if (stat.links > 1) {
      const key = stat.device << 48 ^ stat.inode;
      if (counted.has(key)) return 0;
      counted.add(key);
    }
    const size = roundedUp(stat.size);
    if (level == 0 || (all && level <= depth)) print(size, path);
    return size;
  }
  let sum: u64 = 0;
  const entries = list(path);
  if (!entries) complainDoing("cannot read", path, listErrno);
  else for (let index = 0; index < entries.length; index++) sum += measure(join(path, entries[index].name), level + 1);
  if (level <= depth) print(sum, path);
  return sum;
}

function roundedUp(size: u64): u64 {
  return unit == 1 ? size : (size + BLOCK - 1) / BLOCK * BLOCK;
}

function print(size: u64, path: Bytes): void {
  if (human) out.bytes(humanSize(size));
  else out.number((size + unit - 1) / unit);
  out.byte(TAB);
  out.line(path);
}
