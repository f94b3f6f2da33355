/**
 * The tree of a regular expression. A character is a character of UTF-8, or a byte that begins none.
 */
import { ByteSet } from "./byte-set";

export namespace NodeKind {
  /** nothing, and always */
  export const empty: i32 = 0;
  /** one byte of `set` */
  export const bytes: i32 = 1;
  /** all of `children`, one after the other */
  export const sequence: i32 = 2;
  /** one of `children` */
  export const choice: i32 = 3;
  /** `child`, from `min` to `max` times */
  export const repeat: i32 = 4;
  /** `child`, whose place is remembered as group `min` */
  export const group: i32 = 5;
  /** an `Assertion`, `min` */
  export const assertion: i32 = 6;
  /** the text of group `min` again */
  export const reference: i32 = 7;
}

export namespace Assertion {
  export const start: i32 = 0;
  export const end: i32 = 1;
  export const boundary: i32 = 2;
  export const noBoundary: i32 = 3;
  export const wordStart: i32 = 4;
  export const wordEnd: i32 = 5;
  /** no part of a word before */
  export const freeBefore: i32 = 6;
  /** no part of a word behind */
  export const freeBehind: i32 = 7;
}

/** For `max`: without end. */
export const WITHOUT_END: i32 = -1;

export class Node {
  children: Node[] = [];
  set: ByteSet | null = null;
  min: i32 = 0;
  max: i32 = 0;

  constructor(readonly kind: i32) {}

  static bytes(set: ByteSet): Node {
    const node = new Node(NodeKind.bytes);
    node.set = set;
    return node;
  }

  static of(kind: i32, children: Node[]): Node {
    if (children.length == 1) return children[0];
    const node = new Node(children.length == 0 ? NodeKind.empty : kind);
    node.children = children;
    return node;
  }

  static repeat(child: Node, min: i32, max: i32): Node {
    const node = new Node(NodeKind.repeat);
    node.children = [child];
    node.min = min;
    node.max = max;
    return node;
  }

  static group(child: Node, number: i32): Node {
    const node = new Node(NodeKind.group);
    node.children = [child];
    node.min = number;
    return node;
  }

  static numbered(kind: i32, number: i32): Node {
    const node = new Node(kind);
    node.min = number;
    return node;
  }
}
