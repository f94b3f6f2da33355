/**
 * A process: a store with its instances, a handle table, threads, and how it ended.
 *
 *     created -> running -> exiting -> dead
 *
 * `exit`, `abort`, a trap and `kill` decide the outcome; the first decision stands. From then on
 * its threads are dying: each traps at its next safepoint or kernel call, or at once when it is
 * parked. When the last is gone the process is reaped: handles closed, store disposed, accounts
 * refunded, `exited` settled.
 */
import { KernelBug, reasonText } from "#base";
import type { Store, Trap } from "#wasm";
import { DIE } from "./calls.ts";
import type { CallContext, ProcessContext } from "./calls.ts";
import type { ExitStatus, FaultReport, KillReason } from "./fault/exit.ts";
import { describeEnd } from "./fault/trap-report.ts";
import { GateStatus } from "./gate/gate-state.ts";
import type { Kernel } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import { Account } from "./object/account.ts";
import type { Limits } from "./object/account.ts";
import { Charges } from "./object/charges.ts";
import { HandleTable, KernelObject } from "./object/handle-table.ts";
import type { Job } from "./object/job.ts";
import { WaitQueue } from "./object/wait-queue.ts";
import { WEIGHT_DEFAULT } from "./sched/run-queue.ts";
import type { Entry, Thread } from "./thread.ts";
import { CallHistory } from "./trace/call-history.ts";
import type { CallTracer } from "./trace/call-tracer.ts";
import type { UsageCell } from "./link/usage-cell.ts";
import type { Usage } from "./usage.ts";

export const ProcessState = { created: "created", running: "running", exiting: "exiting", dead: "dead" } as const;
export type ProcessState = (typeof ProcessState)[keyof typeof ProcessState];

export interface ProcessLimits extends Limits {
  /** Time from start to end, in milliseconds, running or waiting. */
  readonly wallMs?: number;
  /** Instructions; needs a module translated with fuel. */
  readonly fuel?: bigint;
}

export interface ProcessOptions {
  readonly name: string;
  readonly limits?: ProcessLimits;
  /** Share of the processor relative to its siblings, 1 to 10,000; 100 unless told. */
  readonly weight?: number;
  /** Record the last kernel calls for a fault report; about 10 ns a call. */
  readonly history?: boolean;
}

export class Process extends KernelObject implements ProcessContext {
  readonly objectKind = "process";
  readonly id: number;
  readonly name: string;
  readonly job: Job;
  readonly account: Account;
  readonly handles: HandleTable;
  readonly threads = new Set<Thread>();
  readonly exited: Promise<ExitStatus>;
  /** Woken when the process is dead. */
  readonly ended = new WaitQueue();
  /** Whether an account above has a total or a share of CPU time to watch. */
  readonly cpuLimited: boolean;
  readonly cpuShared: boolean;
  /** A gate call runs inside it. Only gates write this. */
  entered = false;
  /** It goes on without threads, to be called through gates, until it is killed. */
  stays = false;
  /** Handles signals, on the stack of its first thread: may run code of the guest, which cannot block there. */
  onAttention: (() => void) | undefined = undefined;
  /** What callers are told of its end. */
  gateEnd: GateStatus | undefined = undefined;
  store: Store | undefined = undefined;
  status: ExitStatus | undefined = undefined;
  switches = 0;
  /** Where harts see what it has used, if any looks: see `link/usage-cell.ts`. */
  usageCell: UsageCell | undefined = undefined;
  /** Processor time of those of its threads that run on other harts. */
  elsewhereMs: (() => number) | undefined = undefined;
  /** The kernel calls that it made last, when they are recorded. */
  readonly history: CallHistory | undefined;
  /** Sees each call of the functions that are bound from now on. */
  tracer: CallTracer | undefined = undefined;
  /** Makes the core file for its fault report, while its store is still there. */
  core: ((fault: Omit<FaultReport, "core">) => Uint8Array<ArrayBuffer> | undefined) | undefined = undefined;
  readonly #kernel: Kernel;
  readonly #limits: ProcessLimits;
  readonly #weight: number;
  readonly #finishers: (() => void)[] = [];
  #stopped = false;
  #main: Thread | undefined = undefined;
  #state: ProcessState = ProcessState.created;
  #outcome: ExitStatus | undefined = undefined;
  #settle!: (status: ExitStatus) => void;
  #nextThread = 1;
  #startedAtMs = 0;
  #endedAtMs = 0;
  #cancelWall: (() => void) | undefined = undefined;
  #charges: Charges | undefined = undefined;

  /** Only the kernel makes processes. */
  constructor(kernel: Kernel, job: Job, id: number, options: ProcessOptions) {
    super();
    this.#kernel = kernel;
    this.#limits = options.limits ?? {};
    this.#weight = options.weight ?? WEIGHT_DEFAULT;
    this.id = id;
    this.name = options.name;
    this.history = options.history === true ? new CallHistory(kernel.gates) : undefined;
    this.job = job;
    this.account = new Account(`process ${id} (${options.name})`, job.account, this.#limits);
    this.handles = new HandleTable({
      chargeHandle: () => this.account.charge("handles", 1) === undefined,
      refundHandle: () => this.account.refund("handles", 1),
    });
    this.exited = new Promise((resolve) => (this.#settle = resolve));
    let limited = false;
    let shared = false;
    for (let account: Account | undefined = this.account; account !== undefined; account = account.parent) {
      limited ||= account.limits.cpuMs !== undefined;
      shared ||= account.limits.cpuShare !== undefined;
    }
    this.cpuLimited = limited;
    this.cpuShared = shared;
  }

  get state(): ProcessState {
    return this.#state;
  }
  get limits(): ProcessLimits {
    return this.#limits;
  }
  /** The number of its hart. */
  get hart(): number {
    return this.#kernel.hart;
  }
  get machine(): Machine {
    return this.#kernel.machine;
  }
  /** How many threads it has had so far; the last one has this number. */
  get threadsMade(): number {
    return this.#nextThread - 1;
  }
  /** Its threads must not go on. */
  get dying(): boolean {
    return this.#outcome !== undefined;
  }

  /** What the objects that it makes are charged to; they may outlive it. */
  get charges(): Charges {
    return (this.#charges ??= new Charges(this.account));
  }

  current(): CallContext {
    return this.#kernel.context(this);
  }

  /** Runs `finish` when the process is reaped, before anybody hears of its end; at once when it is dead. */
  onReap(finish: () => void): void {
    if (this.#state === ProcessState.dead) finish();
    else this.#finishers.push(finish);
  }

  /** Makes a thread that runs `entries` one after the other; the process ends with status 0 when its last thread returns. @throws LimitError, CapacityError */
  startThread(entries: readonly Entry[]): Thread {
    if (this.dying) throw new KernelBug("a thread was started in a process that is ending");
    const isFirst = this.#nextThread === 1;
    this.account.chargeOrThrow("threads", 1);
    let thread: Thread;
    try {
      thread = this.#kernel.newThread(this, this.#nextThread++, entries, this.#weight);
    } catch (error) {
      this.account.refund("threads", 1);
      throw error;
    }
    if (this.#state === ProcessState.created) {
      this.#state = ProcessState.running;
      this.#startedAtMs = this.machine.now();
      this.#limitWall();
    }
    this.threads.add(thread);
    if (isFirst) this.#main = thread;
    this.#kernel.ready(thread);
    // The host's timer would let it run until the next turn.
    if (this.#limits.wallMs === 0) this.#wallReached(0);
    return thread;
  }

  #limitWall(): void {
    const { wallMs } = this.#limits;
    if (wallMs !== undefined && wallMs > 0) this.#cancelWall = this.machine.timer(wallMs, () => this.#wallReached(wallMs), true);
  }
  #wallReached(wallMs: number): void {
    this.kill({ cause: "wall limit", message: `wall limit of ${wallMs / 1000} s reached` });
  }

  /** None of its threads runs until `resume`. It can be killed meanwhile. */
  get stopped(): boolean {
    return this.#stopped;
  }
  stop(): void {
    if (this.dying || this.#stopped) return;
    this.#stopped = true;
    this.#kernel.stop(this);
  }
  resume(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#kernel.resume(this);
  }

  /** Has `onAttention` called as soon as its first thread is at a safepoint, or leaves a wait that can be interrupted. */
  attend(): void {
    if (this.#main !== undefined && !this.dying) this.#kernel.attend(this.#main);
  }
  /** As `attend`, from a call of the process itself, and now if it is its first thread that calls. `DIE` when that ended it. */
  attendNow(): typeof DIE | undefined {
    if (this.#main !== undefined && !this.dying) this.#kernel.attendNow(this.#main);
    return this.dying ? DIE : undefined;
  }

  exit(status: number): typeof DIE {
    this.#decide({ kind: "exited", status });
    return DIE;
  }

  abort(message: string): typeof DIE {
    this.fault(this.#kernel.runningThreadId(this), message, undefined);
    return DIE;
  }

  fault(thread: number, message: string, trap: Trap | undefined, gateEnd: GateStatus = GateStatus.fault): void {
    if (this.dying) return;
    this.gateEnd = gateEnd;
    const fault = { program: this.name, process: this.id, thread, message, trap, usage: this.usage(), calls: this.history?.records() ?? [] };
    let core: FaultReport["core"] = undefined;
    try {
      core = this.core?.(fault);
    } catch (error) {
      this.#kernel.reportBug(error);
    }
    this.#decide({ kind: "fault", fault: { ...fault, core } });
  }

  /** `error` came out of its code in a thread, or (thread 0) in a gate call. */
  faultBy(error: unknown, thread = 0): void {
    const end = describeEnd(error, this);
    if (end.trap?.trap === "fuel-exhausted") {
      this.kill({ cause: "fuel limit", message: `fuel limit of ${this.limits.fuel} instructions reached` });
    } else {
      this.fault(thread, end.message, end.trap);
    }
  }

  /** A gate call was left, and the process is ending. */
  leftWhileDying(): void {
    // Not now: frames of the caller are below, and the store must not be disposed of under them.
    if (this.threads.size === 0) queueMicrotask(() => this.#reap());
  }

  /** Ends the process from any state. Threads that are parked end now, a running one at its next safepoint or kernel call. */
  kill(reason: KillReason): void {
    this.#decide({ kind: "killed", reason });
  }

  /** A mistake of ours while serving this process: it ends, the others go on, and the host is told. */
  hostBug(error: unknown): typeof DIE {
    this.#kernel.reportBug(error);
    this.#decide({ kind: "killed", reason: { cause: "bug", message: `a fault inside the kernel, not of the program: ${error instanceof Error ? `${error.name}: ` : ""}${reasonText(error)}` } });
    return DIE;
  }

  outputLeft(): number {
    return this.account.left("output");
  }

  chargeOutput(byteLength: number): boolean {
    if (this.dying) return false;
    const refused = this.account.charge("output", byteLength);
    if (refused === undefined) return true;
    this.kill({ cause: "output limit", message: `output limit of ${refused.limits.output} bytes reached (${refused.name})` });
    return false;
  }

  /** Charges processor time that the system spent for it, besides what it runs. */
  spent(ms: number): void {
    if (this.#state !== ProcessState.dead) this.account.chargeCpu(ms, this.machine.now());
  }

  cpuTimeNs(): bigint {
    return BigInt(Math.round((this.account.cpuMs + this.#kernel.sliceOf(this)) * 1e6));
  }

  usage(): Usage {
    const now = this.#state === ProcessState.dead ? this.#endedAtMs : this.machine.now();
    return {
      cpuMs: this.account.cpuMs + this.#kernel.sliceOf(this) + (this.elsewhereMs?.() ?? 0),
      wallMs: this.#state === ProcessState.created ? 0 : now - this.#startedAtMs,
      memory: this.account.used("memory"),
      peakMemory: this.account.peak("memory"),
      output: this.account.used("output"),
      handles: this.account.used("handles"),
      threads: this.threads.size,
      switches: this.switches,
    };
  }

  /** The kernel says that a thread's stack is gone. */
  threadEnded(thread: Thread): void {
    this.threads.delete(thread);
    // It holds functions of the guest, and with them its memory.
    if (thread === this.#main) this.#main = undefined;
    this.account.refund("threads", 1);
    thread.onEnd?.();
    if (this.threads.size > 0 || this.entered || (this.stays && !this.dying)) return;
    this.#outcome ??= { kind: "exited", status: 0 };
    this.#reap();
  }

  #decide(outcome: ExitStatus): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#stopped = false;
    this.#state = ProcessState.exiting;
    if (this.entered) this.#kernel.interrupt();
    else if (this.threads.size === 0) return this.#reap();
    for (const thread of [...this.threads]) this.#kernel.end(thread);
  }

  #reap(): void {
    if (this.#state === ProcessState.dead) return;
    this.#state = ProcessState.dead;
    this.#endedAtMs = this.machine.now();
    if (this.#startedAtMs === 0) this.#startedAtMs = this.#endedAtMs;
    this.#cancelWall?.();
    for (const finish of this.#finishers) finish();
    this.handles.closeAll();
    this.store?.dispose();
    this.store = undefined;
    this.onAttention = undefined;
    this.#kernel.gates.forget(this);
    const memory = this.account.used("memory") - (this.#charges?.bytes ?? 0);
    if (memory > 0) this.account.refund("memory", memory);
    // Output is a total like CPU time: what was written stays charged to the jobs.
    this.job.account.refund("processes", 1);
    this.status = this.#outcome!;
    this.usageCell?.write(this.usage());
    this.#kernel.ends.count(this.status);
    this.job.processGone(this);
    this.ended.wakeAll();
    this.#settle(this.#outcome!);
  }

  protected closed(): void {
    // The kernel keeps a process until it is dead; handles only name it.
  }
}
