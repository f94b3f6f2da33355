/**
 * The line between guests and the kernel: what a kernel call gets, and what it may answer.
 *
 * A guest import is a *host function*: a functype, a flag whether it may block, and a plain
 * JavaScript function. The kernel wraps the functions of a process in a small module of its own
 * (`adaptor.ts`), which does three things in WebAssembly:
 *
 *     r = call(args…)                 plain import, a few nanoseconds
 *     while r == BLOCK: r = block()   suspends this thread's stack, others run
 *     if r == DIE: unreachable        a real trap, which no handler of the guest can catch
 *
 * So a host function never suspends itself, never throws to end a thread, and works also
 * where the stack cannot be suspended as long as it does not block. Only functions whose single
 * result is an i32 (a status, never negative) or that have no result may answer BLOCK or DIE.
 */
import type { FuncType } from "#wasm";
import type { HandleTable } from "./object/handle-table.ts";
import type { Machine } from "./machine.ts";
import type { WaitQueue } from "./object/wait-queue.ts";

/** Answer of a host function that called `block` or `await` on its context. */
export const BLOCK = -1;
/** Answer of a host function whose thread must end here: the process exits or was killed. */
export const DIE = -2;

/**
 * Answer of a call that would have to wait inside a handler of signals, where nothing can: `again` of
 * WASI and `would_block` of the kernel calls alike.
 */
export const CANNOT_WAIT = 6;

/** Answer of a call that cannot end now: it blocks, its thread must end, or it may not block where it is. */
export type Parked = typeof BLOCK | typeof DIE | typeof CANNOT_WAIT;

/** Why a thread came back from `block`. */
export type Wake = "event" | "deadline";

export interface Wait {
  /** For people: "fd_read on pipe", "poll_oneoff". */
  readonly reason: string;
  /** The thread is woken when any of these is. May be empty when there is a deadline. */
  readonly queues: readonly WaitQueue[];
  /** `machine.now()` at which to give up waiting. Past times wake at once. */
  readonly deadlineMs?: number;
  /** What the call answers when a signal is to be handled first; without it, the signal waits for the call. */
  readonly interrupted?: number;
  /** Checks again, on the same thread: the call's final answer, or BLOCK after another `block`. */
  resume(wake: Wake): number;
  /** The thread will not come back to it (it was killed or interrupted): let go of what the wait holds. */
  cancel?(): void;
}

/** The thread that makes the call. Valid during the call only. */
export interface CallContext {
  readonly process: ProcessContext;
  block(wait: Wait): Parked;
  /** Blocks until `promise` settles. `done` and `failed` give the final answer or BLOCK. They do not run when the thread is killed; `abandoned` does then, with the value, once it is there. */
  await<T>(promise: Promise<T>, reason: string, done: (value: T) => number, failed: (error: unknown) => number, abandoned?: (value: T) => void): Parked;
  /** Gives the processor to the next ready thread; the call's answer then is `answer`. */
  yield(answer: number): number;
}

/** What an ABI sees of the process that it serves. */
export interface ProcessContext {
  readonly id: number;
  readonly name: string;
  readonly machine: Machine;
  readonly handles: HandleTable;
  /** The calling thread. Only valid inside a host function of this process. */
  current(): CallContext;
  /** Ends the process with a status; answer the DIE that this returns. */
  exit(status: number): typeof DIE;
  /** Ends the process as faulty because it broke a rule of the ABI. */
  abort(message: string): typeof DIE;
  /** Bytes of output that may still be written; write no more than these. */
  outputLeft(): number;
  /** Charges bytes written to stdio and the like to the output accounts; false when over the limit (the process is being killed: answer DIE). */
  chargeOutput(byteLength: number): boolean;
  /** CPU time that the process has used, in nanoseconds. */
  cpuTimeNs(): bigint;
}

/** i64 is bigint, all other numeric types number. */
export type CoreValue = number | bigint;

/** How people see the calls of one function. Made only when somebody looks; never throws, whatever the arguments are. */
export interface CallWords {
  /** A text for each argument, up to the first that only the call fills in. */
  before(args: readonly CoreValue[]): string[];
  /** A text for each argument once the call has answered; without an answer, long after it: buffers are something else by then. */
  after(args: readonly CoreValue[], answer: CoreValue | undefined): string[];
  answer(answer: CoreValue): string;
}

export interface HostFunction {
  readonly name: string;
  readonly type: FuncType;
  /** May answer BLOCK or DIE. Costs about 2 ns when it does not. */
  readonly mayBlock: boolean;
  /** i64 parameters and results are bigint, all other numeric types number. */
  readonly call: (...args: never[]) => number | bigint | void;
  /** For traces and fault reports; plain numbers without it. */
  readonly words?: CallWords;
}
/** All functions of one import module name. */
export interface HostModule {
  readonly name: string;
  readonly functions: readonly HostFunction[];
}
