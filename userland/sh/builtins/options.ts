/** Reading the options of a builtin, one letter after the other. */
import { at, Buffer, Bytes, is } from "../bytes";
import { complain } from "../report";

export class Options {
  /** The first argument that is no option. */
  index: i32 = 1;
  failed: bool = false;
  private offset: i32 = 0;

  /** `letters`: those that are known. */
  constructor(private readonly args: Array<Bytes>, private readonly letters: string) {}

  /** The next letter; 0 at the end, or after one that is not known, which is told. */
  next(): i32 {
    if (this.offset == 0) {
      if (this.index >= this.args.length) return 0;
      const argument = this.args[this.index];
      if (argument.byteLength < 2 || at(argument, 0) != 0x2d) return 0;
      if (is(argument, "--")) {
        this.index++;
        return 0;
      }
      this.offset = 1;
    }
    const argument = this.args[this.index];
    const letter = at(argument, this.offset++);
    if (this.offset == argument.byteLength) {
      this.offset = 0;
      this.index++;
    }
    if (this.letters.indexOf(String.fromCharCode(letter)) >= 0) return letter;
    this.failed = true;
    const text = new Buffer(32).add(this.args[0]).text(": illegal option -");
    text.push(letter);
    complain(text.copy());
    return 0;
  }

  /** The argument of the option that was just told: the rest of its word, or the next. Null when there is none. */
  value(): Bytes | null {
    if (this.offset > 0) {
      const rest = this.args[this.index].slice(this.offset);
      this.offset = 0;
      this.index++;
      return rest;
    }
    return this.index < this.args.length ? this.args[this.index++] : null;
  }
}

/** A usage error: answers the status for it. */
export function misuse(args: Array<Bytes>, message: string): i32 {
  complain(new Buffer(64).add(args[0]).text(": ").text(message).copy());
  return 2;
}

/** An error about one argument. */
export function wrong(args: Array<Bytes>, what: Bytes, message: string): i32 {
  complain(new Buffer(64).add(args[0]).text(": ").add(what).text(": ").text(message).copy());
  return 1;
}
