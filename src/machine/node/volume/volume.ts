/**
 * A volume: a file system that is kept in one file of the host.
 *
 * The file is an SQLite database (schema.ts). While it is open, FILE-wal, FILE-shm and FILE-lock lie
 * beside it; after a crash they stay, and the next opening brings the volume to its last commit. What
 * is promised when is in transactions.ts and docs/file-systems.md.
 *
 * Differs from the interface: nothing. A file has at most 128 TiB.
 */
import { anything, checkOptions, mustBeBoolean, mustBeFunction, mustBeString } from "#base";
import type { OptionRules } from "#base";
import type { FileSystem, Space } from "#fs";
import { connect } from "./database.ts";
import type { Connect, Database } from "./database.ts";
import { VolumeDirectory } from "./directory.ts";
import { guarded, isVolume, opened, ownerOf, realPath, syncFolder } from "./open-file.ts";
import { OwnerLock } from "./owner-lock.ts";
import { INODE_MAX, ROOT_INODE, SETTINGS, SET_PAGE_SIZE, createTables } from "./schema.ts";
import type { Quota } from "./schema.ts";
import { snapshotVolume } from "./snapshot.ts";
import { Store } from "./store.ts";
import { readVolumeRow } from "./tables.ts";
import { inodePrice } from "./usage.ts";
import { VolumeError } from "./volume-error.ts";

export interface VolumeOptions {
  /**
   * What may be stored: bytes, with what names and inodes take, and inodes (files, directories and
   * links). Of a new volume 16 GiB and 4,194,304 unless told; else what it had.
   */
  readonly quota?: number | { readonly bytes?: number; readonly inodes?: number };
  /** Whether a missing file is made. It is unless told. */
  readonly create?: boolean;
  /** A view of what is committed now, which does not change. Others may write the volume meanwhile. */
  readonly readOnly?: boolean;
  /** Nanoseconds since the epoch. The host's wall clock in milliseconds unless told. */
  readonly now?: () => bigint;
}

const QUOTA: OptionRules<Quota> = { bytes: anything, inodes: anything };
const OPTIONS: OptionRules<VolumeOptions> = {
  quota: (value, option) => {
    if (typeof value === "object") checkOptions(value, QUOTA, `${option}.`);
  },
  create: mustBeBoolean, readOnly: mustBeBoolean, now: mustBeFunction,
};
const DEFAULT_QUOTA: Quota = { bytes: 16 * 2 ** 30, inodes: 2 ** 22 };

/**
 * Opens the volume in the file at `path`, or makes it. One program at a time may have it open for
 * writing, and any number of its guests.
 *
 * @throws VolumeError, OptionError
 */
export function volume(path: string, options: VolumeOptions = {}): VolumeFileSystem {
  mustBeString(path, "path");
  checkOptions(options, OPTIONS);
  return openVolume(path, options, connect);
}

/** As `volume`, on connections that `connect` makes. */
export function openVolume(path: string, options: VolumeOptions, connect: Connect): VolumeFileSystem {
  const now = options.now ?? (() => BigInt(Date.now()) * 1_000_000n);
  const real = realPath(path, options.create !== false && options.readOnly !== true);
  if (options.readOnly === true) {
    const db = opened(path, () => connect(real, "read"));
    return guarded(path, db, () => {
      if (!isVolume(path, db)) throw new VolumeError("volume/not-a-volume", path, "the file is empty");
      const store = new Store(db, true, now);
      // The first look fixes what the view shows.
      store.nodes.get(ROOT_INODE);
      return new VolumeFileSystem(real, db, store, undefined);
    });
  }
  const lock = opened(path, () => OwnerLock.take(real));
  if (lock === undefined) throw new VolumeError("volume/in-use", path, `it is in use${ownerOf(real, connect)}; only one program at a time can write a volume`);
  try {
    const db = opened(path, () => connect(real, "write"));
    return guarded(path, db, () => {
      const present = isVolume(path, db);
      const quota = checkedQuota(path, options.quota, present ? quotaOf(db) : DEFAULT_QUOTA);
      if (!present) db.exec(SET_PAGE_SIZE);
      db.exec(`PRAGMA journal_mode = WAL; ${SETTINGS}`);
      if (!present) {
        createTables(db, quota, inodePrice(undefined), now());
        syncFolder(real);
      }
      const store = new Store(db, false, now);
      if (store.usage.bytes > quota.bytes || store.usage.inodes > quota.inodes) {
        throw new VolumeError("volume/quota", path, `it holds ${store.usage.bytes} bytes in ${store.usage.inodes} inodes, more than the quota that is asked for`);
      }
      store.usage.quota = quota;
      store.owner = `process ${process.pid}`;
      try {
        store.reaper.adopt();
        store.transactions.changed();
        store.transactions.commit();
      } catch (error) {
        store.transactions.abandon();
        throw error;
      }
      return new VolumeFileSystem(real, db, store, lock);
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

export class VolumeFileSystem implements FileSystem {
  readonly name = "volume";
  readonly readOnly: boolean;
  /** The file, links resolved. */
  readonly path: string;
  readonly #db: Database;
  readonly #store: Store;
  readonly #lock: OwnerLock | undefined;
  #closed = false;

  /** Takes `db` and `lock` over. */
  constructor(path: string, db: Database, store: Store, lock: OwnerLock | undefined) {
    this.path = path;
    this.readOnly = store.readOnly;
    this.#db = db;
    this.#store = store;
    this.#lock = lock;
  }

  root(): VolumeDirectory {
    this.#store.transactions.check();
    return new VolumeDirectory(this, this.#store.nodes.get(ROOT_INODE));
  }

  space(): Space {
    const { bytes, quota } = this.#store.usage;
    return { used: bytes, total: quota.bytes };
  }

  /** What is stored, and what may be. */
  usage(): { readonly bytes: number; readonly inodes: number; readonly quota: Quota } {
    const { bytes, inodes, quota } = this.#store.usage;
    return { bytes, inodes, quota };
  }

  /** Makes everything so far durable, as `sync` of any file in it does. @throws FsError */
  async sync(): Promise<void> {
    await this.#store.transactions.sync();
  }

  /**
   * Does `act` so that all of its changes are durable when it has succeeded, and none is there when it failed: then the
   * volume is closed, as it was before. A crash in the middle leaves none, too. Nothing else may change the volume
   * meanwhile, and syncs make nothing durable.
   *
   * @throws FsError, and what `act` does.
   */
  async allOrNothing<T>(act: () => Promise<T>): Promise<T> {
    const { transactions } = this.#store;
    transactions.hold();
    try {
      const result = await act();
      transactions.resume();
      await transactions.sync();
      return result;
    } catch (error) {
      transactions.abandon();
      this.close();
      throw error;
    }
  }

  /**
   * A copy of the volume as it is now, in a new file at `to`, without free space in it. It takes as
   * long as reading everything, and nothing else happens meanwhile.
   *
   * @throws VolumeError
   */
  snapshot(to: string): void {
    this.#store.transactions.commit();
    snapshotVolume(this.path, to);
  }

  /**
   * Makes everything durable and gives the file back; what is open in it fails with `badf` from then on.
   * Idempotent.
   *
   * @throws FsError when something could not be written. It is closed nevertheless.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#store.reaper.close();
    try {
      if (!this.readOnly) {
        this.#store.owner = "";
        this.#store.transactions.changed();
      }
      this.#store.transactions.close();
    } finally {
      try {
        this.#db.close();
      } finally {
        this.#lock?.release();
      }
    }
  }
}

function quotaOf(db: Database): Quota {
  const { quotaBytes, quotaInodes } = readVolumeRow(db);
  return { bytes: quotaBytes, inodes: quotaInodes };
}

function checkedQuota(path: string, wanted: VolumeOptions["quota"], present: Quota): Quota {
  // Types are erased, and "1 GiB" would hold nothing.
  if (typeof wanted === "string") throw new VolumeError("volume/quota", path, `the quota ${JSON.stringify(wanted)} is no number of bytes`);
  const { bytes = present.bytes, inodes = present.inodes } = typeof wanted === "number" ? { bytes: wanted } : (wanted ?? {});
  if (!Number.isSafeInteger(bytes) || bytes < inodePrice(undefined)) throw new VolumeError("volume/quota", path, `${bytes} is no number of bytes that a volume can be held to`);
  if (!Number.isSafeInteger(inodes) || inodes < 1 || inodes >= INODE_MAX) throw new VolumeError("volume/quota", path, `${inodes} is no number of inodes that a volume can be held to`);
  return { bytes, inodes };
}
