/**
 * A job: a node in the tree of accounts, and the unit that is killed whole. Processes belong to
 * exactly one job; they are charged to it and to all its ancestors, and compete for the
 * processor as members of it.
 *
 * A job that other harts know has a job of the same name and limits on each of them; their accounts are one,
 * and what happens to one happens to all (`link/shared-jobs.ts`).
 */
import { Account } from "./account.ts";
import type { Limits } from "./account.ts";
import { KernelObject } from "./handle-table.ts";
import { WaitQueue } from "./wait-queue.ts";
import { RunGroup, WEIGHT_DEFAULT } from "../sched/run-queue.ts";
import type { KillReason } from "../fault/exit.ts";
import type { Process } from "../process.ts";

export interface JobOptions {
  readonly name: string;
  readonly limits?: Limits;
  /** Share of the processor relative to siblings; 100 unless told, 1 to 10,000. */
  readonly weight?: number;
}

/** Tells other harts what happens to a job here. */
export interface JobLink {
  killed(reason: KillReason): void;
  /** The last process of all harts has gone. */
  quiet(): void;
  /** The job leaves the tree. */
  dropped(): void;
}

const KILLED_ELSEWHERE: KillReason = { cause: "job", message: "its job was killed" };

export class Job extends KernelObject {
  readonly objectKind = "job";
  readonly name: string;
  readonly parent: Job | undefined;
  readonly account: Account;
  readonly group: RunGroup;
  readonly children = new Set<Job>();
  readonly processes = new Set<Process>();
  /** Woken when nothing runs in it or below it any more, and when it is killed. */
  readonly quiet = new WaitQueue();
  readonly depth: number;
  readonly options: JobOptions;
  /** Set while other harts know the job. */
  link: JobLink | undefined = undefined;
  #killed: KillReason | undefined = undefined;
  /** Only the job itself writes this. */
  protected abandoned = false;

  /** `root` is the run queue's root group; only the kernel makes the root job. */
  constructor(parent: Job | undefined, root: RunGroup, options: JobOptions) {
    super();
    this.name = parent === undefined ? options.name : `${parent.name}/${options.name}`;
    this.options = options;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.account = new Account(`job ${this.name}`, parent?.account, options.limits ?? {});
    this.group = parent === undefined ? root : new RunGroup(parent.group, options.weight ?? WEIGHT_DEFAULT);
    parent?.children.add(this);
  }

  /** Why nothing can be created in this job any more, or undefined. */
  get killed(): KillReason | undefined {
    return this.#killed ?? (this.account.shared?.killed === true ? KILLED_ELSEWHERE : this.parent?.killed);
  }

  /** Kills every process below this job, on all harts, and all that are being created there (INV-12). */
  kill(reason: KillReason): void {
    this.killHere(reason);
    this.link?.killed(reason);
  }

  /** The same on this hart alone. */
  killHere(reason: KillReason): void {
    this.#killed ??= reason;
    this.account.shared?.markKilled();
    for (const child of this.children) child.killHere(reason);
    for (const process of this.processes) process.kill(reason);
    this.quiet.wakeAll();
  }

  /** It was killed, and nothing is left of it. */
  get ended(): boolean {
    return this.killed !== undefined && this.account.used("processes") === 0;
  }

  /** A process of this job is dead and refunded. */
  processGone(process: Process): void {
    this.processes.delete(process);
    for (let job: Job | undefined = this; job !== undefined; job = job.parent) {
      if (job.account.used("processes") > 0) continue;
      job.quiet.wakeAll();
      job.link?.quiet();
    }
    this.#dropIfUnused();
  }

  /** The last process of it on another hart has gone. */
  quietElsewhere(): void {
    this.quiet.wakeAll();
    this.#dropIfUnused();
  }

  /** Nobody will make anything in it any more: it leaves the tree as soon as it is empty. */
  abandon(): void {
    this.abandoned = true;
    this.#dropIfUnused();
  }

  #dropIfUnused(): void {
    for (let job: Job | undefined = this; job !== undefined && job.abandoned && job.account.used("processes") === 0 && job.children.size === 0; job = job.parent) {
      job.link?.dropped();
      job.parent?.children.delete(job);
    }
  }

  protected closed(): void {
    // The tree keeps a job; its handles only name it.
  }
}
