/**
 * Compiles one module of hostile size in a process of its own, so that its memory can be told:
 * `node fuzz/hostile-child.ts INDEX fuel|plain`. Prints a `HostileOutcome` as JSON.
 */
import { DecodeError, Engine, Module, ValidateError } from "#wasm";
import { HOSTILE_MODULES } from "./hostile-modules.ts";

export interface HostileOutcome {
  /** Processor time of all threads. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
  /** The message of a refusal. */
  readonly refused: string | undefined;
}

const hostile = HOSTILE_MODULES[Number(process.argv[2])];
if (hostile === undefined) throw new RangeError(`there is no hostile module ${process.argv[2]}`);
const bytes = hostile.make();
const started = process.cpuUsage();
let refused: string | undefined;
try {
  await Module.compile(new Engine({ translate: { fuel: process.argv[3] === "fuel" } }), bytes);
} catch (error) {
  if (!(error instanceof DecodeError) && !(error instanceof ValidateError)) throw error;
  refused = error.message;
}
const { user, system } = process.cpuUsage(started);
const outcome: HostileOutcome = { cpuMs: (user + system) / 1000, peakRssBytes: process.resourceUsage().maxRSS * 1024, refused };
console.log(JSON.stringify(outcome));
