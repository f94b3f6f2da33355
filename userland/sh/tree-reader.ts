/**
 * Reads what `tree-writer.ts` wrote. The bytes come over a descriptor and could be anybody's, so nothing of them is
 * trusted: every length is checked, and reading past the end or nesting too deeply sets `failed`, after which only
 * empty things come.
 */
import { Bytes, copyOf, EMPTY } from "./bytes";
import { AndOr, Assignment, CaseItem, CaseOf, ForLoop, FunctionDefinition, IfElse, Node, NodeKind, NO_REDIRECTS, Pair, Part, PartKind, Redirect, RedirectKind, Several, Simple, Word, Wrapped } from "./syntax";
import { variable } from "./variables";

const DEPTH_MAX = 2048;

export class Reader {
  failed: bool = false;
  private position: i32 = 0;
  private depth: i32 = 0;

  constructor(private readonly data: Bytes) {}

  number(): i32 {
    if (this.failed || this.data.byteLength - this.position < 4) {
      this.failed = true;
      return 0;
    }
    const value = load<i32>(changetype<usize>(this.data) + this.position);
    this.position += 4;
    return value;
  }

  /** How many elements follow: each has four bytes at least. */
  count(): i32 {
    const count = this.number();
    if (<u32>count <= <u32>(this.data.byteLength - this.position) / 4) return count;
    this.failed = true;
    return 0;
  }

  bytes(): Bytes {
    const length = this.number();
    if (this.failed || <u32>length > <u32>(this.data.byteLength - this.position)) {
      this.failed = true;
      return EMPTY;
    }
    const value = copyOf(changetype<usize>(this.data) + this.position, length);
    this.position += length;
    return value;
  }

  optional(): Bytes | null {
    return this.number() != 0 ? this.bytes() : null;
  }

  optionalNode(): Node | null {
    return this.number() != 0 ? this.node() : null;
  }

  words(): Array<Word> {
    const count = this.count();
    const words = new Array<Word>();
    for (let index = 0; index < count && !this.failed; index++) words.push(this.word());
    return words;
  }

  word(): Word {
    const flags = this.number();
    const literal = (flags & 4) != 0 ? this.bytes() : null;
    const count = this.count();
    const parts = new Array<Part>();
    for (let index = 0; index < count && !this.failed; index++) parts.push(this.part());
    if (literal && count == 0 && literal.byteLength + (flags & 8) > 0) {
      const part = new Part();
      part.quoted = (flags & 8) != 0;
      part.text = literal;
      parts.push(part);
    }
    const word = new Word(parts);
    word.literal = literal;
    word.bare = (flags & 1) != 0 && literal !== null;
    word.assigned = (flags & 2) != 0;
    return word;
  }

  private part(): Part {
    const part = new Part();
    const bits = this.number();
    part.kind = min(<u8>bits, PartKind.tilde);
    part.quoted = (bits & 0x100) != 0;
    part.colon = (bits & 0x200) != 0;
    part.op = <u8>(bits >> 16);
    part.special = <u8>(bits >> 24);
    part.index = this.number();
    part.text = this.bytes();
    if ((bits & 0x400) != 0) part.variable = variable(part.text);
    if (++this.depth > DEPTH_MAX) this.failed = true;
    if ((bits & 0x800) != 0 && !this.failed) part.word = this.word();
    if (!part.word && (part.op != 0 || part.kind == PartKind.arithmetic)) part.word = new Word([]);
    part.body = this.optionalNode();
    this.depth--;
    return part;
  }

  private nodes(): Array<Node> {
    const count = this.count();
    const nodes = new Array<Node>();
    for (let index = 0; index < count && !this.failed; index++) nodes.push(this.node());
    return nodes;
  }

  node(): Node {
    const kind = this.number();
    const line = this.number();
    const text = this.bytes();
    if (++this.depth > DEPTH_MAX || <u32>kind > NodeKind.functionDefinition) this.failed = true;
    const count = this.count();
    const redirects: Array<Redirect> = count > 0 ? [] : NO_REDIRECTS;
    for (let index = 0; index < count && !this.failed; index++) {
      const redirectKind = <u8>min<u32>(this.number(), RedirectKind.here);
      const descriptor = this.number();
      redirects.push(new Redirect(redirectKind, descriptor < 0 ? i32.MAX_VALUE : descriptor, this.word()));
    }
    const node = this.failed ? new Simple(line, [], []) : this.ofKind(<u8>kind, line);
    node.redirects = redirects;
    node.text = text;
    this.depth--;
    return node;
  }

  private ofKind(kind: u8, line: i32): Node {
    switch (kind) {
      case NodeKind.simple: {
        const count = this.count();
        const assignments = new Array<Assignment>();
        for (let index = 0; index < count && !this.failed; index++) {
          const name = this.bytes();
          assignments.push(new Assignment(variable(name), this.word()));
        }
        return new Simple(line, assignments, this.words());
      }
      case NodeKind.pipeline:
      case NodeKind.list: {
        const negated = this.number() != 0;
        const node = new Several(kind, line, this.nodes());
        node.negated = negated;
        return node;
      }
      case NodeKind.andOr: {
        const commands = this.nodes();
        const isAnd = new Array<bool>();
        for (let index = 1; index < commands.length && !this.failed; index++) isAnd.push(this.number() != 0);
        if (commands.length == 0) this.failed = true;
        return new AndOr(line, commands, isAnd);
      }
      case NodeKind.whileLoop: case NodeKind.untilLoop: {
        const left = this.node();
        return new Pair(kind, line, left, this.node());
      }
      case NodeKind.background: case NodeKind.subshell: case NodeKind.group:
        return new Wrapped(kind, line, this.node());
      case NodeKind.ifElse: {
        const conditions = this.nodes();
        const bodies = this.nodes();
        if (conditions.length != bodies.length) this.failed = true;
        return new IfElse(line, conditions, bodies, this.optionalNode());
      }
      case NodeKind.forLoop: {
        const name = this.bytes();
        const words: Array<Word> | null = this.number() != 0 ? this.words() : null;
        return new ForLoop(line, variable(name), words, this.node());
      }
      case NodeKind.caseOf: {
        const word = this.word();
        const count = this.count();
        const items = new Array<CaseItem>();
        for (let index = 0; index < count && !this.failed; index++) {
          const patterns = this.words();
          const body = this.optionalNode();
          items.push(new CaseItem(patterns, body, this.number() != 0));
        }
        return new CaseOf(line, word, items);
      }
      default: {
        const name = this.bytes();
        return new FunctionDefinition(line, name, this.node());
      }
    }
  }
}
