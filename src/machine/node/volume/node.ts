/**
 * A file, directory or link of a volume as it is in memory: its attributes, ahead of its row until the
 * next flush, and the blocks that are cached.
 *
 * A node is in memory once at most (`Nodes` sees to it) and stays as long as it is open, dirty, or has
 * cached blocks. It is removed when it has neither a name nor an open handle.
 */
import { utf8Length } from "#fs";
import type { FileKind, SetTimes, Stat } from "#fs";
import type { Block } from "./block-cache.ts";
import type { Store } from "./store.ts";
import type { InodeRow } from "./tables.ts";

/** SQLite's whole numbers, which times are kept in: the years 1677 to 2262. */
const TIME_MIN = -(2n ** 63n);
const TIME_MAX = 2n ** 63n - 1n;

export class Node implements InodeRow {
  readonly store: Store;
  readonly ino: number;
  readonly kind: FileKind;
  readonly target: string | undefined;
  // Only the operations on names write these two; each calls `touch`.
  nlink: number;
  parent: number;
  // Only what changes contents writes these two: of a file FileData, of a directory its operations.
  size: number;
  bytes: number;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Open handles. */
  opens = 0;
  /** Its row is not there yet, or older. */
  dirty = false;
  /** Whether it has a row. */
  stored: boolean;
  /** Whether blocks of it may have rows. */
  blocksStored: boolean;
  /** Cached ones, by number. */
  readonly blocks = new Map<number, Block>();

  constructor(store: Store, row: InodeRow, stored: boolean) {
    this.store = store;
    this.ino = row.ino;
    this.kind = row.kind;
    this.target = row.target;
    this.nlink = row.nlink;
    this.parent = row.parent;
    this.size = row.size;
    this.bytes = row.bytes;
    this.atimeNs = row.atimeNs;
    this.mtimeNs = row.mtimeNs;
    this.ctimeNs = row.ctimeNs;
    this.stored = stored;
    this.blocksStored = stored && row.bytes > 0;
  }

  stat(): Stat {
    return {
      dev: this.store.device, ino: BigInt(this.ino), kind: this.kind, nlink: BigInt(this.nlink),
      size: BigInt(this.target === undefined ? this.size : utf8Length(this.target)),
      atimeNs: this.atimeNs, mtimeNs: this.mtimeNs, ctimeNs: this.ctimeNs,
    };
  }

  setTimes(times: SetTimes): void {
    const now = this.store.now();
    if (times.atime !== undefined) this.atimeNs = times.atime === "now" ? now : clamped(times.atime);
    if (times.mtime !== undefined) this.mtimeNs = times.mtime === "now" ? now : clamped(times.mtime);
    this.ctimeNs = now;
    this.touch();
  }

  /** Contents changed. */
  modified(): void {
    this.mtimeNs = this.ctimeNs = this.store.now();
    this.touch();
  }
  /** Links or attributes changed. */
  changed(): void {
    this.ctimeNs = this.store.now();
    this.touch();
  }
  /** Contents were read. As with `relatime`, only the first access after a change is noted. */
  accessed(): void {
    if (this.store.readOnly || (this.atimeNs > this.mtimeNs && this.atimeNs > this.ctimeNs)) return;
    this.atimeNs = this.store.now();
    this.touch();
  }

  touch(): void {
    this.store.nodes.touch(this);
  }

  opened(): void {
    this.opens++;
  }
  closed(): void {
    this.opens--;
    this.store.releaseUnused(this);
  }
}

function clamped(time: bigint): bigint {
  return time < TIME_MIN ? TIME_MIN : time > TIME_MAX ? TIME_MAX : time;
}
