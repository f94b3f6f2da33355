/** The lines that a person types, each after a prompt. */
import { Errno } from "../../sdk/posix";
import { Buffer, Bytes, EMPTY, is } from "../bytes";
import { expandText } from "../expand";
import { readSome } from "../files";
import { Source } from "../input";
import { writeError } from "../output";
import { showVerbose } from "../scripts";
import { handleSignals, hasSignals } from "../signals";
import { shell, Unwind } from "../state";
import { PS1, PS2, Variable, variable } from "../variables";
import { parseQuoted } from "../word-reader";
import { History } from "./history";
import { LineEditor, LineEnd } from "./line-editor";

const INTERRUPTED = 130;
const TERM = variable(String.UTF8.encode("TERM"));

export class TerminalSource extends Source {
  private readonly editor: LineEditor;

  constructor(private readonly real: i32) {
    super();
    this.editor = new LineEditor(real, new History());
  }

  read(into: Buffer): bool {
    const text = prompt(into.length == 0 ? PS1 : PS2);
    const from = into.length;
    const term = TERM.value;
    const end = term && is(term, "dumb") ? LineEnd.plain : this.editor.read(text);
    if (end == LineEnd.plain) return this.readPlain(text, into);
    if (end == LineEnd.interrupted) return this.interrupt();
    if (end == LineEnd.closed) return false;
    into.append(this.editor.line);
    into.push(0x0a);
    showVerbose(into, from);
    return true;
  }

  private interrupt(): bool {
    this.interrupted = true;
    shell.status = INTERRUPTED;
    return false;
  }

  /** On a terminal that can only be read by lines. */
  private readPlain(text: Bytes, into: Buffer): bool {
    writeError(text);
    const before = into.length;
    while (true) {
      const errno = readSome(this.real, into, 4096);
      if (errno == Errno.intr) {
        if (hasSignals()) handleSignals();
        if (shell.unwind != Unwind.none) return this.interrupt();
        continue;
      }
      if (errno != Errno.success || into.length == before) return false;
      // A line that ^D cut is not over.
      if (into.at(into.length - 1) == 0x0a) break;
    }
    showVerbose(into, before);
    return true;
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
