/**
 * How processes ended, stopped and went on, as `waitpid` tells it.
 *
 * Spec: POSIX.1-2024, sys/wait.h; encoding as Linux.
 */
import type { ExitStatus } from "#kernel";
import { PosixSignal } from "./signals.ts";

export const CONTINUED_STATUS = 0xffff;

export function exitedStatus(status: number): number {
  return (status & 0xff) << 8;
}
export function stoppedStatus(signal: number): number {
  return (signal << 8) | 0x7f;
}

/** The status of a process that is dead. */
export function waitStatus(end: ExitStatus): number {
  switch (end.kind) {
    case "exited":
      return exitedStatus(end.status);
    case "killed":
      return end.reason.signal ?? PosixSignal.KILL;
    case "fault":
      return faultSignal(end.fault.trap?.trap);
    default:
      return end satisfies never;
  }
}

function faultSignal(trap: string | undefined): number {
  switch (trap) {
    case "unreachable":
      return PosixSignal.ILL;
    case "integer-divide-by-zero":
    case "integer-overflow":
    case "invalid-conversion-to-integer":
      return PosixSignal.FPE;
    case undefined:
      return PosixSignal.ABRT;
    default:
      return PosixSignal.SEGV;
  }
}
