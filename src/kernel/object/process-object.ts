/** A process as others hold it: something to wait for, to kill, to look at. It keeps nothing alive. */
import type { Process } from "../process.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";
import { Waiter } from "./wait-queue.ts";

export class ProcessObject extends SignalObject {
  readonly objectKind = "process";
  readonly kind = ObjectKind.process;
  readonly process: Process;
  readonly #end = new Waiter(() => this.raise(Signal.ended));

  constructor(process: Process) {
    super(process.status === undefined ? 0 : Signal.ended);
    this.process = process;
    if (process.status === undefined) process.ended.add(this.#end);
  }

  protected closed(): void {
    this.#end.queue?.remove(this.#end);
  }
}
