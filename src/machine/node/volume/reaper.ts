/**
 * Removes files that have neither a name nor an open handle.
 *
 * Small ones go at once; the blocks of large ones go in slices, one for each turn of the host's event
 * loop, and their inodes (without a link) last. What a crash, an error or closing leaves is found
 * again by its missing links when the volume is opened.
 */
import { FsError } from "#fs";
import type { Node } from "./node.ts";
import { BLOCK_BYTES, BLOCK_INDEX_MAX } from "./schema.ts";
import type { Store } from "./store.ts";
import { BLOCK_OVERHEAD_BYTES, inodePrice } from "./usage.ts";

/** Blocks of one slice: 16 MiB. */
const SLICE_BLOCKS = 256;

export class Reaper {
  readonly #store: Store;
  readonly #condemned = new Set<Node>();
  #turn: ReturnType<typeof setImmediate> | undefined = undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes over what an earlier run left. @throws FsError */
  adopt(): void {
    // In one piece each, since the commit that follows belongs to opening.
    for (;;) {
      const inodes = this.#store.tables.orphans(SLICE_BLOCKS);
      if (inodes.length === 0) return;
      for (const ino of inodes) {
        const node = this.#store.nodes.get(ino);
        while (!this.#slice(node));
      }
    }
  }

  /** Removes `node`, now or soon. Never fails: what is left over is found later. */
  remove(node: Node): void {
    const small = node.bytes <= SLICE_BLOCKS * BLOCK_BYTES;
    // Of a large one the rows are to agree with what it is charged until the last slice.
    if (!small) this.#attempt(() => this.#store.blocks.flush(node));
    for (const block of [...node.blocks.values()]) this.#store.blocks.drop(block);
    this.#condemned.add(node);
    if (small) this.#attempt(() => this.#slice(node));
    if (this.#condemned.has(node)) {
      node.touch();
      this.#schedule();
    }
  }

  /** Removes all that waits. @throws FsError */
  finish(): void {
    for (const node of this.#condemned) while (!this.#slice(node));
  }

  close(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  #schedule(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      const [node] = this.#condemned;
      if (node === undefined) return;
      if (this.#attempt(() => this.#slice(node)) && this.#condemned.size > 0) this.#schedule();
    });
  }

  #attempt(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      return false;
    }
  }

  /** Removes a slice of the blocks, or at the end the inode. True when nothing is left. */
  #slice(node: Node): boolean {
    const { tables, usage, nodes } = this.#store;
    if (node.blocksStored) {
      const sizes = tables.blockSizes(node.ino, 0, BLOCK_INDEX_MAX, SLICE_BLOCKS);
      const last = sizes[sizes.length - 1];
      if (last !== undefined) {
        tables.removeBlocks(node.ino, 0, last.index);
        const gone = sizes.reduce((sum, { byteLength }) => sum + byteLength + BLOCK_OVERHEAD_BYTES, 0);
        usage.refund(gone);
        node.bytes -= gone;
        node.touch();
        if (sizes.length === SLICE_BLOCKS) return false;
      }
    }
    if (node.stored) tables.removeInode(node.ino);
    // What was only in memory is charged, too.
    usage.refundInode(inodePrice(node.target) + node.bytes);
    nodes.forget(node);
    this.#condemned.delete(node);
    this.#store.transactions.changed();
    return true;
  }
}
