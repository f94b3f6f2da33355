/**
 * `test` and `[`. Up to four arguments mean what POSIX says; more are read as an expression with `-a`, `-o`, `!`
 * and brackets.
 *
 * Spec: POSIX XCU test.
 */
import { integer, integerFits } from "../../sdk/integer";
import { ModeBit } from "../../sdk/posix";
import { parseNumber } from "../arithmetic";
import { at, Buffer, Bytes, compare, is, parseCount } from "../bytes";
import { descriptors } from "../descriptors";
import { factsOf, modeOf } from "../files";
import { complain } from "../report";
import { isTerminal } from "../terminal";

let failed: bool = false;

function wrong(what: Bytes, message: string): bool {
  if (!failed) complain(new Buffer(48).text("test: ").add(what).text(message).copy());
  failed = true;
  return false;
}

function isUnary(operator: Bytes): bool {
  if (operator.byteLength != 2 || at(operator, 0) != 0x2d) return false;
  return "bcdefghLknprStuwxzGOs".indexOf(String.fromCharCode(at(operator, 1))) >= 0;
}

function isBinary(operator: Bytes): bool {
  switch (operator.byteLength) {
    case 1: return is(operator, "=") || is(operator, "<") || is(operator, ">");
    case 2: return is(operator, "!=") || is(operator, "==");
    case 3: return at(operator, 0) == 0x2d && (is(operator, "-eq") || is(operator, "-ne") || is(operator, "-lt") || is(operator, "-le") || is(operator, "-gt") || is(operator, "-ge") || is(operator, "-nt") || is(operator, "-ot") || is(operator, "-ef"));
    default: return false;
  }
}

function number(text: Bytes): i64 {
  if (parseNumber(text, true) && integerFits) return integer;
  wrong(text, ": integer expression expected");
  return 0;
}

function unary(operator: Bytes, operand: Bytes): bool {
  const letter = at(operator, 1);
  switch (letter) {
    case 0x6e: return operand.byteLength > 0; // n
    case 0x7a: return operand.byteLength == 0; // z
    case 0x74: { // t
      const fd = parseCount(operand);
      if (fd < 0) return wrong(operand, ": integer expression expected");
      return isTerminal(descriptors.get(fd));
    }
    case 0x68: case 0x4c: return (modeOf(operand, false) & ModeBit.kinds) == ModeBit.link;
  }
  const mode = modeOf(operand);
  if (mode == 0) return false;
  const kind = mode & ModeBit.kinds;
  switch (letter) {
    case 0x65: return true; // e
    case 0x66: return kind == ModeBit.regular; // f
    case 0x64: return kind == ModeBit.directory; // d
    case 0x70: return kind == ModeBit.fifo; // p
    case 0x53: return kind == ModeBit.socket; // S
    case 0x63: return kind == ModeBit.character; // c
    case 0x72: return (mode & 0o444) != 0; // r
    case 0x77: return (mode & 0o222) != 0; // w
    case 0x78: return (mode & 0o111) != 0; // x
    case 0x73: { // s
      const facts = factsOf(operand);
      return facts !== null && facts.size > 0;
    }
    // Every file is its user's; there are no block devices and no special bits.
    case 0x4f: case 0x47: return true;
    default: return false;
  }
}

function binary(left: Bytes, operator: Bytes, right: Bytes): bool {
  if (at(operator, 0) != 0x2d) {
    const order = compare(left, right);
    switch (at(operator, 0)) {
      case 0x3d: return order == 0;
      case 0x21: return order != 0;
      case 0x3c: return order < 0;
      default: return order > 0;
    }
  }
  if (is(operator, "-nt") || is(operator, "-ot") || is(operator, "-ef")) return compareFiles(left, operator, right);
  const one = number(left);
  const two = number(right);
  if (failed) return false;
  if (is(operator, "-eq")) return one == two;
  if (is(operator, "-ne")) return one != two;
  if (is(operator, "-lt")) return one < two;
  if (is(operator, "-le")) return one <= two;
  if (is(operator, "-gt")) return one > two;
  return one >= two;
}

function compareFiles(left: Bytes, operator: Bytes, right: Bytes): bool {
  const one = factsOf(left);
  const two = factsOf(right);
  if (is(operator, "-ef")) return one !== null && two !== null && one.same(two);
  if (is(operator, "-nt")) return one !== null && (two === null || one.modified > two.modified);
  return two !== null && (one === null || one.modified < two.modified);
}

/** A list of arguments that is read as an expression. */
class Expression {
  private index: i32;

  constructor(private readonly args: Array<Bytes>, from: i32, private readonly end: i32) {
    this.index = from;
  }

  all(): bool {
    const value = this.or(0);
    if (!failed && this.index < this.end) wrong(this.args[this.index], ": unexpected operator");
    return value;
  }

  private at(text: string): bool {
    return this.index < this.end && is(this.args[this.index], text);
  }

  private or(depth: i32): bool {
    let value = this.and(depth);
    while (!failed && this.at("-o")) {
      this.index++;
      const right = this.and(depth);
      value = value || right;
    }
    return value;
  }

  private and(depth: i32): bool {
    let value = this.not(depth);
    while (!failed && this.at("-a")) {
      this.index++;
      const right = this.not(depth);
      value = value && right;
    }
    return value;
  }

  private not(depth: i32): bool {
    let negated = false;
    while (this.at("!") && this.index + 1 < this.end && !(this.index + 2 < this.end && isBinary(this.args[this.index + 1]))) {
      negated = !negated;
      this.index++;
    }
    return this.primary(depth) != negated;
  }

  private primary(depth: i32): bool {
    if (this.index >= this.end) return wrong(new ArrayBuffer(0), "argument expected");
    const args = this.args;
    const left = this.end - this.index;
    if (left >= 3 && isBinary(args[this.index + 1])) {
      const value = binary(args[this.index], args[this.index + 1], args[this.index + 2]);
      this.index += 3;
      return value;
    }
    if (this.at("(") && left > 1) {
      if (depth > 100) return wrong(args[this.index], ": nested too deeply");
      this.index++;
      const value = this.or(depth + 1);
      if (failed) return false;
      if (!this.at(")")) return wrong(new ArrayBuffer(0), "closing paren expected");
      this.index++;
      return value;
    }
    if (left >= 2 && isUnary(args[this.index])) {
      const value = unary(args[this.index], args[this.index + 1]);
      this.index += 2;
      return value;
    }
    return args[this.index++].byteLength > 0;
  }
}

function evaluate(args: Array<Bytes>, from: i32, end: i32): bool {
  const count = end - from;
  switch (count) {
    case 0: return false;
    case 1: return args[from].byteLength > 0;
    case 2:
      if (is(args[from], "!")) return args[from + 1].byteLength == 0;
      if (isUnary(args[from])) return unary(args[from], args[from + 1]);
      return wrong(args[from], ": unexpected operator");
    case 3:
      if (isBinary(args[from + 1])) return binary(args[from], args[from + 1], args[from + 2]);
      if (is(args[from + 1], "-a")) return args[from].byteLength > 0 && args[from + 2].byteLength > 0;
      if (is(args[from + 1], "-o")) return args[from].byteLength > 0 || args[from + 2].byteLength > 0;
      if (is(args[from], "!")) return !evaluate(args, from + 1, end);
      if (is(args[from], "(") && is(args[end - 1], ")")) return args[from + 1].byteLength > 0;
      return wrong(args[from + 1], ": unexpected operator");
    case 4:
      if (is(args[from], "!")) return !evaluate(args, from + 1, end);
      if (is(args[from], "(") && is(args[end - 1], ")")) return evaluate(args, from + 1, end - 1);
  }
  return new Expression(args, from, end).all();
}

export function test(args: Array<Bytes>): i32 {
  failed = false;
  let end = args.length;
  if (is(args[0], "[")) {
    if (!is(args[end - 1], "]") || end == 1) {
      complain(String.UTF8.encode("[: missing ]"));
      return 2;
    }
    end--;
  }
  const value = evaluate(args, 1, end);
  return failed ? 2 : value ? 0 : 1;
}
