/**
 * What the modules of one process are linked with: the kernel's calls, interfaces of other
 * processes, and each other.
 */
import { GATE_STATUS, GATE_STATUS_TYPE } from "./interface.ts";
import type { Interface } from "./interface.ts";
import { LibraryError } from "./library-modules.ts";
import type { Bindings, ImportNeed, LinkedProgram, Program } from "./program.ts";
import { MemoryView } from "#kernel";
import type { GateBinder, HostBinder, HostFunction, Process } from "#kernel";
import { HostFunc } from "#wasm";
import type { Definition, Instance } from "#wasm";

export type Imports = Readonly<Record<string, Interface>>;

/** Where the binders and the process come from, and its kernel calls by name. */
export interface LinkContext {
  readonly hosts: HostBinder;
  readonly gates: GateBinder;
  readonly process: Process;
  find(need: ImportNeed): HostFunction;
}

export class ProcessLinks {
  readonly #context: LinkContext;
  readonly #imports: Imports;
  readonly #libraries = new Map<string, Instance>();
  readonly #makingCalls: Instance[] = [];
  readonly #names: string[] = [];
  /** The memory of the program itself, for byte ranges of its gates. */
  readonly #memory = new MemoryView();

  /** @throws InterfaceError when an interface is of another system */
  constructor(context: LinkContext, imports: Imports) {
    this.#context = context;
    this.#imports = imports;
    for (const iface of Object.values(imports)) iface.checkSystem(context.gates);
  }

  /** The data of the process's store: what the program imports, in its own order. */
  bindings({ needs }: Program, linked: LinkedProgram | undefined): Bindings {
    const calls = this.#bind(needs);
    if (linked === undefined) return calls;
    return [...calls, ...linked.gates.map(({ module, name }) => this.#gate(this.#imports[module]!, name, this.#memory))]; // it was linked to these
  }

  /** A definition for an import of the library `program`, whose own memory `attachLibrary` gets. */
  forLibrary(program: Program, memory: MemoryView): (module: string, name: string) => Definition | undefined {
    const { engine } = program.module;
    const { needs } = program;
    const calls = this.#bind(needs);
    return (module, name) => {
      const library = this.#libraries.get(module);
      if (library !== undefined) return library.get(name);
      const iface = Object.hasOwn(this.#imports, module) ? this.#imports[module] : undefined;
      const type = iface === undefined ? undefined : gateType(iface, name);
      if (iface !== undefined && type !== undefined) return HostFunc.perStore(engine, type, () => this.#gate(iface, name, memory));
      const index = needs.findIndex((need) => need.module === module && need.name === name);
      return index < 0 ? undefined : HostFunc.perStore(engine, needs[index]!.type, () => calls[index]!);
    };
  }

  /** A library was instantiated: others can be linked with it. */
  addLibrary(name: string, program: Program, instance: Instance, memory: MemoryView): void {
    this.#libraries.set(name, instance);
    const own = memoryOf(instance);
    if (own !== undefined) memory.attach(own);
    if (program.needs.length === 0) return;
    this.#makingCalls.push(instance);
    this.#names.push(name);
  }

  /** What a library exports, for the program. */
  fromLibrary(module: string, name: string): Definition | undefined {
    return this.#libraries.get(module)?.get(name);
  }

  /**
   * The program was instantiated with this memory, which kernel calls read and write.
   *
   * @throws LibraryError os/module-memory when a library makes kernel calls and has another memory.
   */
  attach(memory: WebAssembly.Memory | undefined): void {
    if (memory !== undefined) this.#memory.attach(memory);
    this.#makingCalls.forEach((library, index) => {
      const own = memoryOf(library);
      if (own !== undefined && own !== memory) {
        const name = this.#names[index]!; // pushed together
        throw new LibraryError("os/module-memory", [name], `module "${name}" makes kernel calls, whose pointers mean the program's memory, but has a memory of its own`);
      }
    });
  }

  #gate(iface: Interface, name: string, memory: MemoryView): Bindings[number] {
    const { gates } = this.#context;
    return name === GATE_STATUS ? gates.status : gates.importFor(iface.entry(name)!, memory); // the linker has found it
  }

  #bind(needs: readonly ImportNeed[]): Bindings {
    const { hosts, process } = this.#context;
    return hosts.bind(process, needs.map((need) => this.#context.find(need))).map(({ call }) => call);
  }
}

/** The memory that pointers of an instance mean. */
export function memoryOf(instance: Instance): WebAssembly.Memory | undefined {
  return (instance.memory("memory") ?? instance.hidden.memory(0))?.raw;
}

/** The type under which a function of an interface is imported. */
export function gateType(iface: Interface, name: string): ImportNeed["type"] | undefined {
  return name === GATE_STATUS ? GATE_STATUS_TYPE : iface.entry(name)?.type;
}
