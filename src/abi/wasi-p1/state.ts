/**
 * What the calls of one process share: its memory, its descriptors, its grants, and the ways in
 * which a call ends that cannot end at once.
 *
 * A call that meets a stream with nothing to give blocks and then starts over with the same
 * arguments: descriptors and pointers are checked again, since other threads ran meanwhile.
 * A call on a file whose implementation answers with a promise goes on where it was; what
 * it still needs of the guest's memory was copied before.
 */
import type { Directory, MaybeAsync, WalkOptions } from "#fs";
import type { ProcessContext, WaitQueue } from "#kernel";
import { DIE } from "#kernel";
import { GuestMemory } from "../guest-memory.ts";
import type { PosixProcess } from "../posix/posix-process.ts";
import type { TerminalDevice } from "../posix/terminal/terminal-device.ts";
import { CookieBudget } from "./cookies.ts";
import type { Descriptor, OpenDirectory } from "./descriptor.ts";
import { Errno, errnoOf } from "./errno.ts";
import { FdTable } from "./fd-table.ts";
import type { Dialect } from "./layout.ts";
import { PosixSignal } from "../posix/signals.ts";

/** What a process is given besides descriptors; strings end in NUL. */
export interface Grants {
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  readonly clocks: boolean;
  readonly entropy: boolean;
  readonly posix: PosixProcess | undefined;
}

const WITHIN: WalkOptions = {};

export class WasiState {
  readonly process: ProcessContext;
  readonly memory = new GuestMemory();
  readonly cookieBudget = new CookieBudget();
  readonly fds: FdTable;
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  readonly clocks: boolean;
  readonly entropy: boolean;
  /** What it is in its session, when it belongs to one. */
  readonly posix: PosixProcess | undefined;
  /** Numbers below this that are no preopens say so in a way that C libraries count on over. */
  preopensEnd = 0;
  readonly #fromRoot: WalkOptions | undefined;
  readonly #below: WalkOptions;
  #streamInos: WeakMap<Descriptor, bigint> | undefined = undefined;
  #nextIno = 1n;

  constructor(process: ProcessContext, given: Grants) {
    this.process = process;
    this.fds = new FdTable(process.handles);
    this.args = given.args;
    this.env = given.env;
    this.clocks = given.clocks;
    this.entropy = given.entropy;
    this.posix = given.posix;
    const root = given.posix?.table.root;
    this.#fromRoot = root === undefined ? undefined : { root, rooted: true };
    this.#below = root === undefined ? WITHIN : { root };
  }

  /** How a walk from `base` may go: in a session, absolute links and what is above lead somewhere. */
  walkOptions(base: OpenDirectory): WalkOptions {
    const { place } = base;
    if (place === undefined) return this.#below;
    return place === "/" ? (this.#fromRoot ?? WITHIN) : { ...this.#below, place };
  }
  /** Where names begin that are the session's; undefined outside of one. */
  get root(): Directory | undefined {
    return this.posix?.table.root;
  }

  /** A number that tells the streams of this process apart. */
  streamIno(descriptor: Descriptor): bigint {
    this.#streamInos ??= new WeakMap();
    let ino = this.#streamInos.get(descriptor);
    if (ino === undefined) this.#streamInos.set(descriptor, (ino = this.#nextIno++));
    return ino;
  }

  /** Blocks the calling thread until `queue` is woken, then runs `again`. A signal that is handled ends the call. */
  waitFor(queue: WaitQueue, reason: string, again: () => number): number {
    return this.process.current().block({ reason, queues: [queue], interrupted: Errno.intr, resume: () => this.resumed(again) });
  }
  /** As `waitFor`, for what takes no longer than a file: signals wait. */
  waitBriefly(queue: WaitQueue, reason: string, again: () => number): number {
    return this.process.current().block({ reason, queues: [queue], resume: () => this.resumed(again) });
  }

  /** Lets other threads and the host have a turn, then runs `again`. */
  pause(reason: string, again: () => number): number {
    return this.process.current().block({ reason, queues: [], deadlineMs: this.process.machine.now(), resume: () => this.resumed(again) });
  }

  /**
   * Goes on with `done` when `value` is there: at once if it is no promise. `held` stays open
   * meanwhile. `abandoned` gets a value that came after the thread was killed.
   */
  settle<T>(value: MaybeAsync<T>, held: Descriptor | undefined, reason: string, done: (value: T) => number, abandoned?: (value: T) => void): number {
    if (!(value instanceof Promise)) return done(value);
    if (held !== undefined) {
      held.retain();
      const release = (): void => held.release();
      value.then(release, release);
    }
    return this.process.current().await(
      value,
      reason,
      (result) => this.resumed(() => done(result)),
      (error) => this.resumed(() => this.failed(error)),
      abandoned,
    );
  }

  /** Goes on with a call that had blocked: errors of file systems become an errno. */
  resumed(part: () => number): number {
    this.memory.begin();
    try {
      return part();
    } catch (error) {
      return this.failed(error);
    }
  }

  /** The answer for an error that a file system threw. Any other error is a mistake of ours: the guard around every host function ends this process, and no other, and tells the host. */
  failed(error: unknown): number {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }

  /** Nobody will read what was written: the answer, after the signal for it. */
  brokenPipe(): number {
    if (this.posix === undefined) return Errno.pipe;
    return this.posix.raise(PosixSignal.PIPE) ?? Errno.pipe;
  }

  /** Undefined when the process may use the terminal now, else the answer of the call that wants to; `again` starts it over. */
  terminalRefusal(terminal: TerminalDevice, use: "read" | "write" | "change", again: () => number): number | undefined {
    const verdict = this.posix?.terminalAccess(terminal, use) ?? "go";
    if (verdict === "go") return undefined;
    if (verdict === "refused") return Errno.io;
    const died = this.posix!.raised();
    if (died !== undefined) return died;
    return this.posix!.stopped ? this.pause("terminal", again) : Errno.intr;
  }

  /** Charges written bytes; `Errno.success`, or DIE when the process is over its limit. */
  charge(byteLength: number): typeof Errno.success | typeof DIE {
    return this.process.chargeOutput(byteLength) ? Errno.success : DIE;
  }
}

/** The functions of one family, by name. Arguments are the core values: i32 as number, i64 as bigint. */
export type Calls = Readonly<Record<string, (...args: never[]) => number>>;

/** A family of calls for one process in one dialect. */
export type Family = (state: WasiState, dialect: Dialect) => Calls;
