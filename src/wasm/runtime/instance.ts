/**
 * Instance: a module that was linked and lives in a store.
 *
 * `exports` are the guest's own, wrapped when first asked for. `hidden` reaches what the guest
 * did not export; it is the kernel's side door and no guest can name it. An instance of a
 * module with a start function has not run it: the maker does, when and where it wants.
 *
 * Spec: core exec/modules, Instantiation; core exec/runtime, Module Instances.
 */
import type { ExternKind, ExternType } from "../types/externtype.ts";
import type { Extern } from "./extern.ts";
import { Func } from "./func.ts";
import { Global } from "./global.ts";
import { funcRefType } from "./canonical-types.ts";
import { Memory } from "./memory.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";
import { Table } from "./table.ts";
import { Tag } from "./tag.ts";

export class Instance {
  readonly store: Store;
  readonly module: Module;
  readonly hidden: HiddenItems;
  #raw: WebAssembly.Instance | undefined;

  /** For `instantiate.ts`. */
  constructor(store: Store, module: Module, raw: WebAssembly.Instance) {
    this.store = store;
    this.module = module;
    this.#raw = raw;
    this.hidden = new HiddenItems(this);
    store.adopt(this);
  }

  /** The host's object, with the hidden exports in plain sight. @throws StoreError */
  get raw(): WebAssembly.Instance {
    this.store.alive("an instance");
    return this.#raw!; // only `release` clears it, and the store is dead then
  }

  /** The guest's export of this name. */
  get(name: string): Extern | undefined {
    const entry = this.module.layout.exportsByName.get(name);
    const raw = this.raw.exports[name];
    return entry === undefined || raw === undefined ? undefined : wrap(this.store, raw, entry.type);
  }

  /** The exported function of this name; undefined when there is none, or something of another kind. */
  func(name: string): Func | undefined {
    return this.#ofKind(name, "func");
  }
  /** The exported global of this name, as `func`. */
  global(name: string): Global | undefined {
    return this.#ofKind(name, "global");
  }
  /** The exported memory of this name, as `func`. */
  memory(name: string): Memory | undefined {
    return this.#ofKind(name, "memory");
  }
  /** The exported table of this name, as `func`. */
  table(name: string): Table | undefined {
    return this.#ofKind(name, "table");
  }
  /** The exported tag of this name, as `func`. */
  tag(name: string): Tag | undefined {
    return this.#ofKind(name, "tag");
  }

  /** All exports of the guest, in the module's order. */
  *exports(): IterableIterator<readonly [name: string, item: Extern]> {
    for (const { name } of this.module.exports) yield [name, this.get(name)!]; // every declared export exists
  }

  /** The start function, which nobody has run yet; running it is up to the maker. */
  start(): Func | undefined {
    this.store.alive("an instance");
    const { start } = this.module.layout.hidden;
    if (start === undefined) return undefined;
    const raw = this.raw.exports[start];
    return raw === undefined ? undefined : Func.of(this.store, raw as WebAssembly.ExportedFunction, funcRefType(this.store.engine.types, { kind: "func", params: [], results: [] }));
  }

  /** The host's objects that this instance made and can be reached: exported functions and other items, hidden memories and tables. */
  *own(): IterableIterator<WebAssembly.ExportValue> {
    const { raw, module: { layout } } = this;
    const imported = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    for (const { type } of layout.imports) imported[type.kind]++;
    for (const { name, index, type } of layout.exports) if (index >= imported[type.kind]) yield raw.exports[name]!; // every declared export exists
    for (const [kind, { length }] of [["memory", layout.memories], ["table", layout.tables]] as const) {
      for (let index = imported[kind]; index < length; index++) {
        const item = raw.exports[`${layout.hidden.prefix}${kind}${index}`];
        if (item !== undefined) yield item;
      }
    }
  }

  #ofKind<K extends ExternKind>(name: string, kind: K): Extract<Extern, { kind: K }> | undefined {
    const item = this.get(name);
    return item?.kind === kind ? item as Extract<Extern, { kind: K }> : undefined;
  }

  /** For `Store.dispose`. */
  release(): void {
    this.#raw = undefined;
  }
}

/** What an instance has without exporting it; by index in the module's index spaces, imports first. */
class HiddenItems {
  readonly #instance: Instance;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  memory(index: number): Memory | undefined {
    const { module, store } = this.#instance;
    const type = module.layout.memories[index];
    const raw = this.#raw(`memory${index}`);
    return type === undefined || raw === undefined ? undefined : wrap(store, raw, type) as Memory;
  }

  table(index: number): Table | undefined {
    const { module, store } = this.#instance;
    const type = module.layout.tables[index];
    const raw = this.#raw(`table${index}`);
    return type === undefined || raw === undefined ? undefined : wrap(store, raw, type) as Table;
  }

  /** The host's global; its type is known to whoever asks. */
  global(index: number): WebAssembly.Global | undefined {
    return this.#raw(`global${index}`) as WebAssembly.Global | undefined;
  }

  /** The table that leads from the guest into our hooks. */
  get hooks(): WebAssembly.Table | undefined {
    const { raw, module } = this.#instance;
    return raw.exports[module.layout.hidden.hooks] as WebAssembly.Table | undefined;
  }

  /** The count of instructions left, where its engine counts them. */
  get fuel(): WebAssembly.Global | undefined {
    const { raw, module } = this.#instance;
    const { fuel } = module.layout.hidden;
    return fuel === undefined ? undefined : raw.exports[fuel] as WebAssembly.Global | undefined;
  }

  #raw(name: string): WebAssembly.ExportValue | undefined {
    const { raw, module } = this.#instance;
    return raw.exports[module.layout.hidden.prefix + name];
  }
}
export type { HiddenItems };

/** The store's one wrapper for an item that the host exported with this type. */
function wrap(store: Store, raw: WebAssembly.ExportValue, type: ExternType): Extern {
  switch (type.kind) {
    case "func": return Func.of(store, raw as WebAssembly.ExportedFunction, type);
    case "memory": return store.wrapped(raw as WebAssembly.Memory, (made) => new Memory(store, made, type));
    case "table": return store.wrapped(raw as WebAssembly.Table, (made) => new Table(store, made, type));
    case "global": return store.wrapped(raw as WebAssembly.Global, (made) => new Global(store, made, type));
    case "tag": return store.wrapped(raw as WebAssembly.Tag, (made) => new Tag(store, made, type));
  }
}
