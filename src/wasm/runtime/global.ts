/**
 * Global: a global variable of a store.
 *
 * Spec: core exec/runtime, Global Instances; JS API, Global.
 */
import type { GlobalType } from "../types/externtype.ts";
import { printValType } from "../types/print.ts";
import { fromHost, toHost } from "./func.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { ValueError, hostTypeName } from "./value.ts";

export class Global {
  readonly kind = "global";
  readonly store: Store;
  readonly type: GlobalType;
  #raw: WebAssembly.Global | undefined;

  /** For instantiation; others use `create` or an instance's exports. */
  constructor(store: Store, raw: WebAssembly.Global, type: GlobalType) {
    this.store = store;
    this.type = type;
    this.#raw = raw;
  }

  /**
   * A new global that belongs to no instance.
   *
   * @throws ValueError when `value` is not of the type, or the host cannot make such a global.
   */
  static create(store: Store, type: GlobalType, value: unknown): Global {
    store.alive();
    const raw = new WebAssembly.Global(
      { value: hostTypeName(type.value), mutable: type.mutable },
      toHost(store, value, type.value) as never,
    );
    return store.wrapped(raw, (made) => new Global(store, made, type));
  }

  /** The type, for linking. */
  get externType(): GlobalType {
    return this.type;
  }

  /** The host's object. @throws StoreError after the store was disposed of. */
  get raw(): WebAssembly.Global {
    if (this.#raw === undefined) throw new StoreError("a global");
    return this.#raw;
  }

  /** For `Store.dispose`: lets go of the host's object. */
  release(): void {
    this.#raw = undefined;
  }

  /** @throws ValueError when the host has no values of the type (v128, exnref). */
  get value(): unknown {
    this.#expressible();
    return fromHost(this.store, this.raw.value, this.type.value);
  }

  /** @throws ValueError when the global is immutable or the value not of its type. */
  set value(value: unknown) {
    if (!this.type.mutable) throw new ValueError("global", "a mutable global", "an immutable one");
    this.#expressible();
    this.raw.value = toHost(this.store, value, this.type.value);
  }

  #expressible(): void {
    const { value } = this.type;
    if (value === "v128" || (typeof value !== "string" && (value.heap === "exn" || value.heap === "noexn"))) {
      throw new ValueError("global", "a type that the host has values of", printValType(value));
    }
  }
}
