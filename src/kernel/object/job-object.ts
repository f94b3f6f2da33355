/**
 * A job as others hold it: something to put jobs into, to wait for, to kill, to look at.
 *
 * A job that a program made goes when its last handle has gone and nothing runs in it or below it.
 */
import type { Charges } from "./charges.ts";
import type { Job } from "./job.ts";
import { ObjectKind, Signal } from "./rights.ts";
import { SignalObject } from "./signal-object.ts";
import { Waiter } from "./wait-queue.ts";

export const JOB_BYTES = 1024;

export class JobObject extends SignalObject {
  readonly objectKind = "job";
  readonly kind = ObjectKind.job;
  readonly job: Job;
  /** Undefined when the job's life does not depend on this object. */
  readonly #owner: Charges | undefined;
  readonly #quiet = new Waiter(() => this.#look());

  /** With `owner`, which was charged JOB_BYTES, the job is dropped with this object. */
  constructor(job: Job, owner?: Charges) {
    super(job.ended ? Signal.ended : 0);
    this.job = job;
    this.#owner = owner;
    if (!job.ended) job.quiet.add(this.#quiet);
  }

  /** The queue forgets whom it wakes. */
  #look(): void {
    if (this.job.ended) this.raise(Signal.ended);
    else this.job.quiet.add(this.#quiet);
  }

  protected closed(): void {
    this.#quiet.queue?.remove(this.#quiet);
    if (this.#owner === undefined) return;
    this.#owner.close(JOB_BYTES);
    this.job.abandon();
  }
}
