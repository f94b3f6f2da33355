/**
 * What this Node process can bear (see `Capacity`).
 *
 * Linux ends the process when its memory mappings are used up, whoever asks for one more; a fifth
 * of them stays free for the host itself. A stack has a guard page since V8 14 (Node 26), which
 * makes it two mappings; before that neighbouring stacks merge into one, and what limits then is the time
 * that collections take to walk them.
 */
import { readFileSync } from "node:fs";
import type { Capacity } from "#kernel";

/** V8 reserves 8 GiB (memory64: 16 GiB) for each memory of the 128 TiB that a process has, of which it uses some itself. */
const MEMORIES_MAX = 15_500;
const HOST_SHARE = 0.2;

export function hostCapacity(): Capacity {
  let mappings = Infinity;
  try {
    const max = Number(readFileSync("/proc/sys/vm/max_map_count", "utf8"));
    const used = readFileSync("/proc/self/maps", "utf8").split("\n").length;
    if (Number.isFinite(max)) mappings = Math.max(0, Math.floor(max * (1 - HOST_SHARE)) - used);
  } catch {
    // No such limit to read here.
  }
  return { mappings, mappingsPerStack: 2, mappingsPerMemory: 2, memories: MEMORIES_MAX };
}
