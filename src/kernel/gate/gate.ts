/**
 * A synchronous gate: a typed entry into a function that another process exports.
 *
 * The caller's thread runs the callee's code at once, with the callee as the active process:
 * about what a call costs. The callee's memory, handles and identity are its own. Its fault ends
 * the callee and comes back to the caller as a status; the results are zero then.
 *
 * Rules of entry:
 * - One call at a time: while a call runs in a process, another one into it (from the callee itself,
 *   as in A -> B -> A, or from a call further out) is `busy`. A process that has threads of its own
 *   cannot be entered this way at all, since a thread may have been preempted in the middle of anything.
 * - The callee cannot block here. It would be its fault.
 * - A caller that is killed meanwhile ends after the call; the callee finishes it.
 */
import type { Process } from "../process.ts";
import { GATE_DEPTH_MAX, GateStatus } from "./gate-state.ts";
import type { GateState } from "./gate-state.ts";

export type GuestFunction = (...args: never[]) => unknown;
type Call = (a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown, f?: unknown) => unknown;

/** Whether `callee` can be entered now. */
export function entryRefusal(callee: Process, state: GateState): GateStatus {
  if (callee.dying) return GateStatus.ended;
  if (callee.entered || callee.threads.size > 0) return GateStatus.busy;
  if (state.depth >= GATE_DEPTH_MAX) return GateStatus.depth;
  return GateStatus.ok;
}

/** What came out of the callee's code: its end as a status. The callee has its fault from here, unless it was ending. */
export function gateFailure(callee: Process, error: unknown): GateStatus {
  if (!callee.dying) callee.faultBy(error);
  return callee.gateEnd ?? GateStatus.ended;
}

/**
 * The function that a caller imports. `budget` counts quanta that may begin during one call; `zero`
 * is its result when the call fails.
 */
export function syncGate(state: GateState, callee: Process, target: GuestFunction, budget: number, zero: unknown, arity: number): GuestFunction {
  const call = target as Call;
  // One closure for each gate keeps the engine's call site for `target` monomorphic. All arities
  // share it up to six parameters: missing arguments cost nothing in a call from wasm.
  const gate = (a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown, f?: unknown): unknown => {
    const thread = state.thread!;
    if (callee.entered || callee.threads.size > 0 || callee.dying || state.depth >= GATE_DEPTH_MAX) {
      thread.gateStatus = entryRefusal(callee, state);
      return zero;
    }
    const { active, quanta, budget: outer } = state;
    state.active = callee;
    state.depth++;
    state.quanta = 0;
    state.budget = budget;
    callee.entered = true;
    let answer: unknown;
    let status: GateStatus = GateStatus.ok;
    try {
      answer = call(a, b, c, d, e, f);
    } catch (error) {
      status = gateFailure(callee, error);
      answer = zero;
    }
    callee.entered = false;
    state.active = active;
    state.quanta += quanta;
    state.budget = outer;
    thread.gateStatus = status;
    if (--state.depth === 0) state.leave();
    if (callee.dying) {
      // It ended itself without a trap, in a plain call.
      if (status === GateStatus.ok) thread.gateStatus = GateStatus.ended;
      callee.leftWhileDying();
    }
    return answer;
  };
  if (arity <= 6) return gate as GuestFunction;
  return ((...args: unknown[]) => {
    const whole = syncGate(state, callee, (() => (target as (...all: unknown[]) => unknown)(...args)) as GuestFunction, budget, zero, 0);
    return (whole as () => unknown)();
  }) as GuestFunction;
}
