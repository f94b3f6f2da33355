/**
 * Compiled modules kept for reuse: by key, bounded by the bytes of their originals, the least
 * recently used given up first. Two compilations of one key at the same time are one.
 */
import type { Module } from "./module.ts";

export class ModuleCache {
  readonly #limit: number;
  /** In the order of last use. */
  readonly #kept = new Map<string, Module>();
  readonly #pending = new Map<string, Promise<Module>>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Bytes of the originals of all kept modules. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `get` has to compile, whatever the key. */
  get empty(): boolean {
    return this.#kept.size === 0 && this.#pending.size === 0;
  }

  /** The kept module, or what `compile` makes; a failure is not kept. */
  async get(key: string, compile: () => Promise<Module>): Promise<Module> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const made = compile();
    this.#pending.set(key, made);
    try {
      const module = await made;
      this.#keep(key, module);
      return module;
    } finally {
      this.#pending.delete(key);
    }
  }

  #keep(key: string, module: Module): void {
    const size = module.timings.bytes;
    if (size > this.#limit) return;
    this.#kept.set(key, module);
    this.#bytes += size;
    for (const [oldKey, old] of this.#kept) {
      if (this.#bytes <= this.#limit) break;
      this.#kept.delete(oldKey);
      this.#bytes -= old.timings.bytes;
    }
  }
}
