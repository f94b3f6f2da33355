/**
 * Puts checks along the text of a heavy body, so that no path between two of them weighs much
 * more than `Weight.limit`.
 *
 * One pass in text order keeps an upper bound of what ran since the last check. Branches only
 * lead forward, loop heads excepted, which are checked. Where a block ends that branches may
 * lead out of, the bound is the highest one that was reached inside.
 */
import { EventKind, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import { forEachLabel, hasHandlers } from "./labels.ts";
import { COUNTER_WEIGHT, Weight } from "./weight.ts";

/** Nothing leads here. */
const UNREACHED = -1;

export class TextWeight {
  readonly #bytes: Uint8Array;
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  // By nesting: the bound where the block was entered, and the highest that reaches its end.
  #entered = new Int32Array(256);
  #leaving = new Int32Array(256);

  constructor(bytes: Uint8Array, events: BodyEvents, plan: BodyPlan) {
    this.#bytes = bytes;
    this.#events = events;
    this.#plan = plan;
  }

  /** `weightAt` tells what the instruction of a row weighs besides its text. */
  place(codeStart: number, weightAt: (row: number) => number): void {
    const { kind, arg, start, end, match, first, length } = this.#events;
    const { actions, rounds } = this.#plan;
    const handlers = hasHandlers(this.#events);
    let weight = 0;
    let seen = codeStart;
    let depth = 0;
    this.#leaving[0] = UNREACHED;
    for (let row = first; row < length; row++) {
      const action = actions[row]!;
      if (weight !== UNREACHED) {
        weight += end[row]! - seen;
        const more = weightAt(row);
        const place = more > 0 || kind[row] === EventKind.block || kind[row] === EventKind.call;
        if (place && weight + more > Weight.limit) {
          this.#reach(depth, handlers ? weight : UNREACHED);
          actions[row]! |= Action.checkBefore;
          weight = 0;
        }
        weight += more;
        if ((action & Action.counter) !== 0) weight += COUNTER_WEIGHT;
        if (handlers) this.#reach(depth, weight);
        if ((action & Action.counter) === 0 && (action & (Action.checkHead | Action.outline)) !== 0) weight = 0;
      }
      seen = end[row]!;
      switch (kind[row]) {
        case EventKind.block:
        case EventKind.loop:
        case EventKind.if:
        case EventKind.try:
        case EventKind.tryTable:
          if (++depth === this.#leaving.length) {
            this.#leaving = grown(this.#leaving, depth * 2);
            this.#entered = grown(this.#entered, depth * 2);
          }
          this.#entered[depth] = weight;
          this.#leaving[depth] = handlers ? weight : UNREACHED;
          break;
        case EventKind.else:
          this.#reach(depth, weight);
          weight = this.#entered[depth]!;
          // No path leads from the condition to the end.
          this.#entered[depth] = UNREACHED;
          break;
        case EventKind.catch:
        case EventKind.catchAll:
          weight = this.#leaving[depth]!;
          break;
        case EventKind.end:
        case EventKind.delegate: {
          if (depth === 0) break;
          const opener = match[row]!;
          if (kind[opener] === EventKind.if) this.#reach(depth, this.#entered[depth]!);
          const inside = this.#leaving[depth--]!;
          if (handlers) this.#reach(depth, inside);
          if (kind[opener] !== EventKind.loop) weight = Math.max(weight, inside);
          else if (weight !== UNREACHED) weight += rounds[opener]! * (start[row]! - end[opener]!);
          break;
        }
        case EventKind.br:
        case EventKind.brIf:
        case EventKind.brOnNull:
        case EventKind.brOnNonNull:
        case EventKind.brOnCast:
          this.#reach(depth - arg[row]!, weight);
          if (kind[row] === EventKind.br && !handlers) weight = UNREACHED;
          break;
        case EventKind.brTable:
          if (weight !== UNREACHED) forEachLabel(this.#bytes, start[row]!, end[row]!, (label) => this.#reach(depth - label, weight));
          if (!handlers) weight = UNREACHED;
          break;
        case EventKind.return:
        case EventKind.unreachable:
          if (!handlers) weight = UNREACHED;
          break;
        default:
      }
    }
  }

  /** Branches with this bound lead out of the block at `depth`. */
  #reach(depth: number, weight: number): void {
    if (depth >= 0 && this.#leaving[depth]! < weight) this.#leaving[depth] = weight;
  }
}
