/**
 * An open volume below its directories and files: tables, transactions, usage, and what of it is in
 * memory.
 *
 * An operation that changes something calls `enter` first, which is where caches are brought back
 * into their bounds; what can fail in an operation comes before what changes memory.
 */
import { FsError, newDeviceNumber } from "#fs";
import type { FileKind } from "#fs";
import { BlockCache } from "./block-cache.ts";
import type { Database } from "./database.ts";
import type { Node } from "./node.ts";
import { Nodes } from "./nodes.ts";
import { Reaper } from "./reaper.ts";
import { Tables, readVolumeRow } from "./tables.ts";
import type { EntryRow } from "./tables.ts";
import { Transactions } from "./transactions.ts";
import { Usage, entryPrice, inodePrice } from "./usage.ts";

/** Data written after which a commit is due, and after which the next write waits for it. */
const COMMIT_BYTES = 4 * 1024 * 1024;
const COMMIT_BYTES_MAX = 16 * 1024 * 1024;

export class Store {
  readonly device = newDeviceNumber();
  readonly readOnly: boolean;
  readonly now: () => bigint;
  readonly transactions: Transactions;
  readonly tables: Tables;
  readonly usage: Usage;
  readonly nodes: Nodes;
  readonly blocks: BlockCache;
  readonly reaper: Reaper;
  /** Who has it open, in words, while somebody has. */
  owner: string;
  #lastSeq: number;
  /** Data since the last commit. */
  #written = 0;

  constructor(db: Database, readOnly: boolean, now: () => bigint) {
    this.readOnly = readOnly;
    this.now = now;
    const row = readVolumeRow(db);
    this.transactions = new Transactions(db, () => this.#flush());
    this.tables = new Tables(db, this.transactions);
    this.usage = new Usage({ bytes: row.quotaBytes, inodes: row.quotaInodes }, row.usedBytes, row.usedInodes);
    this.blocks = new BlockCache(this.tables);
    this.nodes = new Nodes(this, row.lastInode);
    this.reaper = new Reaper(this);
    this.owner = row.owner;
    this.#lastSeq = row.lastSeq;
  }

  /** @throws FsError `rofs` */
  refuseReadOnly(): void {
    if (this.readOnly) throw new FsError("rofs");
  }

  /** Before an operation that changes something. @throws FsError */
  enter(): void {
    this.transactions.check();
    this.blocks.trim();
    this.nodes.trim();
  }

  /** Before data is written: this is where a writer waits for the disk. @throws FsError */
  enterWrite(): void {
    this.enter();
    if (this.#written >= COMMIT_BYTES_MAX) this.transactions.commit();
  }

  written(byteLength: number): void {
    this.#written += byteLength;
    if (this.#written >= COMMIT_BYTES) this.transactions.commitSoon();
  }

  /** @throws FsError `nospc`, once what is being removed is gone too. */
  charge(bytes: number): void {
    if (bytes > this.usage.leftBytes) this.reaper.finish();
    this.usage.charge(bytes);
  }

  /** Makes a node and its name in `dir`, or neither. It has no links yet. @throws FsError */
  create(dir: Node, name: string, kind: FileKind, target?: string): Node {
    this.enter();
    const price = inodePrice(target) + entryPrice(name);
    if (price > this.usage.leftBytes || this.usage.inodes >= this.usage.quota.inodes) this.reaper.finish();
    this.usage.chargeInode(price);
    let node: Node | undefined;
    try {
      node = this.nodes.create(kind, dir.ino, target);
      this.tables.addEntry(dir.ino, this.newEntry(name, node));
    } catch (error) {
      if (node !== undefined) this.nodes.forget(node);
      this.usage.refundInode(price);
      throw error;
    }
    dir.size++;
    dir.modified();
    return node;
  }

  newEntry(name: string, { ino, kind }: Node): EntryRow {
    return { name, ino, kind, seq: ++this.#lastSeq };
  }

  /** Removes the node if it has neither name nor handle. What fails is tried again when the volume is opened. */
  releaseUnused(node: Node): void {
    if (node.nlink === 0 && node.opens === 0 && !this.readOnly) this.reaper.remove(node);
  }

  #flush(): void {
    this.blocks.flush();
    this.nodes.flush();
    this.tables.writeVolume({
      quotaBytes: this.usage.quota.bytes, quotaInodes: this.usage.quota.inodes, usedBytes: this.usage.bytes, usedInodes: this.usage.inodes,
      lastInode: this.nodes.lastInode, lastSeq: this.#lastSeq, owner: this.owner,
    });
    this.#written = 0;
  }
}
