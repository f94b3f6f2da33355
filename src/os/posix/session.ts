/**
 * A session: programs that are started by name out of one tree of files, start each other, and are
 * connected by pipes, signals and a terminal. All of them are one job.
 *
 * The first program that the host starts leads the session and has its terminal in the foreground.
 * What a session has ends with it.
 */
import { ProcessTable, RegularFile, SpawnRefusal, StreamDescriptor, TerminalDescriptor, absolutePath } from "#abi";
import type { Descriptor, PlacedDescriptor, PosixProcess, PosixSpawnRequest, Starting } from "#abi";
import { IsolaError } from "#base";
import { FsError, realPath } from "#fs";
import type { Directory, File, FileSystem } from "#fs";
import { CapacityError, LimitError } from "#kernel";
import type { ByteSink, ByteSource, Job, Process as KernelProcess } from "#kernel";
import { checkSessionSpawn } from "../check-options.ts";
import type { Exit } from "../exit.ts";
import type { SpawnLimits } from "../limits.ts";
import type { Program } from "../program.ts";
import type { InputMode, OutputMode } from "../spawn-options.ts";
import type { Output } from "../streams.ts";
import type { ProgramFinder } from "./program-finder.ts";
import type { SessionLimits } from "./session-limits.ts";
import { SessionMounts } from "./session-mounts.ts";
import type { MountKind } from "./session-mounts.ts";
import { SessionProcess } from "./session-process.ts";
import { startPreopens } from "./start-preopens.ts";
import type { Terminal } from "./terminal.ts";

export interface SessionOptions {
  /** File systems by the absolute path under which its programs see them. */
  readonly fs: Readonly<Record<string, FileSystem>>;
  /** Where its first programs start; "/" unless told. */
  readonly cwd?: string;
  /** Environment of its first programs; empty unless told. */
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: Terminal;
  /** For all of its processes together. */
  readonly limits?: SessionLimits;
  /** For each of them. */
  readonly processLimits?: SpawnLimits;
  /** For people; "session" unless told. */
  readonly name?: string;
  /** The job above; the root unless told. */
  readonly job?: Job;
  /** What its programs can mount, by kind; without it they can mount nothing. */
  readonly mountKinds?: Readonly<Record<string, MountKind>>;
  /** Gets a line for each call of its programs. */
  readonly trace?: (line: string) => void;
  /** Told of every process that a trap or a limit ended: programs see no more of it than a signal. */
  readonly onFault?: (process: { readonly pid: number; readonly name: string }, exit: Exit) => void;
  /** Told why a file could not be started: programs see no more of it than an error number. */
  readonly onRefused?: (refusal: SpawnRefusal) => void;
}

/** "terminal": that of the session. */
export type SessionInput = InputMode | "terminal" | File;
/** "stdout", for standard error: to the same place as standard output. */
export type SessionOutput = OutputMode | "terminal" | "stdout" | File;

export interface SessionSpawnOptions {
  /** The session's unless told; relative to it. */
  readonly cwd?: string;
  /** The session's unless told. */
  readonly env?: Readonly<Record<string, string>>;
  /** "terminal" unless told, or "null" in a session without. A file is given away. */
  readonly stdin?: SessionInput;
  /** "terminal" unless told, or "buffer" in a session without. */
  readonly stdout?: SessionOutput;
  readonly stderr?: SessionOutput;
  /** Whether its group becomes the foreground one of the terminal; it does when it reads from the terminal, unless told. */
  readonly foreground?: boolean;
}

/** What a session needs of the system. */
export interface SessionHost {
  /** Starts `program` as `member` says. */
  start(program: Program, member: SessionMember): Promise<KernelProcess>;
  openInput(mode: InputMode): { readonly source?: ByteSource; readonly stream?: WritableStream<Uint8Array | string>; readonly terminal: boolean };
  openOutput(mode: OutputMode, name: "stdout" | "stderr"): { readonly sink?: ByteSink; readonly stream?: Output; readonly terminal: boolean };
  readonly programs: ProgramFinder;
}

/** A process of a session that is being started. */
export interface SessionMember {
  readonly job: Job;
  readonly limits: SpawnLimits | undefined;
  readonly argv: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly descriptors: readonly PlacedDescriptor[];
  readonly preopens: readonly { readonly guestPath: string; readonly directory: Directory; readonly rights: "rw" }[];
  readonly trace: ((line: string) => void) | undefined;
  /** Who pays for the start. */
  readonly payer: KernelProcess | undefined;
  /** Enters the process, before it has run. */
  enter(process: KernelProcess): PosixProcess;
  /** It could not be started after all. */
  discard(process: PosixProcess): void;
}

export class Session implements AsyncDisposable {
  readonly job: Job;
  readonly terminal: Terminal | undefined;
  /** Its processes; for those who show them. */
  readonly table: ProcessTable;
  readonly cwd: string;
  readonly mounts: SessionMounts;
  readonly #options: SessionOptions;
  readonly #host: SessionHost;
  readonly #root: Directory;
  #leader: PosixProcess | undefined = undefined;
  #closed = false;

  /** @throws FsError when the file systems cannot be joined or opened. */
  static async create(host: SessionHost, job: Job, options: SessionOptions): Promise<Session> {
    const mounts = new SessionMounts(options.fs, options.mountKinds);
    return new Session(host, job, options, mounts, await mounts.namespace.root());
  }

  private constructor(host: SessionHost, job: Job, options: SessionOptions, mounts: SessionMounts, root: Directory) {
    this.job = job;
    this.terminal = options.terminal;
    this.cwd = options.cwd ?? "/";
    this.#options = options;
    this.#host = host;
    this.#root = root;
    this.mounts = mounts;
    this.table = new ProcessTable(root, mounts, (request) => this.#spawn(request));
  }

  /** The process that leads it, while it lives. */
  get leader(): PosixProcess | undefined {
    return this.#leader?.ended === true ? undefined : this.#leader;
  }

  /**
   * Starts the file at `path`, which is not searched for, with `argv`, whose first is its own name.
   *
   * @throws SpawnRefusal when it cannot be started; OptionError when options are not what their types say; LimitError, CapacityError when the session or the host cannot hold it.
   */
  async spawn(path: string, argv: readonly string[] = [path], options: SessionSpawnOptions = {}): Promise<SessionProcess> {
    checkSessionSpawn(path, argv, options);
    const terminal = this.terminal?.device;
    const stdin = this.#input(options.stdin ?? (terminal === undefined ? "null" : "terminal"));
    const standard = terminal === undefined ? "buffer" : "terminal";
    const stdout = this.#output(options.stdout ?? standard, "stdout", undefined);
    const stderr = this.#output(options.stderr ?? standard, "stderr", stdout.descriptor);
    const descriptors = [stdin, stdout, stderr].map(({ descriptor }, fd) => ({ fd, descriptor, rights: descriptor.rights, inheriting: 0 }));
    for (const { descriptor } of descriptors) descriptor.retain();
    try {
      const isTerminal = stdin.descriptor instanceof TerminalDescriptor;
      const process = await this.#spawn({
        path, argv, descriptors,
        env: Object.entries(options.env ?? this.#options.env ?? {}).map(([name, value]) => `${name}=${value}`),
        cwd: await this.#directory(options.cwd === undefined ? this.cwd : absolutePath(this.cwd, options.cwd)),
        parent: undefined,
        group: "new",
        foregroundOf: (options.foreground ?? isTerminal) ? terminal : undefined,
        ignored: 0,
        blocked: 0,
      });
      return new SessionProcess(process, { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream });
    } finally {
      for (const { descriptor } of descriptors) descriptor.release();
    }
  }

  /** Ends all of its processes, and waits until they are gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const ends = [...this.table.processes].map(({ kernel }) => kernel.exited);
    this.job.kill({ cause: "job", message: "its session was closed" });
    await Promise.all(ends);
    this.job.abandon();
    this.#root.close();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The path without links of a directory. @throws SpawnRefusal */
  async #directory(path: string): Promise<string> {
    try {
      return await realPath(this.#root, path);
    } catch (error) {
      throw error instanceof FsError ? new SpawnRefusal(path, error.code, "there is no such directory to start in", { cause: error }) : error;
    }
  }

  async #spawn(request: PosixSpawnRequest): Promise<PosixProcess> {
    const starting = this.table.startBegins(request);
    try {
      const process = await this.#startFile(request, starting);
      // Nothing of it has run yet.
      for (const signal of starting.signals) process.signal(signal);
      return process;
    } catch (error) {
      if (error instanceof SpawnRefusal && request.parent?.kernel.dying !== true) this.#options.onRefused?.(error);
      throw error;
    } finally {
      this.table.startEnds(starting);
    }
  }

  async #startFile(request: PosixSpawnRequest, starting: Starting): Promise<PosixProcess> {
    const { path, cwd, parent, descriptors } = request;
    if (this.#closed || this.job.killed !== undefined) throw new SpawnRefusal(path, "again", "the session ends");
    // It would be the directory to start in.
    if (path === "") throw new SpawnRefusal(path, "noent", "its path is empty");
    // Those that ended and were not waited for are not the job's any more, but count.
    const most = this.job.account.limits.processes ?? Infinity;
    if (this.table.size >= most) throw new SpawnRefusal(path, "again", `the session has ${most} processes, with those that nobody has waited for`);
    const looked = this.#host.programs.find(this.#root, cwd, path, request.argv, parent?.kernel);
    const { program, argv } = looked instanceof Promise ? await looked : looked;
    const opened = startPreopens(this.#root, cwd, program.usesPosix);
    const preopens = opened instanceof Promise ? await opened : opened;
    let entered: PosixProcess | undefined = undefined;
    const { foregroundOf } = request;
    const foregroundBefore = foregroundOf?.foreground ?? 0;
    try {
      await this.#host.start(program, {
        job: this.job, argv, descriptors, preopens,
        limits: this.#options.processLimits,
        env: request.env.map(splitVariable),
        trace: this.#options.trace,
        payer: parent?.kernel,
        enter: (process) => {
          entered = this.#enter(process, argv, request);
          // From now on signals find it.
          this.table.startEnds(starting);
          return entered;
        },
        discard: (process) => {
          this.table.discard(process);
          if (foregroundOf?.foreground === process.group) foregroundOf.foreground = foregroundBefore;
        },
      });
    } catch (error) {
      throw refusalOf(path, error);
    }
    const process = entered! as PosixProcess; // a start that does not throw has entered it
    this.#watch(process);
    return process;
  }

  #enter(kernel: KernelProcess, argv: readonly string[], request: PosixSpawnRequest): PosixProcess {
    const { path, parent, cwd, group, ignored, blocked } = request;
    // A signal to its group has ended it, which the new one would have had as well a moment later.
    if (parent?.kernel.dying === true) throw new SpawnRefusal(path, "again", "who starts it has ended");
    const leader = parent ?? this.leader;
    const process = this.table.add(kernel, {
      parent, argv, cwd, ignored, blocked,
      group: group === "new" ? undefined : (group ?? parent?.group),
      session: leader?.session,
    });
    if (request.foregroundOf !== undefined) request.foregroundOf.foreground = process.group;
    if (leader !== undefined) return process;
    this.#leader = process;
    if (this.terminal !== undefined) this.table.giveTerminal(process.session, this.terminal.device);
    return process;
  }

  #watch(process: PosixProcess): void {
    const { onFault } = this.#options;
    if (onFault === undefined) return;
    void new SessionProcess(process, {}).exited.then((exit) => {
      // What the session takes with it has done nothing wrong.
      if (this.#closed && exit.killed === "job") return;
      if (exit.status === undefined && exit.signal === undefined) onFault({ pid: process.pid, name: process.kernel.name }, exit);
    });
  }

  #input(mode: SessionInput): { readonly descriptor: Descriptor; readonly stream?: WritableStream<Uint8Array | string> } {
    if (isFile(mode)) return { descriptor: new RegularFile(mode) };
    if (mode === "terminal") return { descriptor: this.#terminal("stdin") };
    const { source, stream, terminal } = this.#host.openInput(mode);
    return { descriptor: StreamDescriptor.reading(source, terminal), ...(stream === undefined ? {} : { stream }) };
  }

  #output(mode: SessionOutput, name: "stdout" | "stderr", stdout: Descriptor | undefined): { readonly descriptor: Descriptor; readonly stream?: Output } {
    if (isFile(mode)) return { descriptor: new RegularFile(mode) };
    if (mode === "terminal") return { descriptor: this.#terminal(name) };
    if (mode === "stdout") {
      if (stdout === undefined) throw new SessionError('standard output cannot be "stdout"');
      return { descriptor: stdout };
    }
    const { sink, stream, terminal } = this.#host.openOutput(mode, name);
    return { descriptor: StreamDescriptor.writing(sink, terminal), ...(stream === undefined ? {} : { stream }) };
  }

  #terminal(name: string): TerminalDescriptor {
    if (this.terminal === undefined) throw new SessionError(`${name} is to be the terminal, and the session has none`);
    return new TerminalDescriptor(this.terminal.device);
  }
}

/** Options that make no sense. */
export class SessionError extends IsolaError {
  readonly code = "os/session";
}

function isFile(mode: SessionInput | SessionOutput): mode is File {
  return typeof mode === "object" && "kind" in mode && mode.kind === "file";
}

function splitVariable(line: string): readonly [string, string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

/** A program that cannot be started as it is, as its starter is told; limits, and what is wrong with the system, as they are. */
function refusalOf(path: string, error: unknown): unknown {
  if (!(error instanceof IsolaError) || error.code === "bug" || error instanceof LimitError || error instanceof CapacityError) return error;
  return new SpawnRefusal(path, error.code === "abi/wasi-handles" ? "mfile" : error.code === "kernel/shutdown" ? "again" : "noexec", error.message, { cause: error });
}
