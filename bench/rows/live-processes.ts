/**
 * [live.processes] How many programs one host process holds, each with a memory and a stack of its own
 * and blocked in a read; and what happens past that. One process is filled to the host's real
 * limits and must end by itself; another is given a low capacity, to see that it is obeyed.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measured, Row } from "../row.ts";

const FILL = fileURLToPath(new URL("../hosts/fill.ts", import.meta.url));
const LOWERED_MAPPINGS = 2_000;
const run = promisify(execFile);

/** What `fill.ts` prints. */
export interface Filled {
  /** Programs that lived at once when one more was refused. */
  readonly live: number;
  /** Error class and message of the refusal. */
  readonly refusal: { readonly name: string; readonly code: string; readonly message: string };
  readonly first: { readonly count: number; readonly ms: number; readonly rssMiB: number } | null;
  readonly fillMs: number;
  readonly killMs: number;
  /** A program that was started once all the others were gone ended well. */
  readonly recovered: boolean;
}

/** Rejects when the process died. */
async function fill(mappings?: number): Promise<Filled> {
  const { stdout } = await run(process.execPath, [FILL, ...mappings === undefined ? [] : [String(mappings)]], { timeout: 100_000 });
  const filled = JSON.parse(stdout) as Filled;
  if (filled.refusal.code !== "kernel/capacity") throw new Error(`refused with ${JSON.stringify(filled.refusal)} instead of a CapacityError`);
  if (!filled.recovered) throw new Error("no program could be started once the others were gone");
  return filled;
}

async function measure(): Promise<Measured> {
  const lowered = await fill(LOWERED_MAPPINGS);
  const real = await fill();
  if (lowered.live >= LOWERED_MAPPINGS) throw new Error("the lowered capacity was not obeyed");
  const { first } = real;
  return {
    value: real.live,
    runs: 1,
    parts: [
      ...first === null ? [] : [
        { name: `spawn each of the first ${first.count.toLocaleString("en-US")}`, value: (first.ms * 1000) / first.count, unit: "µs" },
        { name: `memory of each of the first ${first.count.toLocaleString("en-US")}`, value: (first.rssMiB * 1024) / first.count, unit: "KiB" },
      ],
      { name: "spawn each, to the limit", value: (real.fillMs * 1000) / real.live, unit: "µs" },
      { name: "kill each", value: (real.killMs * 1000) / real.live, unit: "µs" },
      { name: `live with ${LOWERED_MAPPINGS.toLocaleString("en-US")} mappings allowed`, value: lowered.live, unit: "programs" },
    ],
    notes: [`past it: ${real.refusal.name}: ${real.refusal.message}`],
  };
}

export const liveProcesses: Row = {
  name: "live.processes",
  meaning: "blocked programs alive in one host process when one more is refused with a CapacityError, the host process unharmed",
  unit: "programs",
  target: { of: "value", at: "least", bound: 5_000 },
  limitMs: 150_000,
  measure,
};
