/**
 * A regular expression as instructions, which all the ways of matching share.
 *
 * An instruction has 16 bytes: what it does, and two operands. Those that take no byte go on at
 * `x`, a `split` at `y` as well, with `x` preferred.
 */
import { ByteSet } from "./byte-set";
import { Assertion, Node, NodeKind, WITHOUT_END } from "./node";

export namespace Op {
  /** takes a byte of the set at address `x`, then the next instruction */
  export const bytes: u32 = 0;
  /** goes on at `x`, or else at `y` */
  export const split: u32 = 1;
  /** goes on at `x` */
  export const jump: u32 = 2;
  /** remembers the place as number `x` */
  export const save: u32 = 3;
  /** goes on where `Assertion` `x` holds */
  export const assertion: u32 = 4;
  /** the text of group `x` */
  export const reference: u32 = 5;
  /** goes on unless the place is that of number `x`: no loop goes around without taking anything */
  export const progress: u32 = 6;
  /** the end */
  export const match: u32 = 7;
}

export const INSTRUCTION: i32 = 16;
/** Instructions of one expression. */
const MOST: i32 = 50_000;

export class Program {
  count: i32 = 0;
  /** Places that are remembered: two for each group, the whole being group 0, then those of loops. */
  places: i32 = 0;
  /** Whether there are assertions about words. */
  looksAround: bool = false;
  hasReferences: bool = false;
  code: usize = 0;
  private room: i32 = 64;
  private sets: ByteSet[] = [];

  /** Null when it would be too large. */
  static of(tree: Node, groups: i32): Program | null {
    const program = new Program();
    program.places = 2 * (groups + 1);
    program.code = heap.alloc(program.room * INSTRUCTION);
    program.emit(Op.save, 0);
    program.add(tree);
    program.emit(Op.save, 1);
    program.emit(Op.match, 0);
    return program.count < MOST ? program : null;
  }

  private emit(op: u32, x: u32): i32 {
    if (this.count >= MOST) return this.count - 1;
    if (this.count == this.room) {
      this.room *= 2;
      this.code = heap.realloc(this.code, this.room * INSTRUCTION);
    }
    const at = this.code + this.count * INSTRUCTION;
    store<u32>(at, op);
    store<u32>(at, x, 4);
    store<u32>(at, 0, 8);
    return this.count++;
  }

  private setX(index: i32, value: i32): void {
    store<u32>(this.code + index * INSTRUCTION, value, 4);
  }

  private setY(index: i32, value: i32): void {
    store<u32>(this.code + index * INSTRUCTION, value, 8);
  }

  private add(node: Node): void {
    if (this.count >= MOST) return;
    const children = node.children;
    switch (node.kind) {
      case NodeKind.bytes: {
        this.sets.push(node.set!);
        this.emit(Op.bytes, <u32>node.set!.address);
        break;
      }
      case NodeKind.sequence: {
        for (let index = 0; index < children.length; index++) this.add(children[index]);
        break;
      }
      case NodeKind.choice: {
        this.addChoice(children);
        break;
      }
      case NodeKind.repeat: {
        this.addRepeat(children[0], node.min, node.max);
        break;
      }
      case NodeKind.group: {
        this.emit(Op.save, 2 * node.min);
        this.add(children[0]);
        this.emit(Op.save, 2 * node.min + 1);
        break;
      }
      case NodeKind.assertion: {
        if (node.min > Assertion.end) this.looksAround = true;
        this.emit(Op.assertion, node.min);
        break;
      }
      case NodeKind.reference: {
        this.hasReferences = true;
        this.emit(Op.reference, node.min);
        break;
      }
    }
  }

  private addChoice(children: Node[]): void {
    const jumps: i32[] = [];
    for (let index = 0; index < children.length; index++) {
      if (index == children.length - 1) {
        this.add(children[index]);
        break;
      }
      const split = this.emit(Op.split, this.count + 1);
      this.add(children[index]);
      jumps.push(this.emit(Op.jump, 0));
      this.setY(split, this.count);
    }
    for (let index = 0; index < jumps.length; index++) this.setX(jumps[index], this.count);
  }

  private addRepeat(child: Node, min: i32, max: i32): void {
    for (let times = 0; times < min && this.count < MOST; times++) this.add(child);
    if (max == WITHOUT_END) return this.addLoop(child);
    const splits: i32[] = [];
    for (let times = min; times < max && this.count < MOST; times++) {
      splits.push(this.emit(Op.split, this.count + 1));
      this.add(child);
    }
    for (let index = 0; index < splits.length; index++) this.setY(splits[index], this.count);
  }

  private addLoop(child: Node): void {
    const split = this.emit(Op.split, this.count + 1);
    if (isNullable(child)) {
      const place = this.places++;
      this.emit(Op.save, place);
      this.add(child);
      this.emit(Op.progress, place);
    } else this.add(child);
    this.emit(Op.jump, split);
    this.setY(split, this.count);
  }
}

/** Whether it can match without taking anything. */
function isNullable(node: Node): bool {
  const children = node.children;
  switch (node.kind) {
    case NodeKind.bytes: return false;
    case NodeKind.sequence: {
      for (let index = 0; index < children.length; index++) if (!isNullable(children[index])) return false;
      return true;
    }
    case NodeKind.choice: {
      for (let index = 0; index < children.length; index++) if (isNullable(children[index])) return true;
      return false;
    }
    case NodeKind.repeat: return node.min == 0 || isNullable(children[0]);
    case NodeKind.group: return isNullable(children[0]);
    default: return true;
  }
}
