/**
 * Stacks for threads: a wasm trampoline that parks between threads (see `hart-module.ts`).
 *
 * A fiber whose thread trapped or was killed is gone; one whose thread returned is used again.
 */
import type { Process } from "./process.ts";
import type { Entry, Thread } from "./thread.ts";

export class Fiber {
  /** Its place in the trampoline's table of functions to run. */
  readonly slot: number;
  /** Whose functions run on it, undefined while idle. */
  thread: Thread | undefined = undefined;
  /** What stands in its place of the table, and whose function that is. */
  job: Entry | undefined = undefined;
  jobOf: Process | undefined = undefined;
  /** Valid while idle: continues the trampoline with a slot, or ends it with -1. */
  unpark: ((slot: number) => void) | undefined = undefined;

  constructor(slot: number) {
    this.slot = slot;
  }
}
