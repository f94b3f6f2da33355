/**
 * The last kernel calls of one process, for its fault report.
 *
 * A ring of plain values that each call overwrites in a few nanoseconds; words are made of it
 * only when a report wants them, so what arguments point at is shown as it is then. A call that
 * blocked gets its answer when it comes back, if its place in the ring was not taken meanwhile.
 */
import type { CoreValue, HostFunction } from "../calls.ts";
import { BLOCK } from "../calls.ts";
import type { GateState } from "../gate/gate-state.ts";
import { SHOWN_PARAMS, answerText, wordsOf } from "./call-words.ts";
import type { CallAnswer, CallRecord } from "./call-words.ts";

/** Calls that are kept. A power of two. */
export const HISTORY_CALLS = 16;
/** One call in the ring: function, thread, parameters, answer. */
const STRIDE = 3 + SHOWN_PARAMS;
/** No function has this number. */
const UNUSED = -1;
export const HISTORY_THREAD = 1;
export const HISTORY_PARAMS = 2;
export const HISTORY_ANSWER = HISTORY_PARAMS + SHOWN_PARAMS;

export class CallHistory {
  /** `begin` gives the place of a call in it; the caller fills in parameters and answer. */
  readonly ring: CallAnswer[] = Array.from({ length: HISTORY_CALLS * STRIDE }, () => UNUSED);
  /** Calls begun so far, modulo 2^32 and signed. */
  count = 0;
  /** Where the running thread is. */
  readonly gates: GateState;
  readonly #functions: HostFunction[] = [];

  constructor(gates: GateState) {
    this.gates = gates;
  }

  /** Gives the numbers under which the calls of `functions` are recorded: from the answer on. */
  add(functions: readonly HostFunction[]): number {
    const first = this.#functions.length;
    this.#functions.push(...functions);
    return first;
  }

  /** A call begins: its place in the ring. Its answer is BLOCK until there is one. */
  begin(fn: number): number {
    this.gates.checkRoom();
    const count = this.count;
    this.count = (count + 1) | 0;
    const at = (count & (HISTORY_CALLS - 1)) * STRIDE;
    const { ring, gates } = this;
    ring[at] = fn;
    ring[at + HISTORY_THREAD] = gates.depth > 0 ? 0 : (gates.thread?.id ?? 0);
    ring[at + HISTORY_ANSWER] = BLOCK;
    return at;
  }

  /** The call that was begun when `count` became this has come back after all. */
  settle(count: number, answer: CallAnswer): void {
    const begunSince = (this.count - count) | 0;
    if (begunSince < 0 || begunSince >= HISTORY_CALLS) return;
    this.ring[((count - 1) & (HISTORY_CALLS - 1)) * STRIDE + HISTORY_ANSWER] = answer;
  }

  /** The calls in words, the latest last. */
  records(): CallRecord[] {
    const records: CallRecord[] = [];
    for (let back = HISTORY_CALLS; back > 0; back--) {
      const at = ((this.count - back) & (HISTORY_CALLS - 1)) * STRIDE;
      const fn = this.#functions[this.ring[at] as number];
      if (fn === undefined) continue;
      const words = wordsOf(fn);
      const params = Math.min(fn.type.params.length, SHOWN_PARAMS);
      const args = this.ring.slice(at + HISTORY_PARAMS, at + HISTORY_PARAMS + params) as CoreValue[];
      const answer = this.ring[at + HISTORY_ANSWER];
      records.push({
        thread: this.ring[at + HISTORY_THREAD] as number,
        name: fn.name,
        // What the call filled in may be something else by now.
        args: words.after(args, undefined).join(", "),
        answer: answerText(words, answer),
      });
    }
    return records;
  }
}
