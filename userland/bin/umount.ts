/** Takes away what was mounted. */
import { Options } from "../sdk/options";
import { unmount } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";

const USAGE = `usage: umount directory...

Takes away what mount mounted there. What is open in it stays usable.
`;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a directory");
  for (let index = 0; index < operands.length; index++) {
    const errno = unmount(changetype<usize>(operands[index]), operands[index].byteLength);
    if (errno != 0) complainDoing("cannot unmount", operands[index], errno);
  }
  finish();
}
