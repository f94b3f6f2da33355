/** Limits as the public API takes them, and what they become for the kernel. */
import type { ProcessLimits } from "#kernel";
import { QuantityError, parseBytes, parseDuration } from "./quantity.ts";
import type { Bytes, Duration } from "./quantity.ts";

export interface SpawnLimits {
  /** Linear memories, tables and garbage-collected objects in all; 1 GiB unless told. */
  readonly memory?: Bytes;
  /** Processor time in all; unlimited unless told. */
  readonly cpu?: Duration;
  /** Share of one processor, 0 < share <= 1; all of it unless told. */
  readonly cpuShare?: number;
  /** Time from start to end, running or waiting; unlimited unless told. */
  readonly wall?: Duration;
  /** Instructions; the program must have been compiled with `fuel: true`. */
  readonly fuel?: number | bigint;
  /** Bytes written to standard output and standard error in all; 64 MiB unless told or inherited. */
  readonly output?: Bytes;
  /** Open files, directories, pipes and sockets; 1,024 unless told. */
  readonly openFiles?: number;
  /** Threads; 64 unless told. */
  readonly threads?: number;
}

export const DEFAULT_MEMORY = 1024 ** 3;
export const DEFAULT_OUTPUT = 64 * 1024 ** 2;
export const DEFAULT_OPEN_FILES = 1024;
export const DEFAULT_THREADS = 64;

function whole(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0) throw new QuantityError(String(value), what);
  return value;
}

function instructions(fuel: number | bigint): bigint {
  if (typeof fuel !== "bigint") return BigInt(whole(fuel, "number of instructions"));
  if (fuel < 0n) throw new QuantityError(String(fuel), "number of instructions");
  return fuel;
}

/** @throws QuantityError */
export function processLimits(limits: SpawnLimits, defaultOutput: number | undefined): ProcessLimits {
  const output = limits.output === undefined ? defaultOutput : parseBytes(limits.output);
  if (limits.cpuShare !== undefined && !(limits.cpuShare > 0 && limits.cpuShare <= 1)) {
    throw new QuantityError(String(limits.cpuShare), "share of a processor above 0 and up to 1");
  }
  return {
    memory: limits.memory === undefined ? DEFAULT_MEMORY : parseBytes(limits.memory),
    handles: whole(limits.openFiles ?? DEFAULT_OPEN_FILES, "number of open files"),
    threads: whole(limits.threads ?? DEFAULT_THREADS, "number of threads"),
    ...(output === undefined ? {} : { output }),
    ...(limits.cpu === undefined ? {} : { cpuMs: parseDuration(limits.cpu) }),
    ...(limits.cpuShare === undefined ? {} : { cpuShare: limits.cpuShare }),
    ...(limits.wall === undefined ? {} : { wallMs: parseDuration(limits.wall) }),
    ...(limits.fuel === undefined ? {} : { fuel: instructions(limits.fuel) }),
  };
}
