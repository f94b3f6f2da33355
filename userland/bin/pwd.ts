/** Writes the path of the working directory. */
import { cwd } from "../sdk/path";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish } from "../sdk/program";

const USAGE = `usage: pwd [-L | -P]

Writes the path of the working directory, which has no symbolic links in it.

  -L   does nothing more
  -P   does nothing more
`;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  if (options.operands().length > 0) options.misuse("too many operands");
  out.line(cwd());
  finish();
}
