/**
 * A timer: raises its signal when a deadline passes, once or periodically.
 *
 * A periodic timer counts only when somebody looks: while its signal is up nothing is scheduled,
 * and `clear` says how many periods passed. So however short a period a program asks for, the
 * kernel works once for each `clear`, which is a call that the program pays for.
 */
import type { Charges } from "./charges.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";
import { Deadline } from "../sched/deadlines.ts";
import type { Deadlines } from "../sched/deadlines.ts";

const TIMER_BYTES = 320;

export class Timer extends SignalObject {
  readonly objectKind = "timer";
  readonly kind = ObjectKind.timer;
  readonly #charges: Charges;
  readonly #deadlines: Deadlines;
  readonly #deadline = new Deadline(() => this.raise(Signal.signalled));
  /** Valid while the timer is set. */
  #dueMs = Infinity;
  /** 0 when it fires once. */
  #periodMs = 0;

  /** Use `create`: it charges what the object costs. */
  constructor(charges: Charges, deadlines: Deadlines) {
    super();
    this.#charges = charges;
    this.#deadlines = deadlines;
  }

  /** Undefined when an account refuses. */
  static create(charges: Charges, deadlines: Deadlines): Timer | undefined {
    return charges.open(TIMER_BYTES) ? new Timer(charges, deadlines) : undefined;
  }

  /** Lowers the signal; it rises at `dueMs` of the machine's clock, at once if that is past, and with a period then and again after every `clear`. */
  set(dueMs: number, periodMs: number, nowMs: number): void {
    this.cancel();
    this.#dueMs = dueMs;
    this.#periodMs = periodMs;
    this.#schedule(nowMs);
  }

  /** Lowers the signal and stops. */
  cancel(): void {
    this.#deadlines.clear(this.#deadline);
    this.#dueMs = Infinity;
    this.#periodMs = 0;
    this.lower(Signal.signalled);
  }

  /** Lowers the signal and says how many deadlines passed since the last time. */
  clear(nowMs: number): number {
    if (nowMs < this.#dueMs) return 0;
    this.#deadlines.clear(this.#deadline);
    let passed = 1;
    if (this.#periodMs > 0) {
      passed += Math.floor((nowMs - this.#dueMs) / this.#periodMs);
      this.#dueMs += passed * this.#periodMs;
    } else {
      this.#dueMs = Infinity;
    }
    this.lower(Signal.signalled);
    this.#schedule(nowMs);
    return passed;
  }

  #schedule(nowMs: number): void {
    if (this.#dueMs === Infinity) return;
    if (this.#dueMs <= nowMs) this.raise(Signal.signalled);
    else this.#deadlines.set(this.#deadline, this.#dueMs);
  }

  protected closed(): void {
    this.#deadlines.clear(this.#deadline);
    this.#charges.close(TIMER_BYTES);
  }
}
