/**
 * Clocks. The process and the thread clock both give the CPU time of the process: the kernel
 * charges a thread's time to its process, and programs that ask for either measure themselves.
 */
import { Errno } from "./errno.ts";
import type { Calls, WasiState } from "./state.ts";

export const Clock = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const;

/** Time of a clock in nanoseconds; undefined when there is no such clock. */
export function clockNs(state: WasiState, id: number): bigint | undefined {
  switch (id >>> 0) {
    case Clock.realtime:
      return state.process.machine.realtimeNs();
    case Clock.monotonic:
      return state.process.machine.monotonicNs();
    case Clock.processCpu:
    case Clock.threadCpu:
      return state.process.cpuTimeNs();
    default:
      return undefined;
  }
}

export function clockCalls(state: WasiState): Calls {
  const { memory } = state;
  return {
    clock_res_get: (id: number, out: number) => {
      if (id >>> 0 > Clock.threadCpu) return Errno.inval;
      if (!state.clocks) return Errno.notcapable;
      if (!memory.has(out, 8)) return Errno.fault;
      // What hosts promise of their clocks: a microsecond of real time, better for the rest.
      memory.setU64(out, id === Clock.realtime ? 1000n : 1n);
      return Errno.success;
    },
    clock_time_get: (id: number, _precision: bigint, out: number) => {
      if (id >>> 0 > Clock.threadCpu) return Errno.inval;
      if (!state.clocks) return Errno.notcapable;
      if (!memory.has(out, 8)) return Errno.fault;
      memory.setU64(out, clockNs(state, id) ?? 0n);
      return Errno.success;
    },
  };
}
