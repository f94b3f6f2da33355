/**
 * The bare host as a script engine: nothing of ours between the script and `WebAssembly`.
 * It proves the runner itself and shows which differences are the host's own.
 */
import { TRAPS } from "#wasm";
import { textToBinary } from "#wast";
import type { Fault, HostExtern, ScriptEngine, SharedMemory } from "#wast";
import { SPECTEST } from "./spectest.ts";

type Exports = Pick<WebAssembly.Instance, "exports">;

export class HostEngine implements ScriptEngine<WebAssembly.Module, Exports> {
  readonly #imports: Record<string, WebAssembly.ModuleImports> = {};

  constructor() {
    this.register("spectest", this.instantiate(this.compile(textToBinary(SPECTEST))));
  }

  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    return new WebAssembly.Module(bytes);
  }

  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    return new WebAssembly.Instance(module, this.#imports);
  }

  register(as: string, instance: Exports): void {
    this.#imports[as] = instance.exports as WebAssembly.ModuleImports;
  }

  share(instance: Exports): SharedMemory[] {
    return Object.entries(instance.exports).flatMap(([field, item]) =>
      item instanceof WebAssembly.Memory && item.buffer instanceof SharedArrayBuffer ? [{ field, memory: item, type: undefined }] : []);
  }

  adopt(memories: readonly SharedMemory[]): Exports {
    return { exports: Object.fromEntries(memories.map(({ field, memory }) => [field, memory])) };
  }

  exported(instance: Exports, field: string): HostExtern | undefined {
    return hostExtern(instance.exports[field]);
  }

  classify(error: unknown): Fault {
    return classifyHostError(error);
  }

  dispose(): void {
    for (const name of Object.keys(this.#imports)) delete this.#imports[name];
  }
}

export function hostExtern(value: unknown): HostExtern | undefined {
  if (typeof value === "function") return { kind: "func", func: value as (...args: unknown[]) => unknown, type: undefined };
  if (value instanceof WebAssembly.Global) return { kind: "global", global: value };
  return undefined;
}

/** What an error that the host threw means. */
export function classifyHostError(error: unknown): Fault {
  if (error instanceof WebAssembly.Exception) return { kind: "exception", words: undefined };
  if (error instanceof WebAssembly.CompileError) return { kind: "rejected", words: undefined };
  if (error instanceof WebAssembly.LinkError) return { kind: "unlinkable", words: undefined };
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    // A failed instantiation names the host's function before the reason.
    const message = error.message.replace(/^WebAssembly\.\w+\(\): /, "");
    const trap = TRAPS.find(({ host }) => host.some((words) => (typeof words === "string" ? words === message : words.test(message))));
    if (trap?.code === "call-stack-exhausted") return { kind: "exhaustion", words: trap.words };
    return { kind: error instanceof RangeError ? "unknown" : "trap", words: trap?.words ?? [message] };
  }
  // A missing import module is a TypeError in the JavaScript API.
  if (error instanceof TypeError && /import/i.test(error.message)) return { kind: "unlinkable", words: undefined };
  return { kind: "unknown", words: [error instanceof Error ? error.message : String(error)] };
}
