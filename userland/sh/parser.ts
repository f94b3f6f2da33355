/**
 * The grammar, by recursive descent: one function for each thing of it. All answer null after an error, which the
 * lexer keeps.
 *
 * Spec: POSIX XCU 2.10 Shell Grammar.
 */
import { aliases } from "./aliases";
import { at, Buffer, Bytes, bytes, is, isName, parseCount } from "./bytes";
import { Lexer, PendingHere, sourceText, Token } from "./lexer";
import { assignedValue, assignmentEnd, assignmentWord } from "./word-parts";
import { AndOr, Assignment, CaseItem, CaseOf, ForLoop, FunctionDefinition, IfElse, Node, NodeKind, NO_REDIRECTS, Pair, PartKind, Redirect, RedirectKind, Several, Simple, Word, Wrapped } from "./syntax";
import { variable } from "./variables";

/** What `parseLine` found. */
export namespace Parsed {
  export const command: i32 = 0;
  /** A line without a command. */
  export const blank: i32 = 1;
  export const end: i32 = 2;
  export const error: i32 = 3;
}

/** The command that `parseLine` read. */
export let parsedCommand: Node | null = null;

/** Reads one complete command: a line, or as many as it takes. */
export function parseLine(lexer: Lexer): i32 {
  lexer.input.beginCommand();
  parsedCommand = null;
  if (lexer.accept(Token.newline)) return lexer.failed ? Parsed.error : Parsed.blank;
  if (lexer.look() == Token.end && !lexer.failed) return Parsed.end;
  const node = list(lexer, false);
  if (!lexer.failed && lexer.look() != Token.newline && lexer.kind != Token.end) lexer.unexpected();
  // The newline is read here, so that here-documents are before the command runs.
  if (lexer.failed) return Parsed.error;
  if (lexer.kind == Token.newline) lexer.take();
  parsedCommand = node;
  return Parsed.command;
}

/** Reads all of a text as one command: backquotes. Null also when there is none. */
export function parseText(lexer: Lexer): Node | null {
  if (!lexer.enter()) return null;
  const node = lines(lexer);
  if (!lexer.failed && lexer.look() != Token.end) lexer.unexpected();
  lexer.leave();
  return node;
}

/** Reads commands to the closing bracket of `$(`, which is taken. The lexer is in the middle of a word. */
export function parseSubstitution(lexer: Lexer): Node | null {
  const kind = lexer.kind;
  const tokenAt = lexer.tokenAt;
  const tokenLine = lexer.tokenLine;
  const mayBeAlias = lexer.mayBeAlias;
  const pending = lexer.pending;
  lexer.pending = [];
  lexer.has = false;
  let node: Node | null = null;
  if (lexer.enter()) {
    node = lines(lexer);
    if (!lexer.failed && lexer.look() != Token.right) lexer.unexpected();
  }
  lexer.leave();
  lexer.has = false;
  lexer.kind = kind;
  lexer.word = null;
  lexer.tokenAt = tokenAt;
  lexer.tokenLine = tokenLine;
  lexer.mayBeAlias = mayBeAlias;
  // A here-document that the bracket cut off is read after the present line.
  for (let index = 0; index < lexer.pending.length; index++) pending.push(lexer.pending[index]);
  lexer.pending = pending;
  return node;
}

/** Commands over many lines; null when there is none. */
function lines(lexer: Lexer): Node | null {
  skipNewlines(lexer);
  return startsCommand(lexer) ? list(lexer, true) : null;
}

function skipNewlines(lexer: Lexer): void {
  while (lexer.accept(Token.newline)) {}
}

/** Whether a command can begin with the next token: not what closes a list. */
function startsCommand(lexer: Lexer): bool {
  const kind = lexer.look();
  if (lexer.failed) return false;
  expandAlias(lexer);
  if (lexer.look() != Token.word) return lexer.kind != Token.end && lexer.kind != Token.right && lexer.kind != Token.caseEnd && lexer.kind != Token.caseThrough && kind == lexer.kind;
  const word = lexer.word!;
  return !word.bare || !isClosing(word.literal!);
}

function isClosing(text: Bytes): bool {
  switch (text.byteLength) {
    case 1: return at(text, 0) == 0x7d;
    case 2: return is(text, "do") || is(text, "fi");
    case 4: return is(text, "then") || is(text, "else") || is(text, "elif") || is(text, "done") || is(text, "esac");
    default: return false;
  }
}

function isReservedWord(text: Bytes): bool {
  switch (text.byteLength) {
    case 1: return at(text, 0) == 0x7b || at(text, 0) == 0x21 || isClosing(text);
    case 2: return is(text, "if") || isClosing(text);
    case 3: return is(text, "for");
    case 4: return is(text, "case") || isClosing(text);
    case 5: return is(text, "while") || is(text, "until");
    default: return false;
  }
}

/** Puts the text of an alias in place of the next word, as often as there is one. */
function expandAlias(lexer: Lexer): void {
  if (aliases.size == 0) return;
  while (lexer.look() == Token.word && !lexer.failed) {
    const word = lexer.word!;
    if (!word.bare || isReservedWord(word.literal!)) return;
    const name = word.literal!;
    const text = aliases.get(name);
    if (!text || !lexer.input.pushAlias(name, text)) return;
    lexer.take();
  }
}

/** Commands with `;` `&` between them, and newlines too when `many`. */
function list(lexer: Lexer, many: bool): Node | null {
  const commands = new Array<Node>();
  const line = lexer.tokenLine;
  while (!lexer.failed) {
    const from = lexer.look() == Token.end ? 0 : lexer.tokenAt;
    let node = andOr(lexer);
    if (!node) return null;
    if (lexer.look() == Token.ampersand && !lexer.failed) {
      const wrapped = new Wrapped(NodeKind.background, node.line, node);
      wrapped.text = sourceText(lexer, from, lexer.tokenAt);
      node = wrapped;
      lexer.take();
    } else if (lexer.kind == Token.semicolon) lexer.take();
    else if (!many || lexer.kind != Token.newline) {
      commands.push(node);
      break;
    }
    commands.push(node);
    if (many) skipNewlines(lexer);
    else if (lexer.look() == Token.newline) break;
    if (!startsCommand(lexer)) break;
  }
  if (lexer.failed) return null;
  return commands.length == 1 ? commands[0] : new Several(NodeKind.list, line, commands);
}

function andOr(lexer: Lexer): Node | null {
  const first = pipeline(lexer);
  if (!first || lexer.look() != Token.and && lexer.kind != Token.or || lexer.failed) return lexer.failed ? null : first;
  const commands: Array<Node> = [first];
  const isAnd = new Array<bool>();
  while ((lexer.look() == Token.and || lexer.kind == Token.or) && !lexer.failed) {
    isAnd.push(lexer.kind == Token.and);
    lexer.take();
    skipNewlines(lexer);
    const next = pipeline(lexer);
    if (!next) return null;
    commands.push(next);
  }
  return lexer.failed ? null : new AndOr(first.line, commands, isAnd);
}

function pipeline(lexer: Lexer): Node | null {
  expandAlias(lexer);
  let negated = false;
  while (lexer.isReserved("!")) {
    lexer.take();
    negated = !negated;
    expandAlias(lexer);
  }
  const from = lexer.tokenAt;
  const first = command(lexer);
  if (!first) return null;
  if (lexer.look() != Token.pipe && !negated || lexer.failed) return lexer.failed ? null : first;
  const commands: Array<Node> = [first];
  while (lexer.accept(Token.pipe)) {
    skipNewlines(lexer);
    const next = command(lexer);
    if (!next) return null;
    commands.push(next);
  }
  if (lexer.failed) return null;
  const node = new Several(NodeKind.pipeline, first.line, commands);
  node.negated = negated;
  node.text = sourceText(lexer, from, lexer.tokenAt);
  return node;
}

function command(lexer: Lexer): Node | null {
  expandAlias(lexer);
  const kind = lexer.look();
  if (lexer.failed) return null;
  const line = lexer.tokenLine;
  const from = lexer.tokenAt;
  let node: Node | null = null;
  if (kind == Token.left) {
    lexer.take();
    const body = compoundList(lexer);
    if (!body || !expect(lexer, Token.right)) return null;
    node = new Wrapped(NodeKind.subshell, line, body);
  } else if (kind == Token.word) {
    const word = lexer.word!;
    if (!word.bare || !isReservedWord(word.literal!)) return simple(lexer);
    if (!lexer.enter()) return null;
    node = compound(lexer, word.literal!, line);
    lexer.leave();
    if (!node) return null;
  } else if (isRedirect(kind) || kind == Token.number) return simple(lexer);
  else {
    lexer.unexpected();
    return null;
  }
  while (isRedirect(lexer.look()) || lexer.kind == Token.number) {
    if (node.redirects === NO_REDIRECTS) node.redirects = [];
    if (!redirect(lexer, node.redirects)) return null;
  }
  if (lexer.failed) return null;
  // Other compound commands run in the shell itself and are never shown as a job by themselves.
  if (kind == Token.left) node.text = sourceText(lexer, from, lexer.tokenAt);
  return node;
}

/** A command that begins with a reserved word, which is still the next token. */
function compound(lexer: Lexer, word: Bytes, line: i32): Node | null {
  if (isClosing(word)) {
    lexer.unexpected();
    return null;
  }
  lexer.take();
  switch (at(word, 0)) {
    case 0x7b: { // {
      const body = compoundList(lexer);
      return body && expectWord(lexer, "}") ? new Wrapped(NodeKind.group, line, body) : null;
    }
    case 0x69: return ifElse(lexer, line);
    case 0x77:
    case 0x75: {
      const condition = compoundList(lexer);
      if (!condition) return null;
      const body = doGroup(lexer);
      return body ? new Pair(at(word, 0) == 0x77 ? NodeKind.whileLoop : NodeKind.untilLoop, line, condition, body) : null;
    }
    case 0x66: return forLoop(lexer, line);
    case 0x63: return caseOf(lexer, line);
    default:
      // A `!` where no pipeline begins.
      lexer.has = true;
      lexer.unexpected();
      return null;
  }
}

/** Commands in a bracket or a keyword's arm: at least one. */
function compoundList(lexer: Lexer): Node | null {
  if (!lexer.enter()) return null;
  skipNewlines(lexer);
  let node: Node | null = null;
  if (startsCommand(lexer)) node = list(lexer, true);
  else lexer.unexpected();
  lexer.leave();
  return lexer.failed ? null : node;
}

function expect(lexer: Lexer, kind: u8): bool {
  if (lexer.accept(kind)) return true;
  lexer.unexpected();
  return false;
}

function expectWord(lexer: Lexer, text: string): bool {
  if (lexer.isReserved(text) && !lexer.failed) {
    lexer.take();
    return true;
  }
  lexer.unexpected();
  return false;
}

function doGroup(lexer: Lexer): Node | null {
  if (!expectWord(lexer, "do")) return null;
  const body = compoundList(lexer);
  return body && expectWord(lexer, "done") ? body : null;
}

function ifElse(lexer: Lexer, line: i32): Node | null {
  const conditions = new Array<Node>();
  const bodies = new Array<Node>();
  do {
    if (conditions.length > 0) lexer.take();
    const condition = compoundList(lexer);
    if (!condition || !expectWord(lexer, "then")) return null;
    const body = compoundList(lexer);
    if (!body) return null;
    conditions.push(condition);
    bodies.push(body);
  } while (lexer.isReserved("elif") && !lexer.failed);
  let otherwise: Node | null = null;
  if (lexer.isReserved("else")) {
    lexer.take();
    otherwise = compoundList(lexer);
    if (!otherwise) return null;
  }
  return expectWord(lexer, "fi") ? new IfElse(line, conditions, bodies, otherwise) : null;
}

function forLoop(lexer: Lexer, line: i32): Node | null {
  if (lexer.look() != Token.word || !lexer.word!.bare || !isName(lexer.word!.literal!)) {
    lexer.unexpected();
    return null;
  }
  const name = lexer.word!.literal!;
  lexer.take();
  let words: Array<Word> | null = null;
  if (!lexer.accept(Token.semicolon)) {
    skipNewlines(lexer);
    if (lexer.isReserved("in")) {
      lexer.take();
      const found = new Array<Word>();
      while (lexer.look() == Token.word && !lexer.failed) {
        found.push(lexer.word!);
        lexer.take();
      }
      words = found;
      if (!lexer.accept(Token.semicolon) && lexer.look() != Token.newline) {
        lexer.unexpected();
        return null;
      }
    }
  }
  skipNewlines(lexer);
  const body = doGroup(lexer);
  return body ? new ForLoop(line, variable(name), words, body) : null;
}

function caseOf(lexer: Lexer, line: i32): Node | null {
  if (lexer.look() != Token.word) {
    lexer.unexpected();
    return null;
  }
  const subject = lexer.word!;
  lexer.take();
  skipNewlines(lexer);
  if (!expectWord(lexer, "in")) return null;
  skipNewlines(lexer);
  const items = new Array<CaseItem>();
  while (!lexer.failed && !lexer.isReserved("esac")) {
    lexer.accept(Token.left);
    const patterns = new Array<Word>();
    do {
      if (lexer.look() != Token.word) {
        lexer.unexpected();
        return null;
      }
      patterns.push(lexer.word!);
      lexer.take();
    } while (lexer.accept(Token.pipe));
    if (!expect(lexer, Token.right)) return null;
    if (!lexer.enter()) return null;
    const body = lines(lexer);
    lexer.leave();
    if (lexer.failed) return null;
    const through = lexer.look() == Token.caseThrough;
    items.push(new CaseItem(patterns, body, through));
    if (lexer.kind == Token.caseEnd || through) {
      lexer.take();
      skipNewlines(lexer);
    } else break;
  }
  return expectWord(lexer, "esac") ? new CaseOf(line, subject, items) : null;
}

function isRedirect(kind: u8): bool {
  return kind >= Token.less && kind <= Token.hereTabs;
}

/** One redirection, with the number before it. */
function redirect(lexer: Lexer, into: Array<Redirect>): bool {
  let descriptor = -1;
  if (lexer.look() == Token.number) {
    descriptor = parseCount(lexer.word!.literal!);
    if (descriptor < 0) {
      lexer.fail(bytes("descriptor out of range"), lexer.tokenLine);
      return false;
    }
    lexer.take();
  }
  const kind = lexer.look();
  lexer.take();
  lexer.isDelimiter = kind == Token.here || kind == Token.hereTabs;
  lexer.look();
  lexer.isDelimiter = false;
  if (lexer.kind != Token.word && lexer.kind != Token.number) {
    lexer.unexpected();
    return false;
  }
  const word = lexer.word!;
  if (lexer.failed) return false;
  lexer.take();
  const number = descriptor >= 0 ? descriptor : kind == Token.great || kind == Token.clobber || kind == Token.append || kind == Token.greatAnd ? 1 : 0;
  let made: u8 = 0;
  switch (kind) {
    case Token.less: made = RedirectKind.read; break;
    case Token.great: made = RedirectKind.write; break;
    case Token.clobber: made = RedirectKind.clobber; break;
    case Token.append: made = RedirectKind.append; break;
    case Token.lessGreat: made = RedirectKind.readWrite; break;
    case Token.lessAnd: case Token.greatAnd: made = RedirectKind.duplicate; break;
    default: made = RedirectKind.here;
  }
  const node = new Redirect(made, number, word);
  into.push(node);
  if (made == RedirectKind.here) lexer.pending.push(new PendingHere(node, delimiterText(word), !isUnquoted(word), kind == Token.hereTabs));
  return true;
}

/** The bytes of a delimiter, whose parts are literal or a tilde. */
function delimiterText(word: Word): Bytes {
  const literal = word.literal;
  if (literal) return literal;
  const all = new Buffer(32);
  for (let index = 0; index < word.parts.length; index++) {
    const part = word.parts[index];
    if (part.kind == PartKind.tilde) all.push(0x7e);
    all.append(part.text);
  }
  return all.copy();
}

function isUnquoted(word: Word): bool {
  for (let index = 0; index < word.parts.length; index++) if (word.parts[index].quoted) return false;
  return true;
}

/** A simple command, or a function when brackets follow its first word. */
function simple(lexer: Lexer): Node | null {
  const assignments = new Array<Assignment>();
  const words = new Array<Word>();
  let redirects = NO_REDIRECTS;
  const line = lexer.tokenLine;
  const from = lexer.tokenAt;
  let declares = false;
  while (!lexer.failed) {
    if (words.length == 0 || lexer.has && lexer.mayBeAlias || !lexer.has && lexer.look() == Token.word && lexer.mayBeAlias) expandAlias(lexer);
    const kind = lexer.look();
    if (lexer.failed) return null;
    if (kind == Token.word) {
      const word = lexer.word!;
      lexer.take();
      const equals = words.length == 0 || declares ? assignmentEnd(word) : -1;
      if (equals >= 0 && words.length == 0) {
        assignments.push(new Assignment(variable(nameBefore(word, equals)), assignedValue(word, equals + 1)));
        continue;
      }
      words.push(equals >= 0 ? assignmentWord(word, equals) : word);
      if (words.length == 1 && word.bare) declares = isDeclaration(word.literal!);
      else if (words.length == 2 && is(words[0].literal ? words[0].literal! : changetype<Bytes>(new ArrayBuffer(0)), "command") && word.bare) declares = isDeclaration(word.literal!);
      if (words.length == 1 && assignments.length == 0 && redirects === NO_REDIRECTS && word.bare && lexer.look() == Token.left) {
        return functionDefinition(lexer, word.literal!, line);
      }
    } else if (isRedirect(kind) || kind == Token.number) {
      if (redirects === NO_REDIRECTS) redirects = [];
      if (!redirect(lexer, redirects)) return null;
    } else break;
  }
  if (lexer.failed) return null;
  if (words.length == 0 && assignments.length == 0 && redirects.length == 0) {
    lexer.unexpected();
    return null;
  }
  const node = new Simple(line, assignments, words);
  node.redirects = redirects;
  node.text = sourceText(lexer, from, lexer.tokenAt);
  return node;
}

function nameBefore(word: Word, equals: i32): Bytes {
  return word.parts[0].text.slice(0, equals);
}

/** Whether arguments of the form `NAME=value` of this command are assignments. */
function isDeclaration(name: Bytes): bool {
  return is(name, "export") || is(name, "readonly") || is(name, "local");
}

function functionDefinition(lexer: Lexer, name: Bytes, line: i32): Node | null {
  lexer.take();
  if (!expect(lexer, Token.right)) return null;
  if (!isFunctionName(name)) {
    lexer.fail(bytes("syntax error: bad function name"), line);
    return null;
  }
  skipNewlines(lexer);
  expandAlias(lexer);
  if (lexer.look() != Token.left && !(lexer.kind == Token.word && lexer.word!.bare && isReservedWord(lexer.word!.literal!))) {
    lexer.unexpected();
    return null;
  }
  const body = command(lexer);
  if (!body) return null;
  return new FunctionDefinition(line, name, body);
}

/** A name, and `-` `.` `:` within it too. */
function isFunctionName(name: Bytes): bool {
  for (let index = 0; index < name.byteLength; index++) {
    const byte = at(name, index);
    const isLetter = <u32>((byte | 0x20) - 0x61) < 26 || byte == 0x5f;
    const isInner = <u32>(byte - 0x30) < 10 || byte == 0x2d || byte == 0x2e || byte == 0x3a;
    if (!isLetter && (index == 0 || !isInner)) return false;
  }
  return name.byteLength > 0;
}
