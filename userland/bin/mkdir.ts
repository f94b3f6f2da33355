/** Makes directories. */
import { SLASH } from "../sdk/ascii";
import { Bytes, at, slice } from "../sdk/bytes";
import { Stat, makeDirectory } from "../sdk/files";
import { Options } from "../sdk/options";
import { Errno } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";

const USAGE = `usage: mkdir [-p] [-m mode] directory...

Makes directories.

  -p, --parents     makes those that lead there too; one that is there already is fine
  -m, --mode MODE   is accepted; files have no permissions of their own here
`;

export function _start(): void {
  const options = new Options(USAGE);
  let parents = false;
  while (options.next()) if (options.flag == "p") parents = true;
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a directory");
  for (let index = 0; index < operands.length; index++) {
    const path = operands[index];
    if (parents) makeAll(path);
    else report(path, makeDirectory(path));
  }
  finish();
}

/** Makes every directory on the way. */
function makeAll(path: Bytes): void {
  const length = path.byteLength;
  for (let end = 1; end <= length; end++) {
    if (end < length && at(path, end) != SLASH) continue;
    if (at(path, end - 1) == SLASH) continue;
    const errno = makeDirectory(slice(path, 0, end));
    if (errno == Errno.success || isDirectory(slice(path, 0, end))) continue;
    return report(path, errno);
  }
  if (length == 0) report(path, Errno.noent);
}

function isDirectory(path: Bytes): bool {
  const stat = new Stat();
  return stat.read(path) == Errno.success && stat.isDirectory;
}

function report(path: Bytes, errno: u32): void {
  if (errno != Errno.success) complainDoing("cannot make", path, errno);
}
