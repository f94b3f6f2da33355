/** What a run was measured on. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Environment {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
    /** Mean number of runnable tasks in the minute before the run. */
    readonly load: number;
    readonly mappingsMax: number | null;
  };
  readonly engine: { readonly node: string; readonly v8: string };
}

export function environment(): Environment {
  let mappingsMax: number | null = null;
  try {
    mappingsMax = Number(readFileSync("/proc/sys/vm/max_map_count", "utf8"));
  } catch {
    // Not a Linux.
  }
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      kernel: `${type()} ${release()}`,
      load: Math.round((loadavg()[0] ?? NaN) * 100) / 100,
      mappingsMax,
    },
    engine: { node: process.versions.node, v8: process.versions.v8 },
  };
}

export function printEnvironment({ machine, engine }: Environment): string {
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, load ${machine.load} at the start; Node ${engine.node}, V8 ${engine.v8}`;
}
