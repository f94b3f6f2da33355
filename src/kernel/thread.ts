/**
 * A thread: functions of one process to run in order, on a fiber.
 *
 *     created -> ready <-> running -> dead
 *                  ^          |
 *                  +- blocked <+            dying: told to trap; dead once its stack is gone
 *
 * The kernel alone changes the state. A thread that is ready or blocked and has started is parked
 * in an import; calling `unpark` with a status resumes it there.
 */
import type { Wait, Wake } from "./calls.ts";
import type { Fiber } from "./fiber.ts";
import { GateStatus } from "./gate/gate-state.ts";
import type { OwnStackCall } from "./gate/own-stack.ts";
import { Waiter } from "./object/wait-queue.ts";
import type { Process } from "./process.ts";
import { Deadline } from "./sched/deadlines.ts";
import type { UnfinishedCall } from "./trace/call-tracer.ts";
import { Runnable } from "./sched/run-queue.ts";

export const ThreadState = { created: "created", ready: "ready", running: "running", blocked: "blocked", dying: "dying", dead: "dead" } as const;
export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];

/** A guest function without parameters and results, exported by the engine. */
export type Entry = () => void;

export class Thread extends Runnable {
  readonly id: number;
  readonly process: Process;
  readonly entries: readonly Entry[];
  state: ThreadState = ThreadState.created;
  entriesStarted = 0;
  fiber: Fiber | undefined = undefined;
  /** Room for its stack is kept: it has not had a fiber yet. */
  stackReserved = false;
  /** Valid while parked: resumes the stack with a status. */
  unpark: ((status: number) => void) | undefined = undefined;
  cpuMs = 0;
  /** Times that it got the processor. */
  dispatches = 0;
  /** How its last gate call went. */
  gateStatus: GateStatus = GateStatus.ok;
  /** The gate call that it waits in, on a stack of the callee. */
  gateCall: OwnStackCall | undefined = undefined;
  /** Ready, but its process is stopped: in no queue. */
  held = false;
  /** Signals are to be handled before it goes on. */
  attention = false;
  /** Valid from the end of a wait until its signals were handled: what the call answers. */
  answer = 0;
  /** Called when its stack is gone. */
  onEnd: (() => void) | undefined = undefined;

  // Valid while blocked.
  wait: Wait | undefined = undefined;
  woken: Wake = "event";
  /** The wait is over because of signals. */
  interrupted = false;
  /** The count of the process's call history at the call that blocked. */
  blockedCall: number | undefined = undefined;
  unfinished: UnfinishedCall | undefined = undefined;
  readonly waiters: Waiter[] = [];
  readonly deadline: Deadline;
  readonly #wake: (thread: Thread, wake: Wake) => void;

  constructor(process: Process, id: number, entries: readonly Entry[], weight: number, wake: (thread: Thread, wake: Wake) => void) {
    super(process.job.group, weight);
    this.process = process;
    this.id = id;
    this.entries = entries;
    this.#wake = wake;
    this.deadline = new Deadline(() => wake(this, "deadline"));
  }

  /** A waiter for the i-th queue of a wait; kept from wait to wait. */
  waiter(index: number): Waiter {
    return this.waiters[index] ??= new Waiter(() => this.#wake(this, "event"));
  }
}
