/**
 * Table: a table of a store.
 *
 * Spec: core exec/runtime, Table Instances; JS API, Table.
 */
import type { TableType } from "../types/externtype.ts";
import { fromHost, toHost } from "./func.ts";
import { HOST_ELEMENTS, bounded, scaled, tableRefusal } from "./limiter.ts";
import type { Store } from "./store.ts";
import { LimitError, StoreError } from "./store-errors.ts";
import { hostTypeName } from "./value.ts";

export class Table {
  readonly kind = "table";
  readonly store: Store;
  readonly type: TableType;
  #raw: WebAssembly.Table | undefined;

  /** For instantiation; others use `create` or an instance's exports. */
  constructor(store: Store, raw: WebAssembly.Table, type: TableType) {
    this.store = store;
    this.type = type;
    this.#raw = raw;
  }

  /**
   * A new table that belongs to no instance, all elements null.
   *
   * @throws LimitError when the limiter or the host refuses the initial size.
   * @throws ValueError when the host cannot make a table of this element type.
   */
  static create(store: Store, type: TableType): Table {
    store.alive();
    const element = hostTypeName(type.element) as WebAssembly.RefType;
    const { min, max } = type.limits;
    store.charge(0, 0, 1);
    checkNewTable(store, type);
    const sized = (n: bigint): number | bigint => type.addr === "i64" ? n : Number(n);
    const descriptor = {
      element,
      initial: sized(min),
      ...(max === undefined ? {} : { maximum: sized(max) }),
      ...(type.addr === "i64" ? { address: "i64" as const } : {}),
    };
    let raw: WebAssembly.Table;
    try {
      raw = new WebAssembly.Table(descriptor);
    } catch (cause) {
      throw new LimitError("table size", scaled(min, 1), undefined, { cause });
    }
    store.holdTable(raw);
    return store.wrapped(raw, (table) => new Table(store, table, type));
  }

  /** The type as declared, for linking. */
  get externType(): TableType {
    return this.type;
  }

  /** The host's object. Growing it directly goes past the limiter. */
  get raw(): WebAssembly.Table {
    if (this.#raw === undefined) throw new StoreError("a table");
    return this.#raw;
  }

  /** For `Store.dispose`: lets go of the host's object. */
  release(): void {
    this.#raw = undefined;
  }

  /** Current size in elements. */
  get length(): number {
    return Number(this.raw.length);
  }

  /** @throws RangeError when `index` is outside. */
  get(index: number): unknown {
    return fromHost(this.store, this.#indexed().get(this.#index(index)), this.type.element);
  }

  /** @throws RangeError when `index` is outside; ValueError when `value` is not of the element type. */
  set(index: number, value: unknown): void {
    this.#indexed().set(this.#index(index), toHost(this.store, value, this.type.element));
  }

  /**
   * Grows by `delta` elements set to `value`; returns the size before.
   *
   * @throws LimitError when the declared maximum, the limiter or the host refuses.
   */
  grow(delta: number, value: unknown = null): number {
    if (!Number.isInteger(delta) || delta < 0) throw new RangeError(`a table cannot grow by ${delta} elements`);
    const current = this.length;
    const desired = current + delta;
    const { max } = this.type.limits;
    const maximum = max === undefined ? undefined : scaled(max, 1);
    const bound = scaled(bounded(max, HOST_ELEMENTS), 1);
    if (desired > bound) throw new LimitError("table size", desired, bound);
    const refusal = tableRefusal(this.store, current, desired, maximum);
    if (refusal !== undefined) throw refusal;
    const element = toHost(this.store, value, this.type.element);
    try {
      return Number(this.#indexed().grow(this.#index(delta), element));
    } catch (cause) {
      throw new LimitError("table size", desired, undefined, { cause });
    }
  }

  /** A 64-bit table is indexed by bigints, which the host's type declarations do not know. */
  #index(index: number): number | bigint {
    return this.type.addr === "i64" ? BigInt(index) : index;
  }

  #indexed(): IndexedTable {
    return this.raw as IndexedTable;
  }
}

/** Asks the store's limiter for a table of `type` besides `pending` elements of others. Answers its size. @throws LimitError */
export function checkNewTable(store: Store, type: TableType, pending = 0): number {
  const { min, max } = type.limits;
  const size = scaled(min, 1);
  if (min > HOST_ELEMENTS) throw new LimitError("table size", size, Number(HOST_ELEMENTS));
  const refusal = tableRefusal(store, 0, size, max === undefined ? undefined : scaled(max, 1), pending);
  if (refusal !== undefined) throw refusal;
  return size;
}

interface IndexedTable {
  get(index: number | bigint): unknown;
  set(index: number | bigint, value: unknown): void;
  grow(delta: number | bigint, value: unknown): number | bigint;
}
