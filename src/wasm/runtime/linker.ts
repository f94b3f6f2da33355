/**
 * Linker: names for definitions, and modules linked by them.
 *
 * A name is two-level, as in an import. A definition is an item of a store, which then can
 * only be linked into that store, or a `HostFunc`, which suits all stores of the engine.
 *
 * Spec: core exec/modules, Instantiation; core valid/matching, External Types.
 */
import { mustBe } from "#base";
import type { ExternType, FuncType } from "../types/externtype.ts";
import { checkImport } from "./check-import.ts";
import { printCanonical } from "./canonical-types.ts";
import { currentType } from "./current-type.ts";
import { defaultItem } from "./default-item.ts";
import type { Engine } from "./engine.ts";
import type { Extern } from "./extern.ts";
import { HostFunc } from "./host-func.ts";
import type { CallerCallable, HostCallable } from "./host-func.ts";
import type { Instance } from "./instance.ts";
import { InstancePre } from "./instance-pre.ts";
import type { Resolved } from "./instance-pre.ts";
import { ForeignEngineError, RedefinitionError, UnknownImportError } from "./link-errors.ts";
import type { MissingImport } from "./link-errors.ts";
import type { Module } from "./module.ts";
import { NameTable } from "./name-table.ts";
import { commandExports, initializeReactor, isCommand } from "./program-module.ts";
import type { Store } from "./store.ts";

/** What a linker may hold under a name. */
export type Definition = Extern | HostFunc;
const mustBeDefinition = mustBe("a Func, Global, Memory, Table, Tag or HostFunc", (value) => typeof value === "object" && value !== null && ("store" in value || value instanceof HostFunc));

/** Two name numbers in one: the host keeps 2 ** 26 names per linker apart exactly. */
const NAMES_MAX = 2 ** 26;

export class Linker {
  readonly engine: Engine;
  readonly #names = new NameTable();
  /** By module name times `NAMES_MAX` plus field name; in the order of definition. */
  readonly #definitions = new Map<number, Definition>();
  /**
   * What `instantiatePre` gave for a module since the last definition (bench: instantiate). Only what is
   * tied to no store: it would keep the store's items alive.
   */
  #resolved = new WeakMap<Module, InstancePre>();
  #shadowing = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Whether a name may be defined again; the last definition counts then. Off at first. */
  allowShadowing(allow: boolean): this {
    this.#shadowing = allow;
    return this;
  }

  /**
   * Defines one item.
   *
   * @throws RedefinitionError when the name is taken and shadowing is off.
   * @throws ForeignEngineError when the definition is of another engine.
   * @throws StoreError when its store is disposed of.
   * @throws OptionError for what can be no import.
   */
  define(module: string, name: string, definition: Definition): this {
    mustBeDefinition(definition, "definition");
    if ("store" in definition) definition.store.alive(`"${module}" "${name}"`);
    const engine = "store" in definition ? definition.store.engine : definition.engine;
    if (engine !== this.engine) throw new ForeignEngineError("the definition of", { module, field: name });
    const key = this.#key(module, name);
    const taken = this.#shadowing ? undefined : this.#definitions.get(key);
    if (taken !== undefined) throw new RedefinitionError(module, name, this.#describe(taken));
    this.#definitions.set(key, definition);
    this.#resolved = new WeakMap();
    return this;
  }

  /** Defines a host function; see `HostFunc.create`. @throws RedefinitionError, ValueError */
  func(module: string, name: string, type: FuncType, fn: HostCallable): this {
    return this.define(module, name, HostFunc.create(this.engine, type, fn));
  }

  /** Defines a host function that is told who calls it; see `HostFunc.withCaller`. @throws RedefinitionError, ValueError */
  funcWithCaller(module: string, name: string, type: FuncType, fn: CallerCallable): this {
    return this.define(module, name, HostFunc.withCaller(this.engine, type, fn));
  }

  /** Defines a host function that may answer with a promise; see `HostFunc.async`. @throws RedefinitionError, ValueError */
  funcAsync(module: string, name: string, type: FuncType, fn: CallerCallable): this {
    return this.define(module, name, HostFunc.async(this.engine, type, fn));
  }

  /** What is defined under the name now. */
  get(module: string, name: string): Definition | undefined {
    const [from, field] = [this.#names.find(module), this.#names.find(name)];
    return from === undefined || field === undefined ? undefined : this.#definitions.get(from * NAMES_MAX + field);
  }

  /** All that is defined, in the order of definition. */
  *definitions(): IterableIterator<readonly [module: string, name: string, definition: Definition]> {
    const names = this.#names;
    for (const [key, definition] of this.#definitions) yield [names.name(Math.floor(key / NAMES_MAX)), names.name(key % NAMES_MAX), definition];
  }

  /** Defines all that `module` has now under the module name `as` too. @throws RedefinitionError */
  aliasModule(module: string, as: string): this {
    const from = this.#names.find(module);
    if (from === undefined || module === as) return this;
    for (const [key, definition] of [...this.#definitions]) {
      if (Math.floor(key / NAMES_MAX) === from) this.define(as, this.#names.name(key % NAMES_MAX), definition);
    }
    return this;
  }

  /** Defines all exports of an instance under the module name. @throws RedefinitionError, ForeignEngineError, StoreError */
  defineInstance(module: string, instance: Instance): this {
    for (const [name, item] of instance.exports()) this.define(module, name, item);
    return this;
  }

  /**
   * Links a program and defines what it exports under the module name, with Wasmtime's meaning.
   *
   * A module that exports `_start` is a command: each call of one of its functions, in whatever
   * store, makes an instance, calls it there and lets go of the instance. It may export functions only,
   * besides the memory and the table that toolchains add; those stay private. Every call counts
   * as one more instance of the store.
   *
   * Any other module is a reactor: it is instantiated in `store` once, `_initialize` is called if there
   * is one, and its exports are those of that instance.
   *
   * @throws ProgramKindError when it is both, when `_start` or `_initialize` has parameters or results or is no
   * function, or when a command exports what a command cannot.
   * @throws RedefinitionError, and what `instantiate` throws.
   */
  module(store: Store, name: string, module: Module): this {
    if (isCommand(name, module)) {
      for (const [field, definition] of commandExports(name, this.instantiatePre(module))) this.define(name, field, definition);
      return this;
    }
    const instance = this.instantiate(store, module);
    initializeReactor(instance);
    return this.defineInstance(name, instance);
  }

  /** Defines each function that `module` imports and nobody defined as one that traps when it is called. */
  defineUnknownImportsAsTraps(module: Module): this {
    for (const { module: from, name, type } of module.imports) {
      if (type.kind !== "func" || this.get(from, name) !== undefined) continue;
      this.define(from, name, HostFunc.unknown(this.engine, type, { module: from, name }));
    }
    return this;
  }

  /**
   * Defines what `module` imports and nobody defined as something empty: functions that do
   * nothing and return zero or null and, when a store is given to own them, zero globals, memories
   * and tables of their smallest size, and tags.
   *
   * @throws NoDefaultError when a type has no default: a result, global or element that cannot be null.
   * @throws LimitError when the store refuses.
   */
  defineUnknownImportsAsDefaults(module: Module, store?: Store): this {
    for (const { module: from, name, type } of module.imports) {
      if (this.get(from, name) !== undefined) continue;
      if (type.kind === "func") this.define(from, name, HostFunc.defaults(this.engine, type, { module: from, name }));
      else if (store !== undefined) this.define(from, name, defaultItem(store, type, { module: from, name }));
    }
    return this;
  }

  /**
   * Links a module and runs its start function.
   *
   * @throws what `instantiatePre` and `InstancePre.instantiate` throw.
   */
  instantiate(store: Store, module: Module): Instance {
    return this.instantiatePre(module).instantiate(store);
  }

  /** The same where the start function may call asynchronous host functions. Rejects with what `instantiate` throws. */
  async instantiateAsync(store: Store, module: Module): Promise<Instance> {
    return this.instantiatePre(module).instantiateAsync(store);
  }

  /**
   * Resolves and checks all imports, with the definitions of now: a memory or table counts with
   * its current size.
   *
   * @throws UnknownImportError with all missing imports.
   * @throws ImportKindError, ImportTypeError (and its subclasses) for the first import that does not match.
   * @throws ForeignEngineError when the module is of another engine.
   * @throws ForeignStoreError when the definitions belong to several stores.
   */
  instantiatePre(module: Module): InstancePre {
    const known = this.#resolved.get(module);
    if (known !== undefined) return known;
    if (module.engine !== this.engine) throw new ForeignEngineError(`module "${module.name}"`);
    const missing: MissingImport[] = [];
    const resolved: Resolved[] = [];
    for (const wanted of module.imports) {
      const definition = this.get(wanted.module, wanted.name);
      if (definition === undefined) {
        missing.push({ module: wanted.module, name: wanted.name, expected: printCanonical(this.engine.types, wanted.type) });
        continue;
      }
      resolved.push({ module: wanted.module, name: wanted.name, definition });
    }
    if (missing.length > 0) throw new UnknownImportError(missing);
    resolved.forEach(({ definition }, i) => checkImport(this.engine.types, module.imports[i]!, definition)); // one for each import
    const pre = new InstancePre(module, resolved);
    if (!resolved.some(({ definition }) => "store" in definition)) this.#resolved.set(module, pre);
    return pre;
  }

  #key(module: string, name: string): number {
    const key = this.#names.intern(module) * NAMES_MAX + this.#names.intern(name);
    if (this.#names.size > NAMES_MAX) throw new RangeError(`a linker holds at most ${NAMES_MAX} names`);
    return key;
  }

  #describe(definition: Definition): string {
    if ("store" in definition && definition.store.disposed) return `a ${definition.kind} of a disposed store`;
    const type: ExternType | undefined = currentType(definition);
    return type === undefined ? "a function of unknown type" : printCanonical(this.engine.types, type);
  }
}
