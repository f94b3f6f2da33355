/** Writes the last part of a path. */
import { Bytes, equal, slice } from "../sdk/bytes";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { baseName } from "../sdk/path";
import { finish } from "../sdk/program";

const USAGE = `usage: basename path [suffix]

Writes the last part of a path, without the suffix if it has more than that.
`;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length == 0 || operands.length > 2) options.misuse("needs a path and at most a suffix");
  const name = baseName(operands[0]);
  out.line(operands.length == 2 ? without(name, operands[1]) : name);
  finish();
}

function without(name: Bytes, suffix: Bytes): Bytes {
  const length = name.byteLength - suffix.byteLength;
  if (length <= 0) return name;
  return equal(slice(name, length), suffix) ? slice(name, 0, length) : name;
}
