/**
 * Puts checks along the text of a heavy body, so that no path between two of them weighs much
 * more than `Weight.limit`.
 *
 * One pass in text order keeps an upper bound of what ran since the last check. Branches only
 * lead forward, loop heads excepted, which are checked. Where a block ends that branches may
 * lead out of, the bound is the highest one that was reached inside.
 */
import { EventFlag, EventKind, grown } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import { Weight } from "./weight.ts";

export class TextWeight {
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  // By nesting: the bound where the block was entered, and the highest inside.
  #entered = new Int32Array(256);
  #peak = new Int32Array(256);

  constructor(events: BodyEvents, plan: BodyPlan) {
    this.#events = events;
    this.#plan = plan;
  }

  /** `weightAt` tells what the instruction of a row weighs besides its text. */
  place(codeStart: number, weightAt: (row: number) => number): void {
    const { kind, flags, start, end, match, first, length } = this.#events;
    const { actions, rounds } = this.#plan;
    let weight = 0;
    let seen = codeStart;
    let depth = 0;
    this.#peak[0] = 0;
    for (let row = first; row < length; row++) {
      weight += end[row]! - seen;
      seen = end[row]!;
      const more = weightAt(row);
      const place = more > 0 || kind[row] === EventKind.block || kind[row] === EventKind.call;
      if (place && weight + more > Weight.limit) {
        this.#peak[depth] = Math.max(this.#peak[depth]!, weight);
        actions[row]! |= Action.checkBefore;
        weight = 0;
      }
      weight += more;
      if ((actions[row]! & Action.counter) !== 0) {
        weight += Weight.counterRounds * Weight.counterText;
      } else if ((actions[row]! & (Action.checkHead | Action.outline)) !== 0) {
        this.#peak[depth] = Math.max(this.#peak[depth]!, weight);
        weight = 0;
      }
      this.#peak[depth] = Math.max(this.#peak[depth]!, weight);
      switch (kind[row]) {
        case EventKind.block:
        case EventKind.loop:
        case EventKind.if:
        case EventKind.try:
        case EventKind.tryTable:
          if (++depth === this.#peak.length) {
            this.#peak = grown(this.#peak, depth * 2);
            this.#entered = grown(this.#entered, depth * 2);
          }
          this.#entered[depth] = weight;
          this.#peak[depth] = weight;
          break;
        case EventKind.else:
          weight = this.#entered[depth]!;
          break;
        case EventKind.catch:
        case EventKind.catchAll:
          weight = this.#peak[depth]!;
          break;
        case EventKind.end:
        case EventKind.delegate: {
          if (depth === 0) break;
          const opener = match[row]!;
          const inside = this.#peak[depth--]!;
          this.#peak[depth] = Math.max(this.#peak[depth]!, inside);
          if (kind[opener] === EventKind.loop) weight += rounds[opener]! * (start[row]! - end[opener]!);
          else if (kind[opener] !== EventKind.block || (flags[opener]! & EventFlag.targeted) !== 0) weight = inside;
          break;
        }
        default:
      }
    }
  }
}
