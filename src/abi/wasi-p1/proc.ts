/** Exit, signals, yielding, and entropy: what a process asks of the kernel itself. */
import type { PosixProcess } from "../posix/posix-process.ts";
import { isPosixSignal } from "../posix/signals.ts";
import { Errno } from "./errno.ts";
import type { Calls, WasiState } from "./state.ts";

const SIGNAL_MAX = 30;
const SIGNAL_NONE = 0;
/** Signals whose default action is to do nothing: child, continue, urgent data, window size. */
const IGNORED = new Set([16, 17, 22, 27]);
/** Signals that stop a process until it is continued; there is nobody to continue it. */
const STOPPING = new Set([18, 19, 20, 21]);
/** Exit status of a process that a signal ended, as shells count it. */
const SIGNAL_STATUS = 128;

const ENTROPY_CHUNK = 64 * 1024;
/** Entropy made in one go; after that others have a turn. Takes the host a few milliseconds. */
const ENTROPY_SLICE = 1024 * 1024;

/** From here on the numbers are one below Linux's, which have another signal here. */
const SHIFTED_FROM = 16;

/** Raises a signal, by its number in WASI, in a process that has signals. */
function raiseIn(posix: PosixProcess, number: number): number {
  const signal = number < SHIFTED_FROM ? number : number + 1;
  if (number === SIGNAL_NONE || !isPosixSignal(signal)) return Errno.success;
  return posix.raise(signal) ?? (posix.stopped ? posix.kernel.current().yield(Errno.success) : Errno.success);
}

export function procCalls(state: WasiState): Calls {
  const { memory, process } = state;

  const fillRandom = (addr: number, end: number): number => {
    const stop = Math.min(end, addr + ENTROPY_SLICE);
    for (let at = addr; at < stop; at += ENTROPY_CHUNK) {
      const chunk = memory.scratch(Math.min(ENTROPY_CHUNK, stop - at));
      process.machine.entropy(chunk);
      memory.write(at, chunk);
    }
    return stop === end ? Errno.success : state.pause("random_get", () => fillRandom(stop, end));
  };

  return {
    proc_exit: (code: number) => process.exit(code >>> 0),
    proc_raise: (signal: number) => {
      const number = signal >>> 0;
      if (number > SIGNAL_MAX) return Errno.inval;
      if (state.posix !== undefined) return raiseIn(state.posix, number);
      if (number === SIGNAL_NONE || IGNORED.has(number)) return Errno.success;
      if (STOPPING.has(number)) return Errno.notsup;
      return process.exit(SIGNAL_STATUS + number);
    },
    sched_yield: (): number => process.current().yield(Errno.success),
    random_get: (addr: number, byteLength: number) => {
      if (!state.entropy) return Errno.notcapable;
      if (!memory.has(addr, byteLength)) return Errno.fault;
      return fillRandom(addr >>> 0, (addr >>> 0) + (byteLength >>> 0));
    },
  };
}
