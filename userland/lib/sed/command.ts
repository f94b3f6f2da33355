/** The commands of a script of `sed`, as they are after reading it. */
import { Bytes, EMPTY } from "../../sdk/bytes";
import { Output } from "../../sdk/output";
import { Regex } from "../../sdk/regex/regex";

export namespace AddressKind {
  export const line: i32 = 0;
  export const last: i32 = 1;
  export const regex: i32 = 2;
  /** the line `number` and each `step` lines behind */
  export const step: i32 = 3;
  /** as the second address: `number` lines behind the first */
  export const offset: i32 = 4;
}

export class Address {
  number: i64 = 0;
  step: i64 = 0;
  /** Null for the regular expression that was used last. */
  regex: Regex | null = null;

  constructor(readonly kind: i32) {}

  /** Whether it is before all lines, which makes sense only where an expression ends the range. */
  get isBefore(): bool {
    return this.number == 0 && (this.kind == AddressKind.line || (this.kind == AddressKind.step && this.step == 0));
  }
}

export class Command {
  first: Address | null = null;
  second: Address | null = null;
  negated: bool = false;
  /** What `a`, `i` and `c` write, the label of `b` and such, the file of `r`. */
  text: Bytes = EMPTY;
  /** Where `b`, `t`, `T` and a `{` that is not entered go on. */
  target: i32 = 0;
  /** The status of `q`. */
  number: i32 = 0;
  substitution: Substitution | null = null;
  translation: Translation | null = null;
  output: Output | null = null;

  // Of a range: whether it is entered, and the line at which it ends, or -1 when an expression says so.
  active: bool = false;
  until: i64 = 0;

  constructor(readonly letter: u8) {}
}

/** A part of a replacement: text, or a group when `group` is not below 0. */
export class Part {
  constructor(readonly text: Bytes, readonly group: i32) {}
}

export class Substitution {
  regex: Regex | null = null;
  parts: Part[] = [];
  /** Of the matches in a line, from which one on. */
  occurrence: i32 = 1;
  all: bool = false;
  prints: bool = false;
}

/** The characters of `y`. */
export class Translation {
  sources: Bytes[] = [];
  targets: Bytes[] = [];
}

/** An output with the name of its file. */
export class NamedOutput {
  constructor(readonly name: Bytes, readonly output: Output) {}
}
