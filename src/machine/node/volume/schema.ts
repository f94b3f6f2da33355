/**
 * The tables of a volume, version 1.
 *
 * - `volume`: one row with quota, usage and the numbers given last.
 * - `inode`: a row per file, directory and link. `nlink` 0: no name any more, to be removed as
 *   soon as nobody has it open. A directory's `size` counts its entries. `bytes` is what the file's
 *   blocks are charged.
 * - `entry`: a row per name. `seq` is the position in listings, never used twice in a volume.
 * - `block`: 64 KiB of a file's data each, the last bytes left out where they are zero or behind
 *   the end. Its `id` is the inode and the number of the block in the file: one search in one tree
 *   finds it, and neighbours in a file are neighbours there. A missing block is a hole of zeros.
 *
 * Numbers: inodes 1 (the root) to 2^32-2, blocks per file up to 2^31, times in nanoseconds.
 */
import { FileKind } from "#fs";
import type { Database } from "./database.ts";

export const BLOCK_BYTES = 65536;
/** The last block of the largest file. */
export const BLOCK_INDEX_MAX = 2 ** 31 - 1;
export const FILE_BYTES_MAX = BLOCK_BYTES * (BLOCK_INDEX_MAX + 1);
export const ROOT_INODE = 1;
export const INODE_MAX = 2 ** 32 - 2;

/** "ISOL", by which `file` and we tell a volume from other databases. */
export const APPLICATION_ID = 0x49534f4c;
export const SCHEMA_VERSION = 1;
/** The best of 4 to 64 KiB for blocks of 64 KiB and for many small rows, by measurement. */
const PAGE_BYTES = 16_384;
/** Log after which it is copied into the file: the pause is some 35 ms, and more often would sync the disk more often. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
const CACHE_KIB = 16_384;

/** Before anything else on an empty file. */
export const SET_PAGE_SIZE = `PRAGMA page_size = ${PAGE_BYTES}`;
export const SETTINGS = `
  PRAGMA synchronous = NORMAL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_BYTES / PAGE_BYTES};
`;

const TABLES = `
  CREATE TABLE volume (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    quota_bytes INTEGER NOT NULL, quota_inodes INTEGER NOT NULL,
    used_bytes INTEGER NOT NULL, used_inodes INTEGER NOT NULL,
    last_inode INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    owner TEXT NOT NULL
  ) STRICT;
  CREATE TABLE inode (
    ino INTEGER PRIMARY KEY, kind INTEGER NOT NULL, nlink INTEGER NOT NULL, size INTEGER NOT NULL, bytes INTEGER NOT NULL,
    atime INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,
    parent INTEGER NOT NULL, target TEXT
  ) STRICT;
  CREATE INDEX orphan ON inode (ino) WHERE nlink = 0;
  CREATE TABLE entry (
    dir INTEGER NOT NULL, name TEXT NOT NULL, ino INTEGER NOT NULL, kind INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (dir, name)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX entry_order ON entry (dir, seq);
  CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
`;

export interface Quota {
  readonly bytes: number;
  readonly inodes: number;
}

/** Makes the tables and the root in an empty database, all or nothing. */
export function createTables(db: Database, quota: Quota, usedBytes: number, now: bigint): void {
  db.exec("BEGIN IMMEDIATE");
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec(TABLES);
  db.prepare("INSERT INTO volume VALUES (1, ?, ?, ?, 1, ?, 0, '')").run(quota.bytes, quota.inodes, usedBytes, ROOT_INODE);
  db.prepare("INSERT INTO inode VALUES (?, ?, 2, 0, 0, ?, ?, ?, 0, NULL)").run(ROOT_INODE, FileKind.directory, now, now, now);
  db.exec("COMMIT");
}
