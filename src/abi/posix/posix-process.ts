/**
 * A process as its session knows it: parent and children, group and session, working directory, and
 * what it does about signals.
 *
 *     live <-> stopped
 *       \_________\__> ended (a zombie, until its parent has waited for it) -> gone
 *
 * A signal that is blocked, or arrives while the process is stopped, is pending. One that is handled is
 * pending until the kernel lets the handler run on the stack of the first thread.
 *
 * Spec: POSIX.1-2024, System Interfaces 2.4, Signal Concepts; Base Definitions 11.1.
 */
import { DIE, WaitQueue, Waiter } from "#kernel";
import type { Process } from "#kernel";
import type { ProcessTable } from "./process-table.ts";
import { PosixSignal, SignalAction, defaultOf, isPosixSignal, posixSignalName } from "./signals.ts";
import type { TerminalDevice } from "./terminal/terminal-device.ts";
import { CONTINUED_STATUS, stoppedStatus, waitStatus } from "./wait-status.ts";

/** Handlers that run in one go; then the process goes on for a while. */
const HANDLED_AT_ONCE = 64;

const bitOf = (signal: number): number => 1 << (signal - 1);
/** Signals that stop a process, and those that nobody can catch, ignore or block. */
const STOPPING = [PosixSignal.STOP, PosixSignal.TSTP, PosixSignal.TTIN, PosixSignal.TTOU].reduce((set, signal) => set | bitOf(signal), 0);
const SOVEREIGN = bitOf(PosixSignal.KILL) | bitOf(PosixSignal.STOP);

export type TerminalUse = "read" | "write" | "change";

export interface PosixProcessOptions {
  /** Undefined for a process that the host started. */
  readonly parent: PosixProcess | undefined;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Its own unless told. */
  readonly group?: number | undefined;
  readonly session?: number | undefined;
  /** Sets of signals. */
  readonly ignored?: number;
  readonly blocked?: number;
}

export class PosixProcess {
  readonly pid: number;
  readonly table: ProcessTable;
  readonly kernel: Process;
  /** Empty once it has ended. */
  argv: readonly string[];
  readonly children = new Set<PosixProcess>();
  /** Woken when a child has something to tell. */
  readonly news = new WaitQueue();
  parent: PosixProcess | undefined;
  cwd: string;
  /** The guest's handler; undefined when it has none. */
  handler: ((signal: number) => void) | undefined = undefined;
  /** Only the table writes these. */
  group: number;
  session: number;
  /** As `waitpid` tells it, once it has ended. */
  end: number | undefined = undefined;
  #ignored: number;
  #handled = 0;
  #blocked: number;
  #pending = 0;
  #handling = false;
  /** Of a stop or a continuation that the parent has not waited for. */
  #report: number | undefined = undefined;

  /** Only the table makes these. */
  constructor(table: ProcessTable, kernel: Process, options: PosixProcessOptions) {
    this.pid = kernel.id;
    this.table = table;
    this.kernel = kernel;
    this.argv = options.argv;
    this.parent = options.parent;
    this.cwd = options.cwd;
    this.group = options.group ?? kernel.id;
    this.session = options.session ?? kernel.id;
    this.#ignored = (options.ignored ?? 0) & ~SOVEREIGN;
    this.#blocked = (options.blocked ?? 0) & ~SOVEREIGN;
    kernel.onAttention = () => this.#handle();
    if (kernel.status === undefined) {
      kernel.ended.add(new Waiter(() => {
        this.#ended();
        table.processEnded(this);
      }));
    } else {
      this.#ended();
    }
  }

  /** The kernel says that it is dead. */
  #ended(): void {
    this.end = waitStatus(this.kernel.status!); // set before anybody hears of it
    this.handler = undefined;
    this.argv = [];
  }

  get stopped(): boolean {
    return this.kernel.stopped;
  }
  get ended(): boolean {
    return this.end !== undefined;
  }
  /** The terminal of its session, if that has one. */
  get terminal(): TerminalDevice | undefined {
    return this.table.terminalOf(this.session);
  }

  // ---- Signals

  /** Sends it a signal. Does nothing when it has ended. */
  signal(signal: number): void {
    if (this.ended || this.kernel.dying || !isPosixSignal(signal)) return;
    const bit = bitOf(signal);
    if (signal === PosixSignal.KILL) return this.#endBy(signal);
    if (signal === PosixSignal.CONT) this.#continue();
    else if ((STOPPING & bit) !== 0) this.#pending &= ~bitOf(PosixSignal.CONT);
    if (signal === PosixSignal.STOP) return this.#stop(signal);
    if (this.#drops(signal)) return;
    this.#pending |= bit;
    this.#act();
  }

  /** Sends itself a signal, from one of its calls. `DIE` when that ended it; handlers have run. */
  raise(signal: number): typeof DIE | undefined {
    this.signal(signal);
    return this.raised();
  }
  /** After signals that may have come to the caller itself: lets its handlers run. `DIE` when it has ended. */
  raised(): typeof DIE | undefined {
    if (this.kernel.dying) return DIE;
    return this.#ready() !== 0 && !this.stopped ? this.kernel.attendNow() : undefined;
  }

  action(signal: number): SignalAction {
    const bit = bitOf(signal);
    return (this.#ignored & bit) !== 0 ? SignalAction.ignore : (this.#handled & bit) !== 0 ? SignalAction.handle : SignalAction.default;
  }
  /** False for a signal that cannot be caught or ignored, and for a handler that is not there. */
  setAction(signal: number, action: SignalAction): boolean {
    const bit = bitOf(signal);
    if ((SOVEREIGN & bit) !== 0 || (action === SignalAction.handle && this.handler === undefined)) return false;
    this.#ignored = action === SignalAction.ignore ? this.#ignored | bit : this.#ignored & ~bit;
    this.#handled = action === SignalAction.handle ? this.#handled | bit : this.#handled & ~bit;
    if (this.#drops(signal)) this.#pending &= ~bit;
    this.#act();
    return true;
  }

  get ignoredSet(): number {
    return this.#ignored;
  }
  get blockedSet(): number {
    return this.#blocked;
  }
  /** Signals that can be caught by nobody are left out. */
  setBlocked(set: number): void {
    this.#blocked = set & ~SOVEREIGN;
    this.#act();
  }
  get pendingSet(): number {
    return this.#pending & this.#blocked;
  }

  #drops(signal: number): boolean {
    const bit = bitOf(signal);
    if ((this.#ignored & bit) !== 0) return true;
    const byItself = defaultOf(signal);
    return (this.#handled & bit) === 0 && (byItself === "ignore" || byItself === "continue");
  }
  /** Signals for its handler. */
  #ready(): number {
    return this.#pending & this.#handled & ~this.#blocked;
  }

  /** Does what pending signals do that are not blocked; those that are handled wait for the kernel. */
  #act(): void {
    if (this.stopped || this.kernel.dying) return;
    for (let due = this.#pending & ~this.#blocked & ~this.#handled; due !== 0; due &= due - 1) {
      const signal = lowest(due);
      this.#pending &= ~bitOf(signal);
      if (defaultOf(signal) === "end") return this.#endBy(signal);
      if (defaultOf(signal) === "stop" && !this.table.isOrphaned(this.group)) return this.#stop(signal);
    }
    if (this.#ready() !== 0) this.kernel.attend();
  }

  /** Runs the handler for pending signals, one after the other. The kernel calls it where that is possible. */
  #handle(): void {
    for (let count = 0; count < HANDLED_AT_ONCE; count++) {
      const ready = this.#ready();
      if (ready === 0 || this.stopped || this.kernel.dying || this.handler === undefined) return;
      const signal = lowest(ready);
      const before = this.#blocked;
      this.#pending &= ~bitOf(signal);
      this.#blocked |= bitOf(signal);
      this.#handling = true;
      try {
        this.handler(signal);
      } finally {
        this.#handling = false;
      }
      this.setBlocked(before);
    }
    if (this.#ready() !== 0) this.kernel.attend();
  }

  #endBy(signal: number): void {
    this.kernel.kill({ cause: "signal", message: `ended by ${posixSignalName(signal)}`, signal });
  }

  #stop(signal: number): void {
    this.#pending &= ~bitOf(PosixSignal.CONT);
    if (this.stopped) return;
    this.kernel.stop();
    this.#tell(stoppedStatus(signal));
  }

  #continue(): void {
    this.#pending &= ~STOPPING;
    if (!this.stopped) return;
    this.kernel.resume();
    this.#tell(CONTINUED_STATUS);
    this.#act();
  }

  #tell(report: number): void {
    this.#report = report;
    this.parent?.childNews();
  }

  /** Its handler runs: it cannot wait. */
  get handling(): boolean {
    return this.#handling;
  }

  // ---- Children

  /** A child ended, stopped or went on. */
  childNews(): void {
    this.news.wakeAll();
    this.signal(PosixSignal.CHLD);
  }
  /** Its children go as soon as they end. */
  get reapsAtOnce(): boolean {
    return this.action(PosixSignal.CHLD) === SignalAction.ignore;
  }

  /** Of a stopped or continued process: what its parent has not heard yet. It then has. */
  takeReport(stopped: boolean, continued: boolean): number | undefined {
    const report = this.#report;
    if (report === undefined || !(report === CONTINUED_STATUS ? continued : stopped)) return undefined;
    this.#report = undefined;
    return report;
  }

  // ---- The terminal

  /**
   * Whether it may use `terminal` now. In the background it gets a signal instead, with all of its group, or
   * is refused when that would have no effect.
   */
  terminalAccess(terminal: TerminalDevice, use: TerminalUse): "go" | "signalled" | "refused" {
    if (terminal !== this.terminal || terminal.foreground === this.group || terminal.hungUp) return "go";
    if (use === "write" && !terminal.stopsBackgroundOutput) return "go";
    const signal = use === "read" ? PosixSignal.TTIN : PosixSignal.TTOU;
    const hasNoEffect = ((this.#ignored | this.#blocked) & bitOf(signal)) !== 0;
    if (use !== "read" && hasNoEffect) return "go";
    if (hasNoEffect || this.table.isOrphaned(this.group)) return "refused";
    this.table.signalGroup(this.group, signal);
    return "signalled";
  }
}

function lowest(set: number): number {
  return 32 - Math.clz32(set & -set);
}
