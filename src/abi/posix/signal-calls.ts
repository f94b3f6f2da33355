/** Sending signals, and what the caller does about those that it gets. */
import { asU64 } from "../guest-memory.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { PosixFamily } from "./posix.ts";
import type { PosixProcess } from "./posix-process.ts";
import { SignalAction, isPosixSignal } from "./signals.ts";

const MASK = 0xffff_ffffn;

export function signalCalls(state: WasiState, posix: PosixProcess): PosixFamily {
  const { memory } = state;
  const { table } = posix;

  /** The call is over, and signals may have come to the caller by it. */
  const afterSignals = (): number => {
    const died = posix.raised();
    if (died !== undefined) return died;
    return posix.stopped ? state.process.current().yield(Errno.success) : Errno.success;
  };

  const setOf = (set: bigint): number => Number(asU64(set) & MASK) | 0;
  const tellSet = (out: number, set: number): void => memory.setU64(out, BigInt(set >>> 0));

  /** Whom `pid` means, as far as the caller sees them. */
  const targets = (pid: number): PosixProcess[] => {
    if (pid > 0) {
      const process = table.find(pid);
      return process !== undefined && table.sees(posix, process) ? [process] : [];
    }
    const all = pid === -1 ? [...table.processes].filter((process) => process !== posix) : [...table.group(pid === 0 ? posix.group : -pid)];
    return all.filter((process) => table.sees(posix, process));
  };

  return {
    kill: (pid: number, signal: number) => {
      if (signal !== 0 && !isPosixSignal(signal)) return Errno.inval;
      const found = targets(pid);
      if (found.length === 0) return Errno.srch;
      if (signal === 0) return Errno.success;
      if (pid === 0 || pid < -1) table.signalStarting(pid === 0 ? posix.group : -pid, signal);
      // The caller last: it may end by it.
      for (const process of found) if (process !== posix) process.signal(signal);
      if (found.includes(posix)) posix.signal(signal);
      return afterSignals();
    },
    sigaction: (signal: number, action: number, old: number) => {
      if (!isPosixSignal(signal)) return Errno.inval;
      if (action !== SignalAction.default && action !== SignalAction.ignore && action !== SignalAction.handle) return Errno.inval;
      if (old !== 0 && !memory.has(old, 4)) return Errno.fault;
      const before = posix.action(signal);
      if (!posix.setAction(signal, action)) return Errno.inval;
      if (old !== 0) memory.setU32(old, before);
      return afterSignals();
    },
    sigprocmask: (how: number, set: bigint, old: number) => {
      if (old !== 0 && !memory.has(old, 8)) return Errno.fault;
      const before = posix.blockedSet;
      const given = setOf(set);
      const changed = how === 0 ? before | given : how === 1 ? before & ~given : how === 2 ? given : undefined;
      if (changed === undefined) return Errno.inval;
      if (old !== 0) tellSet(old, before);
      posix.setBlocked(changed);
      return afterSignals();
    },
    sigpending: (out: number) => {
      if (!memory.has(out, 8)) return Errno.fault;
      tellSet(out, posix.pendingSet);
      return Errno.success;
    },
    pause: () => {
      const forEver = (): number => state.process.current().block({ reason: "pause", queues: [], interrupted: Errno.intr, resume: forEver });
      return forEver();
    },
  };
}
