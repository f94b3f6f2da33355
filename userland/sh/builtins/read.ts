/** `read`: one line, split into variables by IFS. It takes no byte after the line's end. */
import { Errno } from "../../sdk/posix";
import { Buffer, Bytes, EMPTY, isName } from "../bytes";
import { descriptors } from "../descriptors";
import { separatorKind } from "../fields";
import { readSome } from "../files";
import { writeError } from "../output";
import { handleSignals, hasSignals } from "../signals";
import { Option, shell, Unwind } from "../state";
import { addFlags, assign, variable, VariableFlag } from "../variables";
import { isTerminal } from "../terminal";
import { misuse, Options, wrong } from "./options";

/** Bytes of a line and whether each was escaped. */
const text = new Buffer(256);
const escaped = new Buffer(256);
const one = new Buffer(1);

/** Reads a line without its newline; false when the input ended first. */
function readLine(real: i32, raw: bool): bool {
  text.clear();
  escaped.clear();
  let quoted = false;
  while (true) {
    one.length = 0;
    const errno = readSome(real, one, 1);
    if (errno == Errno.intr) {
      if (hasSignals()) handleSignals();
      if (shell.unwind != Unwind.none) return false;
      continue;
    }
    if (errno != Errno.success || one.length == 0) return false;
    const byte = one.at(0);
    if (quoted) {
      quoted = false;
      if (byte == 0x0a) continue;
      text.push(byte);
      escaped.push(1);
    } else if (byte == 0x5c && !raw) quoted = true;
    else if (byte == 0x0a) return true;
    else if (byte != 0) {
      text.push(byte);
      escaped.push(0);
    }
  }
}

function kindAt(index: i32): u8 {
  return escaped.at(index) != 0 ? 0 : separatorKind(text.at(index));
}

/** The rest of the line for the last variable: a single separator at its end goes, and blanks around. */
function lastField(from: i32): Bytes {
  let end = text.length;
  while (end > from && kindAt(end - 1) == 1) end--;
  if (end > from && kindAt(end - 1) == 2) {
    // It ends the field only when the field has no other separator.
    let others = false;
    let last = end - 1;
    while (last > from && kindAt(last - 1) == 1) last--;
    for (let index = from; index < last && !others; index++) others = kindAt(index) != 0;
    if (!others) end = last;
  }
  return text.slice(from, end);
}

export function read(args: Array<Bytes>): i32 {
  const options = new Options(args, "rp");
  let raw = false;
  let prompt: Bytes = EMPTY;
  for (let letter = options.next(); letter != 0; letter = options.next()) {
    if (letter == 0x72) raw = true;
    else {
      const value = options.value();
      if (!value) return misuse(args, "-p: argument expected");
      prompt = value;
    }
  }
  if (options.failed) return 2;
  if (options.index == args.length) return misuse(args, "arg count");
  for (let index = options.index; index < args.length; index++) if (!isName(args[index])) return wrong(args, args[index], "bad variable name") + 1;
  const real = descriptors.get(0);
  if (real < 0) return wrong(args, String.UTF8.encode("0"), "Bad file descriptor");
  if (prompt.byteLength > 0 && isTerminal(real)) writeError(prompt);
  const whole = readLine(real, raw);
  if (shell.unwind != Unwind.none) return shell.status;
  let position = 0;
  while (position < text.length && kindAt(position) == 1) position++;
  for (let index = options.index; index < args.length; index++) {
    let value: Bytes;
    if (index == args.length - 1) value = lastField(position);
    else {
      const from = position;
      while (position < text.length && kindAt(position) == 0) position++;
      value = text.slice(from, position);
      while (position < text.length && kindAt(position) == 1) position++;
      if (position < text.length && kindAt(position) == 2) {
        position++;
        while (position < text.length && kindAt(position) == 1) position++;
      }
    }
    const target = variable(args[index]);
    if (!assign(target, value)) return wrong(args, args[index], "is read only") + 1;
    if (shell.has(Option.allexport)) addFlags(target, VariableFlag.exported);
  }
  return whole ? 0 : 1;
}
