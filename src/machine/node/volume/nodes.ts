/** The nodes of a volume that are in memory: those in use, and up to `IDLE_MAX` that were used lately. */
import { KernelBug, assert } from "#base";
import type { FileKind } from "#fs";
import { Node } from "./node.ts";
import { INODE_MAX, ROOT_INODE } from "./schema.ts";
import type { Store } from "./store.ts";

const IDLE_MAX = 4096;
/** Dirty nodes are flushed beyond this number, so that making many files takes bounded memory. */
const DIRTY_MAX = 4096;

export class Nodes {
  readonly #store: Store;
  /** Those used longest ago first. */
  readonly #nodes = new Map<number, Node>();
  readonly #dirty = new Set<Node>();
  #lastInode: number;

  constructor(store: Store, lastInode: number) {
    this.#store = store;
    this.#lastInode = lastInode;
  }

  get lastInode(): number {
    return this.#lastInode;
  }

  /** @throws FsError */
  get(ino: number): Node {
    const known = this.#nodes.get(ino);
    if (known !== undefined) {
      // To the end: what an operation holds on to is never among the oldest.
      this.#nodes.delete(ino);
      this.#nodes.set(ino, known);
      return known;
    }
    const row = this.#store.tables.readInode(ino);
    if (row === undefined) throw this.#store.transactions.damaged(`inode ${ino} is missing`);
    return this.#keep(new Node(this.#store, row, true));
  }

  /** A new node, for which its inode and name are charged already. */
  create(kind: FileKind, parent: number, target: string | undefined): Node {
    const now = this.#store.now();
    const ino = this.#nextInode();
    const node = this.#keep(new Node(this.#store, { ino, kind, nlink: 0, size: 0, bytes: 0, atimeNs: now, mtimeNs: now, ctimeNs: now, parent, target }, false));
    this.touch(node);
    return node;
  }

  /** The directory above `ino`, 0 above the root; a walk up keeps nothing in memory. @throws FsError */
  parentOf(ino: number): number {
    const known = this.#nodes.get(ino) ?? this.#store.tables.readInode(ino);
    if (known === undefined) throw this.#store.transactions.damaged(`inode ${ino} is missing`);
    return known.parent;
  }

  /** The node's row is to be written again. */
  touch(node: Node): void {
    if (!node.dirty) {
      assert(this.#nodes.get(node.ino) === node, "a node of a volume is changed that was forgotten");
      node.dirty = true;
      this.#dirty.add(node);
    }
    this.#store.transactions.changed();
  }

  /** Writes rows that are not as their nodes are. */
  flush(): void {
    for (const node of this.#dirty) {
      this.#store.tables.writeInode(node);
      node.stored = true;
      node.dirty = false;
      this.#dirty.delete(node);
    }
  }

  /** Before an operation: keeps what is dirty in bounds. */
  trim(): void {
    if (this.#dirty.size > DIRTY_MAX) this.flush();
  }

  /** It was removed, or its making failed. */
  forget(node: Node): void {
    node.dirty = false;
    this.#dirty.delete(node);
    this.#nodes.delete(node.ino);
  }

  #keep(node: Node): Node {
    this.#nodes.set(node.ino, node);
    // Those that are in use go to the end instead; a few tries keep this cheap.
    for (let tries = 0; tries < 4 && this.#nodes.size > IDLE_MAX; tries++) {
      const oldest = this.#nodes.values().next().value!;
      this.#nodes.delete(oldest.ino);
      if (oldest === node || oldest.opens > 0 || oldest.dirty || oldest.blocks.size > 0) this.#nodes.set(oldest.ino, oldest);
    }
    return node;
  }

  /** Numbers come again only after 2^32 others. */
  #nextInode(): number {
    for (let tries = 0; tries <= this.#store.usage.quota.inodes + 1; tries++) {
      this.#lastInode = this.#lastInode >= INODE_MAX ? ROOT_INODE + 1 : this.#lastInode + 1;
      if (!this.#nodes.has(this.#lastInode) && !this.#store.tables.hasInode(this.#lastInode)) return this.#lastInode;
    }
    throw new KernelBug("a volume within its quota has no inode left");
  }
}
