/**
 * Caller: who calls a host function.
 *
 * There is one for each instance that imports a host function which asked for it. The caller is
 * the instance whose import the function satisfied: when that instance exports the function
 * again, or puts it into a table, whoever calls it there calls as that instance.
 *
 * It is valid for the life of the store, also after the call, and costs a call nothing.
 */
import { assert } from "#base";
import type { Extern } from "./extern.ts";
import type { Instance } from "./instance.ts";
import type { Memory } from "./memory.ts";
import type { Store } from "./store.ts";

export class Caller<Data = unknown> {
  readonly store: Store<Data>;
  #instance: Instance | undefined = undefined;
  #memory: Memory | undefined = undefined;

  /** For instantiation. */
  constructor(store: Store<Data>) {
    this.store = store;
  }

  /** For instantiation, before any guest code runs. */
  bind(instance: Instance): void {
    this.#instance = instance;
  }

  /** The calling instance. @throws StoreError after the store was disposed of. */
  get instance(): Instance {
    this.store.alive("a caller");
    assert(this.#instance !== undefined, "a host function runs before its instance exists");
    return this.#instance;
  }

  /** What the embedder keeps with the store. */
  get data(): Data | undefined {
    return this.store.data;
  }

  /**
   * The caller's memory 0, exported or not; undefined when it has none.
   *
   * `memory.bytes()` is the view to read and write; take it anew after anything that may run guest
   * code. Addresses come from the guest: check them.
   *
   * @throws StoreError after the store was disposed of.
   */
  get memory(): Memory | undefined {
    return this.#memory ?? this.#memorySlow();
  }

  #memorySlow(): Memory | undefined {
    const { instance } = this;
    return this.#memory = instance.hidden.memory(0) ?? instance.memory("memory");
  }

  /** An export of the caller. @throws StoreError after the store was disposed of. */
  get(name: string): Extern | undefined {
    return this.instance.get(name);
  }
}
