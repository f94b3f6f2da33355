/**
 * A compiled program: its imports resolved and checked once, started many times.
 *
 * The host functions that it imports are looked up by name and type, since some names have
 * come to mean functions of two types in the field. What it may call is decided here; whom a call
 * serves is decided anew for each process, through the store.
 */
import { wasiCall } from "#abi";
import type { FuncType } from "#wasm";
import { HostFunc, Linker } from "#wasm";
import type { InstancePre, Module, Store } from "#wasm";

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
  readonly #linker: Linker;
  #pre: InstancePre | undefined = undefined;

  /** Only `System.compile` makes programs. */
  constructor(module: Module, unknownImports: "error" | "trap") {
    const { engine } = module;
    const needs: ImportNeed[] = [];
    this.module = module;
    this.#linker = new Linker(engine);
    for (const { module: from, name, type } of module.imports) {
      if (this.#linker.get(from, name) !== undefined) continue;
      // A function of another type is on offer all the same: the linker's complaint then names both types.
      const call = wasiCall(from, name, type.kind === "func" ? engine.types.funcType(type.type) : undefined) ?? wasiCall(from, name);
      if (call === undefined) continue;
      const index = needs.length;
      needs.push({ module: from, name, type: call.type });
      this.#linker.define(from, name, HostFunc.perStore(engine, call.type, (store) => (store as Store<Bindings>).data![index]!));
    }
    if (unknownImports === "trap") this.#linker.defineUnknownImportsAsTraps(module);
    this.needs = needs;
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
}
