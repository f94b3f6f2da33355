/**
 * Decides where a body is checked, and which instructions become calls of helpers.
 */
import { EventFlag, EventKind } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";
import type { TranslateOptions } from "./translated.ts";

export class Placement {
  readonly #events: BodyEvents;
  readonly #plan: BodyPlan;
  readonly #options: TranslateOptions;

  constructor(events: BodyEvents, plan: BodyPlan, options: TranslateOptions) {
    this.#events = events;
    this.#plan = plan;
    this.#options = options;
  }

  place(): void {
    const events = this.#events;
    const plan = this.#plan;
    const { safepoints, limits, fuel } = this.#options;
    plan.clear(events, fuel);
    plan.checkEntry = safepoints;
    for (let row = 0; row < events.length; row++) {
      let action = 0;
      switch (events.kind[row]) {
        case EventKind.loop:
          if (safepoints && (events.flags[row]! & EventFlag.targeted) !== 0) action = Action.checkHead;
          break;
        case EventKind.memoryGrow:
        case EventKind.tableGrow:
          if (limits) action = Action.replace;
          break;
        case EventKind.memoryFill:
        case EventKind.memoryCopy:
        case EventKind.memoryInit:
          if (safepoints && (events.flags[row]! & EventFlag.large) !== 0) action = Action.replace;
          break;
        default:
      }
      if (action !== 0) plan.actions[row] = action;
    }
  }
}
