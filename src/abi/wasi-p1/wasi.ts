/**
 * WASI preview 1 for one process: the import modules `wasi_snapshot_preview1` and
 * `wasi_unstable` over the same descriptors.
 *
 * Numbers 0, 1 and 2 are standard input, output and error; the preopened directories follow from
 * 3 on in the order given, then the sockets. A process has what it was given here and no more.
 */
import { assert, IsolaError } from "#base";
import type { Directory, File } from "#fs";
import type { ByteSink, ByteSource, HostFunction, HostModule, ProcessContext } from "#kernel";
import type { Connection, Listener } from "#net";
import type { FuncType } from "#wasm";
import { DescribedFunction } from "../described-function.ts";
import { argsCalls } from "./args.ts";
import type { WasiCall } from "./calls-table.ts";
import { WASI_CALLS } from "./calls-table.ts";
import { clockCalls } from "./clock.ts";
import { ConnectionDescriptor, ListenerDescriptor, OpenDirectory, RegularFile, StreamDescriptor } from "./descriptor.ts";
import type { Descriptor } from "./descriptor.ts";
import { fdCalls } from "./fd.ts";
import { ioCalls } from "./io.ts";
import type { Dialect } from "./layout.ts";
import { PREVIEW0, PREVIEW1 } from "./layout.ts";
import { pathCalls } from "./path.ts";
import { pollCalls } from "./poll.ts";
import { procCalls } from "./proc.ts";
import { readdirCalls } from "./readdir.ts";
import { sockCalls } from "./sock.ts";
import { SOCKET_EXTENSION, sameType, socketExtension } from "./socket-extension.ts";
import type { PosixProcess } from "../posix/posix-process.ts";
import type { Calls, Family } from "./state.ts";
import { WasiState } from "./state.ts";
import { wasiWords } from "./words.ts";

export interface Preopen {
  /** Under which path the guest knows it, such as "/" or "/src". */
  readonly guestPath: string;
  /** Given away: closed with the process. */
  readonly directory: Directory;
  readonly rights: "ro" | "rw";
}

export interface WasiP1Options {
  /** Arguments; by custom the first is the program's name. */
  readonly args?: readonly string[];
  /** Environment variables in order. */
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly preopens?: readonly Preopen[];
  /** Without it, reads meet the end at once. Streams and files are given away: closed with the process. */
  readonly stdin?: ByteSource | File | undefined;
  /** Without it, what is written vanishes. The same object may be given for both. */
  readonly stdout?: ByteSink | File | undefined;
  readonly stderr?: ByteSink | File | undefined;
  /** Which of the standard streams are terminals, so that `isatty` says so. */
  readonly terminals?: { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean };
  /** Reading the time and waiting for it. Default true. */
  readonly clocks?: boolean;
  /** Random bytes. Default true. */
  readonly entropy?: boolean;
  readonly sockets?: readonly (Listener | Connection)[];
  /** Descriptors by number, in the place of the standard streams; preopens get the lowest free numbers from 3 on. */
  readonly descriptors?: readonly PlacedDescriptor[];
  /** What the process is in its session. */
  readonly posix?: PosixProcess;
}

/** A descriptor that a process starts with. It is retained; others may hold it, too. */
export interface PlacedDescriptor {
  readonly fd: number;
  readonly descriptor: Descriptor;
  readonly rights: number;
  readonly inheriting: number;
}

export interface WasiP1 {
  /** All that can be linked. Functions may be called once `attach` was. */
  readonly modules: readonly HostModule[];
  /**
   * One function, made when it is asked for: what a program does not import costs nothing.
   * With a `type` that is not the specification's, the extension that has this type.
   */
  find(moduleName: string, name: string, type?: FuncType): HostFunction | undefined;
  /** Gives the calls the guest's memory; after instantiation, before the guest runs. */
  attach(memory: WebAssembly.Memory): void;
  /** What the calls share, for other calls of the same process. */
  readonly state: WasiState;
}

export class WasiOptionsError extends IsolaError {
  readonly code: "abi/wasi-string" | "abi/wasi-handles";
  constructor(code: "abi/wasi-string" | "abi/wasi-handles", message: string) {
    super(message);
    this.code = code;
  }
}

const ENCODER = new TextEncoder();
const FAMILIES: readonly Family[] = [argsCalls, clockCalls, fdCalls, ioCalls, readdirCalls, pathCalls, pollCalls, procCalls, sockCalls];
const CALLS = new Map(WASI_CALLS.map((call) => [call.name, call]));
/** What preview 0 has not. */
const NEW_IN_PREVIEW1 = "sock_accept";

/** The row of a function that can be imported from `moduleName`; with a `type`, the one that has it, standard or extension. */
export function wasiCall(moduleName: string, name: string, type?: FuncType): WasiCall | undefined {
  if (moduleName !== PREVIEW1.moduleName && moduleName !== PREVIEW0.moduleName) return undefined;
  const standard = moduleName === PREVIEW0.moduleName && name === NEW_IN_PREVIEW1 ? undefined : CALLS.get(name);
  if (type === undefined || (standard !== undefined && sameType(standard.type, type))) return standard;
  return SOCKET_EXTENSION.find((call) => call.name === name && sameType(call.type, type));
}

/**
 * Gives `process` its descriptors and makes its WASI imports.
 *
 * @throws WasiOptionsError abi/wasi-string when an argument or variable cannot be a C string;
 * abi/wasi-handles when the process may not hold as many handles.
 */
export function createWasiP1(process: ProcessContext, options: WasiP1Options): WasiP1 {
  const cString = (text: string, what: string): Uint8Array => {
    if (text.includes("\0") || !text.isWellFormed()) throw new WasiOptionsError("abi/wasi-string", `${what} ${JSON.stringify(text)} holds a NUL or half a character`);
    return ENCODER.encode(`${text}\0`);
  };
  const args = (options.args ?? []).map((arg) => cString(arg, "argument"));
  const env = (options.env ?? []).map(([name, value]) => {
    if (name === "" || name.includes("=")) throw new WasiOptionsError("abi/wasi-string", `environment variable ${JSON.stringify(name)} is empty or holds "="`);
    return cString(`${name}=${value}`, "environment variable");
  });
  const state = new WasiState(process, { args, env, clocks: options.clocks ?? true, entropy: options.entropy ?? true, posix: options.posix });
  openAll(state, options);
  const dialects = [new Functions(state, PREVIEW1), new Functions(state, PREVIEW0)];
  return {
    get modules() {
      return dialects.map((functions) => ({ name: functions.moduleName, functions: functions.all() }));
    },
    find: (moduleName, name, type) => dialects.find((functions) => functions.moduleName === moduleName)?.find(name, type),
    attach: (memory) => state.memory.attach(memory),
    state,
  };
}

function openAll(state: WasiState, options: WasiP1Options): void {
  if (options.descriptors !== undefined) return openPlaced(state, options.descriptors, options.preopens ?? []);
  const terminals = options.terminals ?? {};
  const stdout = output(options.stdout, terminals.stdout ?? false);
  const sameSink = options.stderr !== undefined && options.stderr === options.stdout && terminals.stdout === terminals.stderr;
  const descriptors: Descriptor[] = [
    isFile(options.stdin) ? new RegularFile(options.stdin) : StreamDescriptor.reading(options.stdin, terminals.stdin ?? false),
    stdout,
    sameSink ? stdout : output(options.stderr, terminals.stderr ?? false),
  ];
  for (const { guestPath, directory, rights } of options.preopens ?? []) {
    descriptors.push(new OpenDirectory(directory, rights === "ro", ENCODER.encode(guestPath), state.cookieBudget));
  }
  for (const socket of options.sockets ?? []) {
    descriptors.push("accept" in socket ? new ListenerDescriptor(socket) : new ConnectionDescriptor(socket));
  }
  for (const descriptor of descriptors) {
    if (state.fds.insert(descriptor, descriptor.rights, descriptor.inheriting) === undefined) {
      throw new WasiOptionsError("abi/wasi-handles", `the process may not hold the ${descriptors.length} handles that it is to start with`);
    }
  }
}

/** @throws WasiOptionsError abi/wasi-handles */
function openPlaced(state: WasiState, placed: readonly PlacedDescriptor[], preopens: readonly Preopen[]): void {
  const full = (): never => {
    throw new WasiOptionsError("abi/wasi-handles", `the process may not hold the ${placed.length + preopens.length} handles that it is to start with`);
  };
  for (const { fd, descriptor, rights, inheriting } of placed) {
    if (!state.fds.place(fd, descriptor, rights, inheriting)) full();
  }
  for (const { guestPath, directory, rights } of preopens) {
    const descriptor = new OpenDirectory(directory, rights === "ro", ENCODER.encode(guestPath), state.cookieBudget, guestPath === "." ? state.posix?.cwd : guestPath);
    const fd = state.fds.insert(descriptor, descriptor.rights, descriptor.inheriting, FIRST_PREOPEN);
    state.preopensEnd = (fd ?? full()) + 1;
  }
}
/** Where C libraries begin to look for preopened directories. */
const FIRST_PREOPEN = 3;

function isFile(given: ByteSource | ByteSink | File | undefined): given is File {
  return given !== undefined && "kind" in given && given.kind === "file";
}
function output(given: ByteSink | File | undefined, terminal: boolean): Descriptor {
  return isFile(given) ? new RegularFile(given) : StreamDescriptor.writing(given, terminal);
}

/** The functions of one dialect for one process. */
class Functions {
  readonly moduleName: string;
  readonly #state: WasiState;
  readonly #dialect: Dialect;
  readonly #made = new Map<WasiCall, HostFunction>();
  #families: readonly Calls[] | undefined = undefined;

  constructor(state: WasiState, dialect: Dialect) {
    this.moduleName = dialect.moduleName;
    this.#state = state;
    this.#dialect = dialect;
  }

  find(name: string, type?: FuncType): HostFunction | undefined {
    const call = wasiCall(this.moduleName, name, type);
    if (call === undefined) return undefined;
    let made = this.#made.get(call);
    if (made === undefined) this.#made.set(call, (made = hostFunction(this.#state, this.#dialect, call, this.#body(call))));
    return made;
  }

  #body(call: WasiCall): (...args: never[]) => number {
    this.#families ??= FAMILIES.map((family) => family(this.#state, this.#dialect));
    const families = SOCKET_EXTENSION.includes(call) ? [socketExtension(sockCalls(this.#state))] : this.#families;
    const body = families.find((calls) => calls[call.name] !== undefined)?.[call.name];
    assert(body !== undefined, `${call.name} is in the table and in a family`);
    return body;
  }

  all(): readonly HostFunction[] {
    return WASI_CALLS.map(({ name }) => this.find(name)).filter((made) => made !== undefined);
  }
}

type Core = number | bigint;
type CoreFunction = (a?: Core, b?: Core, c?: Core, d?: Core, e?: Core, f?: Core, g?: Core, h?: Core, i?: Core) => number;

function hostFunction(state: WasiState, dialect: Dialect, call: WasiCall, body: (...args: never[]) => number): HostFunction {
  // The table gives the types of the arguments; the linker holds the guest to them.
  const guarded = guard(state, call.type.params.length, body as CoreFunction);
  return new DescribedFunction(call, guarded, () => wasiWords(state.memory, call, dialect));
}

/** `body` with fresh views of the memory before it, and errors of file systems as errnos after it. Fixed arities: a rest parameter costs a copy at each call from wasm. */
function guard(state: WasiState, arity: number, body: CoreFunction): CoreFunction {
  const { memory } = state;
  if (arity <= 2) {
    return (a, b) => {
      memory.begin();
      try {
        return body(a, b);
      } catch (error) {
        return state.failed(error);
      }
    };
  }
  if (arity <= 4) {
    return (a, b, c, d) => {
      memory.begin();
      try {
        return body(a, b, c, d);
      } catch (error) {
        return state.failed(error);
      }
    };
  }
  return (a, b, c, d, e, f, g, h, i) => {
    memory.begin();
    try {
      return body(a, b, c, d, e, f, g, h, i);
    } catch (error) {
      return state.failed(error);
    }
  };
}
