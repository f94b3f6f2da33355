/**
 * A machine of its own for a person, or for code that was written by one or by a program: a tree of
 * files with the tools in it, and a shell.
 *
 *     /            memory, unless something else is mounted there
 *     /bin         the tools
 *     /tmp /dev /proc
 *     /usr/local   installed packages, where there are some
 *     /host        functions of the host as commands, where there are some
 *
 * The tree is shared by all shells and terminals of one user space and lives as long as it does; each shell line and each
 * terminal is a session, with its own processes, `/proc` and `/dev/tty`.
 */
import { IsolaError, defined } from "#base";
import { Files, FsError, Namespace, devices, memory } from "#fs";
import type { FileSystem } from "#fs";
import type { Job } from "#kernel";
import { checkShell, checkTerminalOptions, checkUserSpaceOptions } from "../check-options.ts";
import { commandFs } from "../command/command-fs.ts";
import type { HostCommand } from "../command/command.ts";
import { exitCode } from "../exit.ts";
import type { Exit } from "../exit.ts";
import { DEFAULT_OUTPUT } from "../limits.ts";
import type { SpawnLimits } from "../limits.ts";
import type { SessionLimits } from "../posix/session-limits.ts";
import type { Session, SessionOptions, SessionSpawnOptions } from "../posix/session.ts";
import type { SessionProcess } from "../posix/session-process.ts";
import { Terminal } from "../posix/terminal.ts";
import { procFs } from "../proc.ts";
import type { ProcService } from "../proc.ts";
import type { System } from "../system.ts";
import { SessionView } from "./session-view.ts";

export interface UserSpaceOptions {
  /** The tools, as the entries of its root. Those that the host came with unless told. */
  readonly tools?: FileSystem;
  /** Installed packages: a file system with their programs in `bin`. */
  readonly packages?: FileSystem;
  /** File systems by the absolute path of their mount; they cover what would be there. */
  readonly fs?: Readonly<Record<string, FileSystem>>;
  /** Functions of the host that can be called as commands, by name. */
  readonly commands?: Readonly<Record<string, HostCommand>>;
  /** Environment, besides PATH, HOME, PWD, USER, SHELL and TERM, which it can change. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where shells begin; the home directory unless told, which is made when it is not there. */
  readonly cwd?: string;
  /** What `mount -t KIND SOURCE PATH` can mount, by kind. Without it programs can mount nothing. */
  readonly mountKinds?: SessionOptions["mountKinds"];
  /** For all processes of one session together. `output` of a shell line is 64 MiB unless told: the host holds all of it. */
  readonly limits?: SessionLimits;
  /** For each process. */
  readonly processLimits?: SpawnLimits;
  /** The job that its sessions belong to; the root unless told. */
  readonly job?: Job;
  /** What /proc/services shows; the services of the system unless told. */
  readonly services?: () => readonly ProcService[];
  readonly trace?: SessionOptions["trace"];
  readonly onFault?: SessionOptions["onFault"];
  readonly onRefused?: SessionOptions["onRefused"];
}

export interface ShellOptions extends Pick<SessionSpawnOptions, "cwd" | "env"> {
  /** Text or bytes, or a stream of them; empty unless told. */
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array>;
  /** `$0` and further parameters of the line. */
  readonly args?: readonly string[];
  /** Ends everything that the line started when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface ShellResult {
  /** As a shell gives it: 128 and the number after a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How the shell itself ended. */
  readonly exit: Exit;
}

export interface TerminalOptions extends Pick<SessionSpawnOptions, "cwd" | "env"> {
  readonly rows?: number;
  readonly columns?: number;
  /** What runs in it, with its arguments; an interactive shell unless told. */
  readonly command?: readonly [path: string, ...args: string[]];
}

/** A terminal with a program in it, to attach to a window, a socket, or a terminal of the host. */
export interface OpenTerminal extends AsyncDisposable {
  /** What to show. */
  readonly readable: Terminal["readable"];
  /** What is typed. */
  readonly writable: Terminal["writable"];
  readonly session: Session;
  readonly process: SessionProcess;
  resize(rows: number, columns: number): void;
  /** How its program ended. */
  readonly exited: Promise<Exit>;
  /** Hangs up and ends what is left. */
  close(): Promise<void>;
}

export class UserSpaceError extends IsolaError {
  readonly code = "os/user-space";
}

const SHELL = "/bin/sh";
const HOME = "/home";

export class UserSpace {
  readonly #system: System;
  readonly #options: UserSpaceOptions;
  readonly #mounts: Readonly<Record<string, FileSystem>>;
  /** What its programs have as environment unless told. */
  readonly env: Readonly<Record<string, string>>;
  /** Its files, from outside: those that all sessions share. */
  readonly files: Files;
  #ready: Promise<void> | undefined = undefined;

  /** @throws UserSpaceError when there are no tools; OptionError; FsError when the mounts make no tree; CommandSpecError. */
  constructor(system: System, options: UserSpaceOptions = {}) {
    checkUserSpaceOptions(options);
    const tools = options.tools ?? system.tools?.();
    if (tools === undefined) throw new UserSpaceError("there are no tools for /bin: this host came without them, and none were given");
    const { packages, commands } = options;
    this.#system = system;
    this.#options = options;
    const root = memory();
    root.mkdir(HOME);
    this.#mounts = {
      "/": root,
      "/bin": tools,
      "/tmp": memory(),
      ...(packages === undefined ? {} : { "/usr/local": packages }),
      ...(commands === undefined ? {} : { "/host": commandFs(commands) }),
      ...options.fs,
    };
    this.files = new Files(new Namespace(this.#mounts));
    const path = ["/bin", ...(packages === undefined ? [] : ["/usr/local/bin"]), ...(commands === undefined ? [] : ["/host/bin"])];
    this.env = { PATH: path.join(":"), HOME, USER: "user", SHELL, PWD: options.cwd ?? HOME, ...options.env };
  }

  /** Runs one line, or a script, of the shell to its end. @throws SpawnRefusal, OptionError; what `signal` says when it is aborted already */
  async shell(line: string, options: ShellOptions = {}): Promise<ShellResult> {
    checkShell(line, options);
    options.signal?.throwIfAborted();
    await using session = await this.#open(undefined, { output: DEFAULT_OUTPUT, ...this.#options.limits });
    const { stdin = "" } = options;
    const process = await session.spawn(SHELL, ["sh", "-c", line, ...(options.args ?? [])], {
      ...this.#place(options),
      stdin: typeof stdin === "string" ? { text: stdin } : stdin,
      stdout: "buffer",
      stderr: "buffer",
    });
    const stop = (): void => session.job.kill({ cause: "request", message: "the shell line was aborted" });
    options.signal?.addEventListener("abort", stop, { once: true });
    if (options.signal?.aborted === true) stop(); // while it was being started
    try {
      const ended = process.exited.then(async (exit) => {
        // What it left in the background would keep the streams open.
        await session.close();
        return exit;
      });
      // Read while it runs: it would wait for ever in front of a full buffer.
      const [exit, stdout, stderr] = await Promise.all([ended, process.stdout!.text(), process.stderr!.text()]); // asked for
      return { status: exitCode(exit), stdout, stderr, exit };
    } finally {
      options.signal?.removeEventListener("abort", stop);
    }
  }

  /** Opens a terminal with a program in it. @throws SpawnRefusal, OptionError */
  async terminal(options: TerminalOptions = {}): Promise<OpenTerminal> {
    checkTerminalOptions(options);
    const { rows = 24, columns = 80, command = [SHELL, "-i"] } = options;
    const terminal = new Terminal({ rows, columns });
    const session = await this.session(terminal);
    try {
      const place = this.#place(options);
      const [path, ...args] = command;
      const process = await session.spawn(path, [path.slice(path.lastIndexOf("/") + 1), ...args], { ...place, env: { TERM: "xterm-256color", ...place.env } });
      const close = async (): Promise<void> => {
        terminal.hangUp();
        await session.close();
      };
      // With its first program the session is over, as when one logs out.
      const exited = process.exited.then(async (exit) => {
        await close();
        return exit;
      });
      return { readable: terminal.readable, writable: terminal.writable, session, process, exited, close, resize: (r, c) => terminal.resize(r, c), [Symbol.asyncDispose]: close };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** A session in this user space, for those who start programs in it by themselves. */
  session(terminal?: Terminal): Promise<Session> {
    return this.#open(terminal, this.#options.limits);
  }

  async #open(terminal: Terminal | undefined, limits: SessionLimits | undefined): Promise<Session> {
    await (this.#ready ??= this.#prepare());
    const { machine } = this.#system;
    const view = new SessionView(this.#system, this.#options.services ?? (() => this.#system.services.list()));
    const session = await this.#system.createSession({
      fs: {
        ...this.#mounts,
        ...this.#unlessGiven("/dev", () => devices({
          entropy: (into) => machine.entropy(into),
          timeNs: () => machine.realtimeNs(),
          ...(terminal === undefined ? {} : { tty: (_options, stat) => terminal.open(stat) }),
        })),
        ...this.#unlessGiven("/proc", () => procFs(view)),
      },
      cwd: this.#options.cwd ?? HOME,
      env: this.env,
      ...(limits === undefined ? {} : { limits }),
      ...defined(this.#options, ["processLimits", "job", "trace", "onFault", "onRefused", "mountKinds"]),
      ...(terminal === undefined ? {} : { terminal }),
    });
    view.show(session);
    return session;
  }

  #unlessGiven(path: string, make: () => FileSystem): Readonly<Record<string, FileSystem>> {
    return this.#options.fs?.[path] === undefined ? { [path]: make() } : {};
  }

  #place({ cwd, env }: Pick<SessionSpawnOptions, "cwd" | "env">): { readonly cwd?: string; readonly env: Readonly<Record<string, string>> } {
    return { env: { ...this.env, ...(cwd === undefined ? {} : { PWD: cwd }), ...env }, ...(cwd === undefined ? {} : { cwd }) };
  }

  /** Makes the home directory in a root that was given, so that shells have a place to begin in. One that cannot be written to does without. */
  async #prepare(): Promise<void> {
    try {
      if ((await this.files.stat(HOME)) === undefined) await this.files.mkdir(HOME);
    } catch (error) {
      if (!(error instanceof FsError) || error.code !== "rofs") throw error;
    }
  }
}
