/**
 * The processes that were started together: who is whose parent, groups, sessions and their terminals,
 * and the names of files that they share.
 *
 * A process that has ended stays, as a zombie, until its parent has waited for it; without a parent, or
 * with one that does not care, it goes at once (INV-15).
 */
import { IsolaError } from "#base";
import type { Directory } from "#fs";
import type { Process } from "#kernel";
import type { ErrnoName } from "../wasi-p1/errno.ts";
import type { PlacedDescriptor } from "../wasi-p1/wasi.ts";
import { PosixProcess } from "./posix-process.ts";
import type { PosixProcessOptions } from "./posix-process.ts";
import { PosixSignal } from "./signals.ts";
import type { TerminalDevice } from "./terminal/terminal-device.ts";

/** Why a file cannot be started, for the host; programs get the error number. */
export class SpawnRefusal extends IsolaError {
  readonly code = "abi/spawn";
  readonly path: string;
  readonly errno: ErrnoName;
  constructor(path: string, errno: ErrnoName, reason: string, options?: { readonly cause: unknown }) {
    super(`${path}: ${reason.startsWith(errno) ? reason : `${errno}: ${reason}`}`, options);
    this.path = path;
    this.errno = errno;
  }
}

/** A process to start. */
export interface PosixSpawnRequest {
  /** As it was given; relative to `cwd`. */
  readonly path: string;
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly descriptors: readonly PlacedDescriptor[];
  readonly parent: PosixProcess | undefined;
  /** "new": one with its own number; undefined: the parent's. */
  readonly group: number | "new" | undefined;
  /** Its group becomes the foreground one of this terminal. */
  readonly foregroundOf: TerminalDevice | undefined;
  readonly ignored: number;
  readonly blocked: number;
}

/** A process that is being started, which can take long: signals that would reach it wait for it here. */
export interface Starting {
  /** The group that it will be in; undefined for one of its own, which nobody knows yet. */
  readonly group: number | undefined;
  /** Its group becomes the foreground one of this terminal, whose keys mean it already. */
  readonly foregroundOf: TerminalDevice | undefined;
  /** In the order in which they came. */
  readonly signals: number[];
}

/** One line of `mounts`. */
export interface MountLine {
  readonly kind: string;
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean;
}

/** What is mounted, and what can be. */
export interface Mounts {
  readonly list: readonly MountLine[];
  /** Mounts a file system at an absolute path without links. Rejects with FsError. */
  mount(kind: string, source: string, path: string): Promise<void>;
  /** @throws FsError */
  unmount(path: string): void;
}

export class ProcessTable {
  /** Where all names begin. The session holds it open. */
  readonly root: Directory;
  readonly mounts: Mounts;
  /** Starts a process that is in the table when the promise resolves. @throws SpawnRefusal */
  readonly spawn: (request: PosixSpawnRequest) => Promise<PosixProcess>;
  readonly #processes = new Map<number, PosixProcess>();
  readonly #groups = new Map<number, Set<PosixProcess>>();
  readonly #terminals = new Map<number, TerminalDevice>();
  readonly #starting = new Set<Starting>();

  constructor(root: Directory, mounts: Mounts, spawn: (request: PosixSpawnRequest) => Promise<PosixProcess>) {
    this.root = root;
    this.mounts = mounts;
    this.spawn = spawn;
  }

  /** With zombies, in the order of their start. */
  get processes(): Iterable<PosixProcess> {
    return this.#processes.values();
  }
  /** How many, with zombies. */
  get size(): number {
    return this.#processes.size;
  }
  find(pid: number): PosixProcess | undefined {
    return this.#processes.get(pid);
  }
  /** Members of a group, zombies too; none when there is no such group. */
  group(group: number): ReadonlySet<PosixProcess> {
    return this.#groups.get(group) ?? NOBODY;
  }

  /** A start begins; to be followed by `startEnds` in every case. */
  startBegins({ parent, group, foregroundOf }: PosixSpawnRequest): Starting {
    const starting = {
      group: group === "new" ? undefined : (group ?? parent?.group),
      // Before the first program of a session there is nobody at the terminal.
      foregroundOf: parent === undefined ? undefined : foregroundOf,
      signals: [],
    };
    this.#starting.add(starting);
    return starting;
  }
  /** The process is in the table, or will never be. */
  startEnds(starting: Starting): void {
    this.#starting.delete(starting);
  }

  /** Enters a process of the kernel that has not run yet. */
  add(kernel: Process, options: PosixProcessOptions): PosixProcess {
    const parent = options.parent?.ended === true ? undefined : options.parent;
    const process = new PosixProcess(this, kernel, { ...options, parent });
    this.#processes.set(process.pid, process);
    this.#join(process);
    parent?.children.add(process);
    if (kernel.status !== undefined) this.processEnded(process);
    return process;
  }

  setGroup(process: PosixProcess, group: number): void {
    this.#leave(process);
    process.group = group;
    this.#join(process);
  }
  /** Makes the process the leader of a session, without a terminal, and of a group. */
  setSession(process: PosixProcess): void {
    process.session = process.pid;
    this.setGroup(process, process.pid);
  }

  terminalOf(session: number): TerminalDevice | undefined {
    return this.#terminals.get(session);
  }
  /** Makes `terminal` the terminal of a session, until the host hangs up. */
  giveTerminal(session: number, terminal: TerminalDevice): void {
    this.#terminals.set(session, terminal);
    terminal.onSignal = (signal, to) => {
      if (to === "foreground") return this.#signalForeground(terminal, signal);
      this.#find(session)?.signal(signal);
      this.#hangUpForeground(terminal);
    };
  }

  signalGroup(group: number, signal: number): void {
    this.signalStarting(group, signal);
    for (const process of [...this.group(group)]) process.signal(signal);
  }
  /** Sends a signal to those who will be in a group. */
  signalStarting(group: number, signal: number): void {
    for (const starting of this.#starting) if (starting.group === group) starting.signals.push(signal);
  }

  /** Whom `sender` can signal: its session, itself, its children. */
  sees(sender: PosixProcess, process: PosixProcess): boolean {
    return process.session === sender.session || process.parent === sender;
  }

  /** Nobody in the session but outside of the group could continue its members. */
  isOrphaned(group: number): boolean {
    for (const { ended, parent, session } of this.group(group)) {
      if (!ended && parent !== undefined && parent.group !== group && parent.session === session) return false;
    }
    return true;
  }

  /** The kernel says that a process is dead. */
  processEnded(process: PosixProcess): void {
    if (!this.#processes.has(process.pid)) return;
    const watched = [...process.children].map(({ group }) => group).filter((group, index, all) => group !== process.group && all.indexOf(group) === index && !this.isOrphaned(group));
    for (const child of [...process.children]) {
      process.children.delete(child);
      child.parent = undefined;
      if (child.ended) this.reap(child);
    }
    const { parent } = process;
    if (parent === undefined || parent.reapsAtOnce) this.reap(process);
    parent?.childNews();
    for (const group of watched) if (this.isOrphaned(group)) this.#wakeOrphans(group);
    const terminal = this.#terminals.get(process.pid);
    if (terminal === undefined) return;
    this.#terminals.delete(process.pid);
    terminal.onSignal = undefined;
    this.#hangUpForeground(terminal);
  }

  /** Takes out a process that was entered and could not be started: nobody hears of it. */
  discard(process: PosixProcess): void {
    this.reap(process);
  }

  /** Takes an ended process out. */
  reap(process: PosixProcess): void {
    this.#processes.delete(process.pid);
    this.#leave(process);
    process.parent?.children.delete(process);
  }

  #find(session: number): PosixProcess | undefined {
    return this.#processes.get(session);
  }

  #signalForeground(terminal: TerminalDevice, signal: number): void {
    const coming = [...this.#starting].filter(({ foregroundOf }) => foregroundOf === terminal);
    if (coming.length === 0) return this.signalGroup(terminal.foreground, signal);
    for (const { signals } of coming) signals.push(signal);
  }

  #hangUpForeground(terminal: TerminalDevice): void {
    this.signalGroup(terminal.foreground, PosixSignal.HUP);
    this.signalGroup(terminal.foreground, PosixSignal.CONT);
  }

  /** Members of a new orphaned group that are stopped would stay so for ever. */
  #wakeOrphans(group: number): void {
    if (![...this.group(group)].some(({ stopped }) => stopped)) return;
    this.signalGroup(group, PosixSignal.HUP);
    this.signalGroup(group, PosixSignal.CONT);
  }

  #join(process: PosixProcess): void {
    let group = this.#groups.get(process.group);
    if (group === undefined) this.#groups.set(process.group, (group = new Set()));
    group.add(process);
  }
  #leave(process: PosixProcess): void {
    const group = this.#groups.get(process.group);
    group?.delete(process);
    if (group?.size === 0) this.#groups.delete(process.group);
  }
}

const NOBODY: ReadonlySet<PosixProcess> = new Set();
