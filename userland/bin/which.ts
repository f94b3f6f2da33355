/** Writes which files the names of programs stand for. */
import { SLASH } from "../sdk/ascii";
import { indexOf } from "../sdk/bytes";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { finish, setStatus } from "../sdk/program";
import { findProgram, findPrograms } from "../sdk/spawn";

const USAGE = `usage: which [-a] name...

Writes which file in the directories of PATH each name stands for.

  -a, --all   all of them, not just the first
`;

export function _start(): void {
  const options = new Options(USAGE);
  let all = false;
  while (options.next()) all = true;
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a name");
  for (let index = 0; index < operands.length; index++) {
    const name = operands[index];
    if (indexOf(name, SLASH) >= 0) {
      if (findProgram(name)) out.line(name);
      else setStatus(1);
      continue;
    }
    const found = findPrograms(name, !all);
    for (let place = 0; place < found.length; place++) out.line(found[place]);
    if (found.length == 0) setStatus(1);
  }
  finish();
}
