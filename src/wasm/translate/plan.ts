/**
 * What is to be inserted into one body: a byte of `Action` bits for each of its events, the
 * check at its entry, and the fuel charges. Filled by the placement, read by the emitter; one
 * plan serves all bodies in turn.
 */
import type { BodyEvents } from "./events.ts";

export const Action = {
  /** A check before the instruction. */
  checkBefore: 1,
  /** Loop: a check at its head. */
  checkHead: 2,
  /** Loop: a check at its head whose slow path lies outside of the loop. */
  outline: 4,
  /** A call of a helper instead of the instruction. */
  replace: 8,
  /** `charge` instructions are paid for after the instruction. */
  charge: 16,
  /** Loop: fuel below zero is noticed at its head. */
  refuel: 32,
  /** The object that the instruction makes is paid for before it. */
  allocate: 64,
  /** Loop with `outline`: a counter in a local looks at the flag every so many rounds only. */
  counter: 128,
} as const;

export class BodyPlan {
  actions = new Uint8Array(1024);
  charge = new Int32Array(1024);
  /** Rounds of a counted loop that stays without a check, else 0. */
  rounds = new Int32Array(1024);
  /** Loop with `outline`: how often its body is written, one behind the other, for one check. */
  copies = new Uint8Array(1024);
  checkEntry = false;
  entryCharge = 0;
  /** Checks are calls, to keep the body short. */
  compact = false;
  /** The body has bulk operations to replace whose length is an i32 or an i64. */
  bulk32 = false;
  bulk64 = false;
  /** The body has outlined loops. */
  outlines = false;
  /** The body has loops with a counter. */
  counters = false;

  /** Empties the plan for a body with these events. */
  clear(events: BodyEvents, fuel: boolean): void {
    const { first, length } = events;
    if (this.actions.length < length) {
      this.actions = new Uint8Array(events.kind.length);
      this.rounds = new Int32Array(events.kind.length);
      this.copies = new Uint8Array(events.kind.length);
      this.charge = new Int32Array(fuel ? events.kind.length : 0);
    } else {
      this.actions.fill(0, first, length);
      this.rounds.fill(0, first, length);
      if (fuel && this.charge.length < length) this.charge = new Int32Array(this.actions.length);
      else if (fuel) this.charge.fill(0, first, length);
    }
    this.checkEntry = false;
    this.bulk32 = false;
    this.bulk64 = false;
    this.outlines = false;
    this.counters = false;
    this.entryCharge = 0;
  }
}
