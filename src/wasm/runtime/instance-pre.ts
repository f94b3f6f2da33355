/**
 * InstancePre: a module whose imports are resolved and checked, to be instantiated many times.
 *
 * What does not depend on the store is put into the import object once. An instantiation only
 * fills the slots that do: the memories it creates, the flag, and the functions that are made
 * for each store. Imports of one store's items tie it to that store.
 *
 * Spec: core exec/modules, Instantiation.
 */
import { KernelBug } from "#base";
import { Caller } from "./caller.ts";
import type { Extern } from "./extern.ts";
import type { HostFunc } from "./host-func.ts";
import { Instance } from "./instance.ts";
import { connectHooks, payConstants } from "./instance-hooks.ts";
import { ForeignEngineError, ForeignStoreError } from "./link-errors.ts";
import { scaled } from "./limiter.ts";
import { createRawMemory } from "./memory.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";
import { explainSegment } from "./segment-trap.ts";
import { LimitError } from "./store-errors.ts";
import { checkNewTable } from "./table.ts";
import { Trap } from "./trap.ts";

/** An import and what satisfies it. */
export interface Resolved {
  readonly module: string;
  readonly name: string;
  readonly definition: Extern | HostFunc;
}

type ImportFields = { [name: string]: unknown };

interface Slot {
  readonly fields: ImportFields;
  readonly name: string;
  readonly func: HostFunc;
}

export class InstancePre {
  readonly module: Module;
  readonly #imports: { [module: string]: ImportFields };
  readonly #slots: readonly Slot[];
  readonly #hidden: ImportFields;
  readonly #owner: Store | undefined;
  readonly #definitions: readonly (Extern | HostFunc)[];
  readonly #wantsCaller: boolean;

  /**
   * For `Linker.instantiatePre`, which has checked the types.
   *
   * @throws ForeignStoreError when the items belong to several stores.
   */
  constructor(module: Module, resolved: readonly Resolved[]) {
    this.module = module;
    // Without prototypes: a guest may name an import "__proto__".
    const imports = Object.create(null) as { [module: string]: ImportFields };
    const fieldsOf = (name: string): ImportFields => imports[name] ??= Object.create(null) as ImportFields;
    const slots: Slot[] = [];
    let owner: Store | undefined;
    for (const { module: from, name, definition } of resolved) {
      const fields = fieldsOf(from);
      if ("store" in definition) {
        if (owner !== undefined && owner !== definition.store) throw new ForeignStoreError("import", { module: from, field: name });
        owner = definition.store;
        fields[name] = definition.raw;
      } else if (definition.callable !== undefined) {
        fields[name] = definition.callable;
      } else if (!(name in fields)) {
        fields[name] = undefined;
        slots.push({ fields, name, func: definition });
      }
    }
    this.#imports = imports;
    this.#hidden = fieldsOf(module.layout.hidden.module);
    this.#slots = slots;
    this.#owner = owner;
    this.#definitions = resolved.map(({ definition }) => definition);
    this.#wantsCaller = slots.some(({ func }) => func.wantsCaller);
  }

  /**
   * A new instance, start function included.
   *
   * @throws LimitError when the store's limiter, or the host, refuses what it needs.
   * @throws Trap when a segment does not fit, or the start function traps.
   * @throws ForeignEngineError, ForeignStoreError, StoreError
   */
  instantiate(store: Store): Instance {
    const instance = this.create(store);
    instance.start()?.call();
    return instance;
  }

  /**
   * The same where the start function may call asynchronous host functions.
   * Rejects with what `instantiate` throws.
   */
  async instantiateAsync(store: Store): Promise<Instance> {
    const instance = this.create(store);
    await instance.start()?.callAsync();
    return instance;
  }

  /** The same, but the start function is left to the caller: no guest code runs. */
  create(store: Store): Instance {
    const { module } = this;
    const { layout } = module;
    store.alive();
    if (store.engine !== module.engine) throw new ForeignEngineError(`module "${module.name}"`);
    if (this.#owner !== undefined && this.#owner !== store) throw new ForeignStoreError(`an import of "${module.name}"`);
    store.charge(1, layout.ownMemories.length, layout.ownTables.length);
    let elements = 0;
    for (const type of layout.ownTables) elements += checkNewTable(store, type, elements);
    payConstants(store, module);
    const memories = createMemories(store, module);
    const caller = this.#wantsCaller ? new Caller(store) : undefined;
    const funcs = this.#slots.map(({ func }) => func.of(store, caller));

    const raw = this.#instantiateRaw(store, memories, funcs);
    const instance = new Instance(store, module, raw);
    caller?.bind(instance);
    connectHooks(instance);
    this.#runSegments(store, raw);
    return instance;
  }

  /** Runs the active segments that had to wait for the hooks. Only code of ours runs. */
  #runSegments(store: Store, raw: WebAssembly.Instance): void {
    const { segments } = this.module.layout.hidden;
    if (segments === undefined) return;
    try {
      (raw.exports[segments] as WebAssembly.ExportedFunction)();
    } catch (error) {
      throw this.#segmentTrap(error, store) ?? error;
    }
  }

  #segmentTrap(error: unknown, store: Store): Trap | undefined {
    const trap = Trap.from(error, store, this.module);
    if (trap !== undefined) explainSegment(trap, this.module, this.#definitions);
    return trap;
  }

  /** Fills the slots, and empties them again so that they keep no store alive. Nothing between runs guest code. */
  #instantiateRaw(store: Store, memories: readonly WebAssembly.Memory[], funcs: readonly unknown[]): WebAssembly.Instance {
    const { layout, raw } = this.module;
    const hidden = this.#hidden;
    layout.ownMemories.forEach(({ index }, i) => hidden[String(index)] = memories[i]);
    if (layout.importsFlag) hidden["flag"] = store.safepoints.flag;
    this.#slots.forEach(({ fields, name }, i) => fields[name] = funcs[i]);
    try {
      return new WebAssembly.Instance(raw, this.#imports);
    } catch (error) {
      if (error instanceof WebAssembly.LinkError || error instanceof TypeError) {
        throw new KernelBug(`the host refuses imports that were checked: ${error.message}`, { cause: error });
      }
      const trap = this.#segmentTrap(error, store);
      if (trap !== undefined && trap.trap !== "out-of-memory") throw trap;
      if (!(error instanceof RangeError)) throw error;
      // The memories exist already, so what the host had no room for are the tables.
      const elements = layout.ownTables.reduce((sum, { limits }) => sum + scaled(limits.min, 1), 0);
      throw new LimitError("table size", elements, undefined, { cause: error });
    } finally {
      for (const { index } of layout.ownMemories) hidden[String(index)] = undefined;
      hidden["flag"] = undefined;
      for (const { fields, name } of this.#slots) fields[name] = undefined;
    }
  }
}

/** All of the module's own memories, or none. @throws LimitError */
function createMemories(store: Store, { layout }: Module): WebAssembly.Memory[] {
  const made: WebAssembly.Memory[] = [];
  try {
    for (const { type } of layout.ownMemories) made.push(createRawMemory(store, type));
    return made;
  } catch (error) {
    for (const memory of made) store.dropMemory(memory);
    throw error;
  }
}
