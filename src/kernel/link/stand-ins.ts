/** Objects that stand for those of another hart. Their own rules are those of their classes; what is done to them is told to their home. */
import type { Charges } from "../object/charges.ts";
import { Event } from "../object/event.ts";
import { Image } from "../object/image.ts";
import { JobObject } from "../object/job-object.ts";
import type { Job } from "../object/job.ts";
import { MemoryObject } from "../object/memory-object.ts";
import { ProcessObject } from "../object/process-object.ts";
import type { ProcessTarget } from "../object/process-object.ts";
import { Signal } from "../object/rights.ts";

/** What a stand-in needs of its line. */
export interface Home {
  /** How many harts the handle has passed through. */
  readonly hops: number;
  tell(kind: number, arg?: number, bytes?: Uint8Array): void;
  /** The last handle is gone. */
  release(): void;
}

/** What the objects of this file have besides what their classes say. */
export interface StandIn {
  readonly home: Home;
}

/** What is told over the line of an event. */
export const EventOrder = { signal: 16, clear: 17 } as const;

export class EventStandIn extends Event implements StandIn {
  readonly home: Home;
  constructor(charges: Charges, home: Home, signals: number) {
    super(charges);
    this.home = home;
    this.mirror(signals);
  }
  override signal(): void {
    this.home.tell(EventOrder.signal);
  }
  override clear(): void {
    this.home.tell(EventOrder.clear);
  }
  /** The signals are now these. */
  mirror(signals: number): void {
    this.change(signals & Signal.signalled, ~signals & Signal.signalled);
  }
  protected override closed(): void {
    super.closed();
    this.home.release();
  }
}

export class ProcessStandIn extends ProcessObject implements StandIn {
  readonly home: Home;
  constructor(process: ProcessTarget, home: Home) {
    super(process);
    this.home = home;
  }
  protected override closed(): void {
    super.closed();
    this.home.release();
  }
}

/** The job itself is on every hart; only its life depends on its home. */
export class JobStandIn extends JobObject implements StandIn {
  readonly home: Home;
  constructor(job: Job, home: Home) {
    super(job);
    this.home = home;
  }
  protected override closed(): void {
    super.closed();
    this.home.release();
  }
}

export class ImageStandIn extends Image implements StandIn {
  readonly home: Home;
  constructor(payload: object, charges: Charges, home: Home) {
    super(payload, charges);
    this.home = home;
  }
  protected override closed(): void {
    super.closed();
    this.home.release();
  }
}

/** The bytes are the same, and are charged at home. */
export class MemoryStandIn extends MemoryObject implements StandIn {
  readonly home: Home;
  constructor(raw: WebAssembly.Memory, pages: number, charges: Charges, home: Home) {
    super(raw, pages, charges);
    this.home = home;
  }
  protected override closed(): void {
    this.home.release();
  }
}
