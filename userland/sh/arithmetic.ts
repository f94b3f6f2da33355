/**
 * `$((...))`: evaluates a text while reading it, in signed 64-bit integers that wrap around; a constant that is too
 * large is the largest there is. What is not reached (`0 && x=1`) is read and has no effect.
 *
 * Spec: POSIX XCU 2.6.4; the operators of C, with `++` and `--`.
 */
import { integer, integerFits, readConstant, readInteger } from "../sdk/integer";
import { at, Buffer, Bytes, decimal, EMPTY, isDigit, isNameByte, isNameStart, isSpace, slice } from "./bytes";
import { fail } from "./report";
import { Option, shell } from "./state";
import { assign, LINENO, Variable, variable } from "./variables";

const DEPTH_MAX = 100;

/** Operators with two sides, as `operator` tells them: the rank is in the upper bits. */
namespace Binary {
  export const none: i32 = 0;
  export const or: i32 = 0x100;
  export const and: i32 = 0x200;
  export const bitOr: i32 = 0x300;
  export const bitXor: i32 = 0x400;
  export const bitAnd: i32 = 0x500;
  export const equal: i32 = 0x600;
  export const notEqual: i32 = 0x601;
  export const less: i32 = 0x700;
  export const lessEqual: i32 = 0x701;
  export const greater: i32 = 0x702;
  export const greaterEqual: i32 = 0x703;
  export const left: i32 = 0x800;
  export const right: i32 = 0x801;
  export const add: i32 = 0x900;
  export const subtract: i32 = 0x901;
  export const multiply: i32 = 0xa00;
  export const divide: i32 = 0xa01;
  export const remainder: i32 = 0xa02;
}

/** Whether a whole text, but for blanks around it, is an integer, which is in `integer` then. `decimal`: zeros at its beginning mean nothing. */
export function parseNumber(text: Bytes, decimal: bool = false): bool {
  let end = readInteger(text, decimal);
  if (end == 0) return false;
  while (end < text.byteLength && isSpace(at(text, end))) end++;
  return end == text.byteLength;
}

class Evaluator {
  private position: i32 = 0;
  private depth: i32 = 0;
  failed: bool = false;

  constructor(private readonly text: Bytes) {}

  all(): i64 {
    const value = this.comma();
    if (!this.failed && this.peek() >= 0) this.wrong("syntax error");
    return value;
  }

  wrong(what: string): void {
    if (this.failed) return;
    this.failed = true;
    fail(new Buffer().text("arithmetic: ").text(what).text(": \"").add(this.text).text("\"").copy(), 2);
  }

  private peek(): i32 {
    while (this.position < this.text.byteLength) {
      const byte = at(this.text, this.position);
      if (!isSpace(byte)) return byte;
      this.position++;
    }
    return -1;
  }

  private byteAt(offset: i32): i32 {
    return this.position + offset < this.text.byteLength ? at(this.text, this.position + offset) : -1;
  }

  private comma(): i64 {
    let value = this.assignment(true);
    while (!this.failed && this.peek() == 0x2c) {
      this.position++;
      value = this.assignment(true);
    }
    return value;
  }

  /** An assignment, or what is above it. `live`: it has an effect. */
  private assignment(live: bool): i64 {
    if (++this.depth > DEPTH_MAX) this.wrong("nested too deeply");
    if (this.failed) return 0;
    let value: i64 = 0;
    const start = this.position;
    const name = isNameStart(this.peek()) ? this.name() : EMPTY;
    const operator = name.byteLength > 0 ? this.assignmentOperator() : -1;
    if (operator >= 0) {
      const target = variable(name);
      value = this.assignment(live);
      if (live && !this.failed) {
        if (operator != Binary.none) value = this.apply(operator, this.valueOf(target), value, true);
        this.store(target, value);
      }
    } else {
      this.position = start;
      value = this.conditional(live);
    }
    this.depth--;
    return value;
  }

  private name(): Bytes {
    const from = this.position;
    while (isNameByte(this.byteAt(0))) this.position++;
    return slice(this.text, from, this.position);
  }

  /** Takes `=` (0) or an operator before it; -1 when there is none. */
  private assignmentOperator(): i32 {
    const first = this.peek();
    const second = this.byteAt(1);
    if (first == 0x3d) {
      if (second == 0x3d) return -1;
      this.position++;
      return Binary.none;
    }
    let operator = -1;
    let length = 2;
    if (second == 0x3d) {
      switch (first) {
        case 0x2b: operator = Binary.add; break;
        case 0x2d: operator = Binary.subtract; break;
        case 0x2a: operator = Binary.multiply; break;
        case 0x2f: operator = Binary.divide; break;
        case 0x25: operator = Binary.remainder; break;
        case 0x26: operator = Binary.bitAnd; break;
        case 0x7c: operator = Binary.bitOr; break;
        case 0x5e: operator = Binary.bitXor; break;
      }
    } else if (first == second && this.byteAt(2) == 0x3d && (first == 0x3c || first == 0x3e)) {
      operator = first == 0x3c ? Binary.left : Binary.right;
      length = 3;
    }
    if (operator >= 0) this.position += length;
    return operator;
  }

  private conditional(live: bool): i64 {
    const condition = this.binary(0x100, live);
    if (this.failed || this.peek() != 0x3f) return condition;
    this.position++;
    const then = this.assignment(live && condition != 0);
    if (this.failed) return 0;
    if (this.peek() != 0x3a) {
      this.wrong("expecting ':'");
      return 0;
    }
    this.position++;
    if (++this.depth > DEPTH_MAX) this.wrong("nested too deeply");
    if (this.failed) return 0;
    const otherwise = this.conditional(live && condition == 0);
    this.depth--;
    return condition != 0 ? then : otherwise;
  }

  private binary(rank: i32, live: bool): i64 {
    let left = this.unary(live);
    while (!this.failed) {
      const operator = this.operator();
      if (operator < rank) return left;
      this.position += operatorLength(operator);
      const reached = live && !(operator == Binary.and && left == 0 || operator == Binary.or && left != 0);
      const right = this.binary((operator & ~0xff) + 0x100, reached);
      if (this.failed) return 0;
      left = this.apply(operator, left, right, reached);
    }
    return left;
  }

  /** The operator that comes next, which stays; 0 for none. An operator with `=` after it is an assignment. */
  private operator(): i32 {
    const first = this.peek();
    const second = this.byteAt(1);
    switch (first) {
      case 0x7c: return second == 0x7c ? Binary.or : second == 0x3d ? Binary.none : Binary.bitOr;
      case 0x26: return second == 0x26 ? Binary.and : second == 0x3d ? Binary.none : Binary.bitAnd;
      case 0x5e: return second == 0x3d ? Binary.none : Binary.bitXor;
      case 0x3d: return second == 0x3d ? Binary.equal : Binary.none;
      case 0x21: return second == 0x3d ? Binary.notEqual : Binary.none;
      case 0x3c: return second == 0x3c ? (this.byteAt(2) == 0x3d ? Binary.none : Binary.left) : second == 0x3d ? Binary.lessEqual : Binary.less;
      case 0x3e: return second == 0x3e ? (this.byteAt(2) == 0x3d ? Binary.none : Binary.right) : second == 0x3d ? Binary.greaterEqual : Binary.greater;
      case 0x2b: return second == 0x3d ? Binary.none : Binary.add;
      case 0x2d: return second == 0x3d ? Binary.none : Binary.subtract;
      case 0x2a: return second == 0x3d ? Binary.none : Binary.multiply;
      case 0x2f: return second == 0x3d ? Binary.none : Binary.divide;
      case 0x25: return second == 0x3d ? Binary.none : Binary.remainder;
      default: return Binary.none;
    }
  }

  private apply(operator: i32, left: i64, right: i64, live: bool): i64 {
    switch (operator) {
      case Binary.or: return left != 0 || right != 0 ? 1 : 0;
      case Binary.and: return left != 0 && right != 0 ? 1 : 0;
      case Binary.bitOr: return left | right;
      case Binary.bitXor: return left ^ right;
      case Binary.bitAnd: return left & right;
      case Binary.equal: return left == right ? 1 : 0;
      case Binary.notEqual: return left != right ? 1 : 0;
      case Binary.less: return left < right ? 1 : 0;
      case Binary.lessEqual: return left <= right ? 1 : 0;
      case Binary.greater: return left > right ? 1 : 0;
      case Binary.greaterEqual: return left >= right ? 1 : 0;
      case Binary.left: return left << right;
      case Binary.right: return left >> right;
      case Binary.add: return left + right;
      case Binary.subtract: return left - right;
      case Binary.multiply: return left * right;
      default: {
        if (!live) return 0;
        if (right == 0) {
          this.wrong("division by zero");
          return 0;
        }
        // The one quotient that does not fit.
        if (right == -1) return operator == Binary.divide ? -left : 0;
        return operator == Binary.divide ? left / right : left % right;
      }
    }
  }

  private unary(live: bool): i64 {
    const byte = this.peek();
    switch (byte) {
      case 0x21: return this.below(live) == 0 ? 1 : 0;
      case 0x7e: return ~this.below(live);
      case 0x2b:
        if (this.byteAt(1) == 0x2b && this.namesAfter(2)) return this.step(1, live);
        return this.below(live);
      case 0x2d:
        if (this.byteAt(1) == 0x2d && this.namesAfter(2)) return this.step(-1, live);
        return -this.below(live);
      default: return this.primary(live);
    }
  }

  private below(live: bool): i64 {
    this.position++;
    if (++this.depth > DEPTH_MAX) this.wrong("nested too deeply");
    const value = this.failed ? 0 : this.unary(live);
    this.depth--;
    return value;
  }

  /** Whether a name comes after `offset` bytes and blanks. */
  private namesAfter(offset: i32): bool {
    while (isSpace(this.byteAt(offset))) offset++;
    return isNameStart(this.byteAt(offset));
  }

  /** `++name`, `--name` */
  private step(by: i64, live: bool): i64 {
    this.position += 2;
    this.peek();
    const target = variable(this.name());
    const value = live ? this.valueOf(target) + by : 0;
    if (live) this.store(target, value);
    return value;
  }

  private primary(live: bool): i64 {
    const byte = this.peek();
    if (byte == 0x28) {
      this.position++;
      if (++this.depth > DEPTH_MAX) this.wrong("nested too deeply");
      if (this.failed) return 0;
      let value = this.assignment(live);
      while (!this.failed && this.peek() == 0x2c) {
        this.position++;
        value = this.assignment(live);
      }
      this.depth--;
      if (!this.failed && this.peek() != 0x29) this.wrong("expecting ')'");
      this.position++;
      return value;
    }
    if (isDigit(byte)) {
      this.position = readConstant(this.text, this.position);
      // A digit too many for its base is no end of a number.
      if (isNameByte(this.byteAt(0))) {
        this.wrong("bad number");
        return 0;
      }
      return integerFits ? integer : i64.MAX_VALUE;
    }
    if (!isNameStart(byte)) {
      this.wrong(byte < 0 ? "expecting primary" : "syntax error");
      return 0;
    }
    const target = variable(this.name());
    const next = this.peek();
    if ((next == 0x2b || next == 0x2d) && this.byteAt(1) == next && !this.namesAfter(2) && !isDigit(this.byteAt(2)) && this.byteAt(2) != 0x28) {
      this.position += 2;
      const value = live ? this.valueOf(target) : 0;
      if (live) this.store(target, next == 0x2b ? value + 1 : value - 1);
      return value;
    }
    return live ? this.valueOf(target) : 0;
  }

  private valueOf(target: Variable): i64 {
    if (target === LINENO) return shell.line;
    const value = target.value;
    if (!value) {
      if (!shell.has(Option.nounset)) return 0;
      this.failed = true;
      fail(new Buffer().add(target.name).text(": parameter not set").copy(), 2);
      return 0;
    }
    if (parseNumber(value) && integerFits) return integer;
    if (value.byteLength == 0) return 0;
    if (!this.failed) {
      this.failed = true;
      fail(new Buffer().text("arithmetic: illegal number: ").add(value).copy(), 2);
    }
    return 0;
  }

  private store(target: Variable, value: i64): void {
    if (this.failed || assign(target, decimal(value))) return;
    this.failed = true;
    fail(new Buffer().add(target.name).text(": is read only").copy(), 2);
  }
}

function operatorLength(operator: i32): i32 {
  switch (operator) {
    case Binary.or: case Binary.and: case Binary.equal: case Binary.notEqual: case Binary.lessEqual: case Binary.greaterEqual: case Binary.left: case Binary.right: return 2;
    default: return 1;
  }
}

/** Evaluates a text. After an error the shell is unwinding. */
export function evaluate(text: Bytes): i64 {
  if (text.byteLength == 0) return 0;
  if (text.byteLength == 1 && isDigit(at(text, 0))) return at(text, 0) - 0x30;
  const evaluator = new Evaluator(text);
  const value = evaluator.all();
  return evaluator.failed ? 0 : value;
}
