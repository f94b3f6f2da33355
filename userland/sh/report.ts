/** Messages of the shell about what is wrong, and what follows from it. */
import { Buffer, Bytes } from "./bytes";
import { writeError } from "./output";
import { Option, shell, Unwind } from "./state";

/** Writes `NAME: line N: message`; on a terminal there are no lines. */
export function complain(message: Bytes, line: i32 = 0): void {
  const text = new Buffer(128);
  text.append(shell.name);
  const place = line > 0 ? line : shell.line;
  if (place > 0 && (!shell.has(Option.interactive) || shell.sourceDepth > 0)) text.text(": line ").number(place);
  text.text(": ").add(message).text("\n");
  writeError(text.copy());
}

/** An error that ends a shell that is not interactive, and brings an interactive one back to its prompt. */
export function fail(message: Bytes, status: i32): void {
  complain(message);
  abandon(status);
}

/** As `fail`, when the message was written already. */
export function abandon(status: i32): void {
  shell.status = status;
  shell.erred = true;
  shell.unwind = shell.has(Option.interactive) && !shell.isSubshell ? Unwind.prompt : Unwind.exit;
}

/** Writes `NAME: line N: what: message`. */
export function complainOf(what: Bytes, message: string): void {
  complain(new Buffer().add(what).text(": ").text(message).copy());
}
