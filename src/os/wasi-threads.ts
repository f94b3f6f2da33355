/**
 * Threads of a WASI program: `wasi.thread-spawn` makes another instance of the program on the same
 * shared memory and runs its `wasi_thread_start` as one more thread of the process.
 *
 * All threads have the process's descriptors, limits and accounts. The process ends when its first thread
 * returns, when any of them exits, traps or is killed, whatever the others do or wait for.
 *
 * Spec: WASI threads, thread-spawn and wasi_thread_start.
 */
import type { Entry, HostFunction, Process, Thread } from "#kernel";
import { CapacityError, LimitError } from "#kernel";
import { Memory } from "#wasm";
import type { FuncType, Instance, InstancePre, Module, Store } from "#wasm";
import { IsolaError } from "#base";

const MODULE = "wasi";
const NAME = "thread-spawn";
const SPAWN_TYPE: FuncType = { kind: "func", params: ["i32"], results: ["i32"] };
const START = "wasi_thread_start";
/** Numbers of threads that a guest can use; it has others for its own purposes. */
const TID_MAX = 0x1fff_ffff;
/** Any negative number says that there is no thread. */
const REFUSED = -1;

/** A program whose imports need what its exports do not offer. */
export class ThreadsError extends IsolaError {
  readonly code = "os/threads";
}

/** The type of the function that starts a thread, when (module, name) means it. */
export function threadSpawnType(module: string, name: string): FuncType | undefined {
  return module === MODULE && name === NAME ? SPAWN_TYPE : undefined;
}

/** The shared memory that a program expects to be made for it; memory objects are not among these. */
export interface ThreadMemory {
  readonly module: string;
  readonly name: string;
}

/** What a process needs to make threads of itself. */
export interface ThreadOrigin {
  readonly process: Process;
  readonly store: Store;
  /** The program, resolved for the store. */
  readonly pre: InstancePre;
  /** Makes an instance, counted. */
  instantiate(pre: InstancePre): Instance;
  /** Starts a thread on another hart when that is better; `late` is for when it cannot be started there after all. */
  readonly elsewhere: ((arg: number, late: (thread: Thread) => Entry) => Thread | undefined) | undefined;
}

export class WasiThreads {
  readonly spawn: HostFunction;
  #origin: ThreadOrigin | undefined = undefined;

  constructor() {
    this.spawn = { name: NAME, type: SPAWN_TYPE, mayBlock: false, call: (arg: number) => this.#spawn(arg) };
  }

  /** From here on threads can be made. @throws ThreadsError when the program has no function to start them with. */
  attach(origin: ThreadOrigin, instance: Instance): void {
    startOf(instance);
    this.#origin = origin;
  }

  /** Ends the process when its first thread has returned. */
  watch(main: Thread): void {
    const { process } = main;
    main.onEnd = () => {
      if (!process.dying) process.exit(0);
    };
  }

  #spawn(arg: number): number {
    const { process, elsewhere } = this.#origin!; // attached before the guest runs
    if (process.dying || process.threadsMade >= TID_MAX) return REFUSED;
    try {
      return (elsewhere?.(arg, (thread) => this.#instance(arg).entryOf(thread)) ?? this.#spawnHere(arg)).id;
    } catch (error) {
      if (error instanceof LimitError || error instanceof CapacityError || (error instanceof IsolaError && error.code === "store/limit")) return REFUSED;
      throw error;
    }
  }

  #spawnHere(arg: number): Thread {
    const made = this.#instance(arg);
    try {
      const thread = this.#origin!.process.startThread([made.entry]);
      made.entryOf(thread);
      return thread;
    } catch (error) {
      made.forget();
      throw error;
    }
  }

  /** One more instance, with what runs a thread in it; it goes with the thread that it is told of. */
  #instance(arg: number): { readonly entry: Entry; entryOf(thread: Thread): Entry; forget(): void } {
    const { process, store, pre, instantiate } = this.#origin!;
    const { account } = process;
    const before = account.used("memory");
    let instance: Instance | undefined = undefined;
    let charged = 0;
    const forget = (): void => {
      if (instance !== undefined) store.forget(instance);
      account.refund("memory", charged);
    };
    try {
      instance = instantiate(pre);
      charged = account.used("memory") - before;
      const tid = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
      const entry = threadEntry(instance, tid, arg);
      return {
        entry, forget,
        entryOf: (thread) => {
          tid.value = thread.id;
          const { onEnd } = thread;
          thread.onEnd = () => {
            onEnd?.();
            forget();
          };
          return entry;
        },
      };
    } catch (error) {
      charged = account.used("memory") - before;
      forget();
      throw error;
    }
  }
}

/** What runs a thread in `instance`: its start function, and `wasi_thread_start` with what is in `tid` when it runs. */
export function threadEntry(instance: Instance, tid: WebAssembly.Global, arg: number): Entry {
  const init = (instance.start()?.raw ?? (() => undefined)) as WebAssembly.ExportValue;
  return new WebAssembly.Instance(adaptor(), { t: { init, start: startOf(instance), tid, arg } }).exports["run"] as Entry;
}

/** The memory for a process of a program that imports a shared one, charged to it. */
export function createThreadMemory(module: Module, wanted: ThreadMemory, store: Store): Memory {
  const type = module.imports.find(({ module: from, name }) => from === wanted.module && name === wanted.name)?.type;
  if (type?.kind !== "memory") throw new ThreadsError(`${module.name} imports no memory ${wanted.module}.${wanted.name}`);
  return Memory.create(store, type);
}

function startOf(instance: Instance): WebAssembly.ExportValue {
  const func = instance.func(START);
  const type = func?.type;
  if (func === undefined || type === undefined || type.params.length !== 2 || type.params.some((param) => param !== "i32") || type.results.length > 0) {
    throw new ThreadsError(`${instance.module.name} imports "${MODULE}" "${NAME}" and so must export "${START}" with two parameters i32 and no result`);
  }
  return func.raw as unknown as WebAssembly.ExportValue;
}

let compiled: WebAssembly.Module | undefined = undefined;

/** Calls `t.init`, and `t.start` with what is in the global `t.tid` when it runs, and `t.arg`: a thread's entry has no parameters. */
function adaptor(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x09, 0x02, 0x60, 0x02, 0x7f, 0x7f, 0x00, 0x60, 0x00, 0x00, // types: (i32 i32), ()
    0x02, 0x26, 0x04,
    0x01, 0x74, 0x04, 0x69, 0x6e, 0x69, 0x74, 0x00, 0x01, // t.init
    0x01, 0x74, 0x05, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x00, // t.start
    0x01, 0x74, 0x03, 0x74, 0x69, 0x64, 0x03, 0x7f, 0x01, // t.tid, mutable
    0x01, 0x74, 0x03, 0x61, 0x72, 0x67, 0x03, 0x7f, 0x00, // t.arg
    0x03, 0x02, 0x01, 0x01,
    0x07, 0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x02, // run
    0x0a, 0x0c, 0x01, 0x0a, 0x00, 0x10, 0x00, 0x23, 0x00, 0x23, 0x01, 0x10, 0x01, 0x0b, // call init, global.get tid, global.get arg, call start
  ])));
}

let spawning: WebAssembly.Module | undefined = undefined;

/** `spawn`, which answers 0 when there is no thread, as a guest calls it: it is answered -1. */
export function withRefusals(spawn: WebAssembly.ExportValue): WebAssembly.ExportValue {
  spawning ??= new WebAssembly.Module(Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f,
    0x02, 0x07, 0x01, 0x01, 0x74, 0x01, 0x73, 0x00, 0x00, // t.s
    0x03, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x01, 0x01, 0x73, 0x00, 0x01, // s
    0x0a, 0x0e, 0x01, 0x0c, 0x00, 0x20, 0x00, 0x10, 0x00, 0x22, 0x00, 0x20, 0x00, 0x45, 0x6b, 0x0b, // s(arg) - (s(arg) = 0)
  ]));
  return new WebAssembly.Instance(spawning, { t: { s: spawn } }).exports["s"]!;
}
