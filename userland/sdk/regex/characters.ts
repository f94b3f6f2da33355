/**
 * Sets of characters, as a tree over the bytes of their UTF-8.
 */
import { ByteSet } from "./byte-set";
import { Node, NodeKind } from "./node";

export const LAST: u32 = 0x10ffff;

/** Characters: those of one byte as a set, the others as ranges of code points. */
export class Characters {
  readonly ascii: ByteSet = new ByteSet();
  private from: u32[] = [];
  private to: u32[] = [];

  add(from: u32, to: u32): void {
    for (let point = from; point <= min(to, 0x7f); point++) this.ascii.add(point);
    if (to < 0x80) return;
    this.from.push(max(from, 0x80));
    this.to.push(to);
  }

  /** The node of these characters; with `negated` of all others, and of bytes that begin no character. */
  node(negated: bool): Node {
    const single = new ByteSet();
    for (let byte = 0; byte < 0x80; byte++) if (this.ascii.has(byte) != negated) single.add(byte);
    const choices: Node[] = [];
    if (negated) {
      for (let byte = 0x80; byte < 0x100; byte++) if (byte < 0xc2 || byte > 0xf4) single.add(byte);
      this.addOthers(choices);
    } else {
      for (let index = 0; index < this.from.length; index++) addRange(choices, this.from[index], this.to[index]);
    }
    if (!single.isEmpty || choices.length == 0) choices.unshift(Node.bytes(single));
    return Node.of(NodeKind.choice, choices);
  }

  private addOthers(choices: Node[]): void {
    let next: u32 = 0x80;
    while (next <= LAST) {
      // The range that covers `next`, or the nearest above.
      let nearest: u32 = LAST + 1;
      let covered: u32 = 0;
      for (let index = 0; index < this.from.length; index++) {
        if (this.from[index] <= next && next <= this.to[index]) covered = max(covered, this.to[index] + 1);
        else if (this.from[index] > next) nearest = min(nearest, this.from[index]);
      }
      if (covered > 0) next = covered;
      else {
        addRange(choices, next, nearest - 1);
        next = nearest;
      }
    }
  }
}

/** Any character, and any byte that begins none. */
export function anyCharacter(): Node {
  return new Characters().node(true);
}

/** Adds the sequences of byte ranges that make up a range of code points. */
function addRange(choices: Node[], from: u32, to: u32): void {
  // First where the length changes, then so that what is behind the first byte is free to be anything.
  if (from <= 0x7ff && to > 0x7ff) {
    addRange(choices, from, 0x7ff);
    return addRange(choices, 0x800, to);
  }
  if (from <= 0xffff && to > 0xffff) {
    addRange(choices, from, 0xffff);
    return addRange(choices, 0x10000, to);
  }
  const length = to <= 0x7ff ? 2 : to <= 0xffff ? 3 : 4;
  for (let place = 1; place < length; place++) {
    const mask: u32 = (1 << <u32>(6 * place)) - 1;
    if ((from & ~mask) == (to & ~mask)) continue;
    if ((from & mask) != 0) {
      addRange(choices, from, from | mask);
      return addRange(choices, (from | mask) + 1, to);
    }
    if ((to & mask) != mask) {
      addRange(choices, from, (to & ~mask) - 1);
      return addRange(choices, to & ~mask, to);
    }
  }
  const sequence: Node[] = [];
  const lead: u32 = length == 2 ? 0xc0 : length == 3 ? 0xe0 : 0xf0;
  for (let place = length - 1; place >= 0; place--) {
    const shift = <u32>(6 * place);
    const marker: u32 = place == length - 1 ? lead : 0x80;
    const mask: u32 = place == length - 1 ? 0x1f : 0x3f;
    sequence.push(Node.bytes(ByteSet.range(marker | (from >> shift & mask), marker | (to >> shift & mask))));
  }
  choices.push(Node.of(NodeKind.sequence, sequence));
}
