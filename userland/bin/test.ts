/**
 * Says by its status whether an expression is true: 0, or 1 when it is not, or 2 when it makes no sense.
 * Up to four words are read as POSIX says; more, and what is in parentheses, with -a above -o.
 */
import { BLANK, DASH, TAB } from "../sdk/ascii";
import { Bytes, at, compare, equal, is } from "../sdk/bytes";
import { parseDecimal, parsed } from "../sdk/decimal";
import { Stat } from "../sdk/files";
import { permissions } from "../sdk/mode";
import { Errno, isatty } from "../sdk/posix";
import { args, complainOf, complain, exit, failWith, programName } from "../sdk/program";
import { Kind } from "../sdk/wasi";

const USAGE = `usage: test [expression]
       [ [expression] ]

Files: -b -c -d -e -f -h -L -p -r -S -s -w -x file, a -nt b, a -ot b, a -ef b; -t descriptor.
Strings: -n string, -z string, string, a = b, a != b, a < b, a > b.
Numbers: a -eq b, -ne, -lt, -le, -gt, -ge.
Together: ! e, ( e ), e -a e, e -o e.
`;
const TROUBLE: u32 = 2;
const FILE_TESTS = "bcdefhLprSswx";
const BINARY = " = == != < > -eq -ne -lt -le -gt -ge -nt -ot -ef ";

let words: Bytes[] = [];
let next = 0;

export function _start(): void {
  failWith(TROUBLE);
  words = args;
  if (is(programName, "[")) {
    if (words.length == 0 || !is(words[words.length - 1], "]")) fail("the last word has to be ]");
    words = words.slice(0, words.length - 1);
  }
  exit(evaluate(0, words.length) ? 0 : 1);
}

/** The value of words, as POSIX reads so many. */
function evaluate(from: i32, to: i32): bool {
  const count = to - from;
  if (count == 0) return false;
  if (count == 1) return words[from].byteLength > 0;
  if (count == 2) {
    if (is(words[from], "!")) return words[from + 1].byteLength == 0;
    if (isUnary(words[from])) return unary(words[from], words[from + 1]);
  }
  if (count == 3) {
    if (isBinary(words[from + 1])) return binary(words[from], words[from + 1], words[from + 2]);
    if (is(words[from], "!")) return !evaluate(from + 1, to);
    if (is(words[from], "(") && is(words[from + 2], ")")) return words[from + 1].byteLength > 0;
  }
  if (count == 4) {
    if (is(words[from], "!")) return !evaluate(from + 1, to);
    if (is(words[from], "(") && is(words[from + 3], ")")) return evaluate(from + 1, to - 1);
  }
  next = from;
  const value = either(to);
  if (next < to) failOf(words[next], "is unexpected");
  return value;
}

function either(to: i32): bool {
  let value = both(to);
  while (next < to && is(words[next], "-o")) {
    next++;
    const right = both(to);
    value = value || right;
  }
  return value;
}

function both(to: i32): bool {
  let value = negation(to);
  while (next < to && is(words[next], "-a")) {
    next++;
    const right = negation(to);
    value = value && right;
  }
  return value;
}

function negation(to: i32): bool {
  if (next < to && is(words[next], "!")) {
    next++;
    return !negation(to);
  }
  return primary(to);
}

function primary(to: i32): bool {
  if (next >= to) fail("the expression ends too early");
  const word = words[next++];
  if (next + 1 < to && isBinary(words[next])) {
    const operator = words[next];
    next += 2;
    return binary(word, operator, words[next - 1]);
  }
  if (is(word, "(")) {
    const value = either(to);
    if (next >= to || !is(words[next++], ")")) fail("a ) is missing");
    return value;
  }
  if (next < to && isUnary(word)) return unary(word, words[next++]);
  return word.byteLength > 0;
}

function isUnary(word: Bytes): bool {
  if (word.byteLength != 2 || at(word, 0) != DASH) return false;
  const letter = String.fromCharCode(at(word, 1));
  return letter == "n" || letter == "z" || letter == "t" || FILE_TESTS.includes(letter);
}

function isBinary(word: Bytes): bool {
  return word.byteLength > 0 && BINARY.includes(" " + String.UTF8.decode(word) + " ");
}

function unary(operator: Bytes, operand: Bytes): bool {
  const letter = String.fromCharCode(at(operator, 1));
  if (letter == "n") return operand.byteLength > 0;
  if (letter == "z") return operand.byteLength == 0;
  if (letter == "t") return isatty(<u32>number(operand)) == Errno.success;
  const stat = new Stat();
  const link = letter == "h" || letter == "L";
  if (stat.read(operand, !link) != Errno.success) return false;
  switch (letter) {
    case "b": return stat.kind == Kind.blockDevice;
    case "c": return stat.kind == Kind.characterDevice;
    case "d": return stat.isDirectory;
    case "f": return stat.isFile;
    case "h":
    case "L": return stat.isLink;
    case "p": return stat.kind == Kind.unknown;
    case "S": return stat.kind == Kind.streamSocket || stat.kind == Kind.datagramSocket;
    case "s": return stat.size > 0;
    case "r": return (permissions(operand, stat.kind) & 0o444) != 0;
    case "w": return (permissions(operand, stat.kind) & 0o222) != 0;
    case "x": return (permissions(operand, stat.kind) & 0o111) != 0;
    default: return true; // e
  }
}

function binary(left: Bytes, operator: Bytes, right: Bytes): bool {
  if (is(operator, "=") || is(operator, "==")) return equal(left, right);
  if (is(operator, "!=")) return !equal(left, right);
  if (is(operator, "<")) return compare(left, right) < 0;
  if (is(operator, ">")) return compare(left, right) > 0;
  if (is(operator, "-ef") || is(operator, "-nt") || is(operator, "-ot")) return compareFiles(left, at(operator, 1), right);
  const a = number(left);
  const b = number(right);
  if (is(operator, "-eq")) return a == b;
  if (is(operator, "-ne")) return a != b;
  if (is(operator, "-lt")) return a < b;
  if (is(operator, "-le")) return a <= b;
  return is(operator, "-gt") ? a > b : a >= b;
}

/** -ef, -nt and -ot: a file that is there is newer than one that is not. */
function compareFiles(left: Bytes, letter: i32, right: Bytes): bool {
  const a = new Stat();
  const b = new Stat();
  const hasLeft = a.read(left) == Errno.success;
  const hasRight = b.read(right) == Errno.success;
  if (letter == 0x65) return hasLeft && hasRight && a.same(b);
  if (letter == 0x6e) return hasLeft && (!hasRight || a.modified > b.modified);
  return hasRight && (!hasLeft || a.modified < b.modified);
}

/** A number, with blanks around it or without. */
function number(word: Bytes): i64 {
  let from = 0;
  let to = word.byteLength;
  while (from < to && (at(word, from) == BLANK || at(word, from) == TAB)) from++;
  while (to > from && (at(word, to - 1) == BLANK || at(word, to - 1) == TAB)) to--;
  const value = parseDecimal(word.slice(from, to));
  if (!parsed) failOf(word, "is no number");
  return value;
}

function fail(what: string): void {
  complain(what);
  exit(TROUBLE);
}

function failOf(word: Bytes, what: string): void {
  complainOf(word, what);
  exit(TROUBLE);
}
