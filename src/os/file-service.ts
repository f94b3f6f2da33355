/**
 * A file system that a program serves: the program is started with the channel "files", and started anew
 * when it has ended and somebody opens the root again.
 *
 * Mounts of it outlive the program. What was open in it when it ended fails with `io`, which is what
 * its users are told of a disk that went away, too.
 */
import { reasonText } from "#base";
import { FsError, ServedFileSystem } from "#fs";
import type { Directory, FileSystem, Transport } from "#fs";
import { checkFileServiceOptions } from "./check-options.ts";
import type { Process } from "./guest-process.ts";
import type { HostChannel } from "./handles.ts";
import type { Program } from "./program.ts";
import type { SpawnOptions } from "./spawn-options.ts";
import type { System } from "./system.ts";

/** Messages and bytes under way to the program, and back. */
const CHANNEL_LIMITS = { messages: 64, bytes: "1 MiB" } as const;
/** The name under which the program finds its channel. */
export const FILES_HANDLE = "files";

export interface FileServiceOptions {
  /** For people; the program's name unless told. */
  readonly name?: string;
  /** What the program is started with; its handle "files" is the channel. */
  readonly spawn?: Omit<SpawnOptions, "handles" | "service">;
  /** An operation that takes longer fails with `io`; 10 seconds unless told. */
  readonly timeoutMs?: number;
  /** Least time between two starts; what is asked sooner fails with `io`. 100 ms unless told. */
  readonly restartMs?: number;
}

export class FileService implements FileSystem {
  readonly name: string;
  readonly readOnly = false;
  readonly #system: System;
  readonly #program: Program;
  readonly #options: FileServiceOptions;
  readonly #files: ServedFileSystem;
  #process: Process | undefined = undefined;
  #starting: Promise<void> | undefined = undefined;
  #channel: HostChannel | undefined = undefined;
  #startedAtMs = -Infinity;
  #closed = false;
  /** How often the program was started. */
  generation = 0;

  /** Starts nothing yet: the program is started when the root is first opened. @throws OptionError */
  constructor(system: System, program: Program, options: FileServiceOptions = {}) {
    checkFileServiceOptions(options);
    this.name = options.name ?? program.name;
    this.#system = system;
    this.#program = program;
    this.#options = options;
    this.#files = new ServedFileSystem({
      name: this.name,
      owner: this,
      timeoutMs: options.timeoutMs ?? 10_000,
      timer: (ms, task) => system.machine.timer(ms, task, false),
      connect: () => this.#connect(),
    });
  }

  /** The program as it lives now; undefined before its first start. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** @throws FsError `io` when the program cannot be started, or was started only just now. */
  async root(): Promise<Directory> {
    if (this.#closed) throw new FsError("io", `the file service ${this.name} was closed`);
    if (this.#channel === undefined) await (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
    return this.#files.root();
  }

  /** Ends the program; what is open in it fails. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#files.close();
    this.#channel?.close();
    await this.#starting?.catch(() => undefined);
    this.#process?.kill("its file system was closed");
    await this.#process?.exited;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    const now = this.#system.machine.now();
    if (now - this.#startedAtMs < (this.#options.restartMs ?? 100)) throw new FsError("io", `the file service ${this.name} ended just after it was started`);
    this.#startedAtMs = now;
    const [ours, theirs] = this.#system.channel(CHANNEL_LIMITS);
    try {
      const process = await this.#system.spawn(this.#program, { stdout: "null", stderr: "null", ...this.#options.spawn, handles: { [FILES_HANDLE]: theirs.give() } });
      this.#process = process;
      this.generation++;
      this.#channel = ours;
      void process.exited.then(() => this.#lost(ours));
      if (this.#closed) process.kill("its file system was closed");
    } catch (error) {
      ours.close();
      throw error instanceof FsError ? error : new FsError("io", `the file service ${this.name} cannot be started: ${reasonText(error)}`);
    }
  }

  #lost(channel: HostChannel): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#files.close();
    channel.close();
  }

  #connect(): Transport {
    const channel = this.#channel;
    if (channel === undefined) throw new FsError("io", `the file service ${this.name} does not run`);
    return {
      send: (message) => channel.send(message),
      receive: async () => (await channel.receive())?.bytes,
      close: () => this.#lost(channel),
    };
  }
}
