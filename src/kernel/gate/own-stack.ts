/**
 * What stands behind an interface: one process that answers calls, and the calls that run in it on
 * stacks of their own or wait for their turn.
 *
 *     queued -> chosen -> running -> done
 *         \________________/ \_______> abandoned: its caller was killed; the callee finishes
 *
 * A call on a stack of its own is a thread of the callee, started from the run queue; its time is
 * the callee's. The caller's thread blocks until that thread is gone. Unless the service
 * takes several calls at once, a call starts only while the callee has no thread at all, its own included,
 * and the others wait in order. The callee's end answers all of them.
 *
 * A call is started on the slice of its caller, never by whoever ended before it: bytes are copied
 * then, for which code of the callee may have to run, and somebody must be there to pay and to be told.
 */
import { BLOCK, DIE } from "../calls.ts";
import type { Parked, Wait } from "../calls.ts";
import type { Kernel } from "../kernel.ts";
import { LimitError } from "../object/account.ts";
import { CapacityError } from "../object/mappings.ts";
import type { WaitQueue } from "../object/wait-queue.ts";
import type { Process } from "../process.ts";
import { Deadline, Deadlines } from "../sched/deadlines.ts";
import type { Thread } from "../thread.ts";
import { Places, MemoryView } from "./bytes.ts";
import type { Allocator, Place } from "./bytes.ts";
import { gateFailure } from "./gate.ts";
import type { GateEntry, Stub } from "./gate.ts";
import { GateStatus, Signal } from "./gate-state.ts";

export interface ServiceOptions {
  /** Calls that may be under way at once on stacks of their own; 1 unless told. */
  readonly concurrent?: number;
  /** Calls that may wait for their turn; more are `busy`. `QUEUE_DEFAULT` unless told. */
  readonly queue?: number;
  /** The callee's memory and allocator, for byte ranges. */
  readonly memory?: WebAssembly.Memory;
  readonly allocator?: Allocator;
}

export const QUEUE_DEFAULT = 4096;

const NO_QUEUES: readonly WaitQueue[] = [];
const CallState = { queued: 0, chosen: 1, running: 2, done: 3, abandoned: 4 } as const;
type CallState = (typeof CallState)[keyof typeof CallState];

/** One call on a stack of its own; what its caller waits in. */
export class OwnStackCall implements Wait {
  readonly service: GateService;
  readonly entry: GateEntry;
  readonly thread: Thread;
  readonly args: unknown[];
  readonly caller: MemoryView;
  readonly queues = NO_QUEUES;
  state: CallState = CallState.queued;
  status: GateStatus = GateStatus.ok;
  answer: unknown;
  // Valid while running.
  stub: Stub | undefined = undefined;
  place: Place | undefined = undefined;
  pointer = 0;
  deadline: Deadline | undefined = undefined;

  constructor(service: GateService, entry: GateEntry, thread: Thread, args: unknown[], caller: MemoryView) {
    this.service = service;
    this.entry = entry;
    this.thread = thread;
    this.args = args;
    this.caller = caller;
    this.answer = entry.zero;
  }

  get reason(): string {
    return this.entry.reason;
  }
  resume(): number {
    return this.service.resumed(this);
  }
  cancel(): void {
    this.service.abandon(this);
  }
}

export class GateService {
  readonly process: Process;
  readonly places: Places;
  readonly concurrent: number;
  readonly #kernel: Kernel;
  readonly #makeStub: (entry: GateEntry) => Stub;
  readonly #queueMax: number;
  readonly #queue = new Set<OwnStackCall>();
  /** Those that lead here, or did. */
  readonly #entries = new Set<GateEntry>();
  /** Threads whose end gives the turn on. */
  readonly #watched = new WeakSet<Thread>();
  #deadlines: Deadlines | undefined = undefined;
  #running = 0;
  /** Calls whose turn it is and whose callers have not run yet. */
  #chosen = 0;

  /** The process must not have ended; from now on it stays without threads. `makeStub` makes a stub for the target of an entry. */
  constructor(kernel: Kernel, process: Process, makeStub: (entry: GateEntry) => Stub, options: ServiceOptions) {
    const memory = new MemoryView();
    if (options.memory !== undefined) memory.attach(options.memory);
    this.process = process;
    this.places = new Places(memory, options.allocator);
    this.concurrent = options.concurrent ?? 1;
    this.#kernel = kernel;
    this.#makeStub = makeStub;
    this.#queueMax = options.queue ?? QUEUE_DEFAULT;
    process.stays = true;
    process.onReap(() => this.#ended());
  }

  /** For `GateEntry.bind`. */
  adopt(entry: GateEntry): void {
    this.#entries.add(entry);
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.#queue.size;
  }

  /** A budget in quanta, at least one. */
  quanta(budgetMs: number): number {
    return Math.max(1, Math.ceil(budgetMs / this.#kernel.gates.quantumMs));
  }

  /** From a gate: makes the call on a stack of its own, or says why not. The adaptor learns by the signal that the caller blocks. */
  ask(entry: GateEntry, args: unknown[], caller: MemoryView): unknown {
    const { gates } = this.#kernel;
    gates.checkRoom();
    const thread = gates.thread!; // a gate is called by the thread that runs
    try {
      return this.#ask(entry, args, caller, thread);
    } catch (error) {
      gates.active!.hostBug(error); // the caller
      gates.signal(Signal.die);
      return entry.zero;
    }
  }

  #ask(entry: GateEntry, args: unknown[], caller: MemoryView, thread: Thread): unknown {
    const kernel = this.#kernel;
    const { gates } = kernel;
    if (this.process.dying) return this.#refuse(entry, GateStatus.ended);
    if (gates.depth > 0) {
      if (!entry.mayBlock) return this.#refuse(entry, gates.refusal(this.process));
      gates.signal(kernel.block({ reason: entry.reason, queues: NO_QUEUES, resume: () => 0 }) === BLOCK ? Signal.block : Signal.die);
      return entry.zero;
    }
    if (kernel.handling) return this.#refuse(entry, GateStatus.busy);
    if (thread.process.dying) {
      gates.signal(Signal.die);
      return entry.zero;
    }
    const call = new OwnStackCall(this, entry, thread, args, caller);
    if (this.#queue.size === 0 && this.#hasRoom()) {
      if (!this.#begin(call)) return entry.zero;
    } else if (this.#queue.size >= this.#queueMax || this.#waitsFor(thread.process)) {
      return this.#refuse(entry, GateStatus.busy);
    } else {
      this.#queue.add(call);
      this.#watchThreads();
    }
    if (this.#callerKilled(call)) {
      gates.signal(Signal.die);
      return entry.zero;
    }
    thread.gateCall = call;
    kernel.block(call);
    gates.signal(Signal.block);
    return entry.zero;
  }

  /** The caller of `call` runs again. */
  resumed(call: OwnStackCall): Parked | 0 {
    if (call.state === CallState.chosen) {
      this.#chosen--;
      if (!this.#begin(call)) {
        call.state = CallState.done;
        this.#next();
        return 0;
      }
      if (this.#callerKilled(call)) return DIE;
    } else if (call.state === CallState.done) {
      call.thread.gateStatus = call.status;
      return 0;
    }
    return this.#kernel.block(call);
  }

  /** The caller of `call` will not come back. */
  abandon(call: OwnStackCall): void {
    const { state } = call;
    call.state = CallState.abandoned;
    if (state === CallState.queued) this.#queue.delete(call);
    if (state !== CallState.chosen) return;
    this.#chosen--;
    this.#next();
  }

  /** Whether the caller of a call that has just begun must not wait for it: the callee's allocator may have had the right to kill it. */
  #callerKilled(call: OwnStackCall): boolean {
    if (!call.thread.process.dying) return false;
    this.abandon(call);
    return true;
  }

  #refuse(entry: GateEntry, status: GateStatus): unknown {
    this.#kernel.gates.thread!.gateStatus = status;
    return entry.zero;
  }

  #hasRoom(): boolean {
    return this.concurrent === 1 ? this.process.threads.size === 0 && this.#chosen === 0 : this.#running + this.#chosen < this.concurrent;
  }

  /** Whether the callee, or one that it waits for, waits for `process`: the call would wait for itself. */
  #waitsFor(process: Process): boolean {
    const seen = new Set<Process>([this.process]);
    for (const waiting of seen) {
      if (waiting === process) return true;
      for (const { gateCall } of waiting.threads) if (gateCall !== undefined) seen.add(gateCall.service.process);
    }
    return false;
  }

  /** Makes sure that the turn is given on when the callee's own threads end. */
  #watchThreads(): void {
    for (const thread of this.process.threads) {
      if (this.#watched.has(thread)) continue;
      this.#watched.add(thread);
      const { onEnd } = thread;
      thread.onEnd = () => {
        onEnd?.();
        this.#next();
      };
    }
  }

  /** Starts the call on the slice of its caller. When it cannot, the caller's status says why. */
  #begin(call: OwnStackCall): boolean {
    const { entry, args, thread } = call;
    const { process } = this;
    const { gates } = this.#kernel;
    if (process.dying) {
      thread.gateStatus = GateStatus.ended;
      return false;
    }
    if (entry.plan !== undefined) {
      let status: GateStatus = GateStatus.ok;
      gates.push(process, entry.budget);
      try {
        call.pointer = entry.plan.bufferPointer(args);
        call.place = entry.plan.copyIn(args, call.caller, this.places);
      } catch (error) {
        status = gateFailure(process, error);
      }
      gates.pop(process, status);
      if (thread.gateStatus !== GateStatus.ok) return false;
    }
    const stub = entry.service === this ? entry.stubs.pop() ?? this.#makeStub(entry) : this.#makeStub(entry);
    stub.set(...args);
    let started: Thread;
    try {
      started = process.startThread([stub.run]);
    } catch (error) {
      if (!(error instanceof LimitError || error instanceof CapacityError)) throw error;
      this.#release(call, stub);
      thread.gateStatus = GateStatus.limit;
      return false;
    }
    call.stub = stub;
    call.state = CallState.running;
    this.#running++;
    if (entry.budgetMs !== undefined) this.#setDeadline(call, entry.budgetMs);
    started.onEnd = () => this.#end(call);
    return true;
  }

  #setDeadline(call: OwnStackCall, budgetMs: number): void {
    const { machine } = this.#kernel;
    this.#deadlines ??= new Deadlines(machine);
    call.deadline = new Deadline(() => this.process.fault(0, `it did not answer ${call.reason} within ${budgetMs} ms`, undefined, GateStatus.budget));
    this.#deadlines.set(call.deadline, machine.now() + budgetMs);
  }

  /** The thread that ran the call is gone. */
  #end(call: OwnStackCall): void {
    const { process } = this;
    const stub = call.stub!; // since it began
    if (call.deadline !== undefined) this.#deadlines!.clear(call.deadline);
    this.#running--;
    let status: GateStatus = GateStatus.ok;
    if (process.dying) {
      status = process.gateEnd ?? GateStatus.ended;
    } else {
      try {
        const answer = stub.get();
        if (call.state !== CallState.abandoned) {
          call.entry.plan?.copyOut(answer, call.args, call.pointer, call.caller, this.places);
          call.answer = answer;
        }
      } catch (error) {
        status = gateFailure(process, error);
      }
      this.#release(call, stub);
    }
    if (call.state !== CallState.abandoned) this.#answer(call, status);
    this.#next();
  }

  #release(call: OwnStackCall, stub: Stub): void {
    if (call.entry.service === this) call.entry.stubs.push(stub);
    if (call.place !== undefined) this.places.giveBack(call.place);
    call.place = undefined;
  }

  #answer(call: OwnStackCall, status: GateStatus): void {
    call.state = CallState.done;
    call.status = status;
    call.thread.waiter(0).wake();
  }

  /** Gives the turn to the calls that can start. */
  #next(): void {
    if (this.process.dying) return;
    for (const call of this.#queue) {
      if (!this.#hasRoom()) return this.#watchThreads();
      this.#queue.delete(call);
      call.state = CallState.chosen;
      this.#chosen++;
      call.thread.waiter(0).wake();
    }
  }

  #ended(): void {
    const status = this.process.gateEnd ?? GateStatus.ended;
    for (const call of this.#queue) this.#answer(call, status);
    this.#queue.clear();
    for (const entry of this.#entries) if (entry.service === this) entry.forget();
    this.#entries.clear();
    this.places.release();
  }
}
