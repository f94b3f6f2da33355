/**
 * Puts checks behind calls that lie on a cycle of the call graph, so that a deep recursion
 * that returns meets checks too.
 *
 * On the way down each round of a cycle passes a check. On the way back every frame goes on behind its
 * call. What it runs there is its tail, up to the next check or the return; a tail that may weigh
 * more than `Weight.tail` gets a check before it does. Each call needs one such check only: what
 * follows is bounded by `Weight.limit`, as all text is.
 *
 * One pass in text order keeps an upper bound of the tail, or `NO_TAIL`. Where a block ends it is the
 * highest one from which a branch leads there; in bodies with handlers, which can be entered
 * from anywhere inside, the highest one inside. A loop without a check of its own passes one
 * in each round, so what a round carries over to the next is one tail more at most.
 */
import { EventKind, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { forEachLabel, hasHandlers } from "./labels.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import { COUNTER_WEIGHT, Weight } from "./weight.ts";

/** No call of a cycle has returned since the last check. */
const NO_TAIL = -1;

export interface TailCalls {
  /** Whether the call at `row` is part of a cycle. */
  isCyclic(row: number): boolean;
  /** What the instruction at `row` weighs besides its text; -1 when it is sure to pass a check. */
  weightAt(row: number): number;
}

export class TailWeight {
  readonly #bytes: Uint8Array;
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  // By nesting: the tail where the block was entered, and the highest that reaches its end.
  #entered = new Int32Array(256);
  #leaving = new Int32Array(256);

  constructor(bytes: Uint8Array, events: BodyEvents, plan: BodyPlan) {
    this.#bytes = bytes;
    this.#events = events;
    this.#plan = plan;
  }

  place(calls: TailCalls): void {
    const { kind, start, end, arg, match, first, length } = this.#events;
    const { actions } = this.#plan;
    const handlers = hasHandlers(this.#events);
    let tail = NO_TAIL;
    let seen = 0;
    let depth = 0;
    this.#leaving[0] = NO_TAIL;
    for (let row = first; row < length; row++) {
      const action = actions[row]!;
      if (tail !== NO_TAIL) {
        tail = Math.min(tail + start[row]! - seen, Weight.limit);
        const more = kind[row] === EventKind.loop ? this.#loopWeight(row) : calls.weightAt(row);
        if (handlers) this.#leaving[depth] = Math.max(this.#leaving[depth]!, tail);
        if ((action & Action.checkBefore) !== 0 || more < 0) {
          tail = NO_TAIL;
        } else if (tail + more > Weight.tail) {
          actions[row]! |= Action.checkBefore;
          tail = NO_TAIL;
        } else {
          tail += more + end[row]! - start[row]!;
        }
      }
      seen = end[row]!;
      if (tail === NO_TAIL && calls.isCyclic(row)) tail = 0;
      if (handlers) this.#leaving[depth] = Math.max(this.#leaving[depth]!, tail);
      switch (kind[row]) {
        case EventKind.block:
        case EventKind.loop:
        case EventKind.if:
        case EventKind.try:
        case EventKind.tryTable:
          if ((action & (Action.checkHead | Action.outline)) !== 0) tail = NO_TAIL;
          if (++depth === this.#leaving.length) {
            this.#leaving = grown(this.#leaving, depth * 2);
            this.#entered = grown(this.#entered, depth * 2);
          }
          this.#entered[depth] = tail;
          this.#leaving[depth] = kind[row] === EventKind.if || handlers ? tail : NO_TAIL;
          break;
        case EventKind.else:
          this.#leaving[depth] = Math.max(this.#leaving[depth]!, tail);
          tail = this.#entered[depth]!;
          break;
        case EventKind.catch:
        case EventKind.catchAll:
          tail = this.#leaving[depth]!;
          break;
        case EventKind.end:
        case EventKind.delegate: {
          if (depth === 0) break;
          const inside = this.#leaving[depth--]!;
          if (handlers) this.#leaving[depth] = Math.max(this.#leaving[depth]!, inside);
          if (kind[match[row]!] !== EventKind.loop) tail = Math.max(tail, inside);
          break;
        }
        case EventKind.br:
        case EventKind.brIf:
        case EventKind.brOnNull:
        case EventKind.brOnNonNull:
        case EventKind.brOnCast:
          this.#branch(depth - arg[row]!, tail);
          if (kind[row] === EventKind.br && !handlers) tail = NO_TAIL;
          break;
        case EventKind.brTable:
          if (tail !== NO_TAIL) forEachLabel(this.#bytes, start[row]!, end[row]!, (label) => this.#branch(depth - label, tail));
          if (!handlers) tail = NO_TAIL;
          break;
        case EventKind.return:
        case EventKind.unreachable:
          // What follows is reached by branches only.
          if (!handlers) tail = NO_TAIL;
          break;
        default:
      }
    }
  }

  /** The rounds of a loop that have no check of their own. */
  #loopWeight(row: number): number {
    const { start, end, match } = this.#events;
    if ((this.#plan.actions[row]! & Action.counter) !== 0) return COUNTER_WEIGHT;
    const count = this.#plan.rounds[row]!;
    return count === 0 ? 0 : count * (start[match[row]!]! - end[row]!);
  }

  #branch(depth: number, tail: number): void {
    if (depth >= 0 && this.#leaving[depth]! < tail) this.#leaving[depth] = tail;
  }
}
