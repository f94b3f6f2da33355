/**
 * Variables. Every name that a script mentions has one `Variable` from its first mention on, and syntax trees
 * hold it, so that a use costs no look-up. `unset` takes the value, never the object.
 */
import { Buffer, Bytes, bytes, EMPTY, equal, indexOf, isName, slice } from "./bytes";
import { Table } from "./table";

export namespace VariableFlag {
  export const exported: u8 = 1;
  export const readonly: u8 = 2;
}

export class Variable {
  value: Bytes | null = null;
  flags: u8 = 0;

  constructor(readonly name: Bytes) {}

  // @ts-ignore: decorator
  @inline
  get exported(): bool {
    return (this.flags & VariableFlag.exported) != 0;
  }

  // @ts-ignore: decorator
  @inline
  get readonly(): bool {
    return (this.flags & VariableFlag.readonly) != 0;
  }
}

/** A variable as it was before `local` or an assignment before a command. */
class Saved {
  readonly value: Bytes | null;
  readonly flags: u8;

  constructor(readonly variable: Variable) {
    this.value = variable.value;
    this.flags = variable.flags;
  }
}

const table = new Table<Variable>();
const saved = new Array<Saved>();
/** Changes whenever something exported does, so that the environment block can be kept. */
let environmentAge: u32 = 1;

/** The variable of a name, made when it is new. */
export function variable(name: Bytes): Variable {
  const there = table.get(name);
  if (there) return there;
  const made = new Variable(name);
  table.set(name, made);
  return made;
}

export const IFS = variable(bytes("IFS"));
export const PATH = variable(bytes("PATH"));
export const HOME = variable(bytes("HOME"));
export const PWD = variable(bytes("PWD"));
export const OLDPWD = variable(bytes("OLDPWD"));
export const PS1 = variable(bytes("PS1"));
export const PS2 = variable(bytes("PS2"));
export const PS4 = variable(bytes("PS4"));
export const OPTIND = variable(bytes("OPTIND"));
export const OPTARG = variable(bytes("OPTARG"));
export const LINENO = variable(bytes("LINENO"));
export const CDPATH = variable(bytes("CDPATH"));
export const ENV = variable(bytes("ENV"));
export const HISTFILE = variable(bytes("HISTFILE"));
export const HISTSIZE = variable(bytes("HISTSIZE"));
export const PPID = variable(bytes("PPID"));

/** Told of every change of a value, for the few that the shell itself depends on. */
class Watch {
  /** Set by a change of IFS. */
  ifsChanged: bool = true;
  /** Set by a change of PATH: remembered places of commands are void. */
  pathChanged: bool = false;
  /** Set by a change of OPTIND. */
  optindChanged: bool = true;
}
export const watch = new Watch();

function changed(target: Variable): void {
  if (target.exported) environmentAge++;
  if (target === IFS) watch.ifsChanged = true;
  else if (target === PATH) watch.pathChanged = true;
  else if (target === OPTIND) watch.optindChanged = true;
}

/** Above 0, every assignment is saved first: what is expanded here but belongs to a subshell leaves no trace. */
let journals = 0;

/** Begins to save what is assigned; answers the mark for `endJournal`. */
export function beginJournal(): i32 {
  journals++;
  return saved.length;
}

export function endJournal(to: i32): void {
  journals--;
  restore(to);
}

/** Gives a value, unless the variable is read-only. */
export function assign(target: Variable, value: Bytes): bool {
  if (target.flags & VariableFlag.readonly) return false;
  if (journals > 0) save(target);
  target.value = value;
  if (target.flags != 0 || target === IFS || target === PATH || target === OPTIND) changed(target);
  return true;
}

export function unset(target: Variable): bool {
  if (target.readonly) return false;
  target.value = null;
  changed(target);
  target.flags = 0;
  return true;
}

export function addFlags(target: Variable, flags: u8): void {
  target.flags |= flags;
  changed(target);
}

export function removeExport(target: Variable): void {
  changed(target);
  target.flags &= ~VariableFlag.exported;
}

/** How many are saved: what `restore` goes back to. */
export function variableMark(): i32 {
  return saved.length;
}

/** Remembers a variable, so that `restore` brings its value and flags back. */
export function save(target: Variable): void {
  saved.push(new Saved(target));
}

/** Whether a variable was saved since a mark: `local` saves it once. */
export function savedSince(target: Variable, from: i32): bool {
  for (let index = from; index < saved.length; index++) if (saved[index].variable === target) return true;
  return false;
}

export function restore(to: i32): void {
  while (saved.length > to) {
    const entry = saved.pop();
    changed(entry.variable);
    entry.variable.value = entry.value;
    entry.variable.flags = entry.flags;
    changed(entry.variable);
  }
}

/** All that have a value or a flag, by name. */
export function allVariables(): Array<Variable> {
  const names = table.names();
  const all = new Array<Variable>();
  for (let index = 0; index < names.length; index++) {
    const entry = table.get(names[index])!;
    if (entry.value || entry.flags != 0) all.push(entry);
  }
  return all;
}

/** Those whose names begin so, for completion. */
export function namesWith(prefix: Bytes): Array<Bytes> {
  const all = allVariables();
  const names = new Array<Bytes>();
  for (let index = 0; index < all.length; index++) {
    const name = all[index].name;
    if (name.byteLength >= prefix.byteLength && equal(slice(name, 0, prefix.byteLength), prefix)) names.push(name);
  }
  return names;
}

/** Takes `NAME=value` from the environment; what is no name of a variable is left out. */
export function importEnvironment(entry: Bytes): void {
  const equals = indexOf(entry, 0x3d);
  if (equals < 1) return;
  const name = slice(entry, 0, equals);
  if (!isName(name)) return;
  const target = variable(name);
  target.value = slice(entry, equals + 1);
  addFlags(target, VariableFlag.exported);
}

let blockAge: u32 = 0;
let block: Bytes = EMPTY;

/** What programs get: `NAME=value` and a NUL for each exported variable that has a value. */
export function environment(): Bytes {
  if (blockAge == environmentAge) return block;
  const made = new Buffer(512);
  const all = table.values();
  for (let index = 0; index < all.length; index++) {
    const entry = all[index];
    const value = entry.value;
    if (!entry.exported || !value) continue;
    made.append(entry.name);
    made.push(0x3d);
    made.append(value);
    made.push(0);
  }
  block = made.copy();
  blockAge = environmentAge;
  return block;
}
