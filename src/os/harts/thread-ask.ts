/**
 * Threads of a process of this hart that run on others: the side of the process.
 *
 * Each has a thread of the process here, which makes its calls and otherwise waits; its number is the thread's
 * number, its end the thread's end. What the thread over there meets, a trap, a limit, the death of its hart, is met by
 * the process.
 */
import { reasonText } from "#base";
import { FaceWord, HARTS_MAX, UsageCell, WaitQueue, callRunnerBytes, waiterCountBytes } from "#kernel";
import type { Endpoint, HostBinder, HostFunction, Kernel, Line, Process, SharedJobs, Thread } from "#kernel";
import type { FuncType } from "#wasm";
import type { Bindings, Program } from "../program.ts";
import { endFrom } from "./end-parts.ts";
import type { Peer } from "./peer.ts";
import { CallArgs, ThreadKind, decodeWake, encodeWake } from "./thread-line.ts";
import type { ThreadNews, ThreadOrder } from "./thread-line.ts";

export interface ThreadGroupOptions {
  readonly kernel: Kernel;
  readonly binder: HostBinder;
  readonly jobs: SharedJobs;
  readonly process: Process;
  readonly program: Program;
  /** What the process imports, in the order of `Program.needs`. */
  readonly bindings: Bindings;
  readonly memory: WebAssembly.Memory;
  /** The hart for one more thread; undefined for this one. */
  readonly place: () => Peer | undefined;
}

/** How often the processor time of threads elsewhere is looked at, where a limit counts it. */
const WATCH_MS = 20;
const NEXT_TYPE: FuncType = { kind: "func", params: [], results: ["i32"] };

const runners = new WeakMap<Program, WebAssembly.Module>();

export class ThreadGroup {
  readonly options: ThreadGroupOptions;
  readonly counts = new Int32Array(new SharedArrayBuffer(waiterCountBytes(HARTS_MAX)));
  readonly #elsewhere = new Set<RemoteThread>();
  #endedMs = 0;
  #watching: (() => void) | undefined = undefined;

  /** Before any thread of the process runs. */
  constructor(options: ThreadGroupOptions) {
    this.options = options;
    const { kernel, memory, process } = options;
    kernel.lot.share(memory, { hart: kernel.hart, counts: this.counts, wakeThere: (hart, address, count) => this.wakeOn(hart, encodeWake(address, count)) });
    process.elsewhereMs = () => this.#cpuMs();
    process.onReap(() => this.#watching?.());
  }

  /** Starts a thread elsewhere if that is better; undefined when it is to run here. `late` starts it here after all. @throws LimitError, CapacityError */
  start(arg: number, late: (thread: Thread) => () => void): Thread | undefined {
    const peer = this.options.place();
    if (peer === undefined) return undefined;
    const job = this.options.jobs.nameOf(this.options.process.job);
    if (job === "full") return undefined;
    const thread = new RemoteThread(this, peer, late);
    this.#elsewhere.add(thread);
    const started = thread.start(arg, job);
    this.#watch();
    return started;
  }

  ended(thread: RemoteThread): void {
    this.#elsewhere.delete(thread);
    this.#endedMs += thread.cpuMs;
  }

  /** Passes a wake on to a hart, by whichever thread runs there. */
  wakeOn(hart: number, wake: Uint8Array): void {
    const { kernel, memory } = this.options;
    if (hart === kernel.hart) {
      const { address, count } = decodeWake(wake);
      kernel.lot.wake(memory, address, count);
      return;
    }
    for (const thread of this.#elsewhere) if (thread.hart === hart) return thread.wake(wake);
  }

  #cpuMs(): number {
    let sum = this.#endedMs;
    for (const { cpuMs } of this.#elsewhere) sum += cpuMs;
    return sum;
  }

  /** The limit of the process itself is on all of its threads together; those of jobs are counted over harts anyway. */
  #watch(): void {
    const { process, kernel } = this.options;
    const limit = process.limits.cpuMs;
    if (limit === undefined || this.#watching !== undefined) return;
    this.#watching = kernel.machine.timer(WATCH_MS, () => {
      this.#watching = undefined;
      if (process.dying) return;
      if (process.usage().cpuMs >= limit) process.kill({ cause: "cpu limit", message: `cpu limit of ${limit / 1000} s reached (${process.account.name})` });
      else if (this.#elsewhere.size > 0) this.#watch();
    }, false);
  }
}

class RemoteThread implements Endpoint {
  readonly #group: ThreadGroup;
  readonly #peer: Peer;
  readonly #late: (thread: Thread) => () => void;
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
  readonly #cell = new UsageCell();
  readonly #queue = new WaitQueue();
  readonly #line: Line;
  #thread!: Thread;
  #call: { readonly index: number; readonly args: CallArgs } | undefined = undefined;
  #args = new CallArgs(new Uint8Array(0));
  /** What `next` says instead of a call: the thread is over there no more. */
  #over: number | undefined = undefined;

  constructor(group: ThreadGroup, peer: Peer, late: (thread: Thread) => () => void) {
    this.#group = group;
    this.#peer = peer;
    this.#late = late;
    this.#line = peer.link.open(this);
  }

  get hart(): number {
    return this.#peer.link.peer;
  }
  get cpuMs(): number {
    return this.#cell.read().cpuMs;
  }

  start(arg: number, job: ReturnType<SharedJobs["nameOf"]> & object | undefined): Thread {
    const { process, program, memory, binder, bindings, kernel } = this.#group.options;
    const count = program.needs.length;
    let runner = runners.get(program);
    if (runner === undefined) runners.set(program, (runner = new WebAssembly.Module(callRunnerBytes(program.needs.map(({ type }) => type)))));
    const next: HostFunction = { name: "thread call", type: NEXT_TYPE, mayBlock: true, call: () => this.#next() };
    const number = (index: number): number => this.#args.number(index);
    const { exports } = new WebAssembly.Instance(runner, {
      k: {
        next: binder.bind(process, [next])[0]!.call as WebAssembly.ExportValue,
        i32: number, f32: number, f64: number,
        i64: (index: number) => this.#args.bigint(index),
        done: (result: number) => this.#line.send(ThreadKind.answer, result),
        late: this.#table,
      },
      f: Object.fromEntries(bindings.slice(0, count).map((call, index) => [index, call as WebAssembly.ExportValue])),
    });
    this.#thread = process.startThread([exports["run"] as () => void]);
    this.#thread.onEnd = () => this.#gone();
    // Until it is there, whoever places more is to know of it.
    Atomics.add(this.#peer.face, FaceWord.processes, 1);
    this.#peer.ask("thread", {
      program: this.#peer.nameOf(program), memory, counts: this.#group.counts.buffer as SharedArrayBuffer,
      group: `${kernel.hart}:${process.id}`, tid: this.#thread.id, arg, name: process.name,
      job, memoryLimit: process.limits.memory, line: this.#line.id, usage: this.#cell.buffer,
    }).catch(() => this.#runHere(arg)).finally(() => Atomics.sub(this.#peer.face, FaceWord.processes, 1));
    return this.#thread;
  }

  wake(wake: Uint8Array): void {
    this.#line.send(ThreadKind.wake, this.hart, wake);
  }

  // ---- The line

  received(kind: number, arg: number, bytes: Uint8Array): void {
    if (kind === ThreadKind.wake) return this.#group.wakeOn(arg, bytes.slice());
    this.#call = { index: arg, args: new CallArgs(bytes.slice()) };
    this.#queue.wakeAll();
  }
  posted(value: unknown): void {
    const { process, program } = this.#group.options;
    const end = endFrom((value as ThreadNews).ended, [program.module]); // the other end posts nothing else
    if (end.kind === "fault") process.fault(this.#thread.id, end.fault.message, end.fault.trap);
    else if (end.kind === "killed") process.kill(end.reason);
    this.#leave(this.#group.options.program.needs.length);
  }
  lost(reason: string): void {
    this.#group.options.process.kill({ cause: "hart", message: `a hart that ran one of its threads has ended: ${reason}` });
  }

  // ---- The thread here

  #next(): number {
    const call = this.#call;
    if (call !== undefined) {
      this.#call = undefined;
      this.#args = call.args;
      return call.index;
    }
    if (this.#over !== undefined) return this.#over;
    return this.#group.options.process.current().block({ reason: `runs on hart ${this.hart}`, queues: [this.#queue], resume: () => this.#next() });
  }

  /** It could not be started there. */
  #runHere(arg: number): void {
    const { process, program } = this.#group.options;
    if (process.dying) return;
    try {
      this.#table.set(0, this.#late(this.#thread) as never);
      this.#leave(program.needs.length + 1);
    } catch (error) {
      process.kill({ cause: "request", message: `a thread with the argument ${arg} could be started neither here nor on hart ${this.hart}: ${reasonText(error)}` });
    }
  }

  #leave(over: number): void {
    this.#over ??= over;
    this.#queue.wakeAll();
  }

  /** The thread here has ended: of itself, or with its process. */
  #gone(): void {
    if (this.#over === undefined) {
      const { status } = this.#group.options.process;
      this.#line.post({ kill: { cause: "request", message: `its process has ended${status === undefined ? "" : `: ${status.kind}`}` } } satisfies ThreadOrder);
    }
    this.#line.close();
    this.#group.ended(this);
  }
}
