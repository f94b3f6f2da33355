/**
 * A core for each hart. Two harts that talk and that the host puts on one core take turns instead of working side by
 * side, so that a row would measure the scheduler of a loaded machine. Where `taskset` is there, the thread of the
 * first hart and the busiest other thread get a core each.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";

const UTIME = 13;

/** Ticks of processor time of each thread of this process but the first. */
function workers(): Map<string, number> {
  const ticks = new Map<string, number>();
  for (const task of readdirSync("/proc/self/task")) {
    // The name, in parentheses, may hold spaces.
    const stat = readFileSync(`/proc/self/task/${task}/stat`, "utf8");
    if (task !== String(process.pid)) ticks.set(task, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[UTIME - 2]));
  }
  return ticks;
}

/** Gives this thread and the one that works most while `work` runs a core each; says whether it could. */
export async function separateCores(work: () => Promise<void>): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  try {
    const before = workers();
    await work();
    const used = [...workers()].map(([task, ticks]) => [task, ticks - (before.get(task) ?? 0)] as const);
    const busiest = used.sort((a, b) => b[1] - a[1])[0];
    if (busiest === undefined || busiest[1] === 0) return false;
    return [[String(process.pid), "0"], [busiest[0], "1"]].every(([task, core]) => spawnSync("taskset", ["-p", "-c", core!, task!]).status === 0);
  } catch {
    return false;
  }
}
