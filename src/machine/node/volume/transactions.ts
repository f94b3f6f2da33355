/**
 * Transactions of a volume: when they begin, when they are committed, and what a failure means.
 *
 * All statements run in one open transaction, which many operations share; it is never
 * committed in the middle of an operation. So what is in the file after a crash is the volume as it
 * was between two operations: some of the last ones may be missing, but none that a finished
 * `sync` came after, and never one while a later one is there.
 *
 * A commit comes with each round of syncs (all that are asked for while the disk is busy share the
 * next one), at most `COMMIT_MS` after a change, and when much has been changed.
 *
 * While they are held nothing is committed: what changes meanwhile is committed as one, or not at all.
 *
 * A statement that fails changes nothing, and the operation fails. When SQLite had to give the whole
 * transaction up, what is remembered here no longer fits the file: the volume stops, and
 * everything fails with `io` until it is closed and opened again.
 */
import { reasonText } from "#base";
import { FsError } from "#fs";
import { SqliteCode, sqliteCode } from "./database.ts";
import type { Database, Statement } from "./database.ts";

/** How long a change may wait for its commit. */
const COMMIT_MS = 1000;

export class Transactions {
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #commit: Statement;
  /** Writes what is still in memory, before a commit. */
  readonly #flush: () => void;
  #open = false;
  #held = false;
  /** Something changed since the last commit. */
  #changed = false;
  /** Something was committed, or is to be, that no sync has made durable. */
  #undurable = false;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #soon: ReturnType<typeof setImmediate> | undefined = undefined;
  #stopped: FsError | undefined = undefined;
  #closed = false;
  /** The round that callers of `sync` can still join. */
  #gathering: Promise<void> | undefined = undefined;
  #syncing: Promise<void> = Promise.resolve();

  constructor(db: Database, flush: () => void) {
    this.#db = db;
    this.#begin = db.prepare("BEGIN");
    this.#commit = db.prepare("COMMIT");
    this.#flush = flush;
  }

  /** @throws FsError `io` once the volume has stopped, `badf` once it is closed. */
  check(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#closed) throw new FsError("badf", "the volume is closed");
  }

  /** Does one statement in the open transaction. @throws FsError `nospc`, `io`. */
  step<T>(act: () => T): T {
    this.check();
    try {
      if (!this.#open) {
        this.#begin.run();
        this.#open = true;
      }
      return act();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** To be called when an operation has changed something, in the file or in memory. */
  changed(): void {
    if (this.#closed || this.#stopped !== undefined) return;
    this.#changed = this.#undurable = true;
    this.#timer ??= setTimeout(() => this.#background(), COMMIT_MS);
  }

  /** Commits when the operation that is under way is done. */
  commitSoon(): void {
    this.#soon ??= setImmediate(() => this.#background());
  }

  /** Commits, and nothing more until `resume`. @throws FsError `nospc`, `io` */
  hold(): void {
    this.commit();
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
  }

  /** While commits are held, only brings what is in memory into the open transaction. @throws FsError `nospc`, `io`; then everything is as it was, and can be committed later. */
  commit(): void {
    this.check();
    if (!this.#changed) return;
    this.#flush();
    if (this.#held) return this.#disarm();
    try {
      if (this.#open) this.#commit.run();
    } catch (error) {
      throw this.#failure(error);
    }
    this.#open = this.#changed = false;
    this.#disarm();
  }

  /** Makes all changes so far durable; while commits are held, none. @throws FsError `nospc`, `io` */
  sync(): Promise<void> | undefined {
    this.check();
    if (!this.#undurable || this.#held) return undefined;
    this.#gathering ??= this.#round();
    return this.#gathering;
  }

  async #round(): Promise<void> {
    // One at a time, so that those who come meanwhile share the next one.
    await this.#syncing.catch(() => undefined);
    await new Promise((turn) => setImmediate(turn));
    this.#gathering = undefined;
    this.#syncing = this.#syncOnce();
    return this.#syncing;
  }

  async #syncOnce(): Promise<void> {
    // Closing makes everything durable.
    if (this.#closed && this.#stopped === undefined) return;
    this.commit();
    this.#undurable = false;
    try {
      await this.#db.syncLog();
    } catch (error) {
      if (this.#closed) return;
      // The host may have forgotten what it could not write: nothing later can be relied on.
      throw this.#stop(`the disk failed: ${String(error)}`);
    }
  }

  /** Commits, copies the log into the file, and lets nothing more through. @throws FsError */
  close(): void {
    if (this.#closed) return;
    try {
      if (this.#stopped === undefined) {
        this.commit();
        if (this.#open) this.#commit.run();
        this.#open = false;
      }
    } catch (error) {
      throw this.#failure(error);
    } finally {
      this.#closed = true;
      this.#disarm();
    }
  }

  /** Stops the volume because what is in it contradicts itself. */
  damaged(what: string): FsError {
    return this.#stop(`it is damaged (isola volume check tells more): ${what}`);
  }

  /** As after a crash: what is not committed is forgotten. */
  abandon(): void {
    this.#stop("abandoned");
    this.#closed = true;
  }

  #background(): void {
    this.#disarm();
    try {
      this.commit();
    } catch {
      // It is told by the next sync, or, when the volume stopped, by every operation; else tried again.
      if (this.#stopped === undefined && !this.#closed) this.#timer = setTimeout(() => this.#background(), COMMIT_MS);
    }
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = this.#soon = undefined;
  }

  #failure(error: unknown): FsError {
    if (error instanceof FsError) return error;
    const code = sqliteCode(error);
    const message = reasonText(error);
    // Any other error is a mistake of ours in a statement; what it left is as uncertain.
    if (code === undefined || code === SqliteCode.corrupt || code === SqliteCode.notADatabase || (this.#open && !this.#db.inTransaction)) return this.#stop(message);
    return new FsError(code === SqliteCode.full ? "nospc" : "io", message);
  }

  #stop(reason: string): FsError {
    this.#disarm();
    this.#open = this.#changed = false;
    this.#stopped ??= new FsError("io", `the volume stopped: ${reason}`);
    return this.#stopped;
  }
}
