/** A program of a session, as the host that started it holds it. */
import { POSIX_SIGNALS, PosixSignal } from "#abi";
import type { PosixProcess, PosixSignalName } from "#abi";
import { mustBe } from "#base";
import type { Usage } from "#kernel";
import { exitOf } from "../exit.ts";
import type { Exit } from "../exit.ts";
import type { Output } from "../streams.ts";

const mustBeSignalName = mustBe(`the name of a signal without SIG, such as "TERM"`, (name) => POSIX_SIGNALS.some((row) => row.name === name));

function numberOf(name: PosixSignalName): number {
  mustBeSignalName(name, "name");
  return PosixSignal[name];
}

export interface SessionStreams {
  readonly stdin?: WritableStream<Uint8Array | string> | undefined;
  readonly stdout?: Output | undefined;
  readonly stderr?: Output | undefined;
}

/**
 * `stdin` is there when it was asked for as "pipe", `stdout` and `stderr` when they were asked for as
 * "pipe" or "buffer"; an output ends when the last process that has it has ended or closed it.
 */
export class SessionProcess {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array | string> | undefined;
  readonly stdout: Output | undefined;
  readonly stderr: Output | undefined;
  /** How it ended; never rejects. */
  readonly exited: Promise<Exit>;
  readonly #process: PosixProcess;

  /** Only `Session.spawn` makes these. */
  constructor(process: PosixProcess, streams: SessionStreams) {
    this.#process = process;
    this.pid = process.pid;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exited = process.kernel.exited.then(exitOf);
  }

  get running(): boolean {
    return !this.#process.ended;
  }
  get stopped(): boolean {
    return this.#process.stopped;
  }

  /** Sends it a signal, by its name without SIG. @throws OptionError for a name that there is not. */
  signal(name: PosixSignalName): void {
    this.#process.signal(numberOf(name));
  }
  /** Sends a signal to its group, itself included. @throws OptionError */
  signalGroup(name: PosixSignalName): void {
    this.#process.table.signalGroup(this.#process.group, numberOf(name));
  }

  /** What it has used so far, or had used when it ended. */
  usage(): Usage {
    return this.#process.kernel.usage();
  }
}
