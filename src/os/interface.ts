/**
 * An interface: functions that one program exports, offered for others to import.
 *
 * Importers are linked to the interface, not to the process behind it: `rebind` puts another
 * process there, as after a restart, and clients that run call the new one from then on.
 *
 * Calls stay within one hart. The interface of a process on another hart is a name here: programs that import it are
 * started on that hart, where an interface of its own stands for it.
 */
import { IsolaError } from "#base";
import { GateEntry, PARAM_KINDS, coreType } from "#kernel";
import type { Allocator, GateBinder, GateFunction, GateService, ParamKind, Process as KernelProcess, ResultKind } from "#kernel";
import { printFuncType } from "#wasm";
import type { FuncType, Instance, Module } from "#wasm";

/** What every interface module has besides: `[] -> [i32]`, how the last call of the calling thread went, a `GateStatus`. */
export const GATE_STATUS = "gate_status";
export const GATE_STATUS_TYPE: FuncType = { kind: "func", params: [], results: ["i32"] };
/** The allocator of the Canonical ABI: (old, oldSize, align, newSize) -> pointer. */
const CABI_REALLOC = "cabi_realloc";
const REALLOC_TYPE: FuncType = { kind: "func", params: ["i32", "i32", "i32", "i32"], results: ["i32"] };
const ALLOC_TYPE: FuncType = { kind: "func", params: ["i32"], results: ["i32"] };
const NUMERIC: readonly unknown[] = ["i32", "i64", "f32", "f64"];
/** Exports that are there for whoever starts the program. */
const PRIVATE: readonly string[] = ["_start", "_initialize", GATE_STATUS, CABI_REALLOC];

export interface FunctionSpec {
  /**
   * Numbers pass as they are. "bytes" is a (pointer, length) of the caller, which the callee gets as
   * a (pointer, length) of its own, valid until it returns. "buffer" is a (pointer, capacity) to be filled;
   * the function answers how many bytes it wrote, or a negative error of its own. At most one
   * parameter is a buffer.
   */
  readonly params: readonly ParamKind[];
  readonly results?: readonly ResultKind[];
  /** It may wait, and so gets a stack of its own. */
  readonly blocking?: boolean;
}

export interface OfferOptions {
  /** For people; importers choose the module name. */
  readonly name: string;
  /** By export name. All exported functions of numbers, with plain parameters, unless told. */
  readonly functions?: Readonly<Record<string, FunctionSpec>>;
  /**
   * How long one call may take, in milliseconds; past it the callee is at fault and ends. Counts running
   * time, 20 ms unless told, for functions that do not block, else the time until the answer, unbounded unless told.
   */
  readonly budgetMs?: number;
  /** Calls that may be under way at once on stacks of their own; `true` means 64. One unless told. */
  readonly concurrent?: boolean | number;
  /** Calls that may wait for their turn, 4,096 unless told; more are told that it is busy. */
  readonly queue?: number;
  /** Name of an export (size) -> pointer that makes room for byte ranges; `cabi_realloc` unless told. */
  readonly allocator?: string;
}

/** One function that the process does not export as the interface says. */
export interface InterfaceMismatch {
  readonly function: string;
  /** In the words of the text format. */
  readonly expected: string;
  readonly found: string;
}

export type InterfaceErrorCode = "os/interface-type" | "os/interface-spec" | "os/interface-ended" | "os/interface-conflict" | "os/interface-foreign";

/** An offer that makes no sense, does not fit what the process exports, or comes too late. */
export class InterfaceError extends IsolaError {
  readonly code: InterfaceErrorCode;
  /** With code `os/interface-type`: all that does not fit. */
  readonly mismatches: readonly InterfaceMismatch[];
  constructor(code: InterfaceErrorCode, message: string, mismatches: readonly InterfaceMismatch[] = []) {
    super(message + mismatches.map((mismatch) => `\n  ${mismatch.function}: expected ${mismatch.expected}, found ${mismatch.found}`).join(""));
    this.code = code;
    this.mismatches = mismatches;
  }
}

/** A process as an interface needs it. */
export interface Offering {
  readonly process: KernelProcess;
  readonly instance: Instance;
  readonly gates: GateBinder;
}

/** A process of another hart as an interface needs it. */
export interface RemoteOffering {
  readonly hart: number;
  readonly process: number;
  readonly module: Module;
  readonly running: boolean;
  /** From now on the interface with this number stands for this process there, too. */
  bind(id: number): void;
}

/** An interface as the hart of its process is told of it. Plain data. */
export interface InterfaceName {
  readonly id: number;
  readonly process: number;
  readonly options: OfferOptions;
}

/** Has the parts of a `Process` that this needs, without knowing the class. */
export interface Offerer {
  readonly name: string;
  /** Where it runs on another hart. */
  readonly remote: RemoteOffering | undefined;
  /** Undefined when it never ran. */
  readonly offering: Offering | undefined;
}

const CONCURRENT_DEFAULT = 64;
/** Numbers of interfaces, which other harts know them by. */
let nextInterface = 1;

export class Interface {
  readonly name: string;
  /** How many processes have stood behind it so far. */
  generation = 0;
  readonly #options: OfferOptions;
  readonly #entries = new Map<string, GateEntry>();
  readonly #id = nextInterface++;
  /** Undefined for one on another hart. */
  readonly #gates: GateBinder | undefined;
  #remote: RemoteOffering | undefined;

  /** Only `Process.offer` makes interfaces. @throws InterfaceError */
  constructor(offerer: Offerer, options: OfferOptions) {
    const { remote } = offerer;
    const offering = remote === undefined ? alive(offerer, options.name) : undefined;
    const { budgetMs, queue } = options;
    if (budgetMs !== undefined && !(budgetMs > 0)) throw new InterfaceError("os/interface-spec", `"${options.name}" cannot have a budget of ${budgetMs} ms`);
    if (queue !== undefined && !(queue >= 0)) throw new InterfaceError("os/interface-spec", `"${options.name}" cannot have a queue of ${queue} calls`);
    this.name = options.name;
    this.#options = options;
    this.#gates = offering?.gates;
    this.#remote = remote;
    const functions = options.functions ?? scalars((remote?.module ?? offering?.instance.module)!, options.allocator); // it is here or there
    for (const [name, spec] of Object.entries(functions)) {
      checkSpec(this.name, name, spec);
      this.#entries.set(name, new GateEntry(`${this.name}.${name}`, spec.params, spec.results ?? [], spec.blocking ?? false));
    }
    this.rebind(offerer);
  }

  /** The functions with the types under which they are imported. */
  *functions(): IterableIterator<readonly [name: string, type: FuncType]> {
    for (const [name, { type }] of this.#entries) yield [name, type];
  }

  /**
   * Puts another process behind the interface. Its clients call that one from now on; calls that
   * run in the old one, or wait for it, end with it. It is unchanged when this throws.
   *
   * @throws InterfaceError when the process has ended or does not export what the interface says.
   */
  rebind(offerer: Offerer): void {
    if (offerer.remote !== undefined || this.#remote !== undefined) return this.#rebindRemote(offerer);
    const { process, instance, gates } = alive(offerer, this.name);
    if (gates !== this.#gates) throw new InterfaceError("os/interface-foreign", `${offerer.name} runs in another system than the interface "${this.name}"`);
    const { budgetMs } = this.#options;
    const mismatches: InterfaceMismatch[] = [];
    const targets = [...this.#entries].map(([name, entry]) => [entry, exported(instance, name, entry.type, mismatches)] as const);
    const usesBytes = targets.some(([{ plan }]) => plan !== undefined);
    const memory = instance.memory("memory") ?? instance.hidden.memory(0);
    if (usesBytes && memory === undefined) mismatches.push({ function: "memory", expected: "a memory, for byte ranges", found: "none" });
    const allocator = this.#allocator(instance, usesBytes, mismatches);
    if (mismatches.length > 0) throw new InterfaceError("os/interface-type", `${offerer.name} does not export what the interface "${this.name}" offers:`, mismatches);
    const concurrent = this.#concurrent();
    const service: GateService = gates.serve(process, {
      concurrent,
      ...(this.#options.queue === undefined ? {} : { queue: this.#options.queue }),
      ...(memory === undefined ? {} : { memory: memory.raw }),
      ...(allocator === undefined ? {} : { allocator }),
    });
    if (service.concurrent !== concurrent) {
      throw new InterfaceError("os/interface-conflict", `${offerer.name} offers another interface with ${service.concurrent} calls at once, so "${this.name}" cannot have ${concurrent}`);
    }
    for (const [entry, target] of targets) entry.bind(service, target!, budgetMs); // there are no mismatches
    this.generation++;
  }

  #rebindRemote({ name, remote }: Offerer): void {
    if (remote?.hart !== this.#remote?.hart || remote === undefined) {
      throw new InterfaceError("os/interface-foreign", `${name} runs on another hart than those that may call the interface "${this.name}"`);
    }
    if (!remote.running) throw new InterfaceError("os/interface-ended", `${name} has ended and can offer "${this.name}" no more`);
    const mismatches: InterfaceMismatch[] = [];
    for (const [as, { type }] of this.#entries) {
      const found = exportedType(remote.module, as);
      if (found !== printFuncType(type)) mismatches.push({ function: as, expected: printFuncType(type), found });
    }
    if (mismatches.length > 0) throw new InterfaceError("os/interface-type", `${name} does not export what the interface "${this.name}" offers:`, mismatches);
    this.#concurrent();
    this.#remote = remote;
    if (this.generation++ > 0) remote.bind(this.#id);
  }

  /** The number of the hart where it can be called; undefined when that is the one it was offered on. */
  get hart(): number | undefined {
    return this.#remote?.hart;
  }

  /** How the hart of its process is told of it; undefined when that is this one. */
  get remoteName(): InterfaceName | undefined {
    return this.#remote === undefined ? undefined : { id: this.#id, process: this.#remote.process, options: this.#options };
  }

  /** The function that `name` stands for, for the linker. */
  entry(name: string): GateEntry | undefined {
    return this.#entries.get(name);
  }

  /** @throws InterfaceError when it is of another system than `gates`. */
  checkSystem(gates: GateBinder): void {
    if (gates !== this.#gates) throw new InterfaceError("os/interface-foreign", `the interface "${this.name}" is of another system or hart`);
  }

  #concurrent(): number {
    const { concurrent = 1 } = this.#options;
    const calls = concurrent === true ? CONCURRENT_DEFAULT : concurrent === false ? 1 : concurrent;
    if (!Number.isInteger(calls) || calls < 1) throw new InterfaceError("os/interface-spec", `"${this.name}" cannot take ${calls} calls at once`);
    return calls;
  }

  #allocator(instance: Instance, needed: boolean, mismatches: InterfaceMismatch[]): Allocator | undefined {
    const { allocator } = this.#options;
    if (allocator !== undefined) {
      const call = exported(instance, allocator, ALLOC_TYPE, mismatches);
      return call && { kind: "alloc", call: call as unknown as (size: number) => number };
    }
    const call = exported(instance, CABI_REALLOC, REALLOC_TYPE, needed ? mismatches : []);
    return call && { kind: "realloc", call: call as unknown as (old: number, oldSize: number, align: number, newSize: number) => number };
  }
}

function alive({ name, offering }: Offerer, what: string): Offering {
  if (offering === undefined || offering.process.dying) throw new InterfaceError("os/interface-ended", `${name} has ended and can offer "${what}" no more`);
  return offering;
}

function exported(instance: Instance, name: string, type: FuncType, mismatches: InterfaceMismatch[]): GateFunction | undefined {
  const item = instance.get(name);
  const expected = printFuncType(type);
  if (item?.kind !== "func") {
    mismatches.push({ function: name, expected, found: item === undefined ? "no such export" : `a ${item.kind}` });
    return undefined;
  }
  const found = item.type === undefined ? "a function of unknown type" : printFuncType(item.type);
  if (found === expected) return item.raw as unknown as GateFunction;
  mismatches.push({ function: name, expected, found });
  return undefined;
}

/** The type of an exported function in words, or what is there instead. */
function exportedType({ layout, engine }: Module, name: string): string {
  const type = layout.exportsByName.get(name)?.type;
  if (type?.kind !== "func") return type === undefined ? "no such export" : `a ${type.kind}`;
  const found = engine.types.funcType(type.type);
  return found === undefined ? "a function of unknown type" : printFuncType(found);
}

/** All exported functions of numbers. */
function scalars({ exports, engine }: Module, allocator: string | undefined): Record<string, FunctionSpec> {
  const found: [string, FunctionSpec][] = [];
  for (const { name, type: item } of exports) {
    const type = PRIVATE.includes(name) || name === allocator || item.kind !== "func" ? undefined : engine.types.funcType(item.type);
    if (type === undefined || ![...type.params, ...type.results].every((item) => NUMERIC.includes(item))) continue;
    found.push([name, { params: type.params as readonly ResultKind[], results: type.results as readonly ResultKind[] }]);
  }
  return Object.fromEntries(found);
}

/** @throws InterfaceError os/interface-spec */
function checkSpec(of: string, name: string, { params, results = [] }: FunctionSpec): void {
  const bad = (why: string): never => {
    throw new InterfaceError("os/interface-spec", `function "${name}" of the interface "${of}": ${why}`);
  };
  if (name === GATE_STATUS) bad("this name is the system's");
  for (const kind of params) if (!PARAM_KINDS.includes(kind)) bad(`there is no parameter kind ${JSON.stringify(kind)}`);
  for (const kind of results) if (!NUMERIC.includes(kind)) bad(`there is no result kind ${JSON.stringify(kind)}`);
  const buffers = params.filter((kind) => kind === "buffer").length;
  if (buffers > 1) bad("at most one parameter is a buffer");
  if (buffers === 1 && printFuncType(coreType([], results)) !== printFuncType(GATE_STATUS_TYPE)) bad("a function with a buffer has one i32 result, the bytes written");
}
