/**
 * The shape of a body before it has types: a tree of choices that `fast-check` can shrink.
 *
 * A builder takes every choice modulo the number of possibilities, and a leaf where children
 * are missing, so that each tree stands for a valid body and a smaller tree for a smaller one.
 */
import fc from "fast-check";

export interface Seed {
  /** Which form; 0 is the simplest one. */
  readonly pick: number;
  /** A constant, an index, a mask: whatever number the form needs. */
  readonly num: number;
  readonly kids: readonly Seed[];
}

export const LEAF: Seed = { pick: 0, num: 0, kids: [] };

const NUMBERS: fc.Arbitrary<number> = fc.oneof(
  { arbitrary: fc.nat(8), weight: 5 },
  { arbitrary: fc.nat(1 << 20), weight: 2 },
  { arbitrary: fc.constantFrom(0, 1, -1, 0x7fff_ffff, -0x8000_0000, 255, 256, 65535, 65536, 0x11_0000, 0x20_0000), weight: 2 },
  { arbitrary: fc.integer(), weight: 1 },
);

const { tree } = fc.letrec<{ tree: Seed; leaf: Seed }>((tie) => ({
  leaf: fc.record({ pick: fc.nat(1000), num: NUMBERS, kids: fc.constant([]) }),
  tree: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    tie("leaf"),
    fc.record({ pick: fc.nat(1000), num: NUMBERS, kids: fc.array(tie("tree"), { minLength: 1, maxLength: 4 }) }),
  ),
}));

/** The statements of one body. */
export const seeds: fc.Arbitrary<readonly Seed[]> = fc.array(tree, { maxLength: 6 });
