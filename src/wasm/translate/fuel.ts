/**
 * Charges for fuel: every basic block pays for its instructions before the first of them runs.
 *
 * What counts: each instruction once when it is executed; `block`, `loop` and the like when they
 * are entered; `end`, `else`, `catch`, `catch_all` and `delegate` never. A block that traps half-way
 * has paid for all of it. So the sum depends on the path taken and on nothing else.
 */
import { EventFlag, EventKind } from "./events.ts";
import type { BodyEvents } from "./events.ts";
import { Action } from "./plan.ts";
import type { BodyPlan } from "./plan.ts";

export function chargeBlocks(events: BodyEvents, plan: BodyPlan): void {
  const { kind, flags, count, first, length } = events;
  // Row that the current block begins after; -1 is the entry, -2 text that is never reached.
  let block = -1;
  let charge = 0;
  const close = (): void => {
    if (charge > 0 && block >= 0) {
      plan.charge[block] = charge;
      plan.actions[block]! |= Action.charge;
    } else if (block === -1) {
      plan.entryCharge = charge;
    }
    charge = 0;
  };
  for (let row = first; row < length; row++) {
    charge += count[row]!;
    switch (kind[row]) {
      case EventKind.loop:
        close();
        block = block === -2 ? -2 : row;
        if ((flags[row]! & EventFlag.targeted) !== 0) plan.actions[row]! |= Action.refuel;
        break;
      case EventKind.if:
      case EventKind.brIf:
      case EventKind.brOnNull:
      case EventKind.brOnNonNull:
      case EventKind.brOnCast:
        close();
        block = block === -2 ? -2 : row;
        break;
      case EventKind.else:
      case EventKind.catch:
      case EventKind.catchAll:
      case EventKind.end:
      case EventKind.delegate:
        close();
        block = row;
        break;
      case EventKind.br:
      case EventKind.brTable:
      case EventKind.return:
      case EventKind.unreachable:
      case EventKind.throw:
      case EventKind.throwRef:
      case EventKind.rethrow:
      case EventKind.returnCall:
      case EventKind.returnCallIndirect:
      case EventKind.returnCallRef:
        close();
        block = -2;
        break;
      default:
    }
  }
  close();
}
