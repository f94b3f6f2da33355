/**
 * One kernel over one host thread (a *hart*): its jobs, processes and threads, and who has the
 * processor.
 *
 * Exactly one thread is `#current` from the moment it is chosen until it parks, ends or traps;
 * no other guest code runs meanwhile, except that a dying thread may be resumed out of turn,
 * since all it does is to trap. Three ways lead from one thread to the next:
 *
 * 1. Voluntary (blocked, gave way, ended): the next thread is resumed inside the import, without
 *    a turn of the event loop, in well under a microsecond.
 * 2. The flag is up: the thread parks, and the next one starts after a turn of the host's event
 *    loop. So the host gets its turn at least once per quantum, however many threads spin; with every
 *    second tick where only one does.
 * 3. Nothing was running: a wake schedules a step.
 *
 * A thread that needs a new stack is started from an empty host stack, never inside an import,
 * or stacks would nest.
 */
import { IsolaError, assert } from "#base";
import { TRAP_FRAMES } from "#wasm";
import type { Parking } from "#wasm";
import { BLOCK, CANNOT_WAIT, DIE } from "./calls.ts";
import type { CallContext, Parked, Wait, Wake } from "./calls.ts";
import { FiberPool } from "./fiber.ts";
import type { Fiber } from "./fiber.ts";
import { GateState } from "./gate/gate-state.ts";
import { ATTEND, hartModuleBytes } from "./hart-module.ts";
import { CALLED, FaceWord, TICK } from "./link/face.ts";
import { Links } from "./link/links.ts";
import { SharedCounts } from "./link/shared-counts.ts";
import type { Machine, PreemptionClock } from "./machine.ts";
import { GcHeap } from "./object/gc-heap.ts";
import { Job } from "./object/job.ts";
import type { JobOptions } from "./object/job.ts";

import { Mappings } from "./object/mappings.ts";
import type { CapacityError } from "./object/mappings.ts";
import { ParkingLot } from "./object/parking-lot.ts";
import { promiseWait } from "./promise-wait.ts";
import { Process } from "./process.ts";
import type { ProcessOptions } from "./process.ts";
import { Deadlines } from "./sched/deadlines.ts";
import { RunQueue } from "./sched/run-queue.ts";
import { EndTally } from "./snapshot.ts";
import { Thread, ThreadState } from "./thread.ts";
import type { Entry } from "./thread.ts";
import type { UnfinishedCall } from "./trace/call-tracer.ts";

export interface KernelOptions {
  /** Longest time a thread keeps the processor while others want it, in milliseconds; 1 unless told. */
  readonly quantumMs?: number;
  /** Limits of the whole system. */
  readonly limits?: JobOptions["limits"];
  /** Told of mistakes in our own code that ended a process. Written to nobody unless given. */
  readonly onBug?: (error: unknown) => void;
  /** What this hart has in common with others; it is alone unless told. */
  readonly hart?: HartPlace;
}

/** A hart among others. */
export interface HartPlace {
  /** From 0. */
  readonly number: number;
  /** One page, shared: the flag, and what else others see of this hart (see `link/face.ts`). */
  readonly face: WebAssembly.Memory;
  /** What all harts count together. */
  readonly shared: SharedCounts;
}

/** The system was used after it was shut down. */
export class ShutdownError extends IsolaError {
  readonly code = "kernel/shutdown";
  constructor() {
    super("the system was shut down; nothing can be started in it any more");
  }
}

const QUANTUM_MS = 1;
/**
 * A tick does not end the slice of a thread that is alone before it has lasted so many quanta, so the host's
 * event loop gets its turn with every second tick then: each costs some 10 µs of a millisecond, and several
 * times that on a host that is busy with other things, which take the processor at such moments [safepoint.geomean].
 */
const ALONE_QUANTA = 1.5;
/** From this length on after its start or its last tick, a slice is measured by the host thread's processor time too. */
const SLICE_DOUBTFUL_MS = 2;
/** Ticks of the preemption clock that the signals of one thread may take in one go: nothing else runs meanwhile. */
const HANDLER_TICKS = 200;
/** Deadline of a thread that only wants others to run first; it has not waited, so it is not preferred either. */
const GIVE_WAY = -Infinity;

interface HartExports {
  readonly tick: () => number;
  readonly yield: () => number;
  readonly block: () => number;
  readonly main: () => void;
}

/** Wasm functions for the hook tables of guests, the flag memory they import, and where they wait. */
export interface KernelHooks {
  readonly flag: WebAssembly.Memory;
  readonly tick: () => number;
  readonly yield: () => number;
  readonly parking: Parking;
}

export class Kernel implements CallContext {
  readonly machine: Machine;
  readonly root: Job;
  readonly mappings: Mappings;
  readonly gcHeap: GcHeap;
  readonly hooks: KernelHooks;
  /** Wasm function that adaptors call to block. */
  readonly blockHook: () => number;
  readonly gates: GateState;
  /** Threads dispatched since boot. */
  switches = 0;
  /** How processes ended since boot. */
  readonly ends = new EndTally();

  readonly #queue = new RunQueue<Thread>();
  /** The way to other harts. */
  readonly links: Links;
  /** Where threads of guests wait at shared memories. */
  readonly lot = new ParkingLot();
  /** The number of this hart. */
  readonly hart: number;
  readonly #shared: SharedCounts;

  readonly #deadlines: Deadlines;
  readonly #clock: PreemptionClock;
  readonly #flag: Int32Array;
  readonly #onBug: (error: unknown) => void;
  readonly #fibers: FiberPool;
  readonly #main: () => Promise<void>;
  readonly #processes = new Map<number, Process>();
  #current: Thread | undefined = undefined;
  #sliceStartMs = 0;
  /** Valid while a thread runs: from this length on, the slice is measured by processor time too. */
  #doubtfulMs = SLICE_DOUBTFUL_MS;
  /** Processor time of the host thread after its last turn of the event loop. */
  #cpuMarkMs = 0;
  /** Valid while a thread runs: processor time at which some CPU limit is met. */
  #sliceBudgetMs = Infinity;
  /** Between a fiber's first run and its first question for work. */
  #starting: Fiber | undefined = undefined;
  /** Between a fiber's last question for work and its parking. */
  #parking: Fiber | undefined = undefined;
  /** Valid while a fiber is parking: when its thread gave up the processor. */
  #freedAtMs = 0;
  #handlerTicks = 0;
  #hostStackLimit = Error.stackTraceLimit;
  #stepScheduled = false;
  #turnWanted = false;
  #started = 0;
  #closed = false;
  // The executor of every parking promise leaves its resolver here.
  #resolver!: (status: number) => void;
  readonly #executor = (resolve: (status: number) => void): void => {
    this.#resolver = resolve;
  };
  readonly #step = (): void => {
    this.#stepScheduled = false;
    this.#handOver();
  };
  readonly #stepAfterTurn = (): void => {
    this.#cpuMarkMs = this.machine.threadCpuMs();
    // A tick that came while the host had the thread asks for what the host has just had.
    Atomics.compareExchange(this.#flag, 0, TICK, 0);
    this.#step();
  };

  static async boot(machine: Machine, options: KernelOptions = {}): Promise<Kernel> {
    const flag = options.hart?.face ?? new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const clock = await machine.preemption(flag.buffer as SharedArrayBuffer, options.quantumMs ?? QUANTUM_MS);
    return new Kernel(machine, options, flag, clock, new WebAssembly.Module(hartModuleBytes()));
  }

  private constructor(machine: Machine, options: KernelOptions, flag: WebAssembly.Memory, clock: PreemptionClock, hart: WebAssembly.Module) {
    this.machine = machine;
    this.#clock = clock;
    this.#flag = new Int32Array(flag.buffer);
    this.gates = new GateState(this.#flag, options.quantumMs ?? QUANTUM_MS);
    this.#onBug = options.onBug ?? (() => undefined);
    this.#deadlines = new Deadlines(machine);
    this.hart = options.hart?.number ?? 0;
    this.#shared = options.hart?.shared ?? SharedCounts.alone();
    this.links = new Links(machine, this.#flag);
    this.mappings = new Mappings(machine, this.#shared.mappings(this.hart));
    this.gcHeap = new GcHeap(machine);
    this.root = new Job(undefined, this.#queue.root, { name: "root", ...(options.limits === undefined ? {} : { limits: options.limits }) });
    this.#fibers = new FiberPool(this.mappings);
    const instance = new WebAssembly.Instance(hart, {
      k: {
        tick: () => this.#tick(),
        yield: new WebAssembly.Suspending(() => this.#yield()),
        block: new WebAssembly.Suspending(() => this.#block()),
        attend: () => this.#attended(),
        next: () => this.#next(),
        park: new WebAssembly.Suspending(() => this.#park()),
        jobs: this.#fibers.jobs,
      },
    });
    const exports = instance.exports as unknown as HartExports;
    this.hooks = { flag, tick: exports.tick, yield: exports.yield, parking: this.#memoryWaits(exports.block) };
    this.blockHook = exports.block;
    this.#main = WebAssembly.promising(exports.main as never) as unknown as () => Promise<void>;
  }

  // ---- Processes

  createJob(parent: Job, options: JobOptions): Job {
    return new Job(parent, this.#queue.root, options);
  }

  /** A process of a killed job is killed before it starts. @throws LimitError when an account refuses one more; ShutdownError after `shutdown`. */
  createProcess(job: Job, options: ProcessOptions): Process {
    if (this.#closed) throw new ShutdownError();
    job.account.chargeOrThrow("processes", 1);
    const process = new Process(this, job, this.#shared.nextProcess(), options);
    this.#started++;
    Atomics.add(this.#flag, FaceWord.processes, 1);
    job.processes.add(process);
    this.#processes.set(process.id, process);
    process.onReap(() => {
      this.#processes.delete(process.id);
      Atomics.sub(this.#flag, FaceWord.processes, 1);
      this.#fibers.forget(process);
    });
    if (job.killed !== undefined) process.kill(job.killed);
    return process;
  }

  /** Processes made here since boot. */
  get started(): number {
    return this.#started;
  }

  /** The process of this number, if it has not ended. */
  find(id: number): Process | undefined {
    return this.#processes.get(id);
  }

  get processes(): IterableIterator<Process> {
    return this.#processes.values();
  }

  /** Kills everything, waits until it is gone, and stops the clock. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#processes.values()].map((process) => process.exited);
    this.root.kill({ cause: "shutdown", message: "the system is shutting down" });
    await Promise.all(ends);
    this.#fibers.drain();
    this.links.close();
    this.#clock.close();
  }

  reportBug(error: unknown): void {
    this.#onBug(error);
  }

  // ---- Threads, for Process

  /** @throws CapacityError when the host has no room for its stack. */
  newThread(process: Process, id: number, entries: readonly Entry[], weight: number): Thread {
    this.mappings.reserveStack();
    const thread = new Thread(process, id, entries, weight, (thread, wake) => this.#wake(thread, wake));
    thread.stackReserved = true;
    return thread;
  }

  /** Makes a new or waiting thread runnable. */
  ready(thread: Thread): void {
    thread.state = ThreadState.ready;
    // A slice ago is near enough for how long it has waited.
    this.#queue.wake(thread, this.#current !== undefined ? this.#sliceStartMs : this.#parking !== undefined ? this.#freedAtMs : this.machine.now());
    this.#schedule();
  }

  /** Ends a thread of a dying process: now when it is not running, else at its next safepoint or kernel call. */
  end(thread: Thread): void {
    switch (thread.state) {
      case ThreadState.created:
      case ThreadState.ready:
      case ThreadState.blocked: {
        this.#forget(thread);
        const unpark = thread.unpark;
        if (unpark === undefined) {
          this.#threadGone(thread);
        } else {
          thread.state = ThreadState.dying;
          thread.unpark = undefined;
          unpark(DIE);
        }
        return;
      }
      case ThreadState.running:
        // Its own call answers DIE, or its next safepoint sees the flag.
        this.interrupt();
        return;
      case ThreadState.dying:
      case ThreadState.dead:
        return;
    }
  }

  /** Its threads stay where they are, the running one from its next safepoint on. For `Process`, as the next three. */
  stop(process: Process): void {
    if (this.#current?.process === process) this.interrupt();
  }
  resume(process: Process): void {
    for (const thread of process.threads) {
      if (!thread.held) continue;
      thread.held = false;
      if (thread.state === ThreadState.ready && !thread.queued) this.#queue.requeue(thread);
    }
    this.#schedule();
  }
  attend(thread: Thread): void {
    thread.attention = true;
    if (thread === this.#current) {
      this.interrupt();
    } else if (thread.state === ThreadState.blocked && thread.wait?.interrupted !== undefined) {
      thread.interrupted = true;
      this.#unwait(thread);
      this.ready(thread);
    }
  }
  attendNow(thread: Thread): void {
    if (thread === this.#current && !this.gates.handling && this.gates.depth === 0) this.#handleSignals(thread);
    else this.attend(thread);
  }
  /** Whether the running thread handles signals, and so cannot wait. */
  get handling(): boolean {
    return this.gates.handling;
  }

  /** Makes the running code meet its next safepoint. */
  interrupt(): void {
    this.#flag[0] = TICK;
  }

  /** Time that the running thread has used of its slice, when it is one of `process`. */
  sliceOf(process: Process): number {
    return this.#current?.process === process ? this.machine.now() - this.#sliceStartMs : 0;
  }

  runningThreadId(process: Process): number {
    return this.#current?.process === process ? this.#current.id : 0;
  }

  // ---- Calls, for ABIs

  context(process: Process): CallContext {
    assert(this.gates.active === process, "a kernel call was served outside its process");
    return this;
  }

  get process(): Process {
    const { active } = this.gates;
    assert(active !== undefined, "a kernel call came from no process");
    return active;
  }

  block(wait: Wait): Parked {
    const thread = this.#running;
    if (this.gates.depth > 0) {
      // No stack of its own that could be suspended.
      wait.cancel?.();
      this.process.fault(0, `it would have to wait (${wait.reason}) inside a synchronous call`, undefined);
      return DIE;
    }
    if (this.gates.handling) {
      wait.cancel?.();
      return CANNOT_WAIT;
    }
    assert(thread.wait === undefined, "a call blocked twice");
    thread.wait = wait;
    return BLOCK;
  }

  await<T>(promise: Promise<T>, reason: string, done: (value: T) => number, failed: (error: unknown) => number, abandoned?: (value: T) => void): Parked {
    return this.block(promiseWait(promise, reason, this.#running.waiter(0), { done, failed, abandoned }, (wait) => this.block(wait)));
  }

  yield(answer: number): number {
    if (this.gates.handling) return answer;
    return this.block({ reason: "yield", queues: [], deadlineMs: GIVE_WAY, resume: () => answer });
  }

  /** The running thread's call blocked; `count` is where it is in the history of its process. */
  callBlocked(count: number): void {
    this.#running.blockedCall = count;
  }

  /** Tells `call` when the call of the running thread that is about to block comes back. */
  whenResumed(call: UnfinishedCall): void {
    this.#running.unfinished = call;
  }

  get #running(): Thread {
    const thread = this.#current;
    assert(thread !== undefined, "a kernel call came from no thread");
    return thread;
  }

  /** Waits at shared memories, for every guest: the thread that waits is the one that runs. */
  #memoryWaits(block: () => number): Parking {
    const { lot } = this;
    const guarded = (answer: () => number): number => {
      this.gates.checkRoom();
      try {
        return answer();
      } catch (error) {
        return this.#running.process.hostBug(error);
      }
    };
    return {
      wait: (memory, at, timeoutNs) => guarded(() => lot.wait(this, memory, at, timeoutNs)),
      notify: (memory, address, count) => guarded(() => lot.notify(memory, address, count)),
      block,
    };
  }

  // ---- The imports of the hart module

  /** At a safepoint with the flag up: 0 goes on, 1 yields, 2 traps. */
  #tick(): number {
    const onlyCalled = this.#flag[0] === CALLED;
    this.#flag[0] = 0;
    this.#clock.arm();
    const thread = this.#current;
    if (thread === undefined) return 0;
    // Another hart that calls does not use up the budget of a gate; it is heard at the next tick.
    if (this.gates.depth > 0) return onlyCalled ? 0 : this.gates.tick();
    if (thread.process.dying) return 2;
    if (this.gates.handling) return onlyCalled ? 0 : this.#tickInHandler(thread);
    if (thread.attention) {
      this.#handleSignals(thread);
      if (thread.process.dying) return 2;
    }
    if (this.links.pending) {
      const ready = this.#queue.size;
      if (!this.links.poll(true)) this.#turnWanted = true;
      if (thread.process.dying) return 2;
      if (onlyCalled) return this.#turnWanted || this.#queue.size > ready ? 1 : 0;
    }
    const now = this.machine.now();
    if (this.#sliceUsed(now) >= this.#sliceBudgetMs) {
      this.#killForCpu(thread);
      return 2;
    }
    if (this.#isAlone(thread, now)) {
      this.#doubtfulMs = now - this.#sliceStartMs + SLICE_DOUBTFUL_MS;
      return 0;
    }
    this.#turnWanted = true;
    return 1;
  }

  /** Whether nobody but the host could want this thread's slice to end now, and the host had its turn a quantum ago. */
  #isAlone(thread: Thread, now: number): boolean {
    return !this.#turnWanted && this.#queue.size === 0 && now - this.#sliceStartMs < ALONE_QUANTA * this.gates.quantumMs
      && this.#deadlines.earliestMs > now && !thread.process.cpuShared;
  }

  /** The clock ticks in a handler of signals, which can only go on or end. */
  #tickInHandler(thread: Thread): number {
    const { process } = thread;
    this.#turnWanted = true;
    if (this.#sliceUsed(this.machine.now()) >= this.#sliceBudgetMs) this.#killForCpu(thread);
    else if (++this.#handlerTicks <= HANDLER_TICKS) return 0;
    else process.fault(thread.id, `its handler of signals did not return within ${HANDLER_TICKS} quanta`, undefined);
    return 2;
  }

  /** Handles the signals of the running thread (INV-14). What comes out of the guest's handler is the end of its process. */
  #handleSignals(thread: Thread): void {
    const { process } = thread;
    thread.attention = false;
    if (process.onAttention === undefined) return;
    this.gates.handling = true;
    this.#handlerTicks = 0;
    try {
      process.onAttention();
    } catch (error) {
      this.gates.popAll();
      process.faultBy(error, thread.id);
    } finally {
      this.gates.handling = false;
      // What was put off: the turn of others, signals that came meanwhile.
      this.interrupt();
    }
  }

  /** The running thread has left a wait, and handles signals before its call answers. */
  #attended(): number {
    const thread = this.#running;
    const { answer } = thread;
    if (thread.attention) this.#handleSignals(thread);
    return thread.process.dying ? DIE : answer;
  }

  /** Parks the running thread as ready. */
  #yield(): Promise<number> {
    const thread = this.#running;
    const now = this.#endSlice(thread);
    thread.state = ThreadState.ready;
    const parked = new Promise(this.#executor);
    thread.unpark = this.#resolver;
    this.#queue.requeue(thread);
    this.#handOver(now);
    return parked;
  }

  /** Parks the running thread in the wait that its call has left. A plain answer when nothing has to be waited for. */
  #block(): Promise<number> | number {
    const thread = this.#running;
    if (thread.process.dying) return DIE;
    assert(thread.wait !== undefined, "a call answered BLOCK without a wait");
    if (thread.attention && thread.wait.interrupted !== undefined) {
      thread.answer = this.#interruptWait(thread);
      return ATTEND;
    }
    const now = this.#endSlice(thread);
    const parked = new Promise(this.#executor);
    thread.unpark = this.#resolver;
    this.#startWait(thread);
    this.#handOver(now);
    return parked;
  }

  /** The trampoline asks what to run: the thread's next function, or -1 to park. */
  #next(): number {
    const fiber = this.#starting ?? this.#running.fiber!;
    this.#starting = undefined;
    const thread = fiber.thread;
    assert(thread !== undefined, "a fiber without a thread asked for work");
    if (!thread.process.dying && thread.entriesStarted < thread.entries.length) {
      this.#fibers.setJob(fiber, thread.entries[thread.entriesStarted++]!);
      return fiber.slot;
    }
    this.#freedAtMs = this.#endSlice(thread);
    fiber.thread = undefined;
    thread.fiber = undefined;
    this.#parking = fiber;
    this.#threadGone(thread);
    return -1;
  }

  #park(): Promise<number> | number {
    const fiber = this.#parking!;
    this.#parking = undefined;
    if (!this.#fibers.keep(fiber)) {
      this.#handOver(this.#freedAtMs);
      return -1;
    }
    const parked = new Promise(this.#executor);
    fiber.unpark = this.#resolver;
    this.#handOver(this.#freedAtMs);
    return parked;
  }

  // ---- Switching

  /**
   * Gives the processor to the next thread, which nobody has now. `sliceEndMs` is when it became
   * free, if that is this very moment: reading the clock is a tenth of a switch.
   */
  #handOver(sliceEndMs?: number): void {
    if (this.#current !== undefined) return;
    if (this.#flag[0] === CALLED && !this.#turnWanted) {
      this.#flag[0] = 0;
      if (this.links.pending && !this.links.poll(true)) this.#turnWanted = true;
    }
    if (this.#turnWanted || this.#flag[0] !== 0) {
      // A step that is on its way already finds the flag as it is; it may come without a turn.
      if (this.#stepScheduled) return;
      this.#turnWanted = false;
      this.#flag[0] = 0;
      this.#flag[FaceWord.runnable] = this.#queue.size;
      if (this.#queue.size > 0) this.#schedule(true);
      return;
    }
    for (let now = sliceEndMs; ; now = undefined) {
      const thread = this.#queue.next();
      this.#flag[FaceWord.runnable] = thread === undefined ? 0 : this.#queue.size + 1;
      if (thread === undefined) return;
      if (this.#dispatch(thread, now ?? this.machine.now())) return;
      // A wait that only leads to the next one has spent time, too: the host gets its turn all the same.
      if (this.#flag[0] !== 0) return this.#handOver();
    }
  }

  /** False when the thread cannot run after all, and another should be tried. */
  #dispatch(thread: Thread, now: number): boolean {
    const process = thread.process;
    // INV-13
    if (process.stopped) {
      thread.held = true;
      return false;
    }
    if (process.cpuShared) {
      const until = process.account.throttledUntilMs(now);
      if (until > now) {
        this.#deadlines.set(thread.deadline, until);
        return false;
      }
    }
    this.#sliceBudgetMs = process.cpuLimited ? process.account.cpuLeftMs() : Infinity;
    if (this.#sliceBudgetMs <= 0) {
      this.#killForCpu(thread);
      return false;
    }
    this.#current = thread;
    this.gates.running = process;
    this.gates.thread = thread;
    this.#sliceStartMs = now;
    this.#doubtfulMs = SLICE_DOUBTFUL_MS;
    // Frames of a trap are taken down when it happens; the host's own errors keep the host's choice.
    this.#hostStackLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = TRAP_FRAMES;
    thread.state = ThreadState.running;
    thread.dispatches++;
    process.switches++;
    this.switches++;
    this.#clock.arm();
    if (thread.attention) this.interrupt();
    if (thread.unpark === undefined) {
      this.#start(thread);
      return true;
    }
    let status = 0;
    if (thread.wait !== undefined) {
      status = thread.interrupted ? this.#interruptWait(thread) : this.#resumeWait(thread);
      if (status === BLOCK && thread.attention && thread.wait.interrupted !== undefined) status = this.#interruptWait(thread);
      if (status === BLOCK) {
        this.#endSlice(thread);
        this.#startWait(thread);
        return false;
      }
      if (thread.attention && status !== DIE) {
        thread.answer = status;
        status = ATTEND;
      }
    }
    const unpark = thread.unpark;
    thread.unpark = undefined;
    unpark(status);
    return true;
  }

  #start(thread: Thread): void {
    const idle = this.#fibers.take();
    if (idle !== undefined) {
      this.#bind(idle, thread);
      const unpark = idle.unpark!;
      idle.unpark = undefined;
      this.#fibers.setJob(idle, thread.entries[thread.entriesStarted++]!);
      unpark(idle.slot);
      return;
    }
    // From an empty stack: this may run inside an import of another fiber.
    queueMicrotask(() => this.#startFiber(thread));
  }

  #startFiber(thread: Thread): void {
    if (thread.process.dying) {
      this.#endSlice(thread);
      this.#threadGone(thread);
      this.#handOver();
      return;
    }
    this.#unreserveStack(thread);
    let fiber: Fiber;
    try {
      fiber = this.#fibers.create();
    } catch (error) {
      this.#endSlice(thread);
      thread.process.kill({ cause: "capacity", message: (error as CapacityError).message });
      this.#threadGone(thread);
      this.#handOver();
      return;
    }
    this.#bind(fiber, thread);
    this.#starting = fiber;
    this.#main().then(undefined, (error: unknown) => this.#fiberDied(fiber, error));
  }

  #unreserveStack(thread: Thread): void {
    if (!thread.stackReserved) return;
    thread.stackReserved = false;
    this.mappings.unreserveStack();
  }

  #bind(fiber: Fiber, thread: Thread): void {
    this.#unreserveStack(thread);
    fiber.thread = thread;
    thread.fiber = fiber;
  }

  /** A guest trapped, threw, or was told to die: its stack is gone. */
  #fiberDied(fiber: Fiber, error: unknown): void {
    const thread = fiber.thread;
    this.#fibers.gone(fiber);
    if (this.#parking === fiber) this.#parking = undefined;
    if (thread === undefined) {
      this.reportBug(error);
      this.#handOver();
      return;
    }
    fiber.thread = undefined;
    thread.fiber = undefined;
    if (this.#current === thread) this.#endSlice(thread);
    if (!thread.process.dying) thread.process.faultBy(error, thread.id);
    this.#threadGone(thread);
    this.#handOver();
  }

  #threadGone(thread: Thread): void {
    if (thread.state === ThreadState.dead) return;
    thread.state = ThreadState.dead;
    this.#unreserveStack(thread);
    thread.process.threadEnded(thread);
  }

  /** Charges what the thread has run and takes the processor from it. Gives the time. */
  #endSlice(thread: Thread): number {
    const now = this.machine.now();
    const ms = this.#sliceUsed(now);
    thread.cpuMs += ms;
    thread.process.account.chargeCpu(ms, now);
    thread.process.usageCell?.write(thread.process.usage());
    this.#queue.charge(thread, ms);
    this.#current = undefined;
    this.gates.running = undefined;
    Error.stackTraceLimit = this.#hostStackLimit;
    if (this.#deadlines.earliestMs <= now) this.#deadlines.expireDue(now);
    return now;
  }

  /**
   * Processor time of the running slice. The clock tells it, unless the slice took much longer than a
   * quantum: then the host may have run something else in the middle of it, which is not the guest's doing.
   */
  #sliceUsed(now: number): number {
    const ms = now - this.#sliceStartMs;
    return ms > this.#doubtfulMs ? Math.min(ms, Math.max(this.#doubtfulMs, this.machine.threadCpuMs() - this.#cpuMarkMs)) : ms;
  }

  #killForCpu(thread: Thread): void {
    const limiter = thread.process.account.cpuLimiter();
    thread.process.kill({ cause: "cpu limit", message: `cpu limit of ${limiter.limits.cpuMs! / 1000} s reached (${limiter.name})` });
  }

  // ---- Waiting

  #startWait(thread: Thread): void {
    const wait = thread.wait!;
    thread.state = ThreadState.blocked;
    thread.woken = "event";
    for (let index = 0; index < wait.queues.length; index++) wait.queues[index]!.add(thread.waiter(index));
    if (wait.deadlineMs === undefined) return;
    if (wait.deadlineMs === GIVE_WAY) {
      thread.state = ThreadState.ready;
      this.#queue.requeue(thread);
    } else if (wait.deadlineMs <= this.machine.now()) this.#wake(thread, "deadline");
    else this.#deadlines.set(thread.deadline, wait.deadlineMs);
  }

  #wake(thread: Thread, wake: Wake): void {
    if (thread.state === ThreadState.ready && !thread.queued) {
      // The pause for a CPU share is over.
      this.#queue.requeue(thread);
      this.#schedule();
      return;
    }
    if (thread.state !== ThreadState.blocked) return;
    thread.woken = wake;
    this.#unwait(thread);
    this.ready(thread);
  }

  #resumeWait(thread: Thread): number {
    const wait = thread.wait!;
    thread.wait = undefined;
    try {
      const status = wait.resume(thread.woken);
      if (status !== BLOCK) this.#callResumed(thread, status);
      return status;
    } catch (error) {
      return thread.process.hostBug(error);
    }
  }

  /** Ends the wait of `thread`, which can be interrupted; gives the answer of its call. */
  #interruptWait(thread: Thread): number {
    const wait = thread.wait!;
    thread.wait = undefined;
    thread.interrupted = false;
    wait.cancel?.();
    const answer = wait.interrupted!;
    this.#callResumed(thread, answer);
    return answer;
  }

  #callResumed(thread: Thread, answer: number): void {
    const { blockedCall, unfinished } = thread;
    thread.blockedCall = thread.unfinished = undefined;
    if (blockedCall !== undefined) thread.process.history?.settle(blockedCall, answer);
    unfinished?.resumed(answer);
  }

  #unwait(thread: Thread): void {
    for (const waiter of thread.waiters) waiter.queue?.remove(waiter);
    this.#deadlines.clear(thread.deadline);
  }

  /** Takes a thread that is not running out of every queue. */
  #forget(thread: Thread): void {
    this.#queue.remove(thread);
    this.#unwait(thread);
    const wait = thread.wait;
    thread.wait = undefined;
    wait?.cancel?.();
  }

  // ---- The host's event loop

  /** Makes sure that a step comes: after a turn of the event loop, or as soon as this stack is empty. */
  #schedule(afterTurn = false): void {
    // A fiber that is about to park hands over itself.
    if (this.#stepScheduled || this.#current !== undefined || this.#parking !== undefined) return;
    this.#stepScheduled = true;
    if (afterTurn) this.machine.afterTurn(this.#stepAfterTurn);
    else queueMicrotask(this.#step);
  }
}
