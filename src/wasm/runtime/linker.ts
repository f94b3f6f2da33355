/**
 * Linker: names for definitions, and modules linked by them.
 *
 * A name is two-level, as in an import. A definition is an item of a store, which then can
 * only be linked into that store, or a `HostFunc`, which suits all stores of the engine.
 *
 * Spec: core exec/modules, Instantiation; core valid/matching, External Types.
 */
import type { FuncType } from "../types/externtype.ts";
import type { Engine } from "./engine.ts";
import type { Extern } from "./extern.ts";
import { HostFunc } from "./host-func.ts";
import type { HostCallable } from "./host-func.ts";
import type { Instance } from "./instance.ts";
import { InstancePre } from "./instance-pre.ts";
import type { Resolved } from "./instance-pre.ts";
import { matches, printCanonical } from "./canonical-types.ts";
import { ForeignEngineError, ImportKindError, ImportTypeError, RedefinitionError, UnknownImportError } from "./link-errors.ts";
import type { MissingImport } from "./link-errors.ts";
import { currentType } from "./current-type.ts";
import type { ModuleImport } from "./layout.ts";
import type { Module } from "./module.ts";
import type { Store } from "./store.ts";

export type Definition = Extern | HostFunc;

export class Linker {
  readonly engine: Engine;
  readonly #modules = new Map<string, Map<string, Definition>>();
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
   * @throws RedefinitionError when the name is taken and shadowing is off.
   * @throws ForeignEngineError when the definition is of another engine.
   * @throws StoreError when its store is disposed of.
   */
  define(module: string, name: string, definition: Definition): this {
    if ("store" in definition) definition.store.alive(`"${module}" "${name}"`);
    const engine = "store" in definition ? definition.store.engine : definition.engine;
    if (engine !== this.engine) throw new ForeignEngineError(`"${module}" "${name}"`);
    let fields = this.#modules.get(module);
    if (fields === undefined) this.#modules.set(module, fields = new Map());
    if (!this.#shadowing && fields.has(name)) throw new RedefinitionError(module, name);
    fields.set(name, definition);
    return this;
  }

  /** Defines a host function; see `HostFunc.create`. */
  func(module: string, name: string, type: FuncType, fn: HostCallable): this {
    return this.define(module, name, HostFunc.create(this.engine, type, fn));
  }

  get(module: string, name: string): Definition | undefined {
    return this.#modules.get(module)?.get(name);
  }

  /** All that is defined, in the order of definition. */
  *definitions(): IterableIterator<readonly [module: string, name: string, definition: Definition]> {
    for (const [module, fields] of this.#modules) for (const [name, definition] of fields) yield [module, name, definition];
  }

  /** Defines all that `module` has now under the module name `as` too. @throws RedefinitionError */
  aliasModule(module: string, as: string): this {
    for (const [name, definition] of [...this.#modules.get(module) ?? []]) this.define(as, name, definition);
    return this;
  }

  /** Defines all exports of an instance under the module name. @throws RedefinitionError, ForeignEngineError, StoreError */
  defineInstance(module: string, instance: Instance): this {
    for (const [name, item] of instance.exports()) this.define(module, name, item);
    return this;
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
   * Links a module and runs its start function.
   *
   * @throws what `instantiatePre` and `InstancePre.instantiate` throw.
   */
  instantiate(store: Store, module: Module): Instance {
    return this.instantiatePre(module).instantiate(store);
  }

  /**
   * Resolves and checks all imports, with the definitions of now.
   *
   * @throws UnknownImportError with all missing imports.
   * @throws ImportKindError, ImportTypeError for the first import that does not match.
   * @throws ForeignEngineError when the module is of another engine.
   */
  instantiatePre(module: Module): InstancePre {
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
    resolved.forEach(({ definition }, i) => checkImport(this.engine, module.imports[i]!, definition)); // one for each import
    return new InstancePre(module, resolved);
  }
}

function checkImport({ types }: Engine, { module, name, type: wanted }: ModuleImport, definition: Definition): void {
  const found = currentType(definition);
  if (found === undefined) throw new ImportTypeError(module, name, printCanonical(types, wanted), "a function of unknown type");
  if (found.kind !== wanted.kind) {
    throw new ImportKindError(module, name, wanted.kind, found.kind, printCanonical(types, wanted), printCanonical(types, found));
  }
  if (!matches(types, found, wanted)) throw new ImportTypeError(module, name, printCanonical(types, wanted), printCanonical(types, found));
}
