/**
 * Regular expressions as text: basic and extended ones of POSIX, and what most systems know beyond
 * them: \+ \? \| in basic ones, references in extended ones, \w \W \s \S \b \B \< \>, \n and \t.
 *
 * Spec: POSIX, regular expressions.
 */
import {
  APOSTROPHE, BACKQUOTE, BACKSLASH, BAR, CARET, CLOSE_BRACE, CLOSE_PAREN, COMMA, DOLLAR, DOT, GREATER, LESS, LINE_FEED, OPEN_BRACE, OPEN_BRACKET, OPEN_PAREN, PLUS, QUESTION, STAR, TAB, UNDERSCORE,
} from "../ascii";
import { Bytes, at, characterLength, isDigit } from "../bytes";
import { bracketEnd, bracketProblem, parseBracket } from "./bracket";
import { ByteSet } from "./byte-set";
import { Characters, anyCharacter } from "./characters";
import { classHas } from "../classes";
import { Assertion, Node, NodeKind, WITHOUT_END } from "./node";

/** Times that an interval may ask for. */
const REPEAT_MAX: i32 = 32767;
const DEPTH_MAX: i32 = 200;
const ALNUM: i32 = 0;
const SPACE: i32 = 9;
const NONE: i32 = -2;

export class Parser {
  /** Groups met so far. */
  groups: i32 = 0;
  hasReferences: bool = false;
  /** Why `parse` answered null. */
  problem: string = "";
  private text: Bytes = new ArrayBuffer(0);
  private index: i32 = 0;
  private depth: i32 = 0;

  constructor(private readonly extended: bool, private readonly fold: bool, private readonly escapes: bool) {}

  /** The tree of a pattern; null when it is not well formed. */
  parse(text: Bytes): Node | null {
    this.text = text;
    this.index = 0;
    this.depth = 0;
    const node = this.choice();
    if (node && this.index < text.byteLength) return this.fail(this.extended ? "a ) has no (" : "a \\) has no \\(");
    return node;
  }

  /** The tree of bytes that mean themselves. */
  literal(text: Bytes): Node {
    const list: Node[] = [];
    for (let index = 0; index < text.byteLength; index++) list.push(this.byte(at(text, index)));
    return Node.of(NodeKind.sequence, list);
  }

  private choice(): Node | null {
    if (++this.depth > DEPTH_MAX) return this.fail("it is nested too deeply");
    const choices: Node[] = [];
    while (true) {
      const sequence = this.sequence();
      if (!sequence) return null;
      choices.push(sequence);
      if (!this.atOperator(BAR)) break;
      this.index += this.extended ? 1 : 2;
    }
    this.depth--;
    return Node.of(NodeKind.choice, choices);
  }

  private sequence(): Node | null {
    const list: Node[] = [];
    let isFirst = true;
    while (this.index < this.text.byteLength && !this.atOperator(BAR) && !this.atOperator(CLOSE_PAREN)) {
      let item = this.item(isFirst);
      if (!item) return null;
      // An anchor at the beginning: what follows is still first, so that a * there is a star.
      isFirst = isFirst && !this.extended && item.kind == NodeKind.assertion;
      while (!isFirst && item) {
        const repeated = this.repetition(item);
        if (!repeated) break;
        item = repeated;
      }
      if (this.problem.length > 0) return null;
      list.push(item);
    }
    return Node.of(NodeKind.sequence, list);
  }

  /** One character, group or assertion. */
  private item(isFirst: bool): Node | null {
    const byte = at(this.text, this.index);
    switch (byte) {
      case DOT: {
        this.index++;
        return anyCharacter();
      }
      case OPEN_BRACKET: {
        const node = parseBracket(this.text, this.index + 1, this.fold, this.escapes);
        if (!node) return this.fail(bracketProblem);
        this.index = bracketEnd;
        return node;
      }
      case CARET: {
        if (!this.extended && !isFirst) break;
        this.index++;
        return Node.numbered(NodeKind.assertion, Assertion.start);
      }
      case DOLLAR: {
        if (!this.extended && !this.isLast()) break;
        this.index++;
        return Node.numbered(NodeKind.assertion, Assertion.end);
      }
      case BACKSLASH: return this.escape();
      case OPEN_PAREN: {
        if (this.extended) return this.group();
        break;
      }
      case STAR:
      case PLUS:
      case QUESTION: {
        if (this.extended) return this.fail("there is nothing to repeat");
        break;
      }
    }
    return this.character();
  }

  /** Whether a $ at this place ends a basic expression. */
  private isLast(): bool {
    const next = this.index + 1;
    if (next == this.text.byteLength) return true;
    if (at(this.text, next) != BACKSLASH || next + 1 == this.text.byteLength) return false;
    const letter = at(this.text, next + 1);
    return letter == CLOSE_PAREN || letter == BAR;
  }

  private escape(): Node | null {
    if (this.index + 1 >= this.text.byteLength) return this.fail("it ends with a backslash");
    const letter = at(this.text, this.index + 1);
    if (letter == OPEN_PAREN && !this.extended) return this.group();
    if (letter == OPEN_BRACE && !this.extended) return this.fail("there is nothing to repeat");
    this.index += 2;
    if (isDigit(letter) && letter != 0x30) return this.reference(letter - 0x30);
    switch (letter) {
      case 0x62: return Node.numbered(NodeKind.assertion, Assertion.boundary); // b
      case 0x42: return Node.numbered(NodeKind.assertion, Assertion.noBoundary); // B
      case LESS: return Node.numbered(NodeKind.assertion, Assertion.wordStart);
      case GREATER: return Node.numbered(NodeKind.assertion, Assertion.wordEnd);
      case BACKQUOTE: return Node.numbered(NodeKind.assertion, Assertion.start);
      case APOSTROPHE: return Node.numbered(NodeKind.assertion, Assertion.end);
      case 0x77: return classNode(ALNUM, true, false); // w
      case 0x57: return classNode(ALNUM, true, true); // W
      case 0x73: return classNode(SPACE, false, false); // s
      case 0x53: return classNode(SPACE, false, true); // S
      case 0x6e: return this.byte(LINE_FEED); // n
      case 0x74: return this.byte(TAB); // t
    }
    this.index--;
    return this.character();
  }

  private reference(number: i32): Node | null {
    if (number > this.groups) return this.fail("a reference has no group");
    this.hasReferences = true;
    return Node.numbered(NodeKind.reference, number);
  }

  private group(): Node | null {
    const width = this.extended ? 1 : 2;
    this.index += width;
    const number = ++this.groups;
    const inner = this.choice();
    if (!inner) return null;
    if (!this.atOperator(CLOSE_PAREN)) return this.fail(this.extended ? "a ( has no )" : "a \\( has no \\)");
    this.index += width;
    return Node.group(inner, number);
  }

  /** What follows repeats `item`: the node of that; null when nothing does, or it is not well formed. */
  private repetition(item: Node): Node | null {
    if (this.index >= this.text.byteLength) return null;
    const byte = at(this.text, this.index);
    if (byte == STAR) {
      this.index++;
      return Node.repeat(item, 0, WITHOUT_END);
    }
    if (this.atOperator(PLUS)) {
      this.index += this.extended ? 1 : 2;
      return Node.repeat(item, 1, WITHOUT_END);
    }
    if (this.atOperator(QUESTION)) {
      this.index += this.extended ? 1 : 2;
      return Node.repeat(item, 0, 1);
    }
    return this.atOperator(OPEN_BRACE) ? this.interval(item) : null;
  }

  /** {m}, {m,}, {,n} or {m,n}. */
  private interval(item: Node): Node | null {
    const start = this.index;
    this.index += this.extended ? 1 : 2;
    let low = this.number();
    let high = low;
    if (this.index < this.text.byteLength && at(this.text, this.index) == COMMA) {
      this.index++;
      high = this.number();
      if (high == NONE) high = WITHOUT_END;
      if (low == NONE) low = 0;
    }
    if (low == NONE || !this.atOperator(CLOSE_BRACE)) {
      // In extended ones such a brace is one like any other character.
      if (!this.extended) return this.fail("a \\{ is not well formed");
      this.index = start;
      return null;
    }
    this.index += this.extended ? 1 : 2;
    if (low > REPEAT_MAX || high > REPEAT_MAX || (high >= 0 && high < low)) return this.fail("an interval is not well formed");
    return Node.repeat(item, low, high);
  }

  private number(): i32 {
    let value = NONE;
    for (; this.index < this.text.byteLength && isDigit(at(this.text, this.index)); this.index++) value = min(max(value, 0) * 10 + at(this.text, this.index) - 0x30, REPEAT_MAX + 1);
    return value;
  }

  /** Whether an operator of one character, with a backslash in basic ones, stands here. */
  private atOperator(character: u8): bool {
    if (this.extended) return this.index < this.text.byteLength && at(this.text, this.index) == character;
    return this.index + 1 < this.text.byteLength && at(this.text, this.index) == BACKSLASH && at(this.text, this.index + 1) == character;
  }

  /** The character here as itself. */
  private character(): Node {
    const address = changetype<usize>(this.text) + this.index;
    const length = characterLength(address, changetype<usize>(this.text) + this.text.byteLength);
    const list: Node[] = [];
    for (let next = 0; next < length; next++) list.push(this.byte(load<u8>(address + next)));
    this.index += length;
    return Node.of(NodeKind.sequence, list);
  }

  private byte(byte: i32): Node {
    const set = ByteSet.of(byte);
    if (this.fold) set.foldCase();
    return Node.bytes(set);
  }

  private fail(why: string): Node | null {
    if (this.problem.length == 0) this.problem = why;
    return null;
  }
}

function classNode(number: i32, underscore: bool, negated: bool): Node {
  const characters = new Characters();
  for (let byte = 0; byte < 0x80; byte++) if (classHas(number, byte) || (underscore && byte == UNDERSCORE)) characters.ascii.add(byte);
  return characters.node(negated);
}
