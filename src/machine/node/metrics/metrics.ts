/**
 * A system's figures in the text format of Prometheus, made of a snapshot whenever they are
 * asked for, so that they cost nothing in between.
 *
 * Figures per job do not count the jobs below it, so that sums over jobs are right; at most
 * `JOBS_LABELLED` jobs have a label of their own, since every label is kept for long by whoever
 * collects them, and programs can make jobs.
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { JobSnapshot, SystemSnapshot } from "#kernel";

const JOBS_LABELLED = 200;
const OTHER_JOBS = "(others)";
const STATES = ["created", "running", "blocked", "exiting"] as const;
const THREAD_STATES = ["created", "ready", "running", "blocked", "dying"] as const;

export interface MetricsText {
  /** For the header of the answer. */
  readonly contentType: string;
  readonly text: string;
}

interface OwnFigures {
  processes: number;
  threads: number;
  cpuSeconds: number;
  memory: number;
  handles: number;
}

/** The figures of one moment. */
export async function printMetrics(snapshot: SystemSnapshot): Promise<MetricsText> {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge => new Gauge({ name: `isola_${name}`, help, labelNames: [...labelNames], registers });
  const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter => new Counter({ name: `isola_${name}`, help, labelNames: [...labelNames], registers });

  const processes = gauge("processes", "Processes that have not ended, by state.", ["state"]);
  for (const state of STATES) processes.set({ state }, snapshot.processes.filter((process) => process.state === state).length);
  const threads = gauge("threads", "Threads, by state.", ["state"]);
  const all = snapshot.processes.flatMap((process) => process.threads);
  for (const state of THREAD_STATES) threads.set({ state }, all.filter((thread) => thread.state === state).length);

  const job = {
    processes: gauge("job_processes", "Processes of the job, without those of jobs below it.", ["job"]),
    threads: gauge("job_threads", "Threads of the job, without those of jobs below it.", ["job"]),
    memory: gauge("job_memory_bytes", "Linear memories and tables of the job, without the jobs below it.", ["job"]),
    handles: gauge("job_handles", "Open handles of the job, without the jobs below it.", ["job"]),
    cpuSeconds: counter("job_cpu_seconds_total", "Processor time of the job, without the jobs below it.", ["job"]),
  };
  for (const [name, own] of ownFigures(snapshot.jobs)) {
    job.processes.set({ job: name }, own.processes);
    job.threads.set({ job: name }, own.threads);
    job.memory.set({ job: name }, own.memory);
    job.handles.set({ job: name }, own.handles);
    job.cpuSeconds.inc({ job: name }, own.cpuSeconds);
  }

  const root = snapshot.jobs[0];
  counter("cpu_seconds_total", "Processor time of all programs, those that have ended included.").inc((root?.cpuMs ?? 0) / 1000);
  gauge("memory_bytes", "Linear memories and tables of all programs.").set(root?.memory ?? 0);
  gauge("memory_peak_bytes", "Highest value that isola_memory_bytes had.").set(root?.peakMemory ?? 0);
  gauge("handles", "Open handles of all programs.").set(root?.handles ?? 0);
  gauge("jobs", "Jobs, the root included.").set(snapshot.jobs.length);
  counter("switches_total", "Times that a thread got the processor.").inc(snapshot.switches);
  counter("processes_started_total", "Processes that were started.").inc(snapshot.started);
  counter("processes_exited_total", "Processes that ended by themselves.").inc(snapshot.ends.exited);
  const kills = counter("kills_total", "Processes that were killed, by cause.", ["cause"]);
  for (const [cause, count] of Object.entries(snapshot.ends.kills)) kills.inc({ cause }, count);
  const faults = counter("faults_total", "Processes that ended with a fault, by trap.", ["trap"]);
  for (const [trap, count] of Object.entries(snapshot.ends.faults)) faults.inc({ trap }, count);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** By name; jobs of one name are one. */
function ownFigures(jobs: readonly JobSnapshot[]): Map<string, OwnFigures> {
  const figures = new Map<string, OwnFigures>();
  const at = (name: string): OwnFigures => {
    const label = figures.has(name) || figures.size < JOBS_LABELLED ? name : OTHER_JOBS;
    let own = figures.get(label);
    if (own === undefined) figures.set(label, (own = { processes: 0, threads: 0, cpuSeconds: 0, memory: 0, handles: 0 }));
    return own;
  };
  /** The job above the one that is looked at, and those above it. */
  const path: JobSnapshot[] = [];
  for (const job of jobs) {
    path.length = job.depth;
    add(at(job.name), job, 1);
    at(job.name).cpuSeconds += job.ownCpuMs / 1000;
    const parent = path[job.depth - 1];
    if (parent !== undefined) add(at(parent.name), job, -1);
    path[job.depth] = job;
  }
  return figures;
}

function add(own: OwnFigures, { processes, threads, memory, handles }: JobSnapshot, sign: 1 | -1): void {
  own.processes += sign * processes;
  own.threads += sign * threads;
  own.memory += sign * memory;
  own.handles += sign * handles;
}
