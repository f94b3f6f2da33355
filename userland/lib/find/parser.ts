/** The words of an expression of `find`. */
import { DASH, PLUS, SLASH } from "../../sdk/ascii";
import { Bytes, at, beginsWith, is, slice } from "../../sdk/bytes";
import { now } from "../../sdk/clock";
import { parseCount } from "../../sdk/decimal";
import { Stat } from "../../sdk/files";
import { complainErrno, complainOf, complain, exit } from "../../sdk/program";
import { Clock } from "../../sdk/wasi";
import { Expression } from "./expression";

const DAY: u64 = 86400;
const MINUTE: u64 = 60;
const PLAIN = " true false print print0 prune quit delete empty ";
const NUMBERS = " size links inum mtime atime ctime mmin amin cmin ";
const TEXTS = " name iname path type perm newer ";
const TYPES = "fdlcbsp";

export class Parser {
  index: i32 = 0;
  /** Whether there is an action, so that nothing is printed for want of one. */
  acts: bool = false;
  depthFirst: bool = false;
  stays: bool = false;
  lowest: i64 = 0;
  deepest: i64 = i64.MAX_VALUE;

  constructor(private readonly words: Bytes[]) {}

  /** The whole expression; true for none. */
  parse(): Expression {
    const made = this.index == this.words.length ? new Expression("true") : this.list();
    if (this.index < this.words.length) this.fail(this.words[this.index], "is unexpected");
    if (this.acts) return made;
    return join("and", made, new Expression("print"));
  }

  private list(): Expression {
    let made = this.either();
    while (this.at(",")) {
      this.index++;
      made = join("comma", made, this.either());
    }
    return made;
  }

  private either(): Expression {
    let made = this.both();
    while (this.at("-o") || this.at("-or")) {
      this.index++;
      made = join("or", made, this.both());
    }
    return made;
  }

  private both(): Expression {
    let made = this.negation();
    while (this.index < this.words.length && !this.at("-o") && !this.at("-or") && !this.at(")") && !this.at(",")) {
      if (this.at("-a") || this.at("-and")) this.index++;
      made = join("and", made, this.negation());
    }
    return made;
  }

  private negation(): Expression {
    if (!this.at("!") && !this.at("-not")) return this.primary();
    this.index++;
    const made = new Expression("not");
    made.left = this.negation();
    return made;
  }

  private primary(): Expression {
    if (this.index >= this.words.length) {
      complain("the expression ends too early");
      exit(1);
    }
    const word = this.words[this.index++];
    if (is(word, "(")) {
      const made = this.list();
      if (!this.at(")")) this.fail(word, "has no )");
      this.index++;
      return made;
    }
    if (!beginsWith(word, "-")) this.fail(word, "is unexpected");
    const name = String.UTF8.decode(slice(word, 1));
    const key = " " + name + " ";
    if (PLAIN.includes(key)) {
      if (name.startsWith("print") || name == "delete" || name == "quit") this.acts = this.acts || name != "quit";
      if (name == "delete") this.depthFirst = true;
      return new Expression(name);
    }
    if (NUMBERS.includes(key)) return this.numbered(word, name);
    if (TEXTS.includes(key)) return this.worded(word, name);
    if (name == "exec" || name == "ok") return this.command(word, name);
    if (name == "depth" || name == "d") this.depthFirst = true;
    else if (name == "xdev" || name == "mount") this.stays = true;
    else if (name == "maxdepth") this.deepest = this.count(word);
    else if (name == "mindepth") this.lowest = this.count(word);
    else this.fail(word, "is no part of an expression");
    return new Expression("true");
  }

  /** -size, -mtime and such: a number, with + or - before it. */
  private numbered(word: Bytes, name: string): Expression {
    let value = this.argument(word);
    const minutes = name.endsWith("min");
    const made = new Expression(minutes ? name.charAt(0) + "time" : name);
    made.now = <i64>(now(Clock.realtime) / 1_000_000_000);
    made.unit = minutes ? MINUTE : name.endsWith("time") ? DAY : name == "size" ? 512 : 1;
    const sign = value.byteLength > 0 ? at(value, 0) : 0;
    if (sign == PLUS || sign == DASH) {
      made.comparison = sign == PLUS ? 1 : -1;
      value = slice(value, 1);
    }
    if (name == "size" && value.byteLength > 0) {
      const unit = unitOf(at(value, value.byteLength - 1));
      if (unit > 0) {
        made.unit = unit;
        value = slice(value, 0, value.byteLength - 1);
      }
    }
    made.number = parseCount(value);
    if (made.number < 0) this.fail(word, "needs a number");
    return made;
  }

  private worded(word: Bytes, name: string): Expression {
    const made = new Expression(name);
    made.text = this.argument(word);
    if (name == "type" && (made.text.byteLength != 1 || !TYPES.includes(String.fromCharCode(at(made.text, 0))))) this.fail(word, "needs one of f, d, l, c, b, s, p");
    if (name == "newer") {
      const stat = new Stat();
      const errno = stat.read(made.text);
      if (errno != 0) {
        complainErrno(made.text, errno);
        exit(1);
      }
      made.number = stat.modified;
    }
    if (name == "perm") this.mode(word, made);
    return made;
  }

  /** An octal mode, with - or / before it. */
  private mode(word: Bytes, made: Expression): void {
    const text = made.text;
    let index = 0;
    if (text.byteLength > 0 && (at(text, 0) == DASH || at(text, 0) == SLASH)) {
      made.comparison = at(text, 0) == DASH ? -1 : 1;
      index = 1;
    }
    if (index == text.byteLength) this.fail(word, "needs a mode in octal");
    for (; index < text.byteLength; index++) {
      const digit = <i32>at(text, index) - 0x30;
      if (digit < 0 || digit > 7) this.fail(word, "needs a mode in octal");
      made.number = (made.number << 3 | digit) & 0o7777;
    }
  }

  /** The words up to ; or {} +. */
  private command(word: Bytes, name: string): Expression {
    this.acts = true;
    const argv: Bytes[] = [];
    for (; this.index < this.words.length; argv.push(this.words[this.index++])) {
      const ends = this.at(";");
      const collects = name == "exec" && this.at("+") && argv.length > 0 && is(argv[argv.length - 1], "{}");
      if (!ends && !collects) continue;
      this.index++;
      if (collects) argv.pop();
      if (argv.length == 0) this.fail(word, "needs a command");
      const made = new Expression(collects ? "exec+" : name);
      made.argv = argv;
      return made;
    }
    this.fail(word, "needs a ; at the end of the command");
    return new Expression("false");
  }

  private count(word: Bytes): i64 {
    const number = parseCount(this.argument(word));
    if (number < 0) this.fail(word, "needs a number");
    return number;
  }

  private argument(word: Bytes): Bytes {
    if (this.index >= this.words.length) this.fail(word, "needs an argument");
    return this.words[this.index++];
  }

  private at(word: string): bool {
    return this.index < this.words.length && is(this.words[this.index], word);
  }

  private fail(word: Bytes, what: string): void {
    complainOf(word, what);
    exit(1);
  }
}

function join(name: string, left: Expression, right: Expression): Expression {
  const made = new Expression(name);
  made.left = left;
  made.right = right;
  return made;
}

function unitOf(letter: u8): u64 {
  switch (letter) {
    case 0x63: return 1; // c
    case 0x77: return 2; // w
    case 0x62: return 512; // b
    case 0x6b: return 1024; // k
    case 0x4d: return 1024 * 1024; // M
    case 0x47: return 1024 * 1024 * 1024; // G
    default: return 0;
  }
}
