/**
 * Stacks for threads: a wasm trampoline that parks between threads (see `hart-module.ts`).
 *
 * A fiber whose thread trapped or was killed is gone; one whose thread returned is used again,
 * because the engine never gives the address space of a stack back.
 */
import type { Mappings } from "./object/mappings.ts";
import type { Process } from "./process.ts";
import type { Entry, Thread } from "./thread.ts";

/** Idle stacks that are kept for the next threads. */
const IDLE_MAX = 64;
const SLOTS_STEP = 64;

export class Fiber {
  /** Its place in the trampoline's table of functions to run. */
  readonly slot: number;
  /** Whose functions run on it, undefined while idle. */
  thread: Thread | undefined = undefined;
  /** Valid while idle: continues the trampoline with a slot, or ends it with -1. */
  unpark: ((slot: number) => void) | undefined = undefined;
  /** What stands in its slot, and whose it is. */
  job: Entry | undefined = undefined;
  jobOf: Process | undefined = undefined;

  constructor(slot: number) {
    this.slot = slot;
  }
}

/** The fibers of one kernel, and the table through which their trampolines call. */
export class FiberPool {
  readonly jobs = new WebAssembly.Table({ element: "anyfunc", initial: SLOTS_STEP });
  readonly #mappings: Mappings;
  readonly #freeSlots: number[] = [];
  readonly #idle: Fiber[] = [];

  constructor(mappings: Mappings) {
    this.#mappings = mappings;
    this.#addSlots(0);
  }

  /** An idle fiber, which the caller unparks. */
  take(): Fiber | undefined {
    return this.#idle.pop();
  }

  /** A fiber for a new stack, counted. @throws CapacityError when the host has no room for it. */
  create(): Fiber {
    this.#mappings.chargeStack();
    if (this.#freeSlots.length === 0) this.#addSlots(this.jobs.grow(SLOTS_STEP));
    return new Fiber(this.#freeSlots.pop()!);
  }

  /** Puts a function where the trampoline calls it. Writing a table costs the host some 50 ns (bench: gate.ownstack). */
  setJob(fiber: Fiber, job: Entry | undefined): void {
    if (fiber.job === job) return;
    fiber.job = job;
    fiber.jobOf = job === undefined ? undefined : fiber.thread?.process;
    this.jobs.set(fiber.slot, (job ?? null) as never);
  }

  /** Keeps a fiber whose thread has returned; false when there are enough, and it is gone. */
  keep(fiber: Fiber): boolean {
    if (this.#idle.length >= IDLE_MAX) {
      this.gone(fiber);
      return false;
    }
    // Its function stays in the table for the next call of the same gate, unless its process is dead.
    if (fiber.jobOf?.status !== undefined) this.setJob(fiber, undefined);
    this.#idle.push(fiber);
    return true;
  }

  /** Lets idle fibers forget functions of a process that is dead. */
  forget(process: Process): void {
    for (const fiber of this.#idle) if (fiber.jobOf === process) this.setJob(fiber, undefined);
  }

  /** The stack of `fiber` is no more. */
  gone(fiber: Fiber): void {
    this.setJob(fiber, undefined);
    this.#freeSlots.push(fiber.slot);
    this.#mappings.refundStack();
  }

  /** Ends every idle fiber. */
  drain(): void {
    for (const fiber of this.#idle.splice(0)) {
      fiber.unpark!(-1);
      this.gone(fiber);
    }
  }

  #addSlots(first: number): void {
    for (let slot = first + SLOTS_STEP - 1; slot >= first; slot--) this.#freeSlots.push(slot);
  }
}
