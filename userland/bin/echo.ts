/**
 * Writes its arguments. POSIX leaves "-n" and backslashes open: here "-n" as the first argument
 * leaves out the line feed, and backslashes mean nothing. `printf` does what is portable.
 */
import { BLANK, LINE_FEED } from "../sdk/ascii";
import { is } from "../sdk/bytes";
import { out } from "../sdk/output";
import { args, finish } from "../sdk/program";

const USAGE = `usage: echo [-n] [word...]

Writes the words with a blank between them and a line feed at the end.

  -n   no line feed
`;

export function _start(): void {
  const silent = args.length > 0 && is(args[0], "-n");
  for (let index = silent ? 1 : 0; index < args.length; index++) {
    if (index > (silent ? 1 : 0)) out.byte(BLANK);
    out.bytes(args[index]);
  }
  if (!silent) out.byte(LINE_FEED);
  finish();
}
