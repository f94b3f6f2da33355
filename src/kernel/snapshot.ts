/**
 * A kernel at one moment, as plain data that can be sent away: for `isola ps`, `isola top`,
 * metrics, and embedders. Making one changes nothing and takes about a microsecond a process.
 */
import type { ExitStatus, KillCause } from "./fault/exit.ts";
import type { Kernel } from "./kernel.ts";
import type { Job } from "./object/job.ts";
import { ProcessState } from "./process.ts";
import type { Process } from "./process.ts";
import { ThreadState } from "./thread.ts";
import type { Thread } from "./thread.ts";

export interface ThreadSnapshot {
  readonly id: number;
  readonly state: ThreadState;
  /** What it waits for, while it is blocked: "fd_read on pipe". */
  readonly waitsFor: string | null;
  /** Without the slice that is under way. */
  readonly cpuMs: number;
  readonly switches: number;
}

export interface ProcessSnapshot {
  readonly id: number;
  /** The number of the hart that it runs on. */
  readonly hart: number;
  readonly name: string;
  /** The job's path from the root: "root/builds". */
  readonly job: string;
  /** "blocked" when none of its threads could run, or it has none and waits to be called; "stopped" by a signal. */
  readonly state: ProcessState | "blocked" | "stopped";
  /** What its first blocked thread waits for, when none could run; "calls" when it has no thread. */
  readonly waitsFor: string | null;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Bytes of linear memories and tables now, and at most. */
  readonly memory: number;
  readonly peakMemory: number;
  readonly output: number;
  readonly handles: number;
  readonly switches: number;
  /** How many; the first `THREADS_LISTED` are listed. */
  readonly threadCount: number;
  readonly threads: readonly ThreadSnapshot[];
}

/** With all jobs and processes below it. */
export interface JobSnapshot {
  readonly name: string;
  /** Levels below the root. */
  readonly depth: number;
  readonly processes: number;
  readonly threads: number;
  readonly handles: number;
  readonly memory: number;
  readonly peakMemory: number;
  /** In all, processes that have ended included. */
  readonly cpuMs: number;
  /** The same without the jobs below it; never gets less. */
  readonly ownCpuMs: number;
  readonly killed: boolean;
}

/** How many processes ended in which way since the kernel started. */
export interface Ends {
  readonly exited: number;
  readonly kills: Readonly<Partial<Record<KillCause, number>>>;
  /** By the trap's code; "none" for a broken rule of the ABI. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface SystemSnapshot {
  /** The machine's monotonic clock, in milliseconds. */
  readonly nowMs: number;
  readonly machine: string;
  /** Threads that got the processor since the kernel started. */
  readonly switches: number;
  readonly started: number;
  readonly ends: Ends;
  /** The root first, each before the jobs below it. */
  readonly jobs: readonly JobSnapshot[];
  /** In the order of their start. */
  readonly processes: readonly ProcessSnapshot[];
  /** Processes and jobs that are not listed, being too many. */
  readonly unlisted: number;
}

export const THREADS_LISTED = 64;
/** Of processes, and of jobs. */
export const SNAPSHOT_LISTED = 20_000;

/** Counts ends; only processes that are reaped write it. */
export class EndTally implements Ends {
  exited = 0;
  readonly kills: Partial<Record<KillCause, number>> = {};
  readonly faults: Record<string, number> = {};

  count(end: ExitStatus): void {
    if (end.kind === "exited") this.exited++;
    else if (end.kind === "killed") this.kills[end.reason.cause] = (this.kills[end.reason.cause] ?? 0) + 1;
    else {
      const trap = end.fault.trap?.trap ?? "none";
      this.faults[trap] = (this.faults[trap] ?? 0) + 1;
    }
  }
}

export function snapshot(kernel: Kernel): SystemSnapshot {
  const jobs: JobSnapshot[] = [];
  const all = jobsBelow(kernel.root);
  for (const job of all.slice(0, SNAPSHOT_LISTED)) jobs.push(jobSnapshot(job));
  const processes: ProcessSnapshot[] = [];
  let unlisted = all.length - jobs.length;
  for (const process of kernel.processes) {
    if (processes.length < SNAPSHOT_LISTED) processes.push(processSnapshot(process));
    else unlisted++;
  }
  const { ends } = kernel;
  return {
    nowMs: kernel.machine.now(),
    machine: kernel.machine.name,
    switches: kernel.switches,
    started: kernel.started,
    ends: { exited: ends.exited, kills: { ...ends.kills }, faults: { ...ends.faults } },
    jobs, processes, unlisted,
  };
}

/** Equal for two jobs of two harts that are the same; null for one that no other hart knows. In the order of `SystemSnapshot.jobs`. */
export function jobKeys(kernel: Kernel): (string | null)[] {
  return jobsBelow(kernel.root).slice(0, SNAPSHOT_LISTED).map(({ account: { shared } }) => (shared === undefined ? null : `${shared.slot}.${shared.generation}`));
}

function jobsBelow(root: Job): Job[] {
  const found: Job[] = [];
  const waiting = [root];
  for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
    found.push(job);
    waiting.push(...[...job.children].reverse());
  }
  return found;
}

function jobSnapshot(job: Job): JobSnapshot {
  const { account } = job;
  // What other harts charge to a job, they tell themselves.
  let below = 0;
  for (const child of job.children) below += child.account.cpuMsHere;
  return {
    name: job.name,
    depth: job.depth,
    processes: account.used("processes"),
    threads: account.used("threads"),
    handles: account.used("handles"),
    memory: account.used("memory"),
    peakMemory: account.peak("memory"),
    cpuMs: account.cpuMs,
    ownCpuMs: Math.max(0, account.cpuMsHere - below),
    killed: job.killed !== undefined,
  };
}

/** One process at this moment. */
export function processSnapshot(process: Process): ProcessSnapshot {
  const { cpuMs, wallMs, memory, peakMemory, output, handles, switches } = process.usage();
  const threads: ThreadSnapshot[] = [];
  let canRun = false;
  // Without threads it runs when others call it.
  let waitsFor: string | null = process.threads.size === 0 ? "calls" : null;
  for (const thread of process.threads) {
    if (thread.state === ThreadState.blocked) waitsFor ??= reasonOf(thread);
    else canRun = true;
    if (threads.length < THREADS_LISTED) {
      threads.push({ id: thread.id, state: thread.state, waitsFor: reasonOf(thread), cpuMs: thread.cpuMs, switches: thread.dispatches });
    }
  }
  const isBlocked = process.state === ProcessState.running && !canRun;
  return {
    id: process.id, hart: process.hart, name: process.name, job: process.job.name,
    state: process.stopped ? "stopped" : isBlocked ? "blocked" : process.state,
    waitsFor: isBlocked && !process.stopped ? waitsFor : null,
    cpuMs, wallMs, memory, peakMemory, output, handles, switches,
    threadCount: process.threads.size,
    threads,
  };
}

function reasonOf(thread: Thread): string | null {
  return thread.state === ThreadState.blocked ? (thread.wait?.reason ?? "a call") : null;
}
