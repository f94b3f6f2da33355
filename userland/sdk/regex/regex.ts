/**
 * Regular expressions over bytes. Searching takes time in proportion to the text, whatever the
 * expression is; only with references to groups there is a bound of steps instead, and `exhausted`
 * tells when it was met.
 */
import { Bytes, at } from "../bytes";
import { findBytes } from "../scan";
import { Subject } from "./assertions";
import { Backtracking } from "./backtracking";
import { ByteSet } from "./byte-set";
import { Dfa } from "./dfa";
import { Assertion, Node, NodeKind } from "./node";
import { Parser } from "./parser";
import { INSTRUCTION, Op, Program } from "./program";
import { Simulation } from "./simulation";

export namespace Syntax {
  export const basic: u32 = 0;
  export const extended: u32 = 1;
  /** Patterns mean themselves. */
  export const fixed: u32 = 2;
}

/** How an expression is meant. */
export class RegexOptions {
  /** One of `Syntax`. */
  syntax: u32 = Syntax.basic;
  ignoreCase: bool = false;
  /** Only whole texts match. */
  whole: bool = false;
  /** A match has no part of a word beside it. */
  words: bool = false;
  /** \n and \t mean a line feed and a tab in brackets, too. */
  escapesInBrackets: bool = false;
}

/** Why the last `Regex.compile` answered null. */
export let regexProblem: string = "";

export class Regex {
  /** Groups, without the whole. */
  groups: i32 = 0;
  /** Whether the last search was given up because it took too long. */
  exhausted: bool = false;
  /** Where the last match is, and its groups: addresses, two for each; 0 for a group that took no part. */
  places: usize = 0;

  private literal: Bytes | null = null;
  private dfa: Dfa | null = null;
  private simulation: Simulation | null = null;
  private backtracking: Backtracking | null = null;
  private readonly subject: Subject = new Subject();
  /** Bytes that can begin a match; 0 when it may be empty. */
  private firsts: usize = 0;

  private constructor(private readonly program: Program, private readonly ignoreCase: bool) {}

  /** One expression out of patterns, any of which may match. Null when one is not well formed. */
  static compile(patterns: Bytes[], options: RegexOptions): Regex | null {
    const parser = new Parser(options.syntax == Syntax.extended, options.ignoreCase, options.escapesInBrackets);
    const choices: Node[] = [];
    for (let index = 0; index < patterns.length; index++) {
      const node = options.syntax == Syntax.fixed ? parser.literal(patterns[index]) : parser.parse(patterns[index]);
      if (!node) {
        regexProblem = parser.problem;
        return null;
      }
      choices.push(node);
    }
    let tree = choices.length == 0 ? Node.bytes(new ByteSet()) : Node.of(NodeKind.choice, choices);
    if (options.words) tree = between(tree, Assertion.freeBefore, Assertion.freeBehind);
    if (options.whole) tree = between(tree, Assertion.start, Assertion.end);
    const program = Program.of(tree, parser.groups);
    if (!program) {
      regexProblem = "it is too large";
      return null;
    }
    const regex = new Regex(program, options.ignoreCase);
    regex.groups = parser.groups;
    regex.findFirsts();
    if (patterns.length == 1 && !options.ignoreCase && !options.words && !options.whole && isLiteral(patterns[0], options.syntax)) regex.literal = patterns[0];
    return regex;
  }

  /** A pattern of bytes that mean themselves, if it is nothing else. */
  get literalText(): Bytes | null {
    return this.literal;
  }

  /** Whether [from, end) has a match. */
  test(from: usize, end: usize): bool {
    const literal = this.literal;
    if (literal) return this.findLiteral(literal, from, end);
    if (this.program.hasReferences) return this.find(from, end, from);
    return this.may(from, end, false) && (!this.program.looksAround || this.find(from, end, from));
  }

  /** Looks for the first of the longest matches at `from` or behind in the text [start, end); `places` says where it is. */
  find(start: usize, end: usize, from: usize): bool {
    const literal = this.literal;
    if (literal) return this.findLiteral(literal, from, end);
    const subject = this.subject;
    subject.start = start;
    subject.end = end;
    if (this.program.hasReferences) return this.tryAll(from);
    if (!this.may(from, end, from > start)) return false;
    let simulation = this.simulation;
    if (!simulation) this.simulation = simulation = new Simulation(this.program);
    this.places = simulation.places;
    return simulation.find(subject, from, this.firsts);
  }

  private findLiteral(literal: Bytes, from: usize, end: usize): bool {
    const length = literal.byteLength;
    const found = findBytes(changetype<usize>(literal), length, from, end);
    if (found == end && length > 0) return false;
    if (this.places == 0) this.places = heap.alloc(8);
    store<u32>(this.places, <u32>found);
    store<u32>(this.places, <u32>found + length, 4);
    return true;
  }

  /** False when there is no match for sure. */
  private may(from: usize, end: usize, continues: bool): bool {
    let dfa = this.dfa;
    if (!dfa) this.dfa = dfa = new Dfa(this.program);
    return dfa.test(from, end, continues);
  }

  private tryAll(from: usize): bool {
    let backtracking = this.backtracking;
    if (!backtracking) this.backtracking = backtracking = new Backtracking(this.program, this.ignoreCase);
    this.places = backtracking.places;
    const found = backtracking.find(this.subject, from);
    this.exhausted = backtracking.exhausted;
    return found;
  }

  /** Collects the bytes that can come first. */
  private findFirsts(): void {
    const program = this.program;
    const firsts = heap.alloc(32);
    memory.fill(firsts, 0, 32);
    const seen = new StaticArray<bool>(program.count);
    const stack: i32[] = [0];
    while (stack.length > 0) {
      const instruction = stack.pop();
      if (seen[instruction]) continue;
      seen[instruction] = true;
      const step = program.code + instruction * INSTRUCTION;
      const op = load<u32>(step);
      const x = load<i32>(step, 4);
      if (op == Op.match || op == Op.reference) return heap.free(firsts);
      if (op == Op.bytes) for (let word: usize = 0; word < 32; word += 8) store<u64>(firsts + word, load<u64>(firsts + word) | load<u64>(<usize>x + word));
      else if (op == Op.split) {
        stack.push(load<i32>(step, 8));
        stack.push(x);
      } else stack.push(op == Op.jump ? x : instruction + 1);
    }
    this.firsts = firsts;
  }
}

function between(tree: Node, before: i32, behind: i32): Node {
  return Node.of(NodeKind.sequence, [Node.numbered(NodeKind.assertion, before), tree, Node.numbered(NodeKind.assertion, behind)]);
}

/** Whether a pattern has no character with a meaning of its own. */
function isLiteral(pattern: Bytes, syntax: u32): bool {
  if (syntax == Syntax.fixed) return true;
  const special = syntax == Syntax.extended ? "\\[.*^$+?(){}|" : "\\[.*^$";
  for (let index = 0; index < pattern.byteLength; index++) if (special.includes(String.fromCharCode(at(pattern, index)))) return false;
  return true;
}
