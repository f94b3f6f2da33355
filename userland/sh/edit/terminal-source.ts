/** The lines that a person types, each after a prompt. */
import { Bytes, Buffer, EMPTY } from "../bytes";
import { expandText } from "../expand";
import { Source } from "../input";
import { writeError } from "../output";
import { readSome } from "../files";
import { shell, Unwind } from "../state";
import { PS1, PS2, Variable } from "../variables";
import { parseQuoted } from "../word-reader";

export class TerminalSource extends Source {
  constructor(private readonly real: i32) {
    super();
  }

  read(into: Buffer): bool {
    writeError(prompt(into.length == 0 ? PS1 : PS2));
    const before = into.length;
    readSome(this.real, into, 4096);
    return into.length > before;
  }
}

/** A prompt, with its parameters expanded. What goes wrong in it is no error of the shell. */
export function prompt(source: Variable): Bytes {
  const value = source.value;
  if (!value) return EMPTY;
  const word = parseQuoted(value);
  if (!word) return value;
  const status = shell.status;
  const text = expandText(word);
  shell.status = status;
  if (shell.unwind != Unwind.none) {
    shell.unwind = Unwind.none;
    return value;
  }
  return text;
}
