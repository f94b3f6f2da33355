/**
 * What the script runner needs of an engine, so that the same script runs on the bare host and
 * through the whole of Isola's engine.
 *
 * An engine object serves one script: it owns the store, the `spectest` module and the registry
 * of instances that later modules import from. Exported functions and globals are handed out as
 * the host's own objects, because only generated wrapper modules can carry every value
 * (`call.ts`), and those import host objects.
 */

import type { MemoryType, NumType } from "#wasm";

/**
 * What kind of failure an error stands for. `words` are the beginnings that its message can
 * stand for in the suite, or undefined when the message is the host's own and not compared.
 */
export interface Fault {
  readonly kind: "trap" | "exhaustion" | "exception" | "unlinkable" | "rejected" | "unknown";
  readonly words: readonly string[] | undefined;
}

/** A value type as far as calls must tell them apart. */
export type ValueKind = NumType | "v128" | "ref";

export interface FuncKinds {
  readonly params: readonly ValueKind[];
  readonly results: readonly ValueKind[];
}

/** `type` is known only to engines that keep types. */
export type HostExtern =
  | { readonly kind: "func"; readonly func: (...args: unknown[]) => unknown; readonly type: FuncKinds | undefined }
  | { readonly kind: "global"; readonly global: WebAssembly.Global };

/** A shared memory that an instance exports. It can be sent to another host thread. */
export interface SharedMemory {
  readonly field: string;
  readonly memory: WebAssembly.Memory;
  /** Where the engine knows it. */
  readonly type: MemoryType | undefined;
}

/** `M` and `I` are the engine's own modules and instances. */
export interface ScriptEngine<M, I> {
  /** Decodes, validates and compiles. Throws when the module is rejected. */
  compile(bytes: Uint8Array<ArrayBuffer>): M | Promise<M>;
  /** Links against `spectest` and the registered instances, and runs the start function. */
  instantiate(module: M): I | Promise<I>;
  /** Makes the exports of `instance` importable under `as`. */
  register(as: string, instance: I): void;
  /** The export called `field`, or undefined. */
  exported(instance: I, field: string): HostExtern | undefined;
  /** What of `instance` another host thread can be given: its shared memories. */
  share(instance: I): SharedMemory[];
  /** What stands here for an instance of another host thread. */
  adopt(memories: readonly SharedMemory[]): I;
  /** What an error thrown by any of the above, or by a call of an exported function, means. */
  classify(error: unknown): Fault;
  /** Frees what the script used. */
  dispose(): void;
}
