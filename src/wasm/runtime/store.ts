/**
 * Store: owns instances, what they contain, and the host's data about them.
 *
 * Everything that lives belongs to exactly one store. `dispose` lets go of all of it at once:
 * from then on every use of the store, or of a thing it owns, is a `StoreError`, and the
 * host's collector may free the memories even while somebody still holds the wrappers.
 */
import { assert } from "#base";
import type { Engine } from "./engine.ts";
import type { Safepoints } from "./engine-options.ts";
import { FuelTank } from "./fuel.ts";
import type { Instance } from "./instance.ts";
import type { Extern } from "./extern.ts";
import type { StoreLimiter } from "./limiter.ts";
import { LimitError, StoreError } from "./store-errors.ts";
import type { TrapCode } from "./trap-codes.ts";

export interface StoreOptions<Data> {
  readonly data?: Data;
  readonly limiter?: StoreLimiter;
  /** Where safepoints lead; the engine's default otherwise. */
  readonly safepoints?: Safepoints;
  /** Instructions that the store may run, when its engine counts them. Unlimited by default. */
  readonly fuel?: bigint;
}

export class Store<Data = unknown> {
  readonly engine: Engine;
  readonly data: Data | undefined;
  readonly limiter: StoreLimiter | undefined;
  readonly safepoints: Safepoints;
  readonly fuel: FuelTank;
  /** Why code of ours ended the guest, until the trap is made of it. Only hooks and `trap.ts` write it. */
  stopReason: TrapCode | undefined;

  readonly #instances = new Set<Instance>();
  readonly #externs = new WeakMap<object, Extern>();
  readonly #created = { instances: 0, memories: 0, tables: 0 };
  #disposed = false;

  constructor(engine: Engine, options: StoreOptions<Data> = {}) {
    this.engine = engine;
    this.data = options.data;
    this.limiter = options.limiter;
    this.safepoints = options.safepoints ?? engine.safepoints;
    this.fuel = new FuelTank(options.fuel);
    this.stopReason = undefined;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  get instances(): ReadonlySet<Instance> {
    return this.#instances;
  }

  /** How many instances, memories and tables were created so far. */
  get created(): { readonly instances: number; readonly memories: number; readonly tables: number } {
    return this.#created;
  }

  /** @throws StoreError after `dispose`. */
  alive(what = "a store"): void {
    if (this.#disposed) throw new StoreError(what);
  }

  /**
   * Counts things about to be created.
   *
   * @throws LimitError when the limiter allows fewer; nothing is counted then.
   */
  charge(instances: number, memories: number, tables: number): void {
    const created = this.#created;
    check("instances", created.instances + instances, instances, this.limiter?.instances);
    check("memories", created.memories + memories, memories, this.limiter?.memories);
    check("tables", created.tables + tables, tables, this.limiter?.tables);
    created.instances += instances;
    created.memories += memories;
    created.tables += tables;
  }

  /** For `instance.ts`: the store owns it from now on. */
  adopt(instance: Instance): void {
    this.alive();
    this.#instances.add(instance);
  }

  /** For the item classes: one wrapper for each host object, so that identity survives re-export. */
  wrapped<Raw extends object, T extends Extern>(raw: Raw, make: (raw: Raw) => T): T {
    const known = this.#externs.get(raw);
    if (known !== undefined) return known as T;
    const made = make(raw);
    assert(made.store === (this as Store), "wrapper made for another store");
    this.#externs.set(raw, made);
    return made;
  }

  /** The wrapper of a host object that this store owns, if there is one yet. */
  known(raw: object): Extern | undefined {
    return this.#externs.get(raw);
  }

  /** Lets go of everything that the store owns. Idempotent; not to be called below a guest's frame. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const instance of this.#instances) instance.release();
    this.#instances.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function check(limit: "instances" | "memories" | "tables", total: number, added: number, allowed: number | undefined): void {
  if (added > 0 && allowed !== undefined && total > allowed) throw new LimitError(limit, total, allowed);
}
