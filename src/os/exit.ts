/**
 * How a program ended, for those who started it: `{ status }`, `{ fault }` or `{ killed }`.
 * Exactly one of the three is there.
 */
import type { ExitStatus, FaultReport, KillCause } from "#kernel";

export interface Exited {
  /** 0 when `_start` returned, else what the program gave to `proc_exit`. */
  readonly status: number;
  readonly fault?: never;
  readonly killed?: never;
  readonly signal?: never;
}
export interface Faulted {
  /** A trap, an exception that nobody caught, or a broken rule of the ABI. `fault.trap` has the backtrace. */
  readonly fault: FaultReport;
  readonly status?: never;
  readonly killed?: never;
  readonly signal?: never;
}
export interface Killed {
  readonly killed: KillCause;
  /** Why, as a sentence. */
  readonly message: string;
  /** The number of the signal, when one ended it. */
  readonly signal?: number;
  readonly status?: never;
  readonly fault?: never;
}
export type Exit = Exited | Faulted | Killed;

export function exitOf(status: ExitStatus): Exit {
  switch (status.kind) {
    case "exited": return { status: status.status };
    case "fault": return { fault: status.fault };
    case "killed": return { killed: status.reason.cause, message: status.reason.message, ...(status.reason.signal === undefined ? {} : { signal: status.reason.signal }) };
  }
}

/** The exit code that a shell would give: the status, 134 after a fault (as after SIGABRT), 128 and its number after a signal, 137 when killed otherwise (as after SIGKILL). */
export function exitCode(exit: Exit): number {
  if (exit.status !== undefined) return exit.status & 0xff;
  return exit.fault !== undefined ? 134 : 128 + (exit.signal ?? 9);
}

/** The end as people read it; empty for an ordinary exit. */
export function exitReport(exit: Exit, program: string): string {
  if (exit.killed !== undefined) return `${program}: killed: ${exit.message}`;
  if (exit.fault === undefined) return "";
  return `${program}: ${exit.fault.trap?.toString() ?? exit.fault.message}`;
}
