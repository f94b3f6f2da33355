/**
 * Gates: typed entries into functions that another process exports.
 *
 * A synchronous call runs the callee's code at once on the caller's stack, with the callee as
 * the active process: about what a call costs. The callee's memory, handles and identity are its own.
 * Its fault ends the callee and comes back to the caller as a status; the results are zero then.
 *
 * Rules of entry:
 * - One call at a time. While the callee is busy, another call waits for its turn on a stack
 *   (`own-stack.ts`), unless it comes from inside a synchronous call, where nothing can wait,
 *   or from a process that the callee itself waits for: those are `busy`.
 * - The callee cannot block in a synchronous call. It would be its fault; functions that may
 *   block are declared so and always run on a stack of their own.
 * - A caller that is killed meanwhile ends after the call; the callee finishes it.
 */
import { KernelBug } from "#base";
import type { FuncType } from "#wasm";
import type { Process } from "../process.ts";
import { BytesPlan, GateRefusal, coreType } from "./bytes.ts";
import type { MemoryView, ParamKind, Place, ResultKind } from "./bytes.ts";
import { GateStatus } from "./gate-state.ts";
import type { GateState } from "./gate-state.ts";
import type { GateService } from "./own-stack.ts";

export type GateFunction = (...args: never[]) => unknown;
export const DEFAULT_BUDGET_MS = 20;
type Call = (...args: unknown[]) => unknown;

/** What a thread of the callee runs; see `gate-module.ts`. */
export interface Stub {
  readonly set: Call;
  readonly run: () => void;
  readonly get: () => unknown;
}

/** One function of an interface, and what answers it now. */
export class GateEntry {
  readonly name: string;
  readonly type: FuncType;
  readonly plan: BytesPlan | undefined;
  /** It may block, and so always gets a stack of its own. */
  readonly mayBlock: boolean;
  /** Why a caller waits, for people. */
  readonly reason: string;
  /** The result of a call that failed. */
  readonly zero: unknown;
  // What stands behind it; `bind` changes all of them together.
  service!: GateService;
  callee!: Process;
  call!: Call;
  stubs: Stub[] = [];
  /** Quanta that may begin during one synchronous call. */
  budget = 1;
  /** How long a call on a stack of its own may take until it answers; unbounded when undefined. */
  budgetMs: number | undefined = undefined;

  constructor(name: string, params: readonly ParamKind[], results: readonly ResultKind[], mayBlock: boolean) {
    this.name = name;
    this.type = coreType(params, results);
    this.plan = BytesPlan.of(params);
    this.mayBlock = mayBlock;
    this.reason = `a call of ${name}`;
    const zeros = results.map((result) => (result === "i64" ? 0n : 0));
    this.zero = zeros.length > 1 ? zeros : zeros[0];
  }

  /**
   * From now on calls go to `target`, a function that the service's process exports. `budgetMs` is
   * how long one call may take: running, when it is synchronous (`DEFAULT_BUDGET_MS` unless told),
   * else until it answers (without bound unless told).
   */
  bind(service: GateService, target: GateFunction, budgetMs?: number): void {
    this.budget = service.quanta(budgetMs ?? DEFAULT_BUDGET_MS);
    this.budgetMs = budgetMs;
    this.service = service;
    this.callee = service.process;
    this.call = target as Call;
    this.stubs = [];
    service.adopt(this);
  }

  /** The callee is dead: nothing here keeps its memory. It is refused before these could be called. */
  forget(): void {
    this.call = gone;
    this.stubs = [];
  }
}

function gone(): never {
  throw new KernelBug("a gate led into a dead process");
}

/** What came out of the callee's code, or of ours around it, as a status. The callee has its fault from here, unless it was ending. */
export function gateFailure(callee: Process, error: unknown): GateStatus {
  if (error instanceof GateRefusal) {
    if (error.fault === undefined) return error.status;
    callee.fault(0, error.fault, undefined);
  } else if (!callee.dying) {
    callee.faultBy(error);
  }
  return callee.gateEnd ?? GateStatus.ended;
}

/** Parameters for which no list of arguments has to be made (bench: gate.scalar). */
const FEW = 4;

/** The host function of a gate, to be called through the adaptor of its type. `caller` is the memory of the importing instance. */
export function gateFunction(state: GateState, entry: GateEntry, caller: MemoryView): Call {
  if (entry.mayBlock) return (...args) => entry.service.ask(entry, args, caller);
  if (entry.plan !== undefined) return bytesGate(state, entry, entry.plan, caller);
  if (entry.type.params.length > FEW) return longGate(state, entry, caller);
  return shortGate(state, entry, caller);
}

/**
 * A host specialises a function for what it calls, and functions of one text share what it has learnt. So each
 * gate has a text of its own: with several in use a call took 37 ns and takes 27 (bench: gate.scalar).
 * Nothing but numbers of ours goes into it. Where a host forbids functions made from text they share one.
 */
function shortGate(state: GateState, entry: GateEntry, caller: MemoryView): Call {
  const ask = (...args: unknown[]): unknown => entry.service.ask(entry, args.slice(0, entry.type.params.length), caller);
  // Missing arguments cost nothing in a call from wasm, and surplus ones nothing in a call to it.
  try {
    // oxlint-disable-next-line no-new-func -- a text of our own, for the feedback of its own that the host keeps for it
    return new Function("state", "entry", "ask", "failure", `"use strict"; // gate ${++state.made}
      return (a, b, c, d) => {
        const { callee } = entry;
        if (!state.admits(callee)) return ask(a, b, c, d);
        state.push(callee, entry.budget);
        let answer;
        let status = ${GateStatus.ok};
        try {
          answer = entry.call(a, b, c, d);
        } catch (error) {
          status = failure(callee, error);
          answer = entry.zero;
        }
        state.pop(callee, status);
        return answer;
      };`)(state, entry, ask, gateFailure) as Call;
  } catch {
    return longGate(state, entry, caller);
  }
}
function longGate(state: GateState, entry: GateEntry, caller: MemoryView): Call {
  return (...args) => {
    const { callee } = entry;
    if (!state.admits(callee)) return entry.service.ask(entry, args, caller);
    state.push(callee, entry.budget);
    let answer: unknown;
    let status: GateStatus = GateStatus.ok;
    try {
      answer = entry.call(...args);
    } catch (error) {
      status = gateFailure(callee, error);
      answer = entry.zero;
    }
    state.pop(callee, status);
    return answer;
  };
}

function bytesGate(state: GateState, entry: GateEntry, plan: BytesPlan, caller: MemoryView): Call {
  return (...args) => {
    const { callee, service } = entry;
    if (!state.admits(callee)) return service.ask(entry, args, caller);
    const { places } = service;
    state.push(callee, entry.budget);
    let answer: unknown;
    let status: GateStatus = GateStatus.ok;
    let place: Place | undefined;
    try {
      const pointer = plan.bufferPointer(args);
      place = plan.copyIn(args, caller, places);
      answer = call(entry.call, args);
      plan.copyOut(answer, args, pointer, caller, places);
    } catch (error) {
      status = gateFailure(callee, error);
      answer = entry.zero;
    }
    if (place !== undefined) places.giveBack(place);
    state.pop(callee, status);
    return answer;
  };
}

/** A spread costs more than the call (bench: gate.bytes1k). */
function call(target: Call, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 2: return target(args[0], args[1]);
    case 3: return target(args[0], args[1], args[2]);
    case 4: return target(args[0], args[1], args[2], args[3]);
    case 5: return target(args[0], args[1], args[2], args[3], args[4]);
    default: return target(...args);
  }
}
