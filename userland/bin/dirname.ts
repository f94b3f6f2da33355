/** Writes a path without its last part. */
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { directoryName } from "../sdk/path";
import { finish } from "../sdk/program";

const USAGE = `usage: dirname path

Writes a path without its last part; "." when it has no other.
`;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length != 1) options.misuse("needs a path");
  out.line(directoryName(operands[0]));
  finish();
}
