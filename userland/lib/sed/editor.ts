/** The execution of a script of `sed`. */
import { BACKSLASH, LINE_FEED, OPEN_BRACE } from "../../sdk/ascii";
import { Bytes, characterLength } from "../../sdk/bytes";
import { Buffer } from "../../sdk/buffer";
import { close, openToRead } from "../../sdk/files";
import { readSome } from "../../sdk/io";
import { Output } from "../../sdk/output";
import { complain, exit } from "../../sdk/program";
import { Regex } from "../../sdk/regex/regex";
import { compareBytes, find } from "../../sdk/scan";
import { Address, AddressKind, Command, Substitution, Translation } from "./command";
import { Lines } from "./lines";
import { Script } from "./script";

const BLOCK: i32 = 4096;
/** Columns of `l`. */
const FOLD: i32 = 69;

export class Editor {
  /** Whether the script said to stop, and with which status. */
  quit: bool = false;
  status: i32 = 0;
  private space: Buffer = new Buffer(1024);
  private held: Buffer = new Buffer();
  private spare: Buffer = new Buffer(1024);
  /** What comes behind the line: texts, and files to be copied. */
  private queue: Command[] = [];
  private last: Regex | null = null;
  private substituted: bool = false;
  /** The next round goes on with what is in the pattern space. */
  private keeps: bool = false;
  /** Where the last line of all was written without a line feed; what follows it there gets one. */
  private unended: Output | null = null;

  constructor(private readonly script: Script, private readonly lines: Lines, private readonly silent: bool) {}

  /** Works on all lines that there are. */
  run(out: Output): void {
    this.unended = null;
    while (!this.quit) {
      if (!this.keeps) {
        this.space.clear();
        if (!this.lines.take(this.space)) return;
        this.substituted = false;
      }
      this.keeps = false;
      this.round(out);
      this.flushQueue(out);
    }
  }

  private round(out: Output): void {
    const commands = this.script.commands;
    let index = 0;
    while (index < commands.length) {
      const command = commands[index];
      if (!this.selects(command)) {
        index = command.letter == OPEN_BRACE ? command.target : index + 1;
        continue;
      }
      index = this.execute(command, index + 1, out);
      if (index < 0) return;
    }
    if (!this.silent) this.print(this.space, out);
  }

  /** Answers where to go on; -1 when the round is over, without printing. */
  private execute(command: Command, next: i32, out: Output): i32 {
    const space = this.space;
    switch (String.fromCharCode(command.letter)) {
      case "{":
      case ":":
        return next;
      case "=":
        this.end(out);
        out.number(this.lines.number);
        out.byte(LINE_FEED);
        return next;
      case "a":
      case "r":
        this.queue.push(command);
        return next;
      case "b": return command.target;
      case "c":
        if (!command.second || command.negated || !command.active) {
          this.end(out);
          out.bytes(command.text);
        }
        return -1;
      case "d": return -1;
      case "D": {
        const end = this.firstLineEnd();
        if (end == space.length) return -1;
        memory.copy(space.address, space.address + end + 1, space.length - end - 1);
        space.length -= end + 1;
        this.keeps = true;
        return -1;
      }
      case "g":
        space.clear();
        space.appendRange(this.held.address, this.held.length);
        return next;
      case "G":
        space.push(LINE_FEED);
        space.appendRange(this.held.address, this.held.length);
        return next;
      case "h":
        this.held.clear();
        this.held.appendRange(space.address, space.length);
        return next;
      case "H":
        this.held.push(LINE_FEED);
        this.held.appendRange(space.address, space.length);
        return next;
      case "i":
        this.end(out);
        out.bytes(command.text);
        return next;
      case "l":
        this.list(out);
        return next;
      case "n":
        if (this.lines.isLast) {
          // The end comes as if the script had ended here.
          if (!this.silent) this.print(space, out);
          this.quit = true;
          return -1;
        }
        if (!this.silent) this.print(space, out);
        this.flushQueue(out);
        space.clear();
        this.lines.take(space);
        return next;
      case "N":
        if (this.lines.isLast) {
          if (!this.silent) this.print(space, out);
          this.quit = true;
          return -1;
        }
        this.flushQueue(out);
        space.push(LINE_FEED);
        this.lines.take(space);
        return next;
      case "p":
        this.print(space, out);
        return next;
      case "P":
        this.end(out);
        out.range(space.address, this.firstLineEnd());
        out.byte(LINE_FEED);
        return next;
      case "q":
        if (!this.silent) this.print(space, out);
        this.quit = true;
        this.status = command.number;
        return -1;
      case "Q":
        this.quit = true;
        this.status = command.number;
        return -1;
      case "s":
        if (this.substitute(command.substitution!)) {
          this.substituted = true;
          if (command.substitution!.prints) this.print(this.space, out);
          const output = command.output;
          if (output) this.print(this.space, output);
        }
        return next;
      case "t":
        if (!this.substituted) return next;
        this.substituted = false;
        return command.target;
      case "T":
        if (!this.substituted) return command.target;
        this.substituted = false;
        return next;
      case "w":
        this.print(space, command.output!);
        return next;
      case "x":
        this.space = this.held;
        this.held = space;
        return next;
      case "y":
        this.translate(command.translation!);
        return next;
      default: // z
        space.clear();
        return next;
    }
  }

  private selects(command: Command): bool {
    return this.isAddressed(command) != command.negated;
  }

  private isAddressed(command: Command): bool {
    const first = command.first;
    if (!first) return true;
    const second = command.second;
    if (!second) return this.fits(first);
    const number = this.lines.number;
    if (!command.active) {
      // With 0 as the first address the second may end the range in line 1.
      const fromZero = first.kind == AddressKind.line && first.number == 0;
      if (fromZero ? number != 1 || second.kind != AddressKind.regex : !this.fits(first)) return false;
      command.active = true;
      command.until = -1;
      if (second.kind == AddressKind.line) command.until = second.number;
      else if (second.kind == AddressKind.offset) command.until = number + second.number;
      else if (second.kind == AddressKind.step) command.until = nextStep(second, number);
      else if (fromZero && this.fits(second)) command.active = false;
      else if (second.kind == AddressKind.last && this.lines.isLast) command.active = false;
      if (command.until >= 0 && command.until <= number) command.active = false;
      return true;
    }
    if (command.until >= 0) {
      if (number >= command.until) command.active = false;
      // A range whose end is passed already is this line alone, if it begins here.
      return number <= command.until || this.isAddressed(command);
    }
    if (this.fits(second)) command.active = false;
    return true;
  }

  private fits(address: Address): bool {
    switch (address.kind) {
      case AddressKind.line: return this.lines.number == address.number;
      case AddressKind.last: return this.lines.isLast;
      case AddressKind.step: {
        const number = this.lines.number;
        return address.step <= 0 ? number == address.number : number >= address.number && (number - address.number) % address.step == 0;
      }
      default: return this.search(this.regexOf(address.regex), 0);
    }
  }

  /** The expression, or the last one for none. */
  private regexOf(regex: Regex | null): Regex {
    const chosen = regex || this.last;
    if (!chosen) {
      complain("there is no pattern before an empty one");
      exit(1);
    }
    this.last = chosen;
    return chosen!;
  }

  private search(regex: Regex, from: i32): bool {
    const start = this.space.address;
    const found = regex.find(start, start + this.space.length, start + from);
    if (regex.exhausted) {
      complain("a pattern takes too long");
      exit(1);
    }
    return found;
  }

  private substitute(command: Substitution): bool {
    const regex = this.regexOf(command.regex);
    if (!this.search(regex, 0)) return false;
    const made = this.spare;
    made.clear();
    const start = this.space.address;
    const end = start + this.space.length;
    let copied = start;
    /** Behind the match before; no empty match counts there. */
    let before: usize = 0;
    let count = 0;
    let replaced = false;
    for (let from = start; from <= end; ) {
      if (from > start && !this.search(regex, <i32>(from - start))) break;
      const first = <usize>load<u32>(regex.places);
      const stop = <usize>load<u32>(regex.places, 4);
      const isEmpty = first == stop;
      if (!(isEmpty && first == before) && ++count >= command.occurrence) {
        made.appendRange(copied, <i32>(first - copied));
        this.appendReplacement(made, command, regex);
        copied = stop;
        replaced = true;
        if (!command.all) break;
      }
      before = stop;
      from = !isEmpty ? stop : stop < end ? stop + characterLength(stop, end) : end + 1;
    }
    if (!replaced) return false;
    made.appendRange(copied, <i32>(end - copied));
    this.spare = this.space;
    this.space = made;
    return true;
  }

  private appendReplacement(made: Buffer, command: Substitution, regex: Regex): void {
    const parts = command.parts;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part.group < 0) {
        made.append(part.text);
        continue;
      }
      if (part.group > regex.groups) {
        complain("a reference has no group");
        exit(1);
      }
      const from = <usize>load<u32>(regex.places + (part.group << 3));
      const to = <usize>load<u32>(regex.places + (part.group << 3), 4);
      if (from != 0 && to >= from) made.appendRange(from, <i32>(to - from));
    }
  }

  private translate(command: Translation): void {
    const made = this.spare;
    made.clear();
    const start = this.space.address;
    const end = start + this.space.length;
    for (let at = start; at < end; ) {
      const length = characterLength(at, end);
      let index = 0;
      while (index < command.sources.length && !(command.sources[index].byteLength == length && compareBytes(changetype<usize>(command.sources[index]), at, length) == 0)) index++;
      if (index < command.sources.length) made.append(command.targets[index]);
      else made.appendRange(at, length);
      at += length;
    }
    this.spare = this.space;
    this.space = made;
  }

  private firstLineEnd(): i32 {
    const start = this.space.address;
    return <i32>(find(LINE_FEED, start, start + this.space.length) - start);
  }

  private print(line: Buffer, out: Output): void {
    this.end(out);
    out.range(line.address, line.length);
    // The last line of all stays without a line feed when it had none.
    if (this.lines.terminated || !this.lines.isLast) out.byte(LINE_FEED);
    else this.unended = out;
  }

  private end(out: Output): void {
    if (this.unended != out) return;
    out.byte(LINE_FEED);
    this.unended = null;
  }

  private flushQueue(out: Output): void {
    for (let index = 0; index < this.queue.length; index++) {
      const command = this.queue[index];
      this.end(out);
      if (command.letter == 0x61) out.bytes(command.text);
      else copyFile(command.text, out);
    }
    this.queue.length = 0;
  }

  /** Writes the pattern space so that every byte can be told. */
  private list(out: Output): void {
    this.end(out);
    const made = new Buffer();
    let column = 0;
    for (let index = 0; index < this.space.length; index++) {
      const from = made.length;
      putVisible(made, this.space.at(index));
      const width = made.length - from;
      if (column + width > FOLD) {
        made.length = from;
        made.appendText("\\\n");
        putVisible(made, this.space.at(index));
        column = 0;
      }
      column += width;
    }
    made.appendText("$\n");
    out.range(made.address, made.length);
  }
}

function putVisible(made: Buffer, byte: u8): void {
  const letters = "abtnvfr";
  if (byte >= 7 && byte <= 13) {
    made.push(BACKSLASH);
    made.push(letters.charCodeAt(byte - 7));
  } else if (byte == BACKSLASH) {
    made.appendText("\\\\");
  } else if (byte >= 0x20 && byte < 0x7f) {
    made.push(byte);
  } else {
    made.push(BACKSLASH);
    made.push(0x30 + (byte >> 6));
    made.push(0x30 + (byte >> 3 & 7));
    made.push(0x30 + (byte & 7));
  }
}

/** A file that cannot be read is an empty one. */
function copyFile(path: Bytes, out: Output): void {
  const fd = openToRead(path);
  if (fd < 0) return;
  const block = heap.alloc(BLOCK);
  for (let count = readSome(fd, block, BLOCK); count > 0; count = readSome(fd, block, BLOCK)) out.range(block, count);
  heap.free(block);
  close(fd);
}

/** The first of the lines of a first~step that is not before this one; one that is, when there are no more. */
function nextStep(address: Address, number: i64): i64 {
  if (number <= address.number || address.step <= 0) return address.number;
  return address.number + (number - address.number + address.step - 1) / address.step * address.step;
}
