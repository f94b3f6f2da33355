/**
 * Store: owns instances, what they contain, and the host's data about them.
 *
 * Everything that lives belongs to exactly one store. `dispose` lets go of all of it at once:
 * from then on every use of the store, or of a thing it owns, is a `StoreError`, and the
 * host's collector may free the memories even while somebody still holds the wrappers. Guests
 * that wait in an asynchronous host function are ended by a trap then.
 */
import { anything, assert, checkOptions, mustBe, mustBeAmount, mustBeObject } from "#base";
import type { OptionRules } from "#base";
import type { Engine } from "./engine.ts";
import type { Safepoints } from "./engine-options.ts";
import { FuelTank } from "./fuel.ts";
import type { Instance } from "./instance.ts";
import type { Extern } from "./extern.ts";
import type { StoreLimiter } from "./limiter.ts";
import { LimitError, StoreError } from "./store-errors.ts";
import type { TrapCode } from "./trap-codes.ts";

/** What an embedder chooses for one store. */
export interface StoreOptions<Data> {
  /** The embedder's own data, for host functions to find. */
  readonly data?: Data;
  /** What the store may use; unlimited by default. */
  readonly limiter?: StoreLimiter;
  /** Where safepoints lead; the engine's default otherwise. */
  readonly safepoints?: Safepoints;
  /** Instructions that the store may run, when its engine counts them. Unlimited by default. */
  readonly fuel?: bigint;
}

const OPTIONS: OptionRules<StoreOptions<unknown>> = {
  data: anything,
  limiter: mustBeObject,
  safepoints: mustBeObject,
  fuel: mustBe("a bigint from 0 on", (value) => typeof value === "bigint" && value >= 0n),
};
/** What is a number in a limiter. It can be an object of any class, so names that it has besides are its own. */
const BOUNDS = ["memoryBytes", "tableElements", "totalMemoryBytes", "totalTableElements", "instances", "memories", "tables"] as const satisfies readonly (keyof StoreLimiter)[];

export class Store<Data = unknown> {
  readonly engine: Engine;
  readonly data: Data | undefined;
  readonly limiter: StoreLimiter | undefined;
  readonly safepoints: Safepoints;
  readonly fuel: FuelTank;
  /** Why code of ours ended the guest, until the trap is made of it. Only hooks and `trap.ts` write it. */
  stopReason: TrapCode | undefined;

  readonly #instances = new Set<Instance>();
  /** By host object. Strong: whatever is here belongs to an instance, or to nobody, that lives as long as the store. */
  readonly #externs = new Map<object, Extern>();
  readonly #created = { instances: 0, memories: 0, tables: 0 };
  /** Kept only where a total is limited. */
  readonly #memories: Set<WebAssembly.Memory> | undefined;
  readonly #tables: Set<WebAssembly.Table> | undefined;
  /** What ends the waits that are under way. */
  #waits: Set<() => void> | undefined = undefined;
  #disposed = false;

  /** @throws OptionError */
  constructor(engine: Engine, options: StoreOptions<Data> = {}) {
    checkOptions(options, OPTIONS);
    for (const bound of BOUNDS) {
      const value = options.limiter?.[bound];
      if (value !== undefined) mustBeAmount(value, `limiter.${bound}`);
    }
    this.engine = engine;
    this.data = options.data;
    this.limiter = options.limiter;
    this.safepoints = options.safepoints ?? engine.safepoints;
    this.fuel = new FuelTank(options.fuel);
    this.stopReason = undefined;
    this.#memories = options.limiter?.totalMemoryBytes === undefined ? undefined : new Set();
    this.#tables = options.limiter?.totalTableElements === undefined ? undefined : new Set();
  }

  /** Whether `dispose` was called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** The instances that live in it, in the order in which they were made. */
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
    if (this.#tables !== undefined) for (const raw of instance.own()) if (raw instanceof WebAssembly.Table) this.#tables.add(raw);
  }

  /**
   * Lets go of one instance before the store ends: it counts no more towards totals and the host
   * may collect it once nothing refers to what it made. It stays usable for those who hold it.
   */
  forget(instance: Instance): void {
    if (!this.#instances.delete(instance)) return;
    const { fuel } = instance.hidden;
    if (fuel !== undefined) this.fuel.detach(fuel);
    for (const raw of instance.own()) {
      this.#externs.delete(raw);
      this.#memories?.delete(raw as WebAssembly.Memory);
      this.#tables?.delete(raw as WebAssembly.Table);
    }
  }

  /** For the makers of memories: it counts towards the total from now on. */
  holdMemory(raw: WebAssembly.Memory): WebAssembly.Memory {
    this.#memories?.add(raw);
    return raw;
  }

  /** Takes `holdMemory` back. */
  dropMemory(raw: WebAssembly.Memory): void {
    this.#memories?.delete(raw);
  }

  /** For the makers of tables: it counts towards the total from now on. */
  holdTable(raw: WebAssembly.Table): void {
    this.#tables?.add(raw);
  }

  /** Bytes of all memories now. Known only where `totalMemoryBytes` limits them, else 0. */
  memoryBytes(): number {
    let total = 0;
    for (const { buffer } of this.#memories ?? []) total += buffer.byteLength;
    return total;
  }

  /** Elements of all tables now. Known only where `totalTableElements` limits them, else 0. */
  tableElements(): number {
    let total = 0;
    for (const { length } of this.#tables ?? []) total += Number(length);
    return total;
  }

  /** Runs `end` when the store is disposed of, unless the function that is given back was called before. */
  whenDisposed(end: () => void): () => void {
    const waits = this.#waits ??= new Set();
    if (this.#disposed) end();
    else waits.add(end);
    return () => void waits.delete(end);
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
    for (const extern of this.#externs.values()) extern.release();
    this.#externs.clear();
    this.#memories?.clear();
    this.#tables?.clear();
    for (const end of this.#waits ?? []) end();
    this.#waits?.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function check(limit: "instances" | "memories" | "tables", total: number, added: number, allowed: number | undefined): void {
  if (added > 0 && allowed !== undefined && total > allowed) throw new LimitError(limit, total, allowed);
}
