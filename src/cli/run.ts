/**
 * `isola run`: one program from a file to its exit status.
 *
 * The program has the standard streams of this process. Signals end the program, not
 * the terminal it runs on; a reader of its output that goes away ends it too, as SIGPIPE would.
 */
import { IsolaError, KernelBug } from "#base";
import { FsError, memory, readOnly as readOnlyView } from "#fs";
import type { FileSystem } from "#fs";
import { NodeMachine, VolumeError, hostDirectory, volume } from "#machine/node";
import type { HostFileSystem, VolumeFileSystem } from "#machine/node";
import { bootOn, exitCode } from "#os";
import type { Process, Program, System } from "#os";
import { DecodeError, ValidateError } from "#wasm";
import { CliError, EXIT } from "./cli-error.ts";
import { writeCore } from "./core-file.ts";
import { describePlace } from "./describe-place.ts";
import { needsRoot } from "./grant.ts";
import { loadModule } from "./load-module.ts";
import type { LoadedModule } from "./load-module.ts";
import { startControl, startMetrics } from "./observe.ts";
import type { Observation } from "./observe.ts";
import { Progress } from "./progress.ts";
import { endReport, fsReason, moduleReport, startReport, wasKilled } from "./report.ts";
import { parseRunCommand, runHelp } from "./run-options.ts";
import type { RunCommand } from "./run-options.ts";
import { onEndSignal, signalStatus } from "./signals.ts";
import type { EndSignal } from "./signals.ts";
import { complain, flushOutput, print, watchOutput } from "./standard-streams.ts";
import { harmless, printBytes, printMs } from "./text.ts";
import { TraceFile } from "./trace-file.ts";

/** @throws UsageError, CliError */
export async function run(words: readonly string[]): Promise<number> {
  const command = parseRunCommand(words);
  if (command.help) {
    print(runHelp());
    return EXIT.ok;
  }
  return new Run(command).run();
}

/** What ended the program from outside, if anything did. */
type Interruption = { readonly signal: EndSignal } | { readonly unread: true } | { readonly unwritable: string };

class Run {
  readonly #command: RunCommand;
  #process: Process | undefined = undefined;
  #progress: Progress | undefined = undefined;
  #interruption: Interruption | undefined = undefined;
  readonly #observations: Observation[] = [];
  readonly #interrupted = Promise.withResolvers<void>();

  constructor(command: RunCommand) {
    this.#command = command;
  }

  async run(): Promise<number> {
    const { limits, cache, verbose, program: path, metricsPort, control } = this.#command;
    onEndSignal((signal) => this.#interrupt({ signal }, `interrupted by ${signal === "SIGINT" ? "Ctrl-C (SIGINT)" : signal}`));
    watchOutput((reason) => this.#interrupt(reason === undefined ? { unread: true } : { unwritable: reason }, "its output cannot be written"));

    // The clock's thread starts while the file is read.
    const booting = bootOn(new NodeMachine(cache ? {} : { cacheFolder: false }), {
      onBug: (error) => {
        if (verbose) complain(`isola: a mistake of isola itself: ${error instanceof Error ? error.stack : String(error)}`);
      },
    });
    booting.catch(() => undefined);
    const loaded = await loadModule(path);
    const folders = this.#openFolders();
    const os = await booting;
    const name = harmless(loaded.name);
    try {
      const program = await this.#compile(os, loaded);
      if (metricsPort !== undefined) this.#observations.push(await startMetrics(os, metricsPort));
      const process = (this.#process = await this.#start(os, program, loaded, this.#tree(folders)));
      if (control) this.#observations.push(startControl(os, (error) => verbose && complain(`isola: not seen by isola ps: ${String(error)}`)));
      const exit = await process.exited;
      const usage = process.usage();
      const killed = wasKilled(exit);
      const report = endReport(name, exit, limits, usage);
      // Of a program that was ended for its output there is nothing to say, or the reason is said below.
      const untold = exit.killed === "request" && this.#interruption !== undefined && !("signal" in this.#interruption);
      if (report !== "" && !untold) complain(`isola: ${report}`);
      if (exit.fault !== undefined && this.#command.core !== undefined) writeCore(this.#command.core, exit.fault.core);
      if (verbose) complain(this.#summary(program, process));
      // A reader that does not read keeps neither a killed program alive, nor one that is interrupted now.
      if (killed || this.#interruption !== undefined) await flushOutput(true);
      else await Promise.race([flushOutput(false), this.#interrupted.promise]);
      return this.#statusAfterInterruption() ?? (killed ? exitCode({ killed: "request", message: "" }) : exitCode(exit));
    } finally {
      this.#progress?.close();
      for (const observation of this.#observations) observation.close();
      this.#closeFolders(folders);
      await os.close();
    }
  }

  #openFolders(): Map<string, HostFileSystem | VolumeFileSystem> {
    const folders = new Map<string, HostFileSystem | VolumeFileSystem>();
    for (const grant of this.#command.dirs) {
      const { host, guest, readOnly } = grant;
      try {
        folders.set(guest, grant.volume === true ? volume(host, { create: false, readOnly }) : hostDirectory(host, { read: true, write: !readOnly }));
      } catch (error) {
        for (const folder of folders.values()) folder.close();
        if (error instanceof VolumeError) throw new CliError(`--volume ${error.message}${error.code === "volume/missing" ? `; isola volume create ${host} makes it` : ""}`, { cause: error });
        if (!(error instanceof FsError)) throw error;
        throw new CliError(`--dir ${host}: ${fsReason(error)}`, { cause: error });
      }
    }
    return folders;
  }

  /** @throws CliError when what was written last could not be stored. */
  #closeFolders(folders: ReadonlyMap<string, HostFileSystem | VolumeFileSystem>): void {
    let failure: CliError | undefined;
    for (const [guest, folder] of folders) {
      try {
        folder.close();
      } catch (error) {
        failure ??= new CliError(`${guest}: what was written last could not be stored: ${error instanceof FsError ? fsReason(error) : String(error)}`, { cause: error });
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** What the program sees, by where. */
  #tree(folders: ReadonlyMap<string, FileSystem>): Record<string, FileSystem> {
    return { ...(needsRoot(this.#command.dirs) ? { "/": readOnlyView(memory()) } : {}), ...Object.fromEntries(folders) };
  }

  async #compile(os: System, { name, bytes }: LoadedModule): Promise<Program> {
    const { limits, trapUnknownImports } = this.#command;
    const progress = (this.#progress = new Progress(name, bytes.length));
    try {
      return await os.compile(bytes, {
        name,
        fuel: limits.fuel !== undefined,
        unknownImports: trapUnknownImports ? "trap" : "error",
        onProgress: (phase) => progress.enter(phase),
      });
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof ValidateError)) throw error;
      throw new CliError(moduleReport(name, error, describePlace(bytes, error)), { cause: error });
    } finally {
      progress.close();
    }
  }

  async #start(os: System, program: Program, { name }: LoadedModule, fs: Readonly<Record<string, FileSystem>>): Promise<Process> {
    const { args, argv0, env, limits, traceCalls, traceFile, trapUnknownImports, core } = this.#command;
    let trace: ((line: string) => void) | undefined = traceCalls ? complain : undefined;
    if (traceFile !== undefined) {
      const file = new TraceFile(traceFile);
      this.#observations.push(file);
      trace = file.write;
    }
    try {
      return await os.spawn(program, {
        name: argv0 ?? name,
        args,
        env: Object.fromEntries(env),
        fs,
        limits,
        stdin: this.#command.program === "-" ? "null" : "inherit",
        stdout: "inherit",
        stderr: "inherit",
        history: true,
        core: core !== undefined,
        ...(trace === undefined ? {} : { trace }),
      });
    } catch (error) {
      if (!(error instanceof IsolaError) || error instanceof KernelBug) throw error;
      throw new CliError(startReport(name, error, trapUnknownImports), { cause: error });
    }
  }

  #interrupt(interruption: Interruption, why: string): void {
    this.#interruption ??= interruption;
    this.#interrupted.resolve();
    if (this.#process !== undefined) {
      this.#process.kill(why);
      return;
    }
    // Not started yet: there is nothing to wait for.
    this.#progress?.close();
    process.exit(this.#statusAfterInterruption());
  }

  #statusAfterInterruption(): number | undefined {
    if (this.#interruption === undefined) return undefined;
    if ("signal" in this.#interruption) return signalStatus(this.#interruption.signal);
    if ("unread" in this.#interruption) return EXIT.brokenPipe;
    complain(`isola: cannot write standard output: ${this.#interruption.unwritable}`);
    return EXIT.error;
  }

  #summary({ module: { timings } }: Program, process: Process): string {
    const { cpuMs, wallMs, peakMemory, output } = process.usage();
    return [
      `isola: compiled ${printBytes(timings.bytes)} in ${printMs(timings.total)}${timings.cached ? " (translation from the cache)" : ""}`,
      `isola: ran for ${printMs(wallMs)}, ${printMs(cpuMs)} of it on the processor; memory ${printBytes(peakMemory)} at most; wrote ${printBytes(output)}`,
    ].join("\n");
  }
}
