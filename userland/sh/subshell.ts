/**
 * Subshells. A program cannot be forked, so a subshell is a new shell that is given, over a descriptor, all that
 * the state of this one consists of, and the command to run. What is not sent is what the system passes on by itself:
 * the working directory, open files and ignored signals.
 */
import { aliases } from "./aliases";
import { Buffer, Bytes } from "./bytes";
import { descriptors } from "./descriptors";
import { readToEnd } from "./files";
import { getoptsPlace, setGetoptsPlace } from "./builtins/getopts";
import { inheritTrap, SIGNALS_MAX, trapOf } from "./signals";
import { Option, shell } from "./state";
import { FunctionDefinition, Node, NodeKind } from "./syntax";
import { Reader } from "./tree-reader";
import { Writer } from "./tree-writer";
import { addFlags, allVariables, variable, VariableFlag } from "./variables";

/** Before everything: which version of this format it is. */
const FORMAT = 0x1501_0001;

/** All of the state, and the command. */
export function encodeState(command: Node): Buffer {
  const writer = new Writer();
  writer.number(FORMAT);
  writer.bytes(shell.name);
  writer.number(shell.pid);
  writer.number(shell.status);
  writer.number(shell.lastBackground);
  writer.number(shell.line);
  writer.number(shell.functionDepth);
  writer.number(shell.sourceDepth);
  writer.number(shell.tested);
  writer.number(shell.umask);
  writer.number(getoptsPlace());
  let options = 0;
  for (let option = 0; option < Option.count; option++) if (shell.options[option]) options |= 1 << option;
  writer.number(options);
  writer.number(shell.positional.length);
  for (let index = 0; index < shell.positional.length; index++) writer.bytes(shell.positional[index]);
  writeVariables(writer);
  const names = shell.functions.names();
  writer.number(names.length);
  for (let index = 0; index < names.length; index++) writer.node(shell.functions.get(names[index])!);
  const aliasNames = aliases.names();
  writer.number(aliasNames.length);
  for (let index = 0; index < aliasNames.length; index++) {
    writer.bytes(aliasNames[index]);
    writer.bytes(aliases.get(aliasNames[index])!);
  }
  for (let signal = 0; signal < SIGNALS_MAX; signal++) writer.optional(trapOf(signal));
  writer.number(descriptors.limit);
  for (let fd = 0; fd < descriptors.limit; fd++) writer.number(descriptors.get(fd) >= 0 ? 1 : 0);
  writer.node(command);
  return writer.buffer;
}

function writeVariables(writer: Writer): void {
  const all = allVariables();
  writer.number(all.length);
  for (let index = 0; index < all.length; index++) {
    writer.bytes(all[index].name);
    writer.number(all[index].flags);
    writer.optional(all[index].value);
  }
}

/** Reads the state from a descriptor and takes it over; answers the command, null when what came is no state. */
export function takeState(real: i32): Node | null {
  const data = new Buffer(4096);
  if (readToEnd(real, data) != 0) return null;
  return decodeState(data.copy());
}

function decodeState(data: Bytes): Node | null {
  const reader = new Reader(data);
  if (reader.number() != FORMAT) return null;
  shell.isSubshell = true;
  shell.name = reader.bytes();
  shell.pid = reader.number();
  shell.status = reader.number() & 0xff;
  shell.lastBackground = reader.number();
  shell.line = reader.number();
  shell.functionDepth = max(0, reader.number());
  shell.sourceDepth = max(0, reader.number());
  shell.tested = max(0, reader.number());
  shell.umask = reader.number() & 0o777;
  setGetoptsPlace(max(0, reader.number()));
  const options = reader.number();
  for (let option = 0; option < Option.count; option++) shell.options[option] = (options & 1 << option) != 0;
  shell.options[Option.monitor] = false;
  const parameters = reader.count();
  for (let index = 0; index < parameters && !reader.failed; index++) shell.positional.push(reader.bytes());
  const variables = reader.count();
  for (let index = 0; index < variables && !reader.failed; index++) {
    const target = variable(reader.bytes());
    const flags = <u8>(reader.number() & (VariableFlag.exported | VariableFlag.readonly));
    target.value = reader.optional();
    if (flags != 0) addFlags(target, flags);
  }
  const functions = reader.count();
  for (let index = 0; index < functions && !reader.failed; index++) {
    const node = reader.node();
    if (reader.failed || node.kind != NodeKind.functionDefinition) return null;
    const definition = changetype<FunctionDefinition>(node);
    shell.functions.set(definition.name, definition);
  }
  const aliasCount = reader.count();
  for (let index = 0; index < aliasCount && !reader.failed; index++) {
    const name = reader.bytes();
    aliases.set(name, reader.bytes());
  }
  for (let signal = 0; signal < SIGNALS_MAX && !reader.failed; signal++) {
    const action = reader.optional();
    if (action) inheritTrap(signal, action);
  }
  const limit = reader.count();
  for (let fd = 0; fd < limit && !reader.failed; fd++) {
    if (reader.number() == 0) continue;
    descriptors.hold(fd);
    descriptors.replace(fd, fd);
  }
  const command = reader.node();
  return reader.failed ? null : command;
}
