/** A database that fails at the k-th statement, in one of the ways in which hosts do. */
import { connect } from "./database.ts";
import type { Connect, Database, SqlValue, Statement } from "./database.ts";

/**
 * `stop`: the disk is gone from then on. `once`: this statement fails for a full disk, and the next ones
 * work. `rollback`: it fails, and the whole transaction with it.
 */
export type FaultMode = "stop" | "once" | "rollback";

export class Fault {
  readonly mode: FaultMode;
  /** May be set later. */
  at: number;
  /** Statements so far. */
  count = 0;
  fired = false;
  /** Called after each sync of the log. */
  onSync: () => void = () => undefined;

  constructor(mode: FaultMode, at: number) {
    this.mode = mode;
    this.at = at;
  }

  /** True for a statement that is to fail. */
  next(): boolean {
    const fails = this.count === this.at || (this.fired && this.mode === "stop");
    this.count++;
    if (fails) this.fired = true;
    return fails;
  }

  readonly connect: Connect = (path, mode) => new FaultyDatabase(connect(path, mode), this);
}

export class InjectedError extends Error {
  readonly errcode = 13;
  constructor() {
    super("injected");
  }
}

class FaultyDatabase implements Database {
  readonly #inner: Database;
  readonly #fault: Fault;

  constructor(inner: Database, fault: Fault) {
    this.#inner = inner;
    this.#fault = fault;
  }

  get inTransaction(): boolean {
    return this.#inner.inTransaction;
  }
  prepare(sql: string, bigints?: boolean): Statement {
    const statement = this.#inner.prepare(sql, bigints);
    return {
      run: (...values: SqlValue[]) => this.#do(() => statement.run(...values)),
      get: (...values: SqlValue[]) => this.#do(() => statement.get(...values)),
      all: (...values: SqlValue[]) => this.#do(() => statement.all(...values)),
    };
  }
  exec(sql: string): void {
    this.#do(() => this.#inner.exec(sql));
  }
  async syncLog(): Promise<void> {
    // One that fails stops the volume; `stop` shows that.
    if (this.#fault.mode === "stop") await this.#do(() => this.#inner.syncLog());
    else await this.#inner.syncLog();
    this.#fault.onSync();
  }
  close(): void {
    this.#inner.close();
  }

  #do<T>(act: () => T): T {
    if (!this.#fault.next()) return act();
    if (this.#fault.mode === "rollback" && this.#inner.inTransaction) this.#inner.exec("ROLLBACK");
    throw new InjectedError();
  }
}
