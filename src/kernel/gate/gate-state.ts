/**
 * Where this hart is between programs: the process whose code runs now, and the gates under it.
 *
 * A synchronous gate runs the callee's function on the host's stack, in the middle of a
 * slice of the caller's thread. Meanwhile `active` is the callee: kernel calls are served for
 * it, with its handles. Nothing can be suspended there, so a safepoint only counts: past the
 * gate's budget the callee traps and is at fault; the turn that the scheduler wanted is taken as soon as
 * the outermost gate is left.
 *
 * Plain fields, since every gate call writes them.
 */
import type { Process } from "../process.ts";
import type { Thread } from "../thread.ts";
import { needStackRoom } from "./stack-room.ts";

/** How a gate call went, for `gate_status`. */
export const GateStatus = {
  ok: 0,
  /** The callee has ended, or ended during the call by its own will. */
  ended: 1,
  /** The callee trapped, let an exception out, or broke a rule during the call. */
  fault: 2,
  /** The callee used up the gate's budget. */
  budget: 3,
  /** The callee is inside a call already and takes one at a time. */
  busy: 4,
  /** Gates are nested too deeply. */
  depth: 5,
  /** A byte range of the caller, or the place that the callee named for it, is not within the memory. */
  range: 6,
  /** The callee cannot take another thread, or the host another stack. */
  limit: 7,
} as const;
export type GateStatus = (typeof GateStatus)[keyof typeof GateStatus];

/** Gates inside gates. Each takes a piece of the host's own stack. */
export const GATE_DEPTH_MAX = 32;

/**
 * Word of the flag memory in which a gate tells its adaptor what to do. The gate sets it, the
 * adaptor reads and clears it at once; no guest code runs between.
 */
export const SIGNAL_WORD = 16;
export const Signal = {
  /** The answer is the answer. */
  none: 0,
  /** Suspend the thread, then take the answer. */
  block: 1,
  /** The thread must end here. */
  die: 2,
} as const;
export type Signal = (typeof Signal)[keyof typeof Signal];

/** A gate that was entered: into whom, and what was counted before. */
interface Frame {
  callee: Process | undefined;
  quanta: number;
  budget: number;
}

export class GateState {
  readonly #flag: Int32Array;
  readonly #frames: readonly Frame[] = Array.from({ length: GATE_DEPTH_MAX }, () => ({ callee: undefined, quanta: 0, budget: 0 }));
  /** Longest time between two ticks of the preemption clock. */
  readonly quantumMs: number;
  /** Whose slice it is, and its process. */
  running: Process | undefined = undefined;
  thread: Thread | undefined = undefined;
  depth = 0;
  /** Quanta that began inside the innermost gate, and how many it may have. */
  quanta = 0;
  budget = 0;
  turnWanted = false;
  /** A thread handles signals, on its own stack but below a frame of ours: it cannot be suspended. */
  handling = false;
  /** Functions made for gates, to tell their texts apart. */
  made = 0;

  constructor(flag: Int32Array, quantumMs: number) {
    this.#flag = flag;
    this.quantumMs = quantumMs;
  }

  /** The process whose code runs now: the innermost gate's callee, or the one whose slice it is. */
  get active(): Process | undefined {
    return this.depth === 0 ? this.running : this.#frames[this.depth - 1]!.callee;
  }

  /** A kernel call begins. @throws RangeError of the host when the caller has left it too little of the host's stack; for the caller. */
  checkRoom(): void {
    if (this.depth > 0 || this.handling) needStackRoom();
  }

  /** What the adaptor of the gate that is being called is to do. */
  signal(signal: Signal): void {
    this.#flag[SIGNAL_WORD] = signal;
  }

  /** Whether `callee` can be entered now; `refusal` says why not. */
  admits(callee: Process): boolean {
    return !callee.entered && callee.threads.size === 0 && !callee.dying && this.depth < GATE_DEPTH_MAX;
  }

  refusal(callee: Process): GateStatus {
    if (callee.dying) return GateStatus.ended;
    if (callee.entered || callee.threads.size > 0) return GateStatus.busy;
    return this.depth < GATE_DEPTH_MAX ? GateStatus.ok : GateStatus.depth;
  }

  /** Makes `callee` the active process, for `budget` quanta. `depth` must be below the maximum. */
  push(callee: Process, budget: number): void {
    const frame = this.#frames[this.depth++]!; // `admits` has looked
    // The host keeps a record of each store of a young object into an old one: 4 ns for each (bench: gate.scalar).
    if (frame.callee !== callee) frame.callee = callee;
    frame.quanta = this.quanta;
    frame.budget = this.budget;
    this.quanta = 0;
    this.budget = budget;
    callee.entered = true;
  }

  /**
   * Back to the caller, whose thread is told how the call went. Where the stack is used up a gate may be left
   * without this: the host's error, which no guest can catch, then passes to the gate around it. So what calls
   * something comes first here, and whatever is above `callee` is left with it.
   */
  pop(callee: Process, status: GateStatus): void {
    while (this.#frames[this.depth - 1]!.callee !== callee) this.#cut();
    let told = status;
    if (callee.dying) {
      callee.leftWhileDying();
      if (status === GateStatus.ok) told = GateStatus.ended;
    }
    this.#restore(callee);
    this.thread!.gateStatus = told; // whose slice it still is
    if (this.turnWanted && this.depth === 0) this.#leave();
  }

  /** Leaves all gates, after an error that may have passed through them. */
  popAll(): void {
    while (this.depth > 0) this.#cut();
  }

  /** Leaves the innermost gate, which an error has passed: where the callee was then, nobody knows. */
  #cut(): void {
    const callee = this.active!; // it cannot end before it is left
    callee.fault(0, "the call stack was exhausted during a call of it", undefined);
    callee.leftWhileDying();
    this.#restore(callee);
  }

  /** What was before the innermost gate, into `callee`. Calls nothing. */
  #restore(callee: Process): void {
    const frame = this.#frames[--this.depth]!; // pushed before
    this.quanta += frame.quanta;
    this.budget = frame.budget;
    callee.entered = false;
  }

  /** `process` is dead: nothing here keeps its memory. */
  forget(process: Process): void {
    for (const frame of this.#frames) if (frame.callee === process) frame.callee = undefined;
  }

  /** A safepoint inside a gate met the flag: 0 goes on, 2 traps. */
  tick(): number {
    const callee = this.active!;
    if (callee.dying) return 2;
    this.turnWanted = true;
    if (++this.quanta <= this.budget) return 0;
    callee.fault(0, `it did not answer a call within its budget of ${this.budget} quanta`, undefined, GateStatus.budget);
    return 2;
  }

  /** After the outermost gate: the turn that was put off. */
  #leave(): void {
    this.turnWanted = false;
    this.#flag[0] = 1;
  }
}
