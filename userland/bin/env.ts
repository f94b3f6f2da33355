/** Runs a program with another environment, or writes the environment. */
import { Bytes, equal, slice } from "../sdk/bytes";
import { environment, nameLength } from "../sdk/environment";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { exit, failWith, finish } from "../sdk/program";
import { run } from "../sdk/spawn";

const USAGE = `usage: env [-i] [-u name]... [name=value]... [program [argument...]]

Writes the environment, or runs the program in it.

  -i, --ignore-environment   begins with an empty one
  -u, --unset NAME           removes a variable
`;
const TROUBLE: u32 = 125;

export function _start(): void {
  failWith(TROUBLE);
  const options = new Options(USAGE);
  let env = environment();
  while (options.next()) {
    if (options.flag == "i") env = [];
    else remove(env, options.value);
  }
  const operands = options.operands();
  let index = 0;
  for (; index < operands.length; index++) {
    const length = nameLength(operands[index]);
    if (length < 0) break;
    remove(env, slice(operands[index], 0, length));
    env.push(operands[index]);
  }
  if (index < operands.length) exit(run(operands.slice(index), env));
  for (let place = 0; place < env.length; place++) out.line(env[place]);
  finish();
}

function remove(env: Bytes[], name: Bytes): void {
  for (let index = env.length - 1; index >= 0; index--) {
    if (equal(slice(env[index], 0, max(nameLength(env[index]), 0)), name)) env.splice(index, 1);
  }
}
