/** A process as others hold it: something to wait for, to kill, to look at. It keeps nothing alive. */
import type { ExitStatus, KillReason } from "../fault/exit.ts";
import type { Usage } from "../usage.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";
import { Waiter } from "./wait-queue.ts";
import type { WaitQueue } from "./wait-queue.ts";

/** A process of this hart or of another. */
export interface ProcessTarget {
  readonly id: number;
  readonly name: string;
  /** How it ended; undefined while it lives. */
  readonly status: ExitStatus | undefined;
  readonly exited: Promise<ExitStatus>;
  /** Woken when it is dead. */
  readonly ended: WaitQueue;
  kill(reason: KillReason): void;
  usage(): Usage;
}

export class ProcessObject extends SignalObject {
  readonly objectKind = "process";
  readonly kind = ObjectKind.process;
  readonly process: ProcessTarget;
  readonly #end = new Waiter(() => this.raise(Signal.ended));

  constructor(process: ProcessTarget) {
    super(process.status === undefined ? 0 : Signal.ended);
    this.process = process;
    if (process.status === undefined) process.ended.add(this.#end);
  }

  protected closed(): void {
    this.#end.queue?.remove(this.#end);
  }
}
