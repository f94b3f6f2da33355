/** What the processes of a session may use together. */
import type { Limits } from "#kernel";
import { QuantityError, parseBytes, parseDuration } from "../quantity.ts";
import type { Bytes, Duration } from "../quantity.ts";

export interface SessionLimits {
  /** Memories, tables, objects and pipes; 4 GiB unless told. */
  readonly memory?: Bytes;
  /** Processes at once; 512 unless told. One more is refused with `again`. */
  readonly processes?: number;
  /** Threads at once; 1,024 unless told. */
  readonly threads?: number;
  /** Descriptors and handles at once; 65,536 unless told. */
  readonly openFiles?: number;
  /** Processor time in all; unlimited unless told. */
  readonly cpu?: Duration;
  /** Share of one processor, 0 < share <= 1; all of it unless told. */
  readonly cpuShare?: number;
  /** Bytes written to the host in all; unlimited unless told. */
  readonly output?: Bytes;
}

const DEFAULT_MEMORY = 4 * 1024 ** 3;
const DEFAULT_PROCESSES = 512;
const DEFAULT_THREADS = 1024;
const DEFAULT_OPEN_FILES = 65_536;

/** @throws QuantityError */
export function sessionLimits(limits: SessionLimits): Limits {
  const whole = (value: number, what: string): number => {
    if (!Number.isInteger(value) || value < 0) throw new QuantityError(String(value), what);
    return value;
  };
  const share = limits.cpuShare;
  if (share !== undefined && !(share > 0 && share <= 1)) throw new QuantityError(String(share), "share of a processor above 0 and up to 1");
  return {
    memory: limits.memory === undefined ? DEFAULT_MEMORY : parseBytes(limits.memory),
    processes: whole(limits.processes ?? DEFAULT_PROCESSES, "number of processes"),
    threads: whole(limits.threads ?? DEFAULT_THREADS, "number of threads"),
    handles: whole(limits.openFiles ?? DEFAULT_OPEN_FILES, "number of open files"),
    ...(limits.cpu === undefined ? {} : { cpuMs: parseDuration(limits.cpu) }),
    ...(share === undefined ? {} : { cpuShare: share }),
    ...(limits.output === undefined ? {} : { output: parseBytes(limits.output) }),
  };
}
