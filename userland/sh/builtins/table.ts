/** The builtins, by name. */
import { Bytes, bytes } from "../bytes";
import { Table } from "../table";

export type Run = (args: Array<Bytes>) => i32;

export class Builtin {
  constructor(
    /** `args[0]` is its name. Answers the status. What it writes goes to `out`. */
    readonly run: Run,
    /** POSIX's special builtins: assignments before them stay, and errors end the shell. */
    readonly special: bool,
    /** It leaves no trace in the shell and waits for nobody, so that a subshell's may run in the shell itself. */
    readonly pure: bool,
  ) {}

  /** It saves variables until the end of the function. */
  saves: bool = false;
}

const table = new Table<Builtin>();

export function addBuiltin(name: string, run: Run, special: bool, pure: bool): void {
  table.set(bytes(name), new Builtin(run, special, pure));
}

/** `local`, which is like no other. */
export function addLocal(name: string, run: Run): void {
  const builtin = new Builtin(run, false, false);
  builtin.saves = true;
  table.set(bytes(name), builtin);
}

export function findBuiltin(name: Bytes): Builtin | null {
  return table.get(name);
}

export function builtinNames(): Array<Bytes> {
  return table.names();
}
