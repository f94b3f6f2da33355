/**
 * What is used and what may be used: one account per job and per process, in a tree. A charge goes to
 * the account and to all above it, or to none of them (INV-10).
 *
 * CPU time is charged after the fact, slice by slice, so a charge of it always succeeds and the
 * scheduler asks `cpuLeftMs` how long the next slice may be.
 *
 * The account of a job that several harts know is *shared*: what it says is used, and its limits, are then of
 * all of them together.
 */
import { IsolaError, assert } from "#base";
import type { SharedAccount } from "../link/shared-accounts.ts";
import { RESOURCES } from "./resource.ts";
import type { Resource } from "./resource.ts";

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
const PLACE = Object.fromEntries(RESOURCES.map((resource, place) => [resource, place])) as Readonly<Record<Resource, number>>;

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
  #cpuMs = 0;
  #shared: SharedAccount | undefined = undefined;
  // Valid while `limits.cpuShare` is set.
  #periodStartMs = 0;
  #periodUsedMs = 0;

  constructor(name: string, parent: Account | undefined, limits: Limits) {
    this.name = name;
    this.parent = parent;
    this.limits = limits;
  }

  used(resource: Resource): number {
    return this.#shared === undefined ? this.#used[resource] : this.#shared.used(PLACE[resource]);
  }

  /** Highest value that `used` had, as far as this hart has seen. */
  peak(resource: Resource): number {
    return this.#peak[resource];
  }

  /** Processor time of everything charged here, in all. */
  get cpuMs(): number {
    return this.#shared === undefined ? this.#cpuMs : this.#shared.cpuMs;
  }

  /** The same without what other harts charged. */
  get cpuMsHere(): number {
    return this.#cpuMs;
  }

  get shared(): SharedAccount | undefined {
    return this.#shared;
  }

  /** From now on other harts charge it too. What is charged already goes along. */
  share(shared: SharedAccount): void {
    this.#shared = shared;
    for (const resource of RESOURCES) shared.add(PLACE[resource], this.#used[resource]);
    shared.addCpu(this.#cpuMs);
    if (this.limits.cpuShare !== undefined) shared.usePeriod(0, this.#periodStartMs, SHARE_PERIOD_MS, this.limits.cpuShare);
  }

  /** The other harts have no part in it any more. */
  unshare(): void {
    this.#shared = undefined;
  }

  /** Undefined when charged everywhere; else the account that refused, and nothing is charged. */
  charge(resource: Resource, amount: number): Account | undefined {
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits[resource];
      if (limit === undefined) continue;
      const { shared } = account;
      if (shared === undefined ? account.#used[resource] + amount <= limit : shared.charge(PLACE[resource], amount, limit)) continue;
      for (let taken: Account = this; taken !== account; taken = taken.parent!) if (taken.limits[resource] !== undefined) taken.#shared?.add(PLACE[resource], -amount);
      return account;
    }
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      let used = account.#used[resource] += amount;
      const shared = account.#shared;
      if (shared !== undefined) {
        if (account.limits[resource] === undefined) shared.add(PLACE[resource], amount);
        used = shared.used(PLACE[resource]);
      }
      if (used > account.#peak[resource]) account.#peak[resource] = used;
    }
    return undefined;
  }

  /** How much could be charged now. */
  left(resource: Resource): number {
    let left = Infinity;
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      const limit = account.limits[resource];
      if (limit !== undefined) left = Math.min(left, limit - account.used(resource));
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
      account.#shared?.add(PLACE[resource], -amount);
      assert(account.#used[resource] >= 0, `${resource} account of ${account.name} below zero`);
    }
  }

  /** Charges processor time that ended at `nowMs`. */
  chargeCpu(ms: number, nowMs: number): void {
    for (let account: Account | undefined = this; account !== undefined; account = account.parent) {
      account.#cpuMs += ms;
      account.#shared?.addCpu(ms);
      if (account.limits.cpuShare !== undefined) account.#openPeriod(nowMs, ms);
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
      account.#openPeriod(nowMs, 0);
      if (account.#periodUsedMs >= share * SHARE_PERIOD_MS) until = Math.max(until, account.#periodStartMs + SHARE_PERIOD_MS);
    }
    return until;
  }

  /** Starts a new period when the last is over, and charges it. Use beyond the share is carried over, so that the average holds exactly. */
  #openPeriod(nowMs: number, ms: number): void {
    if (this.#shared !== undefined) {
      [this.#periodStartMs, this.#periodUsedMs] = this.#shared.usePeriod(ms, nowMs, SHARE_PERIOD_MS, this.limits.cpuShare!);
      return;
    }
    const periods = Math.floor((nowMs - this.#periodStartMs) / SHARE_PERIOD_MS);
    if (periods > 0) {
      this.#periodStartMs += periods * SHARE_PERIOD_MS;
      this.#periodUsedMs = Math.max(0, this.#periodUsedMs - periods * this.limits.cpuShare! * SHARE_PERIOD_MS);
    }
    this.#periodUsedMs += ms;
  }
}
