/** A running program, as its starter holds it. */
import type { Objects, ProcessTarget, RightName, Usage } from "#kernel";
import { checkOfferOptions } from "./check-options.ts";
import { exitOf } from "./exit.ts";
import type { Exit } from "./exit.ts";
import { giftOf } from "./handles.ts";
import type { HandleGift } from "./handles.ts";
import { Interface } from "./interface.ts";
import type { OfferOptions, Offering, RemoteOffering } from "./interface.ts";
import type { Output } from "./streams.ts";

export interface Ends {
  readonly stdin: WritableStream<Uint8Array | string> | undefined;
  readonly stdout: Output | undefined;
  readonly stderr: Output | undefined;
}

/**
 * `stdin` is there when it was asked for as "pipe", `stdout` and `stderr` when they were asked for as
 * "pipe" or "buffer". With `await using` the program is killed, if it still runs, at the end of the block.
 */
export class Process implements AsyncDisposable {
  readonly id: number;
  readonly name: string;
  readonly stdin: WritableStream<Uint8Array | string> | undefined;
  readonly stdout: Output | undefined;
  readonly stderr: Output | undefined;
  /** How it ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** The kernel's side of it. */
  readonly target: ProcessTarget;
  readonly #objects: Objects;
  /** What an interface needs of it; undefined when it never ran. */
  readonly offering: Offering | undefined;
  /** The same when it runs on another hart. */
  readonly remote: RemoteOffering | undefined;

  /** Only `System.spawn` makes these. */
  constructor(process: ProcessTarget, ends: Ends, objects: Objects, offering?: Offering, remote?: RemoteOffering) {
    this.offering = offering;
    this.remote = remote;
    this.target = process;
    this.#objects = objects;
    this.id = process.id;
    this.name = process.name;
    this.stdin = ends.stdin;
    this.stdout = ends.stdout;
    this.stderr = ends.stderr;
    this.exited = process.exited.then(exitOf);
  }

  get running(): boolean {
    return this.target.status === undefined;
  }

  /** Ends the program, whatever it does. Does nothing when it has ended. `message` says why, in its end. */
  kill(message = "killed by its starter"): void {
    this.target.kill({ cause: "request", message });
  }

  /** What it has used so far, or had used when it ended. */
  usage(): Usage {
    return this.target.usage();
  }

  /**
   * Offers functions that it exports, for other programs to import (`SpawnOptions.imports`). From now on it
   * stays when its threads have ended, until it is killed.
   *
   * @throws InterfaceError when it does not export them as told, or has ended; OptionError.
   */
  offer(options: OfferOptions): Interface {
    checkOfferOptions(options);
    return new Interface(this, options);
  }

  /** A handle on it for another program: to wait for its end, to kill it, to look at it. @throws HandleError os/handle-rights */
  handle(rights?: readonly RightName[]): HandleGift {
    return giftOf(this.#objects.process(this.target), rights);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.exited;
  }
}
