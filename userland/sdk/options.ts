/**
 * Options, read by the program's own usage text. A line of it that begins with two blanks and a
 * dash declares one: its letter, then if it has one its long name, then in capitals the argument that it takes:
 *
 *     usage: head [-n N] [file...]
 *       -n, --lines N   so many lines
 *       -NUMBER         the same as -n NUMBER
 *
 * Options end at the first operand or at `--`, as POSIX says. Letters can be joined, and an
 * argument may follow its letter at once, or after `=` its long name. `--help` prints the text.
 */
import { BLANK, COMMA, DASH, EQUALS, LINE_FEED } from "./ascii";
import { Bytes, EMPTY, at, isDigit, slice } from "./bytes";
import { Buffer } from "./buffer";
import { out } from "./output";
import { args, complain, complainBytes, complainOf, exit, writeError } from "./program";

/** What `flag` is for an option of digits, whose `value` they are. */
export const NUMBER = "#";
const USAGE_STATUS: u32 = 2;

export class Options {
  /** The letter of the option. */
  flag: string = "";
  /** Its argument. */
  value: Bytes = EMPTY;
  /** How many arguments were options. */
  index: i32 = 0;
  /** Where in a group of letters the next one is; 0 outside of one. */
  private within: i32 = 0;
  private readonly takesNumbers: bool;

  constructor(readonly usage: string) {
    this.takesNumbers = usage.includes("\n  -NUMBER");
  }

  /** Goes to the next option; false when there is none left. */
  next(): bool {
    if (this.within == 0) {
      if (this.index == args.length) return false;
      const argument = args[this.index];
      const length = argument.byteLength;
      if (length < 2 || at(argument, 0) != DASH) return false;
      if (at(argument, 1) == DASH) {
        this.index++;
        if (length == 2) return false;
        this.long(argument);
        return true;
      }
      this.within = 1;
    }
    this.short(args[this.index]);
    return true;
  }

  /** What follows the options. */
  operands(): Bytes[] {
    return args.slice(this.index);
  }

  /** Complains, shows the first lines of the usage, and ends with status 2. */
  misuse(what: string): void {
    complain(what);
    this.end();
  }

  misuseOf(subject: Bytes, what: string): void {
    complainOf(subject, what);
    this.end();
  }

  private end(): void {
    const blank = this.usage.indexOf("\n\n");
    writeError(blank < 0 ? this.usage : this.usage.substring(0, blank + 1));
    exit(USAGE_STATUS);
  }

  private short(argument: Bytes): void {
    const letter = <i32>at(argument, this.within++);
    const isLast = this.within == argument.byteLength;
    if (this.takesNumbers && isDigit(letter)) {
      this.flag = NUMBER;
      this.value = slice(argument, this.within - 1);
      this.nextArgument();
      return;
    }
    const line = this.lineOfLetter(letter);
    this.flag = String.fromCharCode(letter);
    this.value = EMPTY;
    if (line < 0) this.unknown(slice(argument, this.within - 1, this.within));
    if (!this.takesArgument(line)) {
      if (isLast) this.nextArgument();
      return;
    }
    const rest = slice(argument, this.within);
    const name = slice(argument, this.within - 1, this.within);
    this.nextArgument();
    this.value = isLast ? this.following(name) : rest;
  }

  private long(argument: Bytes): void {
    let end = 2;
    while (end < argument.byteLength && at(argument, end) != EQUALS) end++;
    const name = slice(argument, 2, end);
    const line = this.lineOfName(name);
    if (line < 0) {
      if (String.UTF8.decode(name) == "help") {
        out.text(this.usage);
        exit(0);
      }
      this.unknown(name);
    }
    this.flag = this.usage.charAt(line + 3);
    const hasValue = end < argument.byteLength;
    if (!this.takesArgument(line)) {
      if (hasValue) this.misuseOf(name, "this option takes no argument");
      this.value = EMPTY;
    } else {
      this.value = hasValue ? slice(argument, end + 1) : this.following(name);
    }
  }

  private nextArgument(): void {
    this.within = 0;
    this.index++;
  }

  private following(option: Bytes): Bytes {
    if (this.index < args.length) return args[this.index++];
    const line = new Buffer();
    line.appendText("option needs an argument -- ");
    line.append(option);
    complainBytes(line.toBytes());
    this.end();
    return EMPTY;
  }

  private unknown(option: Bytes): void {
    const line = new Buffer();
    line.appendText("unknown option -- ");
    line.append(option);
    complainBytes(line.toBytes());
    this.end();
  }

  /** Where the line of an option begins: two blanks before its dash. */
  private nextLine(from: i32): i32 {
    const found = this.usage.indexOf("\n  -", from);
    return found < 0 ? -1 : found + 1;
  }

  private lineOfLetter(letter: i32): i32 {
    for (let line = this.nextLine(0); line >= 0; line = this.nextLine(line)) {
      const after = this.usage.charCodeAt(line + 4);
      if (this.usage.charCodeAt(line + 3) == letter && (after == BLANK || after == COMMA || after == LINE_FEED)) return line;
    }
    return -1;
  }

  private lineOfName(name: Bytes): i32 {
    const wanted = ", --" + String.UTF8.decode(name);
    for (let line = this.nextLine(0); line >= 0; line = this.nextLine(line)) {
      if (!this.usage.startsWith(wanted, line + 4)) continue;
      const after = this.usage.charCodeAt(line + 4 + wanted.length);
      if (after == BLANK || after == LINE_FEED) return line;
    }
    return -1;
  }

  private takesArgument(line: i32): bool {
    let at = line + 4;
    if (this.usage.charCodeAt(at) == COMMA) {
      at += 4;
      while (this.usage.charCodeAt(at) > 0x20) at++;
    }
    const after = this.usage.charCodeAt(at + 1);
    return this.usage.charCodeAt(at) == BLANK && after >= 0x41 && after <= 0x5a;
  }
}
