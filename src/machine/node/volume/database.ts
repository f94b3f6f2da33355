/**
 * The little of SQLite that a volume uses, behind an interface that tests can put themselves
 * into: statements in one connection, and making the log durable.
 *
 * The database is in WAL mode: a commit appends to FILE-wal, a checkpoint later copies into FILE.
 * A commit writes but does not wait for the disk (`synchronous=NORMAL`); SQLite itself waits around
 * each checkpoint, so that whatever a power failure leaves is the state after some commit. To
 * make commits durable is one sync of the log's file, which `syncLog` does off this thread.
 * Measured against rollback journals and other page sizes: docs/file-systems.md.
 */
import { closeSync, fdatasync, openSync } from "node:fs";
import type * as Sqlite from "node:sqlite";
import type { DatabaseSync, StatementSync } from "node:sqlite";

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = readonly SqlValue[];

export interface Statement {
  run(...values: SqlValue[]): void;
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): readonly SqlRow[];
}

/** All members throw SQLite's errors (see `sqliteCode`). */
export interface Database {
  /** With `bigints`, whole numbers come back as bigint. */
  prepare(sql: string, bigints?: boolean): Statement;
  exec(sql: string): void;
  readonly inTransaction: boolean;
  /** Waits until everything committed before is durable. */
  syncLog(): Promise<void>;
  /** Rolls an open transaction back. */
  close(): void;
}

export type Connect = (path: string, mode: "write" | "read") => Database;

/** SQLite's primary result codes that mean something to us. */
export const SqliteCode = { busy: 5, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const;

/** The primary result code of an error that SQLite gave; undefined for any other. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** Loaded when the first volume is opened: older Nodes print a warning on loading it. */
function sqlite(): typeof Sqlite {
  return process.getBuiltinModule("node:sqlite");
}

/** How long a statement waits for a lock, which only a short-lived reader of another program can hold. */
const BUSY_MS = 2000;

/** A connection to the file at `path`, which is made (empty) when it is missing and `mode` is "write". */
export const connect: Connect = (path, mode) => {
  const { DatabaseSync: Connection } = sqlite();
  return new NodeDatabase(path, new Connection(path, { readOnly: mode === "read", timeout: BUSY_MS, enableForeignKeyConstraints: false }));
};

class NodeDatabase implements Database {
  readonly #path: string;
  readonly #connection: DatabaseSync;
  #log = -1;

  constructor(path: string, connection: DatabaseSync) {
    this.#path = path;
    this.#connection = connection;
  }

  get inTransaction(): boolean {
    return this.#connection.isTransaction;
  }

  prepare(sql: string, bigints = false): Statement {
    const statement = this.#connection.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(bigints);
    return new NodeStatement(statement);
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  syncLog(): Promise<void> {
    // The log stays the same file until the last connection closes. Other files of SQLite must not
    // be opened and closed besides: that would give its locks back.
    if (this.#log === -1) this.#log = openSync(`${this.#path}-wal`, "r+");
    const log = this.#log;
    return new Promise((done, failed) => fdatasync(log, (error) => (error === null ? done() : failed(error))));
  }

  close(): void {
    this.#connection.close();
    if (this.#log !== -1) closeSync(this.#log);
    this.#log = -1;
  }
}

class NodeStatement implements Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...values: SqlValue[]): void {
    this.#statement.run(...values);
  }
  // With `setReturnArrays` rows are arrays, which the types of Node do not know.
  get(...values: SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...values) as SqlRow | undefined;
  }
  all(...values: SqlValue[]): readonly SqlRow[] {
    return this.#statement.all(...values) as unknown as readonly SqlRow[];
  }
}
