/**
 * Scripts of `sed` as text.
 *
 * Spec: POSIX, sed; and of what most systems know beyond it: `a`, `i` and `c` with their text in the same line, first~step and
 * addr,+n, the flag I, and the commands Q, T and z.
 */
import {
  AMPERSAND, BACKSLASH, BLANK, CARET, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, DOLLAR, DOT, EQUALS, EXCLAMATION, HASH, LINE_FEED, OPEN_BRACKET, PLUS, SEMICOLON, SLASH, TAB, TILDE,
} from "../../sdk/ascii";
import { Bytes, at, bytes, characterLength, is, isDigit, isSpace, slice } from "../../sdk/bytes";
import { Buffer } from "../../sdk/buffer";
import { openToWrite } from "../../sdk/files";
import { Output, out } from "../../sdk/output";
import { complainBytes, complainErrno, exit } from "../../sdk/program";
import { Regex, RegexOptions, Syntax, regexProblem } from "../../sdk/regex/regex";
import { compareBytes } from "../../sdk/scan";
import { Address, AddressKind, Command, NamedOutput, Part, Substitution, Translation } from "./command";

/** Commands that take no address, at most one, or nothing behind them. */
const WITHOUT_ADDRESS = ":}";
const ONE_ADDRESS = "qQ";
const PLAIN = "{=dDgGhHlnNpPxz";

export class Script {
  commands: Command[] = [];
  outputs: NamedOutput[] = [];
  private text: Bytes = new ArrayBuffer(0);
  private index: i32 = 0;
  private open: i32[] = [];

  constructor(private readonly extended: bool) {}

  /** Reads a script; ends the program with a complaint when it is not well formed. */
  parse(text: Bytes): void {
    this.text = text;
    while (true) {
      this.skip(true);
      if (this.index >= text.byteLength) break;
      if (at(text, this.index) == HASH) this.skipComment();
      else this.command();
    }
    if (this.open.length > 0) this.fail("a { has no }");
    this.resolveLabels();
  }

  private command(): void {
    const first = this.address(false);
    let second: Address | null = null;
    this.skip(false);
    if (first && this.peek() == COMMA) {
      this.index++;
      this.skip(false);
      second = this.address(true);
      if (!second) this.fail("a second address is missing");
    }
    if (first && first.isBefore && !(second && second.kind == AddressKind.regex)) this.fail("invalid usage of line address 0");
    this.skip(false);
    const negated = this.peek() == EXCLAMATION;
    if (negated) {
      this.index++;
      this.skip(false);
      if (this.peek() == EXCLAMATION) this.fail("multiple `!'s");
    }
    if (this.index >= this.text.byteLength) this.fail("a command is missing");
    const letter = at(this.text, this.index++);
    const command = new Command(letter);
    command.first = first;
    command.second = second;
    command.negated = negated;
    const name = String.fromCharCode(letter);
    if (first && WITHOUT_ADDRESS.includes(name)) this.fail(name + " takes no address");
    if (second && ONE_ADDRESS.includes(name)) this.fail(name + " takes one address");
    this.arguments(command, name);
  }

  private arguments(command: Command, name: string): void {
    if (PLAIN.includes(name)) {
      if (name == "{") this.open.push(this.commands.length);
      this.commands.push(command);
      if (name != "{") this.end();
      return;
    }
    if (name == "}") {
      if (this.open.length == 0) this.fail("a } has no {");
      this.commands[this.open.pop()].target = this.commands.length;
      return this.end();
    }
    this.commands.push(command);
    if (name == "a" || name == "i" || name == "c") command.text = this.lines();
    else if (name == ":" || name == "b" || name == "t" || name == "T") {
      command.text = this.word();
      if (name == ":" && command.text.byteLength == 0) this.fail(": needs a label");
      if (name != ":") this.end();
    } else if (name == "r") {
      command.text = this.fileName();
    } else if (name == "w") {
      command.output = this.outputOf(this.fileName());
    } else if (name == "q" || name == "Q") {
      this.skip(false);
      while (isDigit(this.peek())) command.number = (command.number * 10 + at(this.text, this.index++) - 0x30) & 0xff;
      this.end();
    } else if (name == "s") {
      this.substitution(command);
    } else if (name == "y") {
      this.translation(command);
    } else {
      this.fail("unknown command " + name);
    }
  }

  /** An address, if one stands here. */
  private address(isSecond: bool): Address | null {
    const byte = this.peek();
    if (isDigit(byte)) {
      const number = this.number();
      if (this.peek() != TILDE) {
        const address = new Address(AddressKind.line);
        address.number = number;
        return address;
      }
      this.index++;
      const address = new Address(AddressKind.step);
      address.number = number;
      address.step = this.number();
      return address;
    }
    if (isSecond && byte == PLUS) {
      this.index++;
      const address = new Address(AddressKind.offset);
      address.number = this.number();
      return address;
    }
    if (byte == DOLLAR) {
      this.index++;
      return new Address(AddressKind.last);
    }
    if (byte != SLASH && byte != BACKSLASH) return null;
    if (byte == BACKSLASH) this.index++;
    const address = new Address(AddressKind.regex);
    const pattern = this.delimited(true);
    let fold = false;
    while (this.peek() == 0x49) {
      fold = true;
      this.index++;
    }
    address.regex = this.compile(pattern, fold);
    return address;
  }

  private number(): i64 {
    let value: i64 = 0;
    while (isDigit(this.peek())) value = min<i64>(value * 10 + at(this.text, this.index++) - 0x30, 1 << 53);
    return value;
  }

  /** What stands between a delimiter, which is here, and the next such. Before the delimiter a backslash takes its meaning away, and goes. */
  private delimited(isPattern: bool): Bytes {
    if (this.index >= this.text.byteLength) this.fail("a delimiter is missing");
    const delimiter = at(this.text, this.index++);
    if (delimiter == BACKSLASH || delimiter == LINE_FEED) this.fail("this cannot be a delimiter");
    const made = new Buffer();
    let inBracket = false;
    while (true) {
      if (this.index >= this.text.byteLength) this.fail("a delimiter is missing");
      const byte = at(this.text, this.index++);
      if (isPattern && inBracket) {
        // In brackets the delimiter is one like any other character.
        made.push(byte);
        if (byte == CLOSE_BRACKET) inBracket = false;
        else if (byte == OPEN_BRACKET && this.isClass()) this.copyClass(made);
        continue;
      }
      if (byte == delimiter) return made.toBytes();
      if (byte == BACKSLASH && this.index < this.text.byteLength) {
        const next = at(this.text, this.index++);
        if (next == delimiter) {
          // Where it has a meaning of its own, as \| of expressions, it is asked for itself.
          made.push(next);
        } else if (isPattern && next == LINE_FEED) made.push(LINE_FEED);
        else {
          made.push(BACKSLASH);
          made.push(next);
        }
        continue;
      }
      made.push(byte);
      if (isPattern && byte == OPEN_BRACKET) {
        inBracket = true;
        // A ] at the beginning does not end it.
        if (this.peek() == CARET) made.push(at(this.text, this.index++));
        if (this.peek() == CLOSE_BRACKET) made.push(at(this.text, this.index++));
      }
    }
  }

  private isClass(): bool {
    const kind = this.peek();
    return kind == COLON || kind == DOT || kind == EQUALS;
  }

  private copyClass(made: Buffer): void {
    const kind = at(this.text, this.index);
    while (this.index < this.text.byteLength) {
      const byte = at(this.text, this.index++);
      made.push(byte);
      if (byte == CLOSE_BRACKET && this.index >= 2 && at(this.text, this.index - 2) == kind) return;
    }
  }

  /** Null for the empty pattern, which is the one that was used last. */
  private compile(pattern: Bytes, fold: bool): Regex | null {
    if (pattern.byteLength == 0) return null;
    const options = new RegexOptions();
    options.syntax = this.extended ? Syntax.extended : Syntax.basic;
    options.ignoreCase = fold;
    options.escapesInBrackets = true;
    const regex = Regex.compile([pattern], options);
    if (!regex) this.fail("a pattern is not well formed: " + regexProblem);
    return regex;
  }

  private substitution(command: Command): void {
    const made = new Substitution();
    const pattern = this.delimited(true);
    this.index--;
    const replacement = this.delimited(false);
    let fold = false;
    let numbered = false;
    for (let goesOn = true; goesOn; ) {
      const flag = this.peek();
      if (flag == 0x67) {
        if (made.all) this.fail("multiple `g' options to `s' command");
        made.all = true;
      } else if (flag == 0x70) {
        if (made.prints) this.fail("multiple `p' options to `s' command");
        made.prints = true;
      } else if (flag == 0x69 || flag == 0x49) fold = true;
      else if (isDigit(flag)) {
        if (numbered) this.fail("multiple number options to `s' command");
        numbered = true;
        made.occurrence = <i32>min<i64>(this.number(), i32.MAX_VALUE);
        if (made.occurrence == 0) this.fail("s: a number of 0 makes no sense");
        continue;
      } else if (flag == 0x77) {
        this.index++;
        command.output = this.outputOf(this.fileName());
        break;
      } else {
        this.end();
        goesOn = false;
        continue;
      }
      this.index++;
    }
    made.regex = this.compile(pattern, fold);
    const regex = made.regex;
    this.replacement(made, replacement, regex ? regex.groups : 9);
    command.substitution = made;
  }

  /** Takes a replacement apart. */
  private replacement(made: Substitution, text: Bytes, groups: i32): void {
    const part = new Buffer();
    for (let index = 0; index < text.byteLength; index++) {
      let byte = at(text, index);
      let group = -1;
      if (byte == AMPERSAND) group = 0;
      else if (byte == BACKSLASH && index + 1 < text.byteLength) {
        byte = at(text, ++index);
        if (isDigit(byte)) {
          group = byte - 0x30;
          if (group > groups) this.fail("a reference has no group");
        } else if (byte == 0x6e) byte = LINE_FEED;
        else if (byte == 0x74) byte = 0x09;
      }
      if (group < 0) {
        part.push(byte);
        continue;
      }
      made.parts.push(new Part(part.toBytes(), -1));
      made.parts.push(new Part(text, group));
      part.clear();
    }
    made.parts.push(new Part(part.toBytes(), -1));
  }

  private translation(command: Command): void {
    const made = new Translation();
    made.sources = this.characters(this.delimited(false));
    this.index--;
    made.targets = this.characters(this.delimited(false));
    if (made.sources.length != made.targets.length) this.fail("y: both need the same number of characters");
    command.translation = made;
    this.end();
  }

  private characters(text: Bytes): Bytes[] {
    const list: Bytes[] = [];
    const end = changetype<usize>(text) + text.byteLength;
    for (let index = 0; index < text.byteLength; ) {
      if (at(text, index) == BACKSLASH && index + 1 < text.byteLength) {
        const next = at(text, index + 1);
        if (next == 0x6e) list.push(bytes("\n"));
        else if (next == 0x74) list.push(bytes("\t"));
        else if (next == BACKSLASH) list.push(bytes("\\"));
        else {
          this.fail("y: a backslash before this means nothing");
        }
        index += 2;
        continue;
      }
      const length = characterLength(changetype<usize>(text) + index, end);
      list.push(slice(text, index, index + length));
      index += length;
    }
    return list;
  }

  /** The text of a, i or c: up to a line feed without a backslash before it. */
  private lines(): Bytes {
    this.skip(false);
    if (this.peek() == BACKSLASH) {
      this.index++;
      const start = this.index;
      this.skip(false);
      if (this.peek() == LINE_FEED) this.index++;
      else this.index = start;
    }
    if (this.index >= this.text.byteLength) this.fail("a text is missing");
    const made = new Buffer();
    while (this.index < this.text.byteLength) {
      let byte = at(this.text, this.index++);
      if (byte == LINE_FEED) break;
      if (byte == BACKSLASH && this.index < this.text.byteLength) byte = at(this.text, this.index++);
      made.push(byte);
    }
    made.push(LINE_FEED);
    return made.toBytes();
  }

  /** A label. */
  private word(): Bytes {
    this.skip(false);
    const start = this.index;
    while (this.index < this.text.byteLength) {
      const byte = at(this.text, this.index);
      if (byte == SEMICOLON || isSpace(byte) || byte == CLOSE_BRACE) break;
      this.index++;
    }
    return slice(this.text, start, this.index);
  }

  private fileName(): Bytes {
    this.skip(false);
    const start = this.index;
    while (this.index < this.text.byteLength && at(this.text, this.index) != LINE_FEED) this.index++;
    if (this.index == start) this.fail("a file is missing");
    return slice(this.text, start, this.index);
  }

  private outputOf(name: Bytes): Output {
    if (is(name, "/dev/stdout")) return out;
    for (let index = 0; index < this.outputs.length; index++) {
      const known = this.outputs[index].name;
      if (known.byteLength == name.byteLength && compareBytes(changetype<usize>(known), changetype<usize>(name), name.byteLength) == 0) return this.outputs[index].output;
    }
    const fd = openToWrite(name);
    if (fd < 0) {
      complainErrno(name, -fd);
      exit(1);
    }
    const output = new Output(fd);
    this.outputs.push(new NamedOutput(name, output));
    return output;
  }

  /** What may stand behind a command. */
  private end(): void {
    this.skip(false);
    if (this.index >= this.text.byteLength) return;
    const byte = at(this.text, this.index);
    if (byte == SEMICOLON || byte == LINE_FEED) this.index++;
    else if (byte != CLOSE_BRACE && byte != HASH) this.fail("there is something behind a command: " + String.fromCharCode(byte));
  }

  private resolveLabels(): void {
    for (let index = 0; index < this.commands.length; index++) {
      const command = this.commands[index];
      const letter = String.fromCharCode(command.letter);
      if (letter != "b" && letter != "t" && letter != "T") continue;
      command.target = command.text.byteLength == 0 ? this.commands.length : this.placeOf(command.text);
    }
  }

  private placeOf(label: Bytes): i32 {
    for (let index = 0; index < this.commands.length; index++) {
      const command = this.commands[index];
      const text = command.text;
      if (command.letter == COLON && text.byteLength == label.byteLength && compareBytes(changetype<usize>(text), changetype<usize>(label), label.byteLength) == 0) return index;
    }
    this.fail("there is no label " + String.UTF8.decode(label));
    return 0;
  }

  /** The byte here, or -1 at the end. */
  private peek(): i32 {
    return this.index < this.text.byteLength ? <i32>at(this.text, this.index) : -1;
  }

  private skip(lines: bool): void {
    while (this.index < this.text.byteLength) {
      const byte = at(this.text, this.index);
      if (byte != BLANK && byte != TAB && !(lines && (isSpace(byte) || byte == SEMICOLON))) break;
      this.index++;
    }
  }

  private skipComment(): void {
    while (this.index < this.text.byteLength && at(this.text, this.index) != LINE_FEED) this.index++;
  }

  private fail(what: string): void {
    const line = new Buffer();
    line.appendText("script, byte ");
    line.appendDecimal(min(this.index, this.text.byteLength));
    line.appendText(": ");
    line.appendText(what);
    complainBytes(line.toBytes());
    exit(1);
  }
}
