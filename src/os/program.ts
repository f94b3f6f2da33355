/** A compiled program: linked once, started many times. */
import type { InstancePre, Linker, Module } from "#wasm";

export interface ImportNeed {
  readonly module: string;
  readonly name: string;
}

export class Program {
  readonly module: Module;
  readonly #linker: Linker;
  #pre: InstancePre | undefined = undefined;
  #needs: readonly ImportNeed[] | undefined = undefined;

  /** Only `System.compile` makes programs. */
  constructor(module: Module, linker: Linker) {
    this.module = module;
    this.#linker = linker;
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
    return this.#pre ??= this.#linker.instantiatePre(this.module);
  }

  /** The host functions that it imports, each once. */
  get needs(): readonly ImportNeed[] {
    if (this.#needs === undefined) {
      const needs = new Map<string, ImportNeed>();
      for (const { module, name } of this.module.imports) {
        if (this.#linker.get(module, name) !== undefined) needs.set(importKey(module, name), { module, name });
      }
      this.#needs = [...needs.values()];
    }
    return this.#needs;
  }
}

export function importKey(module: string, name: string): string {
  return `${module}\0${name}`;
}
