/**
 * Words: quoting, parameters, substitutions. A word becomes its parts; nothing is expanded here.
 *
 * Spec: POSIX XCU 2.2 Quoting, 2.6 Word Expansions, 2.7.4 Here-Document.
 */
import { Buffer, Bytes, bytes, hexDigit, isDigit, isNameByte, isNameStart, parseCount } from "./bytes";
import { Lexer } from "./lexer";
import { TextSource } from "./input";
import { parseSubstitution, parseText } from "./parser";
import { finish } from "./word-parts";
import { Op, Part, PartKind, Word } from "./syntax";
import { variable } from "./variables";

/** Gathers parts; literal bytes that belong together become one. */
class Parts {
  readonly list: Array<Part> = [];
  private readonly literal: Buffer = new Buffer(32);
  private literalQuoted: bool = false;
  private open: bool = false;

  byte(byte: i32, quoted: bool): void {
    this.begin(quoted);
    this.literal.push(byte);
  }

  /** Quotes were here, even when nothing is between them. */
  begin(quoted: bool): void {
    if (this.open && this.literalQuoted != quoted) this.flush();
    this.open = true;
    this.literalQuoted = quoted;
  }

  add(part: Part): void {
    this.flush();
    this.list.push(part);
  }

  flush(): void {
    if (!this.open) return;
    this.open = false;
    const part = new Part();
    part.quoted = this.literalQuoted;
    part.text = this.literal.take();
    this.list.push(part);
  }

  get isEmpty(): bool {
    return !this.open && this.list.length == 0;
  }
}

function isMeta(byte: i32): bool {
  switch (byte) {
    case -1: case 0x20: case 0x09: case 0x0a: case 0x3b: case 0x26: case 0x7c: case 0x3c: case 0x3e: case 0x28: case 0x29: return true;
    default: return false;
  }
}

/** Reads a word up to a blank or an operator. */
export function readWord(lexer: Lexer): Word {
  const parts = new Parts();
  const input = lexer.input;
  while (!lexer.failed) {
    const byte = input.peekJoined();
    if (isMeta(byte)) break;
    input.next();
    readUnquoted(lexer, parts, byte);
  }
  parts.flush();
  return finish(parts.list);
}

/** One piece of text outside of double quotes, whose first byte was taken. */
function readUnquoted(lexer: Lexer, parts: Parts, byte: i32): void {
  const input = lexer.input;
  switch (byte) {
    case 0x5c: {
      const next = input.next();
      parts.byte(next < 0 ? 0x5c : next, true);
      return;
    }
    case 0x27: {
      parts.begin(true);
      const line = input.line;
      while (true) {
        const next = input.next();
        if (next < 0) return unterminated(lexer, line);
        if (next == 0x27) return;
        parts.byte(next, true);
      }
    }
    case 0x22: return readDouble(lexer, parts);
    case 0x24:
      if (lexer.isDelimiter && input.peekJoined() != 0x27) break;
      return readDollar(lexer, parts, false);
    case 0x60:
      if (lexer.isDelimiter) break;
      return readBackquoted(lexer, parts, false);
    case 0: return;
  }
  parts.byte(byte, false);
}

function unterminated(lexer: Lexer, line: i32): void {
  lexer.fail(bytes("syntax error: unterminated quoted string"), line);
}

/** After a double quote, to the next. */
function readDouble(lexer: Lexer, parts: Parts): void {
  const input = lexer.input;
  const line = input.line;
  let empty = true;
  while (!lexer.failed) {
    const byte = input.peekJoined();
    if (byte < 0) return unterminated(lexer, line);
    input.next();
    if (byte == 0x22) {
      if (empty) parts.begin(true);
      return;
    }
    empty = false;
    readQuoted(lexer, parts, byte, 0x22);
  }
}

/** One piece of text in double quotes, or in what is treated so. `escapable`: what more a backslash quotes. */
function readQuoted(lexer: Lexer, parts: Parts, byte: i32, escapable: i32): void {
  const input = lexer.input;
  if (byte == 0x24 && !lexer.isDelimiter) return readDollar(lexer, parts, true);
  if (byte == 0x60 && !lexer.isDelimiter) return readBackquoted(lexer, parts, true);
  if (byte == 0x5c) {
    const next = input.peek();
    if (next == 0x24 || next == 0x60 || next == 0x5c || next == escapable && next >= 0) {
      parts.byte(input.next(), true);
      return;
    }
    if (next == 0x0a) {
      input.next();
      return;
    }
  }
  if (byte != 0) parts.byte(byte, true);
}

/** A here-document whose delimiter is not quoted: the whole input of the lexer. */
export function readHereDocument(lexer: Lexer): Word {
  const parts = new Parts();
  parts.begin(true);
  while (!lexer.failed) {
    const byte = lexer.input.peekJoined();
    if (byte < 0) break;
    lexer.input.next();
    readQuoted(lexer, parts, byte, -1);
  }
  parts.flush();
  return finish(parts.list);
}

/** A text as if it stood in double quotes: prompts. */
export function parseQuoted(text: Bytes): Word | null {
  const lexer = new Lexer(new TextSource(text));
  const word = readHereDocument(lexer);
  return lexer.failed ? null : word;
}

function isSpecial(byte: i32): bool {
  switch (byte) {
    case 0x40: case 0x2a: case 0x23: case 0x3f: case 0x2d: case 0x24: case 0x21: return true;
    default: return false;
  }
}

/** After `$`. */
function readDollar(lexer: Lexer, parts: Parts, quoted: bool): void {
  const input = lexer.input;
  const byte = input.peekJoined();
  if (byte == 0x28) {
    input.next();
    if (input.peekJoined() == 0x28 && readArithmetic(lexer, parts, quoted)) return;
    if (lexer.failed) return;
    return readCommand(lexer, parts, quoted);
  }
  if (byte == 0x7b) {
    input.next();
    return readBraces(lexer, parts, quoted);
  }
  if (!isNameStart(byte) && !isDigit(byte) && !isSpecial(byte)) {
    if (byte == 0x27 && !quoted) {
      input.next();
      return readEscaped(lexer, parts);
    }
    parts.byte(0x24, quoted);
    return;
  }
  const part = new Part();
  part.kind = PartKind.parameter;
  part.quoted = quoted;
  if (isNameStart(byte)) nameParameter(part, readName(lexer));
  else {
    input.next();
    if (isDigit(byte)) positional(part, byte - 0x30);
    else part.special = <u8>byte;
  }
  parts.add(part);
}

function nameParameter(part: Part, name: Bytes): void {
  part.text = name;
  part.variable = variable(name);
}

function positional(part: Part, index: i32): void {
  part.special = 0x64;
  part.index = index;
}

function readName(lexer: Lexer): Bytes {
  const name = new Buffer(16);
  while (isNameByte(lexer.input.peekJoined())) name.push(lexer.input.next());
  return name.copy();
}

/** `$'...'`: escapes as in C. */
function readEscaped(lexer: Lexer, parts: Parts): void {
  const input = lexer.input;
  const line = input.line;
  parts.begin(true);
  while (true) {
    let byte = input.next();
    if (byte < 0) return unterminated(lexer, line);
    if (byte == 0x27) return;
    if (byte != 0x5c) {
      parts.byte(byte, true);
      continue;
    }
    byte = input.next();
    switch (byte) {
      case 0x61: parts.byte(7, true); break;
      case 0x62: parts.byte(8, true); break;
      case 0x65: parts.byte(27, true); break;
      case 0x66: parts.byte(12, true); break;
      case 0x6e: parts.byte(10, true); break;
      case 0x72: parts.byte(13, true); break;
      case 0x74: parts.byte(9, true); break;
      case 0x76: parts.byte(11, true); break;
      case 0x63: {
        const control = input.next();
        if (control < 0) return unterminated(lexer, line);
        parts.byte(control & 0x1f, true);
        break;
      }
      case 0x78: {
        let value = 0;
        for (let digits = 0; digits < 2; digits++) {
          const digit = hexDigit(input.peek());
          if (digit < 0) break;
          value = value * 16 + digit;
          input.next();
        }
        if (value != 0) parts.byte(value, true);
        break;
      }
      default:
        if (byte >= 0x30 && byte <= 0x37) {
          let value = byte - 0x30;
          for (let digits = 1; digits < 3 && input.peek() >= 0x30 && input.peek() <= 0x37; digits++) value = value * 8 + input.next() - 0x30;
          if ((value & 0xff) != 0) parts.byte(value & 0xff, true);
        } else if (byte < 0) return unterminated(lexer, line);
        else {
          if (byte != 0x27 && byte != 0x22 && byte != 0x5c && byte != 0x3f) parts.byte(0x5c, true);
          parts.byte(byte, true);
        }
    }
  }
}

/** After `${`. */
function readBraces(lexer: Lexer, parts: Parts, quoted: bool): void {
  const input = lexer.input;
  const line = input.line;
  if (!lexer.enter()) return;
  const part = new Part();
  part.kind = PartKind.parameter;
  part.quoted = quoted;
  let byte = input.peekJoined();
  if (byte == 0x23) {
    // `${#}` is a parameter, and so is its use with an operator; else this asks for a length.
    input.next();
    byte = input.peekJoined();
    if (byte == 0x7d || byte == 0x3a || byte == 0x25 || byte == 0x3d || byte == 0x2b) part.special = 0x23;
    else if ((byte == 0x3f || byte == 0x2d || byte == 0x23) && input.peekSecond() != 0x7d) part.special = 0x23;
    else {
      part.op = Op.length;
      readParameter(lexer, part);
      if (input.peekJoined() != 0x7d) part.op = Op.bad;
    }
  } else readParameter(lexer, part);
  if (part.op == Op.none) readOperator(lexer, part, quoted);
  else if (part.op == Op.bad) skipBraces(lexer);
  if (lexer.failed) return lexer.leave();
  if (input.next() != 0x7d) lexer.fail(bytes("syntax error: unexpected end of file while looking for matching `}'"), line);
  lexer.leave();
  parts.add(part);
}

function readParameter(lexer: Lexer, part: Part): void {
  const input = lexer.input;
  const byte = input.peekJoined();
  if (isNameStart(byte)) nameParameter(part, readName(lexer));
  else if (isDigit(byte)) {
    const digits = new Buffer(8);
    while (isDigit(input.peekJoined())) digits.push(input.next());
    const index = parseCount(digits.copy());
    positional(part, index < 0 ? i32.MAX_VALUE : index);
  } else if (isSpecial(byte)) part.special = <u8>input.next();
  else part.op = Op.bad;
}

function readOperator(lexer: Lexer, part: Part, quoted: bool): void {
  const input = lexer.input;
  let byte = input.peekJoined();
  if (byte == 0x7d) return;
  if (byte == 0x3a) {
    input.next();
    part.colon = true;
    byte = input.peekJoined();
  }
  let pattern = false;
  switch (byte) {
    case 0x2d: part.op = Op.orElse; break;
    case 0x3d: part.op = Op.assign; break;
    case 0x3f: part.op = Op.error; break;
    case 0x2b: part.op = Op.instead; break;
    case 0x25:
      part.op = Op.shortSuffix;
      pattern = true;
      break;
    case 0x23:
      part.op = Op.shortPrefix;
      pattern = true;
      break;
    default:
      part.op = Op.bad;
      skipBraces(lexer);
      return;
  }
  if (pattern && part.colon) {
    part.op = Op.bad;
    skipBraces(lexer);
    return;
  }
  input.next();
  if (pattern && input.peekJoined() == byte) {
    input.next();
    part.op++;
  }
  part.word = readBraceWord(lexer, quoted && !pattern);
}

/** What makes no sense is read to its end and told when it is expanded. */
function skipBraces(lexer: Lexer): void {
  readBraceWord(lexer, false);
}

/** The word after an operator, up to the `}` that closes it. */
function readBraceWord(lexer: Lexer, quoted: bool): Word {
  const parts = new Parts();
  const input = lexer.input;
  while (!lexer.failed) {
    const byte = input.peekJoined();
    if (byte < 0 || byte == 0x7d) break;
    input.next();
    if (!quoted) readUnquoted(lexer, parts, byte);
    else if (byte == 0x22) readDouble(lexer, parts);
    else readQuotedInBraces(lexer, parts, byte);
  }
  parts.flush();
  return finish(parts.list);
}

function readQuotedInBraces(lexer: Lexer, parts: Parts, byte: i32): void {
  if (byte == 0x5c) {
    const next = lexer.input.peek();
    if (next == 0x22) {
      parts.byte(lexer.input.next(), true);
      return;
    }
  }
  readQuoted(lexer, parts, byte, 0x7d);
}

/**
 * After `$(`, before a second bracket. Answers false, with nothing read, when the brackets close so that it is a
 * command that begins with a subshell.
 */
function readArithmetic(lexer: Lexer, parts: Parts, quoted: bool): bool {
  const input = lexer.input;
  const canGoBack = input.plain;
  const position = input.position;
  const line = input.line;
  input.next();
  if (!lexer.enter()) return true;
  const inner = new Parts();
  let depth = 0;
  while (!lexer.failed) {
    const byte = input.peekJoined();
    if (byte < 0) break;
    if (byte == 0x29 && depth == 0) {
      input.next();
      if (input.peekJoined() == 0x29) {
        input.next();
        lexer.leave();
        inner.flush();
        const part = new Part();
        part.kind = PartKind.arithmetic;
        part.quoted = quoted;
        part.word = finish(inner.list);
        parts.add(part);
        return true;
      }
      break;
    }
    input.next();
    if (byte == 0x28) depth++;
    else if (byte == 0x29) depth--;
    if (byte == 0x22) continue;
    readQuoted(lexer, inner, byte, 0x22);
  }
  lexer.leave();
  if (canGoBack && input.plain) {
    lexer.failed = false;
    input.backTo(position, line);
    return false;
  }
  lexer.fail(bytes("syntax error: missing `))'"), line);
  return true;
}

/** After `$(`: commands up to the bracket that closes. */
function readCommand(lexer: Lexer, parts: Parts, quoted: bool): void {
  const part = new Part();
  part.kind = PartKind.command;
  part.quoted = quoted;
  part.body = parseSubstitution(lexer);
  if (!lexer.failed) parts.add(part);
}

/** After a backquote: the text up to the next, in which a backslash quotes `$`, a backquote and itself. */
function readBackquoted(lexer: Lexer, parts: Parts, quoted: bool): void {
  const input = lexer.input;
  const line = input.line;
  const text = new Buffer(64);
  while (true) {
    const byte = input.next();
    if (byte < 0) return lexer.fail(bytes("syntax error: unexpected end of file while looking for matching ``'"), line);
    if (byte == 0x60) break;
    if (byte == 0x5c) {
      const next = input.peek();
      if (next == 0x0a) {
        input.next();
        continue;
      }
      if (next == 0x24 || next == 0x60 || next == 0x5c || quoted && next == 0x22) {
        text.push(input.next());
        continue;
      }
    }
    text.push(byte);
  }
  const inner = lexer.inner(text.copy(), line);
  const part = new Part();
  part.kind = PartKind.command;
  part.quoted = quoted;
  part.body = parseText(inner);
  if (inner.failed) lexer.fail(inner.message, inner.messageLine);
  else parts.add(part);
}
