/**
 * `isola` and `isola sh`: a user space with a shell in it, on this process's streams.
 *
 * When somebody types, the session has a terminal, which is the host's in raw mode: Ctrl-C ends the
 * program in the foreground, not us. Otherwise the shell has the streams as they are.
 */
import { FsError } from "#fs";
import type { FileSystem } from "#fs";
import { NodeMachine, VolumeError, builtInTools, defaultHomeVolume, defaultPackageFolder, hostDirectory, packageStore, volume } from "#machine/node";
import type { HostFileSystem, VolumeFileSystem } from "#machine/node";
import { Terminal, UserSpace, bootOn, exitCode, exitReport } from "#os";
import type { Exit, SpawnRefusal, System } from "#os";
import { CliError, EXIT } from "./cli-error.ts";
import { connectTerminal, hasKeyboard, windowSize } from "./host-terminal.ts";
import { startControl } from "./observe.ts";
import type { Observation } from "./observe.ts";
import { fsReason } from "./report.ts";
import { parseShellCommand, shellHelp } from "./shell-options.ts";
import type { ShellCommand } from "./shell-options.ts";
import { onEndSignal, signalStatus } from "./signals.ts";
import type { EndSignal } from "./signals.ts";
import { complain, flushOutput, print, watchOutput } from "./standard-streams.ts";
import { harmless } from "./text.ts";
import { TraceFile } from "./trace-file.ts";

/** @throws UsageError, CliError */
export async function shell(name: string, words: readonly string[]): Promise<number> {
  const command = parseShellCommand(name, words);
  if (command.help) {
    print(shellHelp());
    return EXIT.ok;
  }
  return new Shell(command).run();
}

class Shell {
  readonly #command: ShellCommand;
  readonly #observations: Observation[] = [];
  readonly #opened: { close(): void }[] = [];
  #raw = false;
  /** Set when a signal or an output that cannot be written ends all: that is no fault of the programs. */
  #interrupted = false;

  constructor(command: ShellCommand) {
    this.#command = command;
  }

  async run(): Promise<number> {
    const { cache, control, verbose, words, env, traceFile } = this.#command;
    const tools = builtInTools();
    if (tools === undefined) throw new CliError("the tools were not built: run `npm run build:userland` in the checkout");
    let ended: EndSignal | undefined = undefined;
    let unwritable: string | undefined = undefined;
    const interrupted = Promise.withResolvers<void>();
    const interrupt = (): void => {
      this.#interrupted = true;
      interrupted.resolve();
    };
    onEndSignal((signal) => {
      ended = signal;
      interrupt();
    });
    watchOutput((reason) => {
      unwritable = reason;
      interrupt();
    });
    const booting = bootOn(new NodeMachine(cache ? {} : { cacheFolder: false }), {
      tools,
      onBug: (error) => this.#say(`a mistake of isola itself: ${verbose && error instanceof Error ? error.stack : String(error)}`),
    });
    booting.catch(() => undefined);
    const os = await booting;
    try {
      if (control) this.#observations.push(startControl(os, (error) => verbose && this.#say(`not seen by isola ps: ${String(error)}`)));
      let trace: ((line: string) => void) | undefined = undefined;
      if (traceFile !== undefined) {
        const file = new TraceFile(traceFile);
        this.#observations.push(file);
        trace = file.write;
      }
      const space = this.#userSpace(os, trace);
      const terminal = hasKeyboard() ? new Terminal(windowSize()) : undefined;
      await using session = await space.session(terminal);
      const onTerminal = (stream: NodeJS.WriteStream): "terminal" | "inherit" => (terminal !== undefined && stream.isTTY ? "terminal" : "inherit");
      const process_ = await session.spawn("/bin/sh", ["sh", ...words], {
        env: { ...space.env, ...(terminal === undefined ? {} : { TERM: process.env["TERM"] ?? "dumb" }), ...Object.fromEntries(env) },
        stdin: terminal === undefined ? "inherit" : "terminal",
        stdout: onTerminal(process.stdout),
        stderr: onTerminal(process.stderr),
      });
      const connection = terminal === undefined ? undefined : connectTerminal(terminal);
      this.#raw = connection !== undefined;
      try {
        const exit = await Promise.race([process_.exited, interrupted.promise]);
        terminal?.hangUp();
        await session.close();
        await connection?.done;
        this.#raw = false;
        connection?.release();
        await flushOutput(exit === undefined);
        if (ended !== undefined) return signalStatus(ended);
        if (unwritable !== undefined) {
          this.#say(`cannot write standard output: ${unwritable}`);
          return EXIT.error;
        }
        if (exit === undefined) return EXIT.brokenPipe;
        // Of traps and limits `onFault` has told.
        if (exit.signal !== undefined) this.#tell("sh", exit);
        return exitCode(exit);
      } finally {
        connection?.release();
      }
    } finally {
      for (const observation of this.#observations) observation.close();
      await os.close();
      for (const opened of this.#opened) opened.close();
    }
  }

  #userSpace(os: System, trace: ((line: string) => void) | undefined): UserSpace {
    const { limits, env, verbose } = this.#command;
    const home = this.#home();
    const packages = this.#packages();
    return new UserSpace(os, {
      fs: { ...(home === undefined ? {} : { "/home": home }), ...this.#folders() },
      limits,
      env: Object.fromEntries(env),
      services: () => [],
      onFault: ({ name }, exit) => {
        if (!this.#interrupted) this.#tell(harmless(name), exit);
      },
      onRefused: (refusal: SpawnRefusal) => {
        // Anything else the shell itself says well enough.
        if (verbose || refusal.errno === "noexec") this.#say(harmless(refusal.message));
      },
      ...(packages === undefined ? {} : { packages }),
      ...(trace === undefined ? {} : { trace }),
    });
  }

  #folders(): Record<string, FileSystem> {
    const folders: Record<string, HostFileSystem> = {};
    for (const { host, guest, readOnly } of this.#command.dirs) {
      try {
        folders[guest] = hostDirectory(host, { read: true, write: !readOnly });
        this.#opened.push(folders[guest]);
      } catch (error) {
        if (!(error instanceof FsError)) throw error;
        throw new CliError(`--dir ${host}: ${fsReason(error)}`, { cause: error });
      }
    }
    return folders;
  }

  /** The volume at /home; undefined for one in memory. */
  #home(): VolumeFileSystem | undefined {
    const { home } = this.#command;
    if (home === "none" || this.#command.dirs.some(({ guest }) => guest === "/home")) return undefined;
    try {
      const opened = volume(home ?? defaultHomeVolume());
      this.#opened.push(opened);
      return opened;
    } catch (error) {
      // Whoever named a file wants that one.
      if (!(error instanceof VolumeError) || home !== undefined) throw error;
      this.#say(`${error.message}\n       what you write below /home will be gone at the end (--home FILE names another volume)`);
      return undefined;
    }
  }

  #packages(): FileSystem | undefined {
    const { store } = this.#command;
    const folder = store ?? defaultPackageFolder();
    try {
      return packageStore(folder);
    } catch (error) {
      if (!(error instanceof FsError) || store !== undefined) throw error;
      return undefined; // nothing was installed yet
    }
  }

  #tell(name: string, exit: Exit): void {
    const report = exitReport(exit, name);
    if (report === "") return;
    this.#say(this.#command.verbose ? report : (report.split("\n", 1)[0] ?? report));
  }

  /** A line between those of programs. In raw mode the terminal does not return the carriage by itself. */
  #say(text: string): void {
    if (this.#raw) process.stderr.write(`${`isola: ${text}`.replace(/\r?\n/g, "\r\n")}\r\n`);
    else complain(`isola: ${text}`);
  }
}
