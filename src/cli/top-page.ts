/** The pages of `isola top`: each shows what was used since the one before. */
import type { JobSnapshot, ProcessSnapshot } from "#os";
import { printCpu, processHeadings, processRow } from "./process-row.ts";
import type { SeenSystem } from "./systems.ts";
import { columns, counted, printBytes } from "./text.ts";

interface Before {
  readonly nowMs: number;
  readonly cpuMs: number;
}

export class TopPage {
  /** By system and process, or system and job. */
  #before = new Map<string, Before>();

  lines(systems: readonly SeenSystem[]): string[] {
    const now = new Map<string, Before>();
    /** Hundredths of a processor since the last page; on its first, since its start. */
    const share = (key: string, nowMs: number, cpuMs: number, wallMs: number): number => {
      now.set(key, { nowMs, cpuMs });
      const before = this.#before.get(key);
      // A number that went back belongs to another system under the same name.
      const isSame = before !== undefined && before.cpuMs <= cpuMs && before.nowMs < nowMs;
      const [used, time] = isSame ? [cpuMs - before.cpuMs, nowMs - before.nowMs] : [cpuMs, wallMs];
      return time > 0 ? (used / time) * 100 : 0;
    };
    const processes: { readonly host: string; readonly process: ProcessSnapshot; readonly share: number }[] = [];
    const jobs: { readonly host: string; readonly job: JobSnapshot; readonly share: number }[] = [];
    for (const { address: { host }, snapshot } of systems) {
      for (const process of snapshot.processes) {
        processes.push({ host, process, share: share(`${host}:${process.id}`, snapshot.nowMs, process.cpuMs, process.wallMs) });
      }
      const longest = Math.max(0, ...snapshot.processes.slice(0, 1000).map(({ wallMs }) => wallMs));
      snapshot.jobs.forEach((job, index) => {
        // Names of jobs can repeat; their order tells them apart as long as none goes.
        jobs.push({ host, job, share: share(`${host}/${index}/${job.name}`, snapshot.nowMs, job.cpuMs, longest) });
      });
    }
    this.#before = now;
    processes.sort((a, b) => b.share - a.share || b.process.cpuMs - a.process.cpuMs);
    const threads = processes.reduce((sum, { process }) => sum + process.threadCount, 0);
    const memory = processes.reduce((sum, { process }) => sum + process.memory, 0);
    const total = processes.reduce((sum, { share: one }) => sum + one, 0);
    const { titles, right } = processHeadings("CPU %");
    return [
      `isola top: ${counted(systems.length, "system")}, ${processes.length === 1 ? "1 process" : `${processes.length} processes`}, ${counted(threads, "thread")}; ${percent(total)} % of a processor, ${printBytes(memory)}`,
      "",
      ...columns([
        ["HOST", "JOB", "CPU %", "CPU", "MEMORY", "PEAK", "PROCESSES", "THREADS", "HANDLES"],
        ...jobs.map(({ host, job, share: one }) => [
          host, `${"  ".repeat(job.depth)}${job.name}${job.killed ? " (killed)" : ""}`, percent(one), printCpu(job.cpuMs),
          printBytes(job.memory), printBytes(job.peakMemory), String(job.processes), String(job.threads), String(job.handles),
        ]),
      ], [0, 2, 3, 4, 5, 6, 7, 8]),
      "",
      ...columns([titles, ...processes.map(({ host, process, share: one }) => processRow(host, process, percent(one)))], right),
    ];
  }
}

function percent(share: number): string {
  return share.toFixed(1);
}
