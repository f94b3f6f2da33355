/** Calls on events and timers. */
import { Event, FULL_RIGHTS, Status, Timer } from "#kernel";
import { NEEDS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

const NS_PER_MS = 1e6;

export function signalCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;
  return {
    event_create: (out: number) => {
      memory.begin();
      return memory.has(out, 4) ? state.give(objects.event(process.charges), FULL_RIGHTS.event, out) : Status.bad_address;
    },
    event_signal: (handle: number) => {
      const event = state.find(Event, handle, NEEDS.event_signal[0]);
      if (event === undefined) return state.status;
      event.signal();
      return Status.ok;
    },
    event_clear: (handle: number) => {
      const event = state.find(Event, handle, NEEDS.event_clear[0]);
      if (event === undefined) return state.status;
      event.clear();
      return Status.ok;
    },
    timer_create: (out: number) => {
      memory.begin();
      return memory.has(out, 4) ? state.give(objects.timer(process.charges), FULL_RIGHTS.timer, out) : Status.bad_address;
    },
    timer_set: (handle: number, deadline: bigint, period: bigint) => {
      const timer = state.find(Timer, handle, NEEDS.timer_set[0]);
      if (timer === undefined) return state.status;
      if (period < 0n) return Status.invalid_argument;
      if (deadline < 0n) timer.cancel();
      else timer.set(Number(deadline) / NS_PER_MS, Number(period) / NS_PER_MS, process.machine.now());
      return Status.ok;
    },
    timer_clear: (handle: number, out: number) => {
      memory.begin();
      const timer = state.find(Timer, handle, NEEDS.timer_clear[0]);
      if (timer === undefined) return state.status;
      if (!memory.has(out, 8)) return Status.bad_address;
      memory.setU64Number(out, timer.clear(process.machine.now()));
      return Status.ok;
    },
    timer_cancel: (handle: number) => {
      const timer = state.find(Timer, handle, NEEDS.timer_cancel[0]);
      if (timer === undefined) return state.status;
      timer.cancel();
      return Status.ok;
    },
  };
}
