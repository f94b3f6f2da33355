/** Builtins about variables, parameters, options and aliases. */
import { aliases } from "../aliases";
import { at, Buffer, Bytes, indexOf, is, isName, parseCount, slice } from "../bytes";
import { out } from "../output";
import { abandon } from "../report";
import { settleSignals } from "../signals";
import { quoteAlways } from "../simple-command";
import { Option, OPTION_NAMES, optionOf, shell } from "../state";
import { addFlags, allVariables, assign, removeExport, save, savedSince, unset, variable, VariableFlag } from "../variables";
import { takeTerminal } from "../terminal";
import { misuse, Options, wrong } from "./options";

function writeQuoted(value: Bytes): void {
  quoteAlways(value, out);
}

/** Tells that a variable is read-only, which ends the shell. */
function refuse(args: Array<Bytes>, name: Bytes): i32 {
  wrong(args, name, "is read only");
  abandon(2);
  return 2;
}

function badName(args: Array<Bytes>, name: Bytes): i32 {
  wrong(args, name, "bad variable name");
  abandon(2);
  return 2;
}

/** `export` and `readonly` without names: all that have the flag, so that a shell can read it. */
function listFlagged(command: string, flag: u8): void {
  const all = allVariables();
  for (let index = 0; index < all.length; index++) {
    const target = all[index];
    if (!(target.flags & flag)) continue;
    out.text(command).text(" ").add(target.name);
    const value = target.value;
    if (value) {
      out.push(0x3d);
      writeQuoted(value);
    }
    out.push(0x0a);
  }
}

function declare(args: Array<Bytes>, command: string, flag: u8): i32 {
  const options = new Options(args, flag == VariableFlag.exported ? "pn" : "p");
  let remove = false;
  for (let letter = options.next(); letter != 0; letter = options.next()) if (letter == 0x6e) remove = true;
  if (options.failed) {
    abandon(2);
    return 2;
  }
  if (options.index == args.length) listFlagged(command, flag);
  for (let index = options.index; index < args.length; index++) {
    const argument = args[index];
    const equals = indexOf(argument, 0x3d);
    const name = equals < 0 ? argument : slice(argument, 0, equals);
    if (!isName(name)) return badName(args, argument);
    const target = variable(name);
    if (equals >= 0 && !assign(target, slice(argument, equals + 1))) return refuse(args, name);
    if (remove) removeExport(target);
    else addFlags(target, flag);
  }
  return 0;
}

export function exportVariables(args: Array<Bytes>): i32 {
  return declare(args, "export", VariableFlag.exported);
}

export function makeReadonly(args: Array<Bytes>): i32 {
  return declare(args, "readonly", VariableFlag.readonly);
}

/** Variables that are as they were when the function ends; with `-`, options. */
export function local(args: Array<Bytes>): i32 {
  if (shell.localsFrom < 0) return misuse(args, "not in a function");
  for (let index = 1; index < args.length; index++) {
    const argument = args[index];
    if (is(argument, "-")) {
      if (!shell.localOptions) shell.localOptions = shell.options.slice<StaticArray<bool>>();
      continue;
    }
    const equals = indexOf(argument, 0x3d);
    const name = equals < 0 ? argument : slice(argument, 0, equals);
    if (!isName(name)) return badName(args, argument);
    const target = variable(name);
    if (target.readonly) return refuse(args, name);
    if (!savedSince(target, shell.localsFrom)) save(target);
    if (equals >= 0) assign(target, slice(argument, equals + 1));
  }
  return 0;
}

export function unsetNames(args: Array<Bytes>): i32 {
  const options = new Options(args, "fv");
  let functions = false;
  for (let letter = options.next(); letter != 0; letter = options.next()) functions = letter == 0x66;
  if (options.failed) {
    abandon(2);
    return 2;
  }
  for (let index = options.index; index < args.length; index++) {
    const name = args[index];
    if (functions) {
      shell.functions.remove(name);
      continue;
    }
    if (!isName(name)) return badName(args, name);
    if (!unset(variable(name))) return refuse(args, name);
  }
  return 0;
}

export function shift(args: Array<Bytes>): i32 {
  const count = args.length > 1 ? parseCount(args[1]) : 1;
  if (count < 0) {
    wrong(args, args[1], "illegal number");
    abandon(2);
    return 2;
  }
  if (count > shell.positional.length) {
    misuse(args, "can't shift that many");
    abandon(2);
    return 2;
  }
  shell.positional = shell.positional.slice(count);
  return 0;
}

/** Turns an option on or off. False when that cannot be. */
export function setOption(option: i32, on: bool): bool {
  if (option == Option.monitor && on && !shell.isSubshell && !takeTerminal()) {
    // Job control without a terminal: groups, but nothing is in the foreground.
    shell.options[option] = true;
    return true;
  }
  // An interactive shell that only checks the syntax could never be left.
  if (option == Option.noexec && on && shell.has(Option.interactive)) return true;
  shell.options[option] = on;
  if (option == Option.monitor) settleSignals();
  return true;
}

/** Brings options back to what they were. */
export function restoreOptions(before: StaticArray<bool>): void {
  for (let option = 0; option < Option.count; option++) if (shell.options[option] != before[option]) setOption(option, before[option]);
}

function optionByName(name: Bytes): i32 {
  for (let option = 0; option < Option.count; option++) if (OPTION_NAMES[option].length > 0 && is(name, OPTION_NAMES[option])) return option;
  return -1;
}

function listOptions(asCommands: bool): void {
  for (let option = 0; option < Option.count; option++) {
    const name = OPTION_NAMES[option];
    if (name.length == 0) continue;
    const on = shell.options[option];
    if (asCommands) out.text(on ? "set -o " : "set +o ").text(name).text("\n");
    else {
      out.text(name);
      out.fill(0x20, 16 - name.length);
      out.text(on ? "on\n" : "off\n");
    }
  }
}

/** Reads options as `set` and the shell itself take them; answers the first argument that is none, -1 after an error. */
export function readOptions(args: Array<Bytes>, from: i32, isInvocation: bool): i32 {
  let index = from;
  while (index < args.length) {
    const argument = args[index];
    if (argument.byteLength == 0) break;
    const sign = at(argument, 0);
    if (sign != 0x2d && sign != 0x2b) break;
    if (argument.byteLength == 1) {
      if (sign == 0x2b) break;
      index++;
      if (!isInvocation) {
        shell.options[Option.xtrace] = false;
        shell.options[Option.verbose] = false;
      }
      break;
    }
    index++;
    if (is(argument, "--")) {
      endOfOptions = true;
      break;
    }
    for (let offset = 1; offset < argument.byteLength; offset++) {
      const letter = at(argument, offset);
      if (letter == 0x6f) {
        if (index == args.length) {
          listOptions(sign == 0x2b);
          continue;
        }
        const option = optionByName(args[index]);
        if (option < 0 || !setOption(option, sign == 0x2d)) {
          wrong(args, args[index], "illegal option -o");
          return -1;
        }
        index++;
        continue;
      }
      const option = optionOf(letter);
      const isStart = option == Option.interactive || option == Option.stdin || option == Option.command;
      if (option < 0 || isStart && !isInvocation) {
        const text = new Buffer(32);
        text.push(sign);
        text.push(letter);
        wrong(args, text.copy(), "illegal option");
        return -1;
      }
      setOption(option, sign == 0x2d);
    }
  }
  return index;
}

/** Set when `--` ended the options. */
export let endOfOptions: bool = false;

export function set(args: Array<Bytes>): i32 {
  if (args.length == 1) {
    const all = allVariables();
    for (let index = 0; index < all.length; index++) {
      const value = all[index].value;
      if (!value) continue;
      out.add(all[index].name).text("=");
      writeQuoted(value);
      out.push(0x0a);
    }
    return 0;
  }
  endOfOptions = false;
  const index = readOptions(args, 1, false);
  if (index < 0) {
    abandon(2);
    return 2;
  }
  if (index < args.length || endOfOptions) shell.positional = args.slice(index);
  return 0;
}

function writeAlias(name: Bytes, text: Bytes): void {
  out.add(name).text("=");
  writeQuoted(text);
  out.push(0x0a);
}

export function alias(args: Array<Bytes>): i32 {
  let status = 0;
  if (args.length == 1) {
    const names = aliases.names();
    for (let index = 0; index < names.length; index++) writeAlias(names[index], aliases.get(names[index])!);
    return 0;
  }
  for (let index = 1; index < args.length; index++) {
    const equals = indexOf(args[index], 0x3d);
    if (equals > 0) {
      aliases.set(slice(args[index], 0, equals), slice(args[index], equals + 1));
      continue;
    }
    const text = aliases.get(args[index]);
    if (text) writeAlias(args[index], text);
    else status = wrong(args, args[index], "not found");
  }
  return status;
}

export function unalias(args: Array<Bytes>): i32 {
  const options = new Options(args, "a");
  for (let letter = options.next(); letter != 0; letter = options.next()) aliases.clear();
  if (options.failed) return 2;
  let status = 0;
  for (let index = options.index; index < args.length; index++) if (!aliases.remove(args[index])) status = wrong(args, args[index], "not found");
  return status;
}
