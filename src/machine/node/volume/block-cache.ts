/**
 * The blocks of files that are in memory: what was written and is not in the transaction yet, and what
 * was read in part.
 *
 * Invariants: `length` bytes of a block exist, no byte after them in `data` is other than zero; the
 * block is charged `length` and a flat price; it never reaches behind the end of its file.
 */
import type { Node } from "./node.ts";
import { BLOCK_BYTES } from "./schema.ts";
import type { Tables } from "./tables.ts";

/** Of all blocks, by the capacity of their buffers. */
const CACHE_BYTES = 16 * 1024 * 1024;
const SMALLEST_BYTES = 256;

export interface Block {
  readonly node: Node;
  readonly index: number;
  data: Uint8Array;
  length: number;
  dirty: boolean;
}

export class BlockCache {
  readonly #tables: Tables;
  /** Those used longest ago first. */
  readonly #blocks = new Set<Block>();
  readonly #dirty = new Set<Block>();
  #bytes = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The block if it is cached. */
  cached(node: Node, index: number): Block | undefined {
    return node.blocks.get(index);
  }

  /** The block, read if need be; undefined for a hole. @throws FsError */
  get(node: Node, index: number): Block | undefined {
    const known = node.blocks.get(index);
    if (known !== undefined) {
      this.#blocks.delete(known);
      this.#blocks.add(known);
      return known;
    }
    const data = node.blocksStored ? this.#tables.readBlock(node.ino, index) : undefined;
    if (data === undefined) return undefined;
    return this.#keep({ node, index, data, length: data.length, dirty: false });
  }

  /** A block where none is, of no length. */
  create(node: Node, index: number, capacity: number): Block {
    return this.#keep({ node, index, data: new Uint8Array(roundedUp(capacity)), length: 0, dirty: false });
  }

  /** Makes the block at least `length` bytes long, which the caller has charged, and dirty. */
  lengthen(block: Block, length: number): void {
    if (length > block.data.length) {
      const grown = new Uint8Array(roundedUp(length));
      grown.set(block.data.subarray(0, block.length));
      this.#bytes += grown.length - block.data.length;
      block.data = grown;
    }
    block.length = Math.max(block.length, length);
    this.soil(block);
  }

  /** Cuts the block to `length` bytes, which it has, and makes it dirty. */
  shorten(block: Block, length: number): void {
    block.data.fill(0, length, block.length);
    block.length = length;
    this.soil(block);
  }

  soil(block: Block): void {
    block.dirty = true;
    this.#dirty.add(block);
  }

  /** Forgets the block, changes and all. */
  drop(block: Block): void {
    block.node.blocks.delete(block.index);
    this.#blocks.delete(block);
    this.#dirty.delete(block);
    this.#bytes -= block.data.length;
  }

  /** Writes dirty blocks: of `node` only, when given. @throws FsError */
  flush(node?: Node): void {
    for (const block of node === undefined ? this.#dirty : [...node.blocks.values()]) if (block.dirty) this.#write(block);
  }

  /** Before an operation: keeps the cache in bounds. @throws FsError */
  trim(): void {
    for (const oldest of this.#blocks) {
      if (this.#bytes <= CACHE_BYTES) return;
      if (oldest.dirty) this.#write(oldest);
      this.drop(oldest);
    }
  }

  /** Writes dirty blocks and forgets all. @throws FsError */
  empty(): void {
    this.flush();
    for (const block of this.#blocks) this.drop(block);
  }

  #keep(block: Block): Block {
    block.node.blocks.set(block.index, block);
    this.#blocks.add(block);
    this.#bytes += block.data.length;
    return block;
  }

  #write(block: Block): void {
    this.#tables.writeBlock(block.node.ino, block.index, block.data.subarray(0, block.length));
    block.node.blocksStored = true;
    block.dirty = false;
    this.#dirty.delete(block);
  }
}

/** Small files stay small: buffers grow by doubling. */
function roundedUp(length: number): number {
  let capacity = SMALLEST_BYTES;
  while (capacity < length) capacity *= 2;
  return Math.min(capacity, BLOCK_BYTES);
}
