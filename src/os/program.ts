/**
 * A compiled program: its imports resolved and checked once, started many times.
 *
 * The host functions that it imports are looked up by name and type, since some names have
 * come to mean functions of two types in the field. What it may call is decided here; whom a call
 * serves is decided anew for each process, through the store.
 */
import { ISOLA_MODULE, POSIX_MODULE, agentosCall, isolaCall, posixCall, wasiCall } from "#abi";
import type { MemoryObject } from "#kernel";
import type { FuncType } from "#wasm";
import { HostFunc, Linker } from "#wasm";
import type { Definition, InstancePre, Module, Store } from "#wasm";
import { GATE_STATUS, GATE_STATUS_TYPE } from "./interface.ts";
import type { Interface } from "./interface.ts";
import { SHARED_MEMORY_MODULE, storeMemory } from "./shared-memory.ts";
import type { SharedMemoryImport } from "./shared-memory.ts";
import { threadSpawnType } from "./wasi-threads.ts";
import type { ThreadMemory } from "./wasi-threads.ts";

export interface ImportNeed {
  readonly module: string;
  readonly name: string;
  readonly type: FuncType;
}

/** The functions that one process imports, in the order of `Program.needs`. Kept as the data of its store. */
export type Bindings = readonly ((...args: never[]) => unknown)[];

/** A program together with the interfaces that some of its imports come from. */
export interface LinkedProgram {
  /** Its imports from interfaces; they follow `Program.needs` in the bindings. */
  readonly gates: readonly { readonly module: string; readonly name: string }[];
  /** What it imports from interfaces, by name. */
  definition(module: string, name: string): Definition | undefined;
  /** Resolved and checked, when all its imports are kernel calls or of interfaces. @throws as `Program.pre` */
  readonly pre: InstancePre;
}

export class Program {
  readonly module: Module;
  /** The host functions that it imports, each once. */
  readonly needs: readonly ImportNeed[];
  /** Whether it makes kernel calls. */
  readonly usesIsola: boolean;
  /** Whether it makes POSIX calls. */
  readonly usesPosix: boolean;
  /** The memory objects that it imports. */
  readonly sharedMemories: readonly SharedMemoryImport[];
  /** Whether it can make threads of itself. */
  readonly usesThreads: boolean;
  /** The shared memory that is made for each process of it; undefined when it has its own. */
  readonly threadMemory: ThreadMemory | undefined;
  readonly #linker: Linker;
  readonly unknownImports: "error" | "trap";
  /** By the shape of the interfaces: which process answers is decided for each process anew. */
  readonly #linked = new Map<string, LinkedProgram>();
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
      const spawnType = threadSpawnType(from, name);
      const wanted = type.kind === "func" ? engine.types.funcType(type.type) : undefined;
      const call = (spawnType === undefined ? undefined : { type: spawnType }) ?? isolaCall(from, name) ?? posixCall(from, name) ?? agentosCall(from, name, wanted) ?? wasiCall(from, name, wanted) ?? wasiCall(from, name);
      if (call === undefined) continue;
      const index = needs.length;
      needs.push({ module: from, name, type: call.type });
      this.#linker.define(from, name, HostFunc.perStore(engine, call.type, (store) => (store as Store<Bindings>).data![index]!));
    }
    this.unknownImports = unknownImports;
    if (unknownImports === "trap") this.#linker.defineUnknownImportsAsTraps(module);
    this.needs = needs;
    this.usesThreads = needs.some((need) => threadSpawnType(need.module, need.name) !== undefined);
    this.threadMemory = module.imports.find(({ module: from, type }) => type.kind === "memory" && type.shared && from !== SHARED_MEMORY_MODULE);
    this.usesPosix = needs.some((need) => need.module === POSIX_MODULE);
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
   * The same for one store, where the program imports memory objects (these, in the order of `sharedMemories`)
   * or what `resolve` finds.
   *
   * @throws as `pre`.
   */
  preFor(store: Store, memories: readonly MemoryObject[], resolve?: (module: string, name: string) => Definition | undefined): InstancePre {
    if (memories.length === 0 && resolve === undefined) return this.pre;
    return this.#linkWith((module, name) => {
      const shared = module === SHARED_MEMORY_MODULE ? memories[this.sharedMemories.findIndex((wanted) => wanted.name === name)] : undefined;
      return shared === undefined ? resolve?.(module, name) ?? this.#linker.get(module, name) : storeMemory(store, shared);
    }).instantiatePre(this.module);
  }

  /** As a library: linked with what `resolve` finds alone. @throws as `pre` */
  preAsLibrary(resolve: (module: string, name: string) => Definition | undefined): InstancePre {
    const linker = this.#linkWith(resolve);
    if (this.unknownImports === "trap") linker.defineUnknownImportsAsTraps(this.module);
    return linker.instantiatePre(this.module);
  }

  /** The program with the functions of these interfaces, by module name; they go before kernel calls of the same name. */
  linkTo(imports: Readonly<Record<string, Interface>>): LinkedProgram {
    const { engine, imports: wanted } = this.module;
    const shape = Object.entries(imports).map(([module, iface]) => [module, [...iface.functions()].map(([name, { params, results }]) => [name, params, results])]);
    const key = JSON.stringify(shape);
    const known = this.#linked.get(key);
    if (known !== undefined) return known;
    const gates: { module: string; name: string }[] = [];
    const linker = new Linker(engine);
    for (const { module, name } of wanted) {
      const iface = Object.hasOwn(imports, module) ? imports[module] : undefined;
      const type = iface === undefined ? undefined : name === GATE_STATUS ? GATE_STATUS_TYPE : iface.entry(name)?.type;
      if (type === undefined || linker.get(module, name) !== undefined) continue;
      const index = this.needs.length + gates.length;
      gates.push({ module, name });
      linker.define(module, name, HostFunc.perStore(engine, type, (store) => (store as Store<Bindings>).data![index]!));
    }
    let pre: InstancePre | undefined;
    const linkAll = (): InstancePre => this.#linkWith((module, name) => linker.get(module, name) ?? this.#linker.get(module, name)).instantiatePre(this.module);
    const linked: LinkedProgram = {
      gates,
      definition: (module, name) => linker.get(module, name),
      get pre() {
        return (pre ??= linkAll());
      },
    };
    this.#linked.set(key, linked);
    return linked;
  }

  #linkWith(resolve: (module: string, name: string) => Definition | undefined): Linker {
    const linker = new Linker(this.module.engine);
    for (const { module, name } of this.module.imports) {
      const definition = linker.get(module, name) === undefined ? resolve(module, name) : undefined;
      if (definition !== undefined) linker.define(module, name, definition);
    }
    return linker;
  }
}
