/**
 * Tokens. The lexer looks one token ahead; words are read by `word-reader.ts`. An error is kept here, where every
 * reader and parser function sees it: after one, all of them answer null until the command is given up.
 *
 * Spec: POSIX XCU 2.3 Token Recognition, 2.10.1.
 */
import { Buffer, Bytes, bytes, EMPTY, equal, is, slice } from "./bytes";
import { Input, Source, TextSource } from "./input";
import { Part, PartKind, Redirect, Word } from "./syntax";
import { readHereDocument, readWord } from "./word-reader";

export namespace Token {
  export const end: u8 = 0;
  export const newline: u8 = 1;
  export const word: u8 = 2;
  /** The digits before `<` or `>`. */
  export const number: u8 = 3;
  export const and: u8 = 4;
  export const or: u8 = 5;
  export const semicolon: u8 = 6;
  export const ampersand: u8 = 7;
  export const pipe: u8 = 8;
  export const left: u8 = 9;
  export const right: u8 = 10;
  /** `;;` and `;&` */
  export const caseEnd: u8 = 11;
  export const caseThrough: u8 = 12;
  export const less: u8 = 13;
  export const great: u8 = 14;
  export const clobber: u8 = 15;
  export const append: u8 = 16;
  export const lessAnd: u8 = 17;
  export const greatAnd: u8 = 18;
  export const lessGreat: u8 = 19;
  export const here: u8 = 20;
  export const hereTabs: u8 = 21;
}

const TOKEN_TEXTS: StaticArray<string> = ["end of file", "newline", "", "", "&&", "||", ";", "&", "|", "(", ")", ";;", ";&", "<", ">", ">|", ">>", "<&", ">&", "<>", "<<", "<<-"];

/** A here-document whose body comes after the line. */
export class PendingHere {
  constructor(readonly redirect: Redirect, readonly delimiter: Bytes, readonly quoted: bool, readonly tabs: bool) {}
}

/** How deep brackets, loops and substitutions may nest, so that no script runs out of stack. */
const DEPTH_MAX = 256;

export class Lexer {
  readonly input: Input;
  /** The token that was looked at, when `has`. */
  kind: u8 = Token.end;
  word: Word | null = null;
  has: bool = false;
  /** Where the token begins, in the input's text and lines. */
  tokenAt: i32 = 0;
  tokenLine: i32 = 1;
  /** The token came right after an alias that ends with a blank. */
  mayBeAlias: bool = false;
  /** The next token is the delimiter of a here-document: `$` and a backquote mean nothing in it. */
  isDelimiter: bool = false;
  depth: i32 = 0;
  failed: bool = false;
  /** What is wrong, and in which line. */
  message: Bytes = EMPTY;
  messageLine: i32 = 0;
  pending: Array<PendingHere> = [];

  constructor(source: Source) {
    this.input = new Input(source);
  }

  /** A lexer for a text within this one's: a here-document, backquotes. */
  inner(text: Bytes, line: i32): Lexer {
    const made = new Lexer(new TextSource(text));
    made.input.line = line;
    made.depth = this.depth;
    return made;
  }

  fail(message: Bytes, line: i32): void {
    if (this.failed) return;
    this.failed = true;
    this.message = message;
    this.messageLine = line;
  }

  /** Tells that the token does not belong here. */
  unexpected(): void {
    this.look();
    if (this.failed) return;
    const text = new Buffer();
    if (this.kind == Token.end) text.text("syntax error: unexpected end of file");
    else {
      text.text("syntax error near unexpected token `");
      if (this.kind == Token.word || this.kind == Token.number) {
        const word = this.word!;
        const literal = word.literal;
        text.append(literal ? literal : this.input.text.slice(this.tokenAt, this.input.position));
      } else text.text(TOKEN_TEXTS[this.kind]);
      text.push(0x27);
    }
    this.fail(text.copy(), this.tokenLine);
  }

  /** Enters something that nests; false, with an error, when it is too deep. */
  enter(): bool {
    if (++this.depth <= DEPTH_MAX) return !this.failed;
    this.fail(bytes("syntax error: nested too deeply"), this.input.line);
    return false;
  }

  leave(): void {
    this.depth--;
  }

  /** The kind of the next token, which stays. */
  look(): u8 {
    if (!this.has) {
      this.read();
      this.has = true;
    }
    return this.kind;
  }

  /** Takes the token that was looked at. */
  take(): void {
    this.has = false;
  }

  /** Takes the next token when it is of this kind. */
  accept(kind: u8): bool {
    if (this.look() != kind || this.failed) return false;
    this.has = false;
    return true;
  }

  /** Whether the next token is this reserved word. */
  isReserved(text: string): bool {
    if (this.look() != Token.word) return false;
    const word = this.word!;
    return word.bare && is(word.literal!, text);
  }

  /** Gives up the command: what was read is forgotten. */
  reset(): void {
    this.has = false;
    this.failed = false;
    this.pending = [];
    this.depth = 0;
  }

  private read(): void {
    const input = this.input;
    let byte = input.peekJoined();
    while (true) {
      if (byte == 0x20 || byte == 0x09 || byte == 0) input.next();
      else if (byte == 0x23) while (input.peek() >= 0 && input.peek() != 0x0a) input.next();
      else break;
      byte = input.peekJoined();
    }
    input.beginToken();
    this.mayBeAlias = input.aliasNext;
    input.aliasNext = false;
    this.tokenAt = input.position;
    this.tokenLine = input.line;
    this.word = null;
    if (byte < 0) {
      this.kind = Token.end;
      if (this.pending.length > 0) this.readPending();
      return;
    }
    if (byte == 0x0a) {
      input.next();
      this.kind = Token.newline;
      if (this.pending.length > 0) this.readPending();
      return;
    }
    const operator = this.operator(byte);
    if (operator != Token.end) {
      this.kind = operator;
      return;
    }
    const word = readWord(this);
    this.word = word;
    this.kind = Token.word;
    const next = input.peek();
    if ((next == 0x3c || next == 0x3e) && word.bare && isNumber(word.literal!)) this.kind = Token.number;
  }

  private operator(byte: i32): u8 {
    const input = this.input;
    switch (byte) {
      case 0x26: // &
        input.next();
        return this.follows(0x26) ? Token.and : Token.ampersand;
      case 0x7c: // |
        input.next();
        return this.follows(0x7c) ? Token.or : Token.pipe;
      case 0x3b: // ;
        input.next();
        return this.follows(0x3b) ? Token.caseEnd : this.follows(0x26) ? Token.caseThrough : Token.semicolon;
      case 0x28:
        input.next();
        return Token.left;
      case 0x29:
        input.next();
        return Token.right;
      case 0x3c: // <
        input.next();
        if (this.follows(0x3c)) return this.follows(0x2d) ? Token.hereTabs : Token.here;
        return this.follows(0x26) ? Token.lessAnd : this.follows(0x3e) ? Token.lessGreat : Token.less;
      case 0x3e: // >
        input.next();
        return this.follows(0x3e) ? Token.append : this.follows(0x26) ? Token.greatAnd : this.follows(0x7c) ? Token.clobber : Token.great;
      default:
        return Token.end;
    }
  }

  private follows(byte: i32): bool {
    if (this.input.peekJoined() != byte) return false;
    this.input.next();
    return true;
  }

  private readPending(): void {
    const pending = this.pending;
    this.pending = [];
    for (let index = 0; index < pending.length && !this.failed; index++) this.readHere(pending[index]);
  }

  /** Reads the lines up to the delimiter. The end of the script ends a here-document too. */
  private readHere(here: PendingHere): void {
    const input = this.input;
    const body = new Buffer(256);
    const first = input.line;
    let joined = false;
    while (input.peek() >= 0) {
      const lineAt = body.length;
      if (here.tabs && !joined) while (input.peek() == 0x09) input.next();
      while (input.peek() >= 0 && input.peek() != 0x0a) body.push(input.next());
      const line = body.slice(lineAt, body.length);
      const ended = input.next() == 0x0a;
      if (!joined && equal(line, here.delimiter)) {
        body.length = lineAt;
        break;
      }
      joined = !here.quoted && endsJoined(line);
      if (ended) body.push(0x0a);
    }
    const text = body.copy();
    if (here.quoted) {
      const part = new Part();
      part.kind = PartKind.literal;
      part.quoted = true;
      part.text = text;
      const word = new Word([part]);
      word.literal = text;
      here.redirect.word = word;
      return;
    }
    const inner = this.inner(text, first);
    here.redirect.word = readHereDocument(inner);
    if (inner.failed) this.fail(inner.message, inner.messageLine);
  }
}

/** Whether an odd number of backslashes ends a line. */
function endsJoined(line: Bytes): bool {
  let count = 0;
  for (let index = line.byteLength - 1; index >= 0 && load<u8>(changetype<usize>(line) + index) == 0x5c; index--) count++;
  return (count & 1) == 1;
}

function isNumber(text: Bytes): bool {
  for (let index = 0; index < text.byteLength; index++) if (<u32>(load<u8>(changetype<usize>(text) + index) - 0x30) > 9) return false;
  return text.byteLength > 0;
}

/** The bytes between two places of the input, one line of them, for showing. */
export function sourceText(lexer: Lexer, from: i32, to: i32): Bytes {
  const text = lexer.input.text.slice(from, min(to, lexer.input.text.length));
  let start = 0;
  let end = text.byteLength;
  while (end > start && load<u8>(changetype<usize>(text) + end - 1) <= 0x20) end--;
  while (start < end && load<u8>(changetype<usize>(text) + start) <= 0x20) start++;
  return slice(text, start, end);
}
