/** An event: one signal that holders raise and lower, and others wait for. */
import type { Charges } from "./charges.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";

const EVENT_BYTES = 256;

export class Event extends SignalObject {
  readonly objectKind = "event";
  readonly kind = ObjectKind.event;
  readonly #charges: Charges;

  /** What one is charged. */
  static readonly cost = EVENT_BYTES;

  /** Use `create`: it charges what the object costs. */
  constructor(charges: Charges) {
    super();
    this.#charges = charges;
  }

  /** Undefined when an account refuses. */
  static create(charges: Charges): Event | undefined {
    return charges.open(EVENT_BYTES) ? new Event(charges) : undefined;
  }

  /** Stays up until `clear`. */
  signal(): void {
    this.raise(Signal.signalled);
  }
  clear(): void {
    this.lower(Signal.signalled);
  }

  protected closed(): void {
    this.#charges.close(EVENT_BYTES);
  }
}
