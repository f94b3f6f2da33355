/** What the shell knows of itself: options, parameters, the status, and how far it is unwinding. */
import { Buffer, Bytes, bytes } from "./bytes";
import { FunctionDefinition } from "./syntax";
import { Table } from "./table";

/** What makes the interpreter leave what it is in. */
export namespace Unwind {
  export const none: u8 = 0;
  /** `break` and `continue` leave `unwindLoops` loops. */
  export const break_: u8 = 1;
  export const continue_: u8 = 2;
  /** To the end of the function or the file that `.` reads. */
  export const return_: u8 = 3;
  /** The shell ends, with `status`. */
  export const exit: u8 = 4;
  /** An interactive shell goes back to its prompt: after an error or ^C. */
  export const prompt: u8 = 5;
}

export namespace Option {
  export const allexport: i32 = 0;
  export const notify: i32 = 1;
  export const noclobber: i32 = 2;
  export const errexit: i32 = 3;
  export const noglob: i32 = 4;
  export const hashall: i32 = 5;
  export const interactive: i32 = 6;
  export const monitor: i32 = 7;
  export const noexec: i32 = 8;
  export const stdin: i32 = 9;
  export const nounset: i32 = 10;
  export const verbose: i32 = 11;
  export const xtrace: i32 = 12;
  export const command: i32 = 13;
  export const ignoreeof: i32 = 14;
  export const pipefail: i32 = 15;
  export const nolog: i32 = 16;
  export const count: i32 = 17;
}

/** The letter of each option; a blank for none. */
const OPTION_LETTERS: string = "abCefhimnsuvxc   ";
export const OPTION_NAMES: StaticArray<string> = ["allexport", "notify", "noclobber", "errexit", "noglob", "hashall", "interactive", "monitor", "noexec", "stdin", "nounset", "verbose", "xtrace", "", "ignoreeof", "pipefail", "nolog"];

export class Shell {
  readonly options: StaticArray<bool> = new StaticArray<bool>(Option.count);
  /** `$0` and what errors begin with. */
  name: Bytes = bytes("sh");
  positional: Array<Bytes> = [];
  /** `$?` */
  status: i32 = 0;
  /** `$$`: of the shell, also in its subshells. */
  pid: i32 = 0;
  /** Of this process. */
  ownPid: i32 = 0;
  /** `$!`, 0 before the first. */
  lastBackground: i32 = 0;
  /** The line of the command that runs. */
  line: i32 = 0;
  unwind: u8 = Unwind.none;
  /** Whether it is unwinding since something was wrong: `command` puts an end to that. */
  erred: bool = false;
  unwindLoops: i32 = 0;
  /** How many loops, functions and files of `.` the present command is in. */
  loopDepth: i32 = 0;
  functionDepth: i32 = 0;
  sourceDepth: i32 = 0;
  /** Above 0 where `set -e` does not count: in conditions. */
  tested: i32 = 0;
  /** The status of the last command substitution of the present command, or -1. */
  substitutionStatus: i32 = -1;
  /** Where `local` variables of the present function begin among what is saved. */
  localsFrom: i32 = -1;
  /** Options as they were before `local -` in the present function. */
  localOptions: StaticArray<bool> | null = null;
  isSubshell: bool = false;
  /** The person was told that there are stopped jobs: the next `exit` goes. */
  warned: bool = false;
  /** `exec` ran a program in the shell's place: what a shell does at its end is not done. */
  replaced: bool = false;
  /** What `umask` told. The file systems here keep no permissions of files. */
  umask: i32 = 0o022;
  readonly functions: Table<FunctionDefinition> = new Table<FunctionDefinition>();

  // @ts-ignore: decorator
  @inline
  has(option: i32): bool {
    return this.options[option];
  }

  /** `$-` */
  flags(): Bytes {
    const flags = new Buffer(16);
    for (let option = 0; option < Option.count; option++) {
      if (this.options[option] && OPTION_LETTERS.charCodeAt(option) != 0x20) flags.push(OPTION_LETTERS.charCodeAt(option));
    }
    return flags.copy();
  }

  /** Leaves everything and ends the shell. */
  exit(status: i32): void {
    this.status = status & 0xff;
    this.erred = false;
    this.unwind = Unwind.exit;
  }
}

export const shell = new Shell();

/** The option of a letter, or -1. */
export function optionOf(letter: i32): i32 {
  if (letter == 0x20) return -1;
  for (let option = 0; option < Option.count; option++) if (OPTION_LETTERS.charCodeAt(option) == letter) return option;
  return -1;
}

/** A positional parameter; `$0` is the name. Null when there is none. */
export function positional(index: i32): Bytes | null {
  if (index == 0) return shell.name;
  return index <= shell.positional.length ? shell.positional[index - 1] : null;
}
