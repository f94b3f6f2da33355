/**
 * What is used and what may be used: one account per job and per process, in a tree. A charge goes to
 * the account and to all above it, or to none of them (INV-10).
 *
 * CPU time is charged after the fact, slice by slice, so a charge of it always succeeds and the
 * scheduler asks `cpuLeftMs` how long the next slice may be.
 */
import { IsolaError, assert } from "#base";

export const RESOURCES = ["memory", "processes", "threads", "handles", "output", "storage"] as const;
/** memory, output and storage count bytes. */
export type Resource = (typeof RESOURCES)[number];

export interface Limits {
  /** Bytes of linear memories, of tables (at `TABLE_ELEMENT_BYTES` each) and of garbage-collected objects (`GcHeap`). */
  readonly memory?: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly handles?: number;
  /** Bytes written to standard output and error in all. */
  readonly output?: number;
  readonly storage?: number;
  /** Processor time in milliseconds, in all. */
  readonly cpuMs?: number;
  /** Share of one processor, 0 < share <= 1, held within each period of `SHARE_PERIOD_MS`. */
  readonly cpuShare?: number;
}

export const SHARE_PERIOD_MS = 50;

export class LimitError extends IsolaError {
  readonly code = "kernel/limit";
  /** The account that refused. */
  readonly account: string;
  readonly resource: Resource | "cpu";
  readonly limit: number;
  readonly used: number;
  readonly requested: number;

  constructor(account: Account, resource: Resource, requested: number) {
    super(`${account.name}: ${resource} limit of ${account.limits[resource]} reached (${account.used(resource)} in use, ${requested} more requested)`);
    this.account = account.name;
    this.resource = resource;
    this.limit = account.limits[resource] ?? Infinity;
    this.used = account.used(resource);
    this.requested = requested;
  }
}

export class Account {
  readonly name: string;
  readonly parent: Account | undefined;
  readonly limits: Limits;
  readonly #used: Record<Resource, number> = { memory: 0, processes: 0, threads: 0, handles: 0, output: 0, storage: 0 };
  readonly #peak: Record<Resource, number> = { memory: 0, processes: 0, threads: 0, handles: 0, output: 0, storage: 0 };
  cpuMs = 0;
  // Valid while `limits.cpuShare` is set.
  #periodStartMs = 0;
  #periodUsedMs = 0;

  constructor(name: string, parent: Account | undefined, limits: Limits) {
    this.name = name;
    this.parent = parent;
    this.limits = limits;
  }

  used(resource: Resource): number {
    return this.#used[resource];
  }

  /** Highest value that `used` had. */
  peak(resource: Resource): number {
    return this.#peak[resource];
  }

  /** Undefined when charged everywhere; else the account that refused, and nothing is charged. */
  charge(resource: Resource, amount: number): Account | undefined {
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits[resource];
      if (limit !== undefined && account.#used[resource] + amount > limit) return account;
    }
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const used = account.#used[resource] += amount;
      if (used > account.#peak[resource]) account.#peak[resource] = used;
    }
    return undefined;
  }

  /** How much could be charged now. */
  left(resource: Resource): number {
    let left = Infinity;
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits[resource];
      if (limit !== undefined) left = Math.min(left, limit - account.#used[resource]);
    }
    return left;
  }

  /** As `charge`, but throws `LimitError`. */
  chargeOrThrow(resource: Resource, amount: number): void {
    const refused = this.charge(resource, amount);
    if (refused !== undefined) throw new LimitError(refused, resource, amount);
  }

  refund(resource: Resource, amount: number): void {
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      account.#used[resource] -= amount;
      assert(account.#used[resource] >= 0, `${resource} account of ${account.name} below zero`);
    }
  }

  /** Charges processor time that ended at `nowMs`. */
  chargeCpu(ms: number, nowMs: number): void {
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      account.cpuMs += ms;
      if (account.limits.cpuShare !== undefined) {
        account.#openPeriod(nowMs);
        account.#periodUsedMs += ms;
      }
    }
  }

  /** Processor time left until some total limit is met; the account that has that limit is `cpuLimiter`. */
  cpuLeftMs(): number {
    let left = Infinity;
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits.cpuMs;
      if (limit !== undefined && limit - account.cpuMs < left) left = limit - account.cpuMs;
    }
    return left;
  }

  cpuLimiter(): Account {
    let tightest: Account = this;
    let left = Infinity;
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits.cpuMs;
      if (limit !== undefined && limit - account.cpuMs < left) {
        left = limit - account.cpuMs;
        tightest = account;
      }
    }
    return tightest;
  }

  /** The time until which threads of this account must pause for its CPU share, or 0 when they may run. */
  throttledUntilMs(nowMs: number): number {
    let until = 0;
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const share = account.limits.cpuShare;
      if (share === undefined) continue;
      account.#openPeriod(nowMs);
      if (account.#periodUsedMs >= share * SHARE_PERIOD_MS) until = Math.max(until, account.#periodStartMs + SHARE_PERIOD_MS);
    }
    return until;
  }

  /** Starts a new period when the last is over. Use beyond the share is carried over, so that the average holds exactly. */
  #openPeriod(nowMs: number): void {
    const periods = Math.floor((nowMs - this.#periodStartMs) / SHARE_PERIOD_MS);
    if (periods <= 0) return;
    this.#periodStartMs += periods * SHARE_PERIOD_MS;
    this.#periodUsedMs = Math.max(0, this.#periodUsedMs - periods * this.limits.cpuShare! * SHARE_PERIOD_MS);
  }
}
