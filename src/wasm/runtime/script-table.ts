/**
 * From the script name in a host stack frame to the module it belongs to.
 *
 * The host names a wasm script after the module name in its name section. Every module that
 * we hand to the host gets one name section of our own, holding nothing but an identity that
 * no other live module of the engine has; the guest's section is kept aside. So a guest can
 * neither pose as another module nor smuggle text into the host's stack.
 */
import type { Module } from "./module.ts";

export const SCRIPT_PREFIX = "isola.";

export class ScriptTable {
  readonly #modules = new Map<string, WeakRef<Module>>();
  #next = 0;
  #sweepAt = 64;

  /** An identity for a module that has no content hash. */
  fresh(): string {
    return `n${(this.#next++).toString(36)}`;
  }

  /** Modules of equal content may share an identity: any of them names the same functions. */
  add(identity: string, module: Module): void {
    this.#modules.set(identity, new WeakRef(module));
    if (this.#modules.size < this.#sweepAt) return;
    for (const [key, ref] of this.#modules) if (ref.deref() === undefined) this.#modules.delete(key);
    this.#sweepAt = Math.max(64, this.#modules.size * 2);
  }

  find(identity: string): Module | undefined {
    return this.#modules.get(identity)?.deref();
  }
}
