/**
 * Jobs that several harts have in common.
 *
 * The first time that another hart is to run something in a job, the job and all above it get slots in the
 * table of shared accounts; the other hart makes a job of its own for each. Kills and the moment at
 * which a job becomes empty are told to all harts. A kill also marks the slot, so that a hart which
 * hears of the job only later still finds it killed.
 */
import type { KillReason } from "../fault/exit.ts";
import type { Kernel } from "../kernel.ts";
import type { Job, JobOptions } from "../object/job.ts";
import type { SharedAccount, SharedAccounts, SlotName } from "./shared-accounts.ts";

/** A job as one hart tells another of it. */
export interface JobName extends SlotName {
  readonly options: JobOptions;
  /** Undefined right below the root. */
  readonly parent: JobName | undefined;
}

/** What harts tell each other of jobs. */
export type JobNews = SlotName & ({ readonly news: "killed"; readonly reason: KillReason } | { readonly news: "quiet" | "dropped" });

export class SharedJobs {
  readonly #kernel: Kernel;
  readonly #accounts: SharedAccounts;
  readonly #tellAll: (news: JobNews) => void;
  readonly #jobs = new Map<number, Job>();

  /** `root` is the slot that the roots of all harts share. */
  constructor(kernel: Kernel, accounts: SharedAccounts, root: SharedAccount, tellAll: (news: JobNews) => void) {
    this.#kernel = kernel;
    this.#accounts = accounts;
    this.#tellAll = tellAll;
    this.#join(kernel.root, root, false);
  }

  /** What to tell another hart of `job`: undefined for the root, which every hart has; "full" when there are more shared jobs than the table holds. */
  nameOf(job: Job): JobName | undefined | "full" {
    if (job.parent === undefined) return undefined;
    const parent = this.nameOf(job.parent);
    if (parent === "full") return "full";
    let shared = job.account.shared;
    if (shared === undefined) {
      shared = this.#accounts.take() ?? this.#takeAfterSweep();
      if (shared === undefined) return "full";
      this.#join(job, shared, true);
    }
    const { slot, generation } = shared;
    return { slot, generation, options: job.options, parent };
  }

  /** The job here that `name` means, made now if need be; undefined when it is over. */
  find(name: JobName | undefined): Job | undefined {
    if (name === undefined) return this.#kernel.root;
    const known = this.#jobs.get(name.slot);
    if (known?.account.shared?.generation === name.generation) return known;
    const parent = this.find(name.parent);
    const shared = this.#accounts.find(name);
    if (parent === undefined || shared === undefined) return undefined;
    const job = this.#kernel.createJob(parent, name.options);
    this.#join(job, shared, false);
    return job;
  }

  /** What another hart told. */
  heard(news: JobNews): void {
    const job = this.#jobs.get(news.slot);
    if (job?.account.shared?.generation !== news.generation) return;
    if (news.news === "killed") job.killHere(news.reason);
    else if (news.news === "quiet") job.quietElsewhere();
    else {
      this.#leave(job);
      job.abandon();
    }
  }

  #join(job: Job, shared: SharedAccount, owner: boolean): void {
    const { slot, generation } = shared;
    job.account.share(shared);
    this.#jobs.set(slot, job);
    if (job.killed !== undefined) shared.markKilled();
    job.link = {
      killed: (reason) => this.#tellAll({ slot, generation, news: "killed", reason }),
      quiet: () => this.#tellAll({ slot, generation, news: "quiet" }),
      dropped: () => {
        this.#leave(job);
        if (!owner) return;
        shared.free();
        this.#tellAll({ slot, generation, news: "dropped" });
      },
    };
  }

  #leave(job: Job): void {
    const { shared } = job.account;
    if (shared !== undefined && this.#jobs.get(shared.slot) === job) this.#jobs.delete(shared.slot);
    job.account.unshare();
    job.link = undefined;
  }

  /** Jobs that were killed and are empty give their slots back first. */
  #takeAfterSweep(): SharedAccount | undefined {
    for (const job of this.#jobs.values()) if (job.parent !== undefined && job.ended) job.link?.dropped();
    return this.#accounts.take();
  }
}
