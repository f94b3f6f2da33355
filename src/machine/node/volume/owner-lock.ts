/**
 * Who may write a volume: one program of this host at a time.
 *
 * SQLite would let several connections take turns, but a volume keeps state in memory between
 * transactions. So its owner holds FILE-lock, an empty database that it has locked for as long as it
 * lives; the host gives the lock back however the process ends. The file is removed at the end. Reading
 * a volume needs no lock.
 */
import { rmSync, statSync } from "node:fs";
import { SqliteCode, connect, sqliteCode } from "./database.ts";
import type { Database } from "./database.ts";

/** How often a lock that was removed under us is tried again. */
const TRIES = 100;

export class OwnerLock {
  readonly #path: string;
  readonly #db: Database;

  private constructor(path: string, db: Database) {
    this.#path = path;
    this.#db = db;
  }

  /** The lock of the volume at `volume`, or undefined when somebody else has it. Throws SQLite's errors. */
  static take(volume: string): OwnerLock | undefined {
    const path = `${volume}-lock`;
    for (let tries = 0; tries < TRIES; tries++) {
      const before = inodeOf(path);
      const db = connect(path, "write");
      try {
        db.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      } catch (error) {
        db.close();
        if (sqliteCode(error) === SqliteCode.busy) return undefined;
        throw error;
      }
      // The one who held it may have removed the file after we opened it: then it guards nothing.
      const after = inodeOf(path);
      if (after !== undefined && (before === undefined || before === after)) {
        if (before !== undefined) return new OwnerLock(path, db);
        // We may have made it, or somebody between the two looks; only a second round can tell.
        db.close();
        continue;
      }
      db.close();
    }
    return undefined;
  }

  release(): void {
    rmSync(this.#path, { force: true });
    this.#db.close();
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
