/**
 * A compiled program: its imports resolved and checked once, started many times.
 *
 * The host functions that it imports are looked up by name and type, since some names have
 * come to mean functions of two types in the field. What it may call is decided here; whom a call
 * serves is decided anew for each process, through the store.
 */
import { ISOLA_MODULE, isolaCall, wasiCall } from "#abi";
import type { MemoryObject } from "#kernel";
import type { FuncType } from "#wasm";
import { HostFunc, Linker } from "#wasm";
import type { InstancePre, Module, Store } from "#wasm";
import { SHARED_MEMORY_MODULE, storeMemory } from "./shared-memory.ts";
import type { SharedMemoryImport } from "./shared-memory.ts";

export interface ImportNeed {
  readonly module: string;
  readonly name: string;
  readonly type: FuncType;
}

/** The functions that one process imports, in the order of `Program.needs`. Kept as the data of its store. */
export type Bindings = readonly ((...args: never[]) => unknown)[];

export class Program {
  readonly module: Module;
  /** The host functions that it imports, each once. */
  readonly needs: readonly ImportNeed[];
  /** Whether it makes kernel calls. */
  readonly usesIsola: boolean;
  /** The memory objects that it imports. */
  readonly sharedMemories: readonly SharedMemoryImport[];
  readonly #linker: Linker;
  #pre: InstancePre | undefined = undefined;

  /** Only `System.compile` makes programs. */
  constructor(module: Module, unknownImports: "error" | "trap", sharedMemories: readonly SharedMemoryImport[]) {
    const { engine } = module;
    const needs: ImportNeed[] = [];
    this.module = module;
    this.sharedMemories = sharedMemories;
    this.#linker = new Linker(engine);
    for (const { module: from, name, type } of module.imports) {
      if (this.#linker.get(from, name) !== undefined) continue;
      // A function of another type is on offer all the same: the linker's complaint then names both types.
      const call = isolaCall(from, name) ?? wasiCall(from, name, type.kind === "func" ? engine.types.funcType(type.type) : undefined) ?? wasiCall(from, name);
      if (call === undefined) continue;
      const index = needs.length;
      needs.push({ module: from, name, type: call.type });
      this.#linker.define(from, name, HostFunc.perStore(engine, call.type, (store) => (store as Store<Bindings>).data![index]!));
    }
    if (unknownImports === "trap") this.#linker.defineUnknownImportsAsTraps(module);
    this.needs = needs;
    this.usesIsola = needs.some((need) => need.module === ISOLA_MODULE);
  }

  get name(): string {
    return this.module.name;
  }

  /**
   * The module with its imports resolved and checked.
   *
   * @throws UnknownImportError, ImportKindError, ImportTypeError
   */
  get pre(): InstancePre {
    return (this.#pre ??= this.#linker.instantiatePre(this.module));
  }

  /**
   * The same for one store, where the program imports memory objects: these, in the order of `sharedMemories`.
   *
   * @throws as `pre`.
   */
  preFor(store: Store, memories: readonly MemoryObject[]): InstancePre {
    if (memories.length === 0) return this.pre;
    const linker = new Linker(this.module.engine);
    for (const { module, name } of this.module.imports) {
      const shared = module === SHARED_MEMORY_MODULE ? memories[this.sharedMemories.findIndex((wanted) => wanted.name === name)] : undefined;
      const definition = shared === undefined ? this.#linker.get(module, name) : storeMemory(store, shared);
      if (definition !== undefined && linker.get(module, name) === undefined) linker.define(module, name, definition);
    }
    return linker.instantiatePre(this.module);
  }
}
