/**
 * Makes what guests import for the functions of an interface, and the stubs that threads of the
 * callee run. The modules under both are compiled once for each functype.
 */
import type { FuncType } from "#wasm";
import type { Kernel } from "../kernel.ts";
import type { Process } from "../process.ts";
import { MemoryView } from "./bytes.ts";
import { gateFunction } from "./gate.ts";
import type { GateEntry, GateFunction, Stub } from "./gate.ts";
import { gateAdaptorBytes, stubBytes } from "./gate-module.ts";
import { GateService } from "./own-stack.ts";
import type { ServiceOptions } from "./own-stack.ts";

export class GateBinder {
  readonly #kernel: Kernel;
  readonly #adaptors = new Map<string, WebAssembly.Module>();
  readonly #stubs = new Map<string, WebAssembly.Module>();
  /** Functions that do not depend on who imports them. */
  readonly #shared = new WeakMap<GateEntry, GateFunction>();
  readonly #services = new WeakMap<Process, GateService>();
  readonly #take: () => unknown;
  /** How the last call of the calling thread went: what every interface has as `gate_status`. */
  readonly status: () => number;

  constructor(kernel: Kernel) {
    const { gates } = kernel;
    this.#kernel = kernel;
    this.status = () => gates.thread!.gateStatus; // whoever asks runs
    this.#take = () => {
      const thread = gates.thread!; // it was resumed just now
      const { answer } = thread.gateCall!; // it waited in it
      thread.gateCall = undefined;
      return answer;
    };
  }

  /** The service of a process that has not ended; made with `options` when it has none yet. */
  serve(process: Process, options: ServiceOptions): GateService {
    let service = this.#services.get(process);
    if (service === undefined) this.#services.set(process, (service = new GateService(this.#kernel, process, (entry) => this.#stub(entry), options)));
    return service;
  }

  /** A wasm function of the entry's type. `caller` is the memory of the instance that imports it, attached before it calls. */
  importFor(entry: GateEntry, caller: MemoryView): GateFunction {
    if (entry.plan !== undefined) return this.#adapt(entry, caller);
    let made = this.#shared.get(entry);
    if (made === undefined) this.#shared.set(entry, (made = this.#adapt(entry, new MemoryView())));
    return made;
  }

  #adapt(entry: GateEntry, caller: MemoryView): GateFunction {
    const kernel = this.#kernel;
    const module = compiled(this.#adaptors, entry.type, gateAdaptorBytes);
    const { exports } = new WebAssembly.Instance(module, {
      g: { gate: gateFunction(kernel.gates, entry, caller), take: this.#take } as unknown as WebAssembly.ModuleImports,
      k: { block: kernel.blockHook, flag: kernel.hooks.flag },
    });
    return exports["call"] as unknown as GateFunction;
  }

  #stub(entry: GateEntry): Stub {
    const module = compiled(this.#stubs, entry.type, stubBytes);
    return new WebAssembly.Instance(module, { t: { target: entry.call } as unknown as WebAssembly.ModuleImports }).exports as unknown as Stub;
  }
}

function compiled(cache: Map<string, WebAssembly.Module>, type: FuncType, bytes: (type: FuncType) => Uint8Array<ArrayBuffer>): WebAssembly.Module {
  const key = `${type.params.join()}>${type.results.join()}`;
  let module = cache.get(key);
  if (module === undefined) cache.set(key, (module = new WebAssembly.Module(bytes(type))));
  return module;
}
