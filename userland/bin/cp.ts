/** Copies files and trees of them. */
import { ask } from "../sdk/ask";
import { Bytes } from "../sdk/bytes";
import { Stat } from "../sdk/files";
import { Options } from "../sdk/options";
import { baseName, join } from "../sdk/path";
import { Errno } from "../sdk/posix";
import { complainErrno, finish } from "../sdk/program";
import { Copying } from "../sdk/tree";

const USAGE = `usage: cp [-afipR] [-H | -L | -P] source... target

Copies a file to the target, or several into the target, which is a directory then.

  -R, --recursive   directories with all that is in them, too
  -r                the same as -R
  -p, --preserve    the copies have the times of what was copied
  -a, --archive     the same as -RpP
  -f, --force       a target that cannot be written is removed first
  -i                asks before something is replaced
  -H                with -R, links among the operands are followed
  -L                links are followed
  -P                links are copied as links; so it is with -R unless told
`;

export function _start(): void {
  const options = new Options(USAGE);
  const copying = new Copying();
  let links = "";
  while (options.next()) {
    switch (options.flag) {
      case "R":
      case "r":
        copying.recursive = true;
        break;
      case "p":
        copying.keepsTimes = true;
        break;
      case "a":
        copying.recursive = true;
        copying.keepsTimes = true;
        links = "P";
        break;
      case "f":
        copying.forces = true;
        break;
      case "i":
        copying.asks = (path: Bytes): bool => ask("replace", path);
        break;
      default:
        links = options.flag;
    }
  }
  const operands = options.operands();
  if (operands.length < 2) options.misuse(operands.length == 0 ? "needs a file and a target" : "needs a target");
  copying.followsLinks = links == "L";
  const follow = links == "" ? !copying.recursive : links != "P";
  const target = operands[operands.length - 1];
  const stat = new Stat();
  const errno = stat.read(target);
  const into = errno == Errno.success && stat.isDirectory;
  if (operands.length > 2 && !into) {
    complainErrno(target, errno == Errno.success ? Errno.notdir : errno);
  } else {
    for (let index = 0; index < operands.length - 1; index++) {
      const source = operands[index];
      copying.copy(source, into ? join(target, baseName(source)) : target, follow);
    }
  }
  finish();
}
