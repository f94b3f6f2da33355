/** The statements of a volume on its tables, with typed rows. Each runs inside the volume's transaction. */
import type { FileKind } from "#fs";
import type { Database, SqlRow, SqlValue, Statement } from "./database.ts";
import type { Transactions } from "./transactions.ts";
import { BLOCK_OVERHEAD_BYTES } from "./usage.ts";

export interface EntryRow {
  readonly name: string;
  readonly ino: number;
  readonly kind: FileKind;
  readonly seq: number;
}
/** Times in nanoseconds. */
export interface InodeRow {
  readonly ino: number;
  readonly kind: FileKind;
  readonly nlink: number;
  readonly size: number;
  readonly bytes: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly parent: number;
  readonly target: string | undefined;
}
export interface VolumeRow {
  readonly quotaBytes: number;
  readonly quotaInodes: number;
  readonly usedBytes: number;
  readonly usedInodes: number;
  readonly lastInode: number;
  readonly lastSeq: number;
  readonly owner: string;
}

/** Columns are typed in the schema (STRICT), so a cast only names what is there. */
const numberAt = (row: SqlRow, index: number): number => Number(row[index]);
const bigintAt = (row: SqlRow, index: number): bigint => row[index] as bigint;
const textAt = (row: SqlRow, index: number): string => row[index] as string;
const kindAt = (row: SqlRow, index: number): FileKind => Number(row[index]) as FileKind;

export function readVolumeRow(db: Database): VolumeRow {
  const row = db.prepare("SELECT quota_bytes, quota_inodes, used_bytes, used_inodes, last_inode, last_seq, owner FROM volume").get();
  if (row === undefined) throw new Error("the volume's own row is missing");
  return {
    quotaBytes: numberAt(row, 0), quotaInodes: numberAt(row, 1), usedBytes: numberAt(row, 2), usedInodes: numberAt(row, 3),
    lastInode: numberAt(row, 4), lastSeq: numberAt(row, 5), owner: textAt(row, 6),
  };
}

export class Tables {
  readonly #transactions: Transactions;
  readonly #findEntry: Statement;
  readonly #addEntry: Statement;
  readonly #removeEntry: Statement;
  readonly #moveEntry: Statement;
  readonly #listEntries: Statement;
  readonly #readInode: Statement;
  readonly #hasInode: Statement;
  readonly #writeInode: Statement;
  readonly #removeInode: Statement;
  readonly #orphans: Statement;
  readonly #readBlock: Statement;
  readonly #writeBlock: Statement;
  readonly #removeBlocks: Statement;
  readonly #blockSizes: Statement;
  readonly #chargedBytes: Statement;
  readonly #writeVolume: Statement;

  constructor(db: Database, transactions: Transactions) {
    this.#transactions = transactions;
    this.#findEntry = db.prepare("SELECT name, ino, kind, seq FROM entry WHERE dir = ? AND name = ?");
    this.#addEntry = db.prepare("INSERT INTO entry (dir, name, ino, kind, seq) VALUES (?, ?, ?, ?, ?)");
    this.#removeEntry = db.prepare("DELETE FROM entry WHERE dir = ? AND name = ?");
    // One statement, and so all or nothing: what had the new name goes.
    this.#moveEntry = db.prepare("UPDATE OR REPLACE entry SET dir = ?3, name = ?4, seq = ?5 WHERE dir = ?1 AND name = ?2");
    this.#listEntries = db.prepare("SELECT name, ino, kind, seq FROM entry WHERE dir = ? AND seq > ? ORDER BY seq LIMIT ?");
    this.#readInode = db.prepare("SELECT ino, kind, nlink, size, bytes, atime, mtime, ctime, parent, target FROM inode WHERE ino = ?", true);
    this.#hasInode = db.prepare("SELECT 1 FROM inode WHERE ino = ?");
    this.#writeInode = db.prepare("INSERT OR REPLACE INTO inode (ino, kind, nlink, size, bytes, atime, mtime, ctime, parent, target) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#removeInode = db.prepare("DELETE FROM inode WHERE ino = ?");
    this.#orphans = db.prepare("SELECT ino FROM inode WHERE nlink = 0 LIMIT ?");
    this.#readBlock = db.prepare("SELECT data FROM block WHERE id = (?1 << 31) | ?2");
    this.#writeBlock = db.prepare("INSERT OR REPLACE INTO block (id, data) VALUES ((?1 << 31) | ?2, ?3)");
    this.#removeBlocks = db.prepare("DELETE FROM block WHERE id BETWEEN (?1 << 31) | ?2 AND (?1 << 31) | ?3");
    this.#blockSizes = db.prepare("SELECT id & 0x7fffffff, length(data) FROM block WHERE id BETWEEN (?1 << 31) | ?2 AND (?1 << 31) | ?3 ORDER BY id LIMIT ?4");
    this.#chargedBytes = db.prepare(`SELECT coalesce(sum(length(data) + ${BLOCK_OVERHEAD_BYTES}), 0) FROM block WHERE id BETWEEN (?1 << 31) | ?2 AND (?1 << 31) | ?3`);
    this.#writeVolume = db.prepare("UPDATE volume SET quota_bytes = ?, quota_inodes = ?, used_bytes = ?, used_inodes = ?, last_inode = ?, last_seq = ?, owner = ?");
  }

  findEntry(dir: number, name: string): EntryRow | undefined {
    const row = this.#get(this.#findEntry, dir, name);
    return row === undefined ? undefined : entryOf(row);
  }
  addEntry(dir: number, { name, ino, kind, seq }: EntryRow): void {
    this.#change(this.#addEntry, dir, name, ino, kind, seq);
  }
  removeEntry(dir: number, name: string): void {
    this.#change(this.#removeEntry, dir, name);
  }
  moveEntry(dir: number, name: string, toDir: number, toName: string, seq: number): void {
    this.#change(this.#moveEntry, dir, name, toDir, toName, seq);
  }
  listEntries(dir: number, after: number, max: number): readonly EntryRow[] {
    return this.#all(this.#listEntries, dir, after, max).map(entryOf);
  }

  readInode(ino: number): InodeRow | undefined {
    const row = this.#get(this.#readInode, ino);
    if (row === undefined) return undefined;
    const target = row[9];
    return {
      ino, kind: kindAt(row, 1), nlink: numberAt(row, 2), size: numberAt(row, 3), bytes: numberAt(row, 4),
      atimeNs: bigintAt(row, 5), mtimeNs: bigintAt(row, 6), ctimeNs: bigintAt(row, 7), parent: numberAt(row, 8),
      target: typeof target === "string" ? target : undefined,
    };
  }
  hasInode(ino: number): boolean {
    return this.#get(this.#hasInode, ino) !== undefined;
  }
  writeInode({ ino, kind, nlink, size, bytes, atimeNs, mtimeNs, ctimeNs, parent, target }: InodeRow): void {
    this.#change(this.#writeInode, ino, kind, nlink, size, bytes, atimeNs, mtimeNs, ctimeNs, parent, target ?? null);
  }
  removeInode(ino: number): void {
    this.#change(this.#removeInode, ino);
  }
  /** Inodes without a name, at most `max`. */
  orphans(max: number): readonly number[] {
    return this.#all(this.#orphans, max).map((row) => numberAt(row, 0));
  }

  readBlock(ino: number, index: number): Uint8Array | undefined {
    const row = this.#get(this.#readBlock, ino, index);
    return row?.[0] as Uint8Array | undefined;
  }
  writeBlock(ino: number, index: number, data: Uint8Array): void {
    this.#change(this.#writeBlock, ino, index, data);
  }
  /** Blocks `first` to `last`, both included. */
  removeBlocks(ino: number, first: number, last: number): void {
    this.#change(this.#removeBlocks, ino, first, last);
  }
  /** Number and stored bytes of blocks `first` to `last`, at most `max`, in order. */
  blockSizes(ino: number, first: number, last: number, max: number): readonly { readonly index: number; readonly byteLength: number }[] {
    return this.#all(this.#blockSizes, ino, first, last, max).map((row) => ({ index: numberAt(row, 0), byteLength: numberAt(row, 1) }));
  }

  /** What blocks `first` to `last` are charged. */
  chargedBytes(ino: number, first: number, last: number): number {
    return numberAt(this.#get(this.#chargedBytes, ino, first, last)!, 0);
  }

  writeVolume({ quotaBytes, quotaInodes, usedBytes, usedInodes, lastInode, lastSeq, owner }: VolumeRow): void {
    this.#change(this.#writeVolume, quotaBytes, quotaInodes, usedBytes, usedInodes, lastInode, lastSeq, owner);
  }

  #get(statement: Statement, ...values: SqlValue[]): SqlRow | undefined {
    return this.#transactions.step(() => statement.get(...values));
  }
  #all(statement: Statement, ...values: SqlValue[]): readonly SqlRow[] {
    return this.#transactions.step(() => statement.all(...values));
  }
  #change(statement: Statement, ...values: SqlValue[]): void {
    this.#transactions.step(() => statement.run(...values));
  }
}

function entryOf(row: SqlRow): EntryRow {
  return { name: textAt(row, 0), ino: numberAt(row, 1), kind: kindAt(row, 2), seq: numberAt(row, 3) };
}
