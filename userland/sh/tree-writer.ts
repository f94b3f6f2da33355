/**
 * Syntax trees as bytes, for a subshell: exact where printing and parsing again would not be, since aliases and
 * lines are gone by then, and much cheaper. `tree-reader.ts` reads them. Integers are 32 bits, a byte string is its
 * length and its bytes, an array its length and its elements.
 */
import { Buffer, Bytes } from "./bytes";
import { AndOr, CaseOf, ForLoop, FunctionDefinition, IfElse, Node, NodeKind, Pair, Part, Several, Simple, Word, Wrapped } from "./syntax";

export class Writer {
  readonly buffer: Buffer = new Buffer(1024);

  number(value: i32): void {
    this.buffer.u32(value);
  }

  bytes(value: Bytes): void {
    this.buffer.u32(value.byteLength);
    this.buffer.append(value);
  }

  /** A byte string that may be missing. */
  optional(value: Bytes | null): void {
    this.number(value ? 1 : 0);
    if (value) this.bytes(value);
  }

  optionalNode(node: Node | null): void {
    this.number(node ? 1 : 0);
    if (node) this.node(node);
  }

  words(words: Array<Word>): void {
    this.number(words.length);
    for (let index = 0; index < words.length; index++) this.word(words[index]);
  }

  word(word: Word): void {
    this.number((word.bare ? 1 : 0) | (word.assigned ? 2 : 0) | (word.literal ? 4 : 0) | (word.parts.length == 1 && word.parts[0].quoted ? 8 : 0));
    const literal = word.literal;
    if (literal) this.bytes(literal);
    // What is literal in one piece is told by that.
    const parts = word.parts;
    const isWhole = literal !== null && parts.length == 1;
    this.number(isWhole ? 0 : parts.length);
    if (!isWhole) for (let index = 0; index < parts.length; index++) this.part(parts[index]);
  }

  private part(part: Part): void {
    this.number(<i32>part.kind | (part.quoted ? 0x100 : 0) | (part.colon ? 0x200 : 0) | (part.variable ? 0x400 : 0) | (part.word ? 0x800 : 0) | <i32>part.op << 16 | <i32>part.special << 24);
    this.number(part.index);
    this.bytes(part.text);
    if (part.word) this.word(part.word!);
    this.optionalNode(part.body);
  }

  private nodes(nodes: Array<Node>): void {
    this.number(nodes.length);
    for (let index = 0; index < nodes.length; index++) this.node(nodes[index]);
  }

  node(node: Node): void {
    this.number(node.kind);
    this.number(node.line);
    this.bytes(node.text);
    this.number(node.redirects.length);
    for (let index = 0; index < node.redirects.length; index++) {
      const redirect = node.redirects[index];
      this.number(redirect.kind);
      this.number(redirect.descriptor);
      this.word(redirect.word);
    }
    switch (node.kind) {
      case NodeKind.simple: return this.simple(changetype<Simple>(node));
      case NodeKind.pipeline:
      case NodeKind.list: {
        const several = changetype<Several>(node);
        this.number(several.negated ? 1 : 0);
        this.nodes(several.commands);
        return;
      }
      case NodeKind.andOr: {
        const andOr = changetype<AndOr>(node);
        this.nodes(andOr.commands);
        for (let index = 0; index < andOr.isAnd.length; index++) this.number(andOr.isAnd[index] ? 1 : 0);
        return;
      }
      case NodeKind.whileLoop: case NodeKind.untilLoop:
        this.node(changetype<Pair>(node).left);
        this.node(changetype<Pair>(node).right);
        return;
      case NodeKind.background: case NodeKind.subshell: case NodeKind.group:
        this.node(changetype<Wrapped>(node).command);
        return;
      case NodeKind.ifElse: {
        const ifElse = changetype<IfElse>(node);
        this.nodes(ifElse.conditions);
        this.nodes(ifElse.bodies);
        this.optionalNode(ifElse.otherwise);
        return;
      }
      case NodeKind.forLoop: {
        const loop = changetype<ForLoop>(node);
        this.bytes(loop.variable.name);
        this.number(loop.words ? 1 : 0);
        if (loop.words) this.words(loop.words!);
        this.node(loop.body);
        return;
      }
      case NodeKind.caseOf: {
        const caseOf = changetype<CaseOf>(node);
        this.word(caseOf.word);
        this.number(caseOf.items.length);
        for (let index = 0; index < caseOf.items.length; index++) {
          const item = caseOf.items[index];
          this.words(item.patterns);
          this.optionalNode(item.body);
          this.number(item.through ? 1 : 0);
        }
        return;
      }
      default: {
        const definition = changetype<FunctionDefinition>(node);
        this.bytes(definition.name);
        this.node(definition.body);
      }
    }
  }

  private simple(node: Simple): void {
    this.number(node.assignments.length);
    for (let index = 0; index < node.assignments.length; index++) {
      this.bytes(node.assignments[index].variable.name);
      this.word(node.assignments[index].value);
    }
    this.words(node.words);
  }
}
