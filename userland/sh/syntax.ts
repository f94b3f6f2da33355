/**
 * The syntax tree: what the parser makes, the interpreter walks, and `tree-writer.ts` sends to a subshell. Trees
 * never change after they were made.
 *
 * One class for all commands would waste what one for each saves, so there is one per shape; `kind` tells which,
 * and only then is a node taken as that class.
 */
import { Bytes, EMPTY } from "./bytes";
import { Variable } from "./variables";

export namespace PartKind {
  /** Bytes as they are. */
  export const literal: u8 = 0;
  /** `$name`, `${name}` and with an operator. */
  export const parameter: u8 = 1;
  /** `$(...)` and backquotes. */
  export const command: u8 = 2;
  /** `$((...))`. */
  export const arithmetic: u8 = 3;
  /** `~` or `~name` where it stands for a home. */
  export const tilde: u8 = 4;
}

/** What `${name OP word}` does. */
export namespace Op {
  export const none: u8 = 0;
  /** `-` `=` `?` `+` */
  export const orElse: u8 = 1;
  export const assign: u8 = 2;
  export const error: u8 = 3;
  export const instead: u8 = 4;
  /** `%` `%%` `#` `##` */
  export const shortSuffix: u8 = 5;
  export const longSuffix: u8 = 6;
  export const shortPrefix: u8 = 7;
  export const longPrefix: u8 = 8;
  /** `${#name}` */
  export const length: u8 = 9;
  /** No such thing: told when it is expanded, as POSIX lets a shell do. */
  export const bad: u8 = 10;
}

/** A piece of a word. */
export class Part {
  kind: u8 = PartKind.literal;
  /** In double quotes, or (a literal) quoted in any way. */
  quoted: bool = false;
  op: u8 = Op.none;
  /** With a colon: empty counts as unset. */
  colon: bool = false;
  /** A special parameter: its character; `d` for a positional one, its number in `index`. Else 0. */
  special: u8 = 0;
  index: i32 = 0;
  /** The bytes of a literal; the name of a parameter or of a tilde's user. */
  text: Bytes = EMPTY;
  variable: Variable | null = null;
  /** What stands after an operator, or in `$((...))`. */
  word: Word | null = null;
  /** The commands of a substitution; none when empty. */
  body: Node | null = null;
}

export class Word {
  parts: Array<Part>;
  /** The whole value, when nothing has to be expanded, split or matched. */
  literal: Bytes | null = null;
  /** Nothing of it is quoted and all is literal, so that it can be a reserved word, an alias or a name. */
  bare: bool = false;
  /** `NAME=value` after `export` and the like: expanded as an assignment is. */
  assigned: bool = false;

  constructor(parts: Array<Part>) {
    this.parts = parts;
  }
}

export class Assignment {
  constructor(readonly variable: Variable, readonly value: Word) {}
}

export namespace RedirectKind {
  /** `<` `>` `>|` `>>` `<>` `<&` `>&`, and a here-document */
  export const read: u8 = 0;
  export const write: u8 = 1;
  export const clobber: u8 = 2;
  export const append: u8 = 3;
  export const readWrite: u8 = 4;
  export const duplicate: u8 = 5;
  export const here: u8 = 6;
}

export class Redirect {
  /** The file name, the number after `&` or the here-document. */
  word: Word;

  constructor(readonly kind: u8, readonly descriptor: i32, word: Word) {
    this.word = word;
  }
}

export namespace NodeKind {
  export const simple: u8 = 0;
  export const pipeline: u8 = 1;
  export const andOr: u8 = 2;
  export const list: u8 = 4;
  export const background: u8 = 5;
  export const subshell: u8 = 6;
  export const group: u8 = 7;
  export const ifElse: u8 = 8;
  export const whileLoop: u8 = 9;
  export const untilLoop: u8 = 10;
  export const forLoop: u8 = 11;
  export const caseOf: u8 = 12;
  export const functionDefinition: u8 = 13;
}

export const NO_REDIRECTS: Array<Redirect> = [];

export abstract class Node {
  redirects: Array<Redirect> = NO_REDIRECTS;
  /** The words of the source, for `jobs`. */
  text: Bytes = EMPTY;

  constructor(readonly kind: u8, readonly line: i32) {}
}

export class Simple extends Node {
  constructor(line: i32, readonly assignments: Array<Assignment>, readonly words: Array<Word>) {
    super(NodeKind.simple, line);
  }
}

/** Commands side by side, of a pipeline, or one after the other, of a list. */
export class Several extends Node {
  /** `!` before a pipeline. */
  negated: bool = false;

  constructor(kind: u8, line: i32, readonly commands: Array<Node>) {
    super(kind, line);
  }
}

/** Commands with `&&` and `||` between them, from left to right. */
export class AndOr extends Node {
  /** `isAnd[i]` tells what is before `commands[i + 1]`. */
  constructor(line: i32, readonly commands: Array<Node>, readonly isAnd: Array<bool>) {
    super(NodeKind.andOr, line);
  }
}

/** The condition and the body of a loop. */
export class Pair extends Node {
  constructor(kind: u8, line: i32, readonly left: Node, readonly right: Node) {
    super(kind, line);
  }
}

/** One command in brackets, or one that is not waited for. */
export class Wrapped extends Node {
  constructor(kind: u8, line: i32, readonly command: Node) {
    super(kind, line);
  }
}

/** `if` with all its `elif`, and `else`. */
export class IfElse extends Node {
  constructor(line: i32, readonly conditions: Array<Node>, readonly bodies: Array<Node>, readonly otherwise: Node | null) {
    super(NodeKind.ifElse, line);
  }
}

export class ForLoop extends Node {
  /** `words` is null for the positional parameters. */
  constructor(line: i32, readonly variable: Variable, readonly words: Array<Word> | null, readonly body: Node) {
    super(NodeKind.forLoop, line);
  }
}

export class CaseItem {
  /** `through`: ended by `;&`, so that the next body runs as well. */
  constructor(readonly patterns: Array<Word>, readonly body: Node | null, readonly through: bool) {}
}

export class CaseOf extends Node {
  constructor(line: i32, readonly word: Word, readonly items: Array<CaseItem>) {
    super(NodeKind.caseOf, line);
  }
}

export class FunctionDefinition extends Node {
  constructor(line: i32, readonly name: Bytes, readonly body: Node) {
    super(NodeKind.functionDefinition, line);
  }
}
