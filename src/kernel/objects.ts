/**
 * What kernel objects of one kernel share: the deadlines of timers, the order in which ends are
 * dealt with, and the one object for each process and job that handles name.
 */
import type { Kernel } from "./kernel.ts";
import type { Account } from "./object/account.ts";
import { ChannelEnd } from "./object/channel.ts";
import type { ChannelLimits } from "./object/channel.ts";
import { Charges } from "./object/charges.ts";
import { Event } from "./object/event.ts";
import type { Grant } from "./object/grant.ts";
import type { HandleTable } from "./object/handle-table.ts";
import { Image } from "./object/image.ts";
import type { Job, JobOptions } from "./object/job.ts";
import { JOB_BYTES, JobObject } from "./object/job-object.ts";
import { MemoryObject } from "./object/memory-object.ts";
import { ProcessObject } from "./object/process-object.ts";
import type { ProcessTarget } from "./object/process-object.ts";
import { Timer } from "./object/timer.ts";
import { Undertaker } from "./object/undertaker.ts";
import { WaitSet } from "./object/wait-set.ts";
import { Deadlines } from "./sched/deadlines.ts";

/** Jobs below jobs; every charge walks up all of them. */
export const JOB_DEPTH_MAX = 32;

/** What a program asks for that starts another. The grants are given away. */
export interface SpawnRequest {
  readonly image: Image;
  readonly job: Job;
  readonly args: readonly string[];
  readonly handles: Readonly<Record<string, Grant>>;
  /** Who asks, and pays for the time that it takes. */
  readonly parent: Account;
}

/** Makers answer undefined when an account refuses. */
export class Objects {
  readonly undertaker = new Undertaker();
  /** What the host's own objects are charged to. */
  readonly hostCharges: Charges;
  /** Starts programs for programs: resolves with a grant that nobody holds, and a reference, on the new process. Set by the system around the kernel. */
  spawner: ((request: SpawnRequest) => Promise<Grant>) | undefined = undefined;
  readonly #kernel: Kernel;
  readonly #deadlines: Deadlines;
  readonly #processes = new WeakMap<ProcessTarget, ProcessObject>();
  readonly #jobs = new WeakMap<Job, JobObject>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#deadlines = new Deadlines(kernel.machine);
    this.hostCharges = new Charges(kernel.root.account, Infinity);
  }

  channel(limits: ChannelLimits, charges: Charges): readonly [ChannelEnd, ChannelEnd] | undefined {
    return ChannelEnd.pair(limits, charges, this.undertaker);
  }
  event(charges: Charges): Event | undefined {
    return Event.create(charges);
  }
  timer(charges: Charges): Timer | undefined {
    return Timer.create(charges, this.#deadlines);
  }
  waitSet(charges: Charges, handles: HandleTable): WaitSet | undefined {
    return WaitSet.create(charges, handles);
  }
  /** @throws CapacityError */
  memory(pages: number, charges: Charges): MemoryObject | undefined {
    return MemoryObject.create(pages, charges, this.#kernel.mappings);
  }
  image(payload: object, charges: Charges): Image | undefined {
    return Image.create(payload, charges);
  }
  process(process: ProcessTarget): ProcessObject {
    return held(this.#processes, process, () => new ProcessObject(process));
  }
  job(job: Job): JobObject {
    return held(this.#jobs, job, () => new JobObject(job));
  }
  /** A new job that goes with its last handle. */
  newJob(parent: Job, options: JobOptions, charges: Charges): JobObject | undefined {
    if (parent.depth >= JOB_DEPTH_MAX || !charges.open(JOB_BYTES)) return undefined;
    const object = new JobObject(this.#kernel.createJob(parent, options), charges);
    this.#jobs.set(object.job, object);
    return object;
  }
}

/** The object in use for `key`, or a new one when there is none that is still open. */
function held<K extends object, V extends { readonly isClosed: boolean }>(map: WeakMap<K, V>, key: K, make: () => V): V {
  let object = map.get(key);
  if (object === undefined || object.isClosed) map.set(key, (object = make()));
  return object;
}
