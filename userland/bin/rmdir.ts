/** Removes empty directories. */
import { SLASH } from "../sdk/ascii";
import { Bytes, indexOf, is } from "../sdk/bytes";
import { removeDirectory } from "../sdk/files";
import { Options } from "../sdk/options";
import { directoryName } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";

const USAGE = `usage: rmdir [-p] directory...

Removes directories that are empty.

  -p, --parents   removes those that the path leads through too, from the last one on
`;

export function _start(): void {
  const options = new Options(USAGE);
  let parents = false;
  while (options.next()) if (options.flag == "p") parents = true;
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a directory");
  for (let index = 0; index < operands.length; index++) {
    let path = operands[index];
    while (remove(path) && parents && indexOf(path, SLASH) >= 0) {
      path = directoryName(path);
      if (is(path, ".") || is(path, "/")) break;
    }
  }
  finish();
}

function remove(path: Bytes): bool {
  const errno = removeDirectory(path);
  if (errno != Errno.success) complainDoing("cannot remove", path, errno);
  return errno == Errno.success;
}
