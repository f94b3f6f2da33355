/** One picture of a system out of those of its harts. */
import type { Ends, JobSnapshot, SystemSnapshot } from "#kernel";
import type { HartSnapshot } from "./messages.ts";

interface JobNode {
  job: JobSnapshot;
  readonly below: JobNode[];
}

/** The first is of the hart that asks; of harts that did not answer there is none. */
export function mergeSnapshots(parts: readonly (HartSnapshot | undefined)[]): SystemSnapshot {
  const told = parts.filter((part) => part !== undefined);
  const all = told.map(({ system }) => system);
  const first = all[0]!; // the hart that asks tells of itself
  if (all.length === 1) return first;
  return {
    nowMs: first.nowMs,
    machine: first.machine,
    switches: sum(all, ({ switches }) => switches),
    started: sum(all, ({ started }) => started),
    ends: all.map(({ ends }) => ends).reduce(addEnds),
    jobs: mergeJobs(told),
    processes: all.flatMap(({ processes }) => processes).sort((a, b) => a.id - b.id),
    unlisted: sum(all, ({ unlisted }) => unlisted),
  };
}

/** A job that several harts know tells the same totals on each; only its own CPU time is told in parts. */
function mergeJobs(told: readonly HartSnapshot[]): JobSnapshot[] {
  const known = new Map<string, JobNode>();
  const top: JobNode[] = [];
  for (const { system, jobKeys } of told) {
    const path: JobNode[] = [];
    system.jobs.forEach((job, index) => {
      const key = jobKeys[index] ?? null;
      let node = key === null ? undefined : known.get(key);
      if (node === undefined) {
        node = { job, below: [] };
        if (key !== null) known.set(key, node);
        (job.depth === 0 ? top : path[job.depth - 1]?.below)?.push(node);
      } else {
        node.job = { ...node.job, ownCpuMs: node.job.ownCpuMs + job.ownCpuMs, peakMemory: Math.max(node.job.peakMemory, job.peakMemory) };
      }
      path[job.depth] = node;
    });
  }
  const listed: JobSnapshot[] = [];
  const waiting = top.reverse();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    listed.push(node.job);
    waiting.push(...node.below.reverse());
  }
  return listed;
}

function addEnds(a: Ends, b: Ends): Ends {
  return { exited: a.exited + b.exited, kills: addCounts(a.kills, b.kills), faults: addCounts(a.faults, b.faults) };
}

function addCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const both: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) both[name] = (both[name] ?? 0) + count;
  return both;
}

function sum(all: readonly SystemSnapshot[], of: (part: SystemSnapshot) => number): number {
  return all.reduce((total, part) => total + of(part), 0);
}
