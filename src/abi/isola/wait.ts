/** Calls that wait, for one object or for any of many. */
import { FULL_RIGHTS, SignalObject, Status, WaitSet } from "#kernel";
import { NEEDS, STRUCTS } from "./calls-table.ts";
import { areSignals } from "./state.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

export function waitCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;

  const waitOne = (handle: number, signals: number, deadline: bigint, out: number): number => {
    const object = state.find(SignalObject, handle, NEEDS.wait_one[0]);
    if (object === undefined) return state.status;
    if (!areSignals(signals)) return Status.invalid_argument;
    if (!memory.has(out, 4)) return Status.bad_address;
    const seen = object.signals & signals;
    if (seen === 0) return state.blockOn(object, deadline, "wait_one", (left) => waitOne(handle, signals, left, out));
    memory.setU32(out, seen);
    return Status.ok;
  };

  const waitSet = (handle: number, events: number, capacity: number, countOut: number, deadline: bigint): number => {
    const set = state.find(WaitSet, handle, NEEDS.wait_set_wait[0]);
    if (set === undefined) return state.status;
    const { size } = STRUCTS.event;
    if (capacity === 0) return Status.invalid_argument;
    if (!memory.hasItems(events, capacity, size) || !memory.has(countOut, 4)) return Status.bad_address;
    let at = events >>> 0;
    const count = set.report(capacity >>> 0, (key, signals) => {
      memory.setU64(at, key);
      memory.setU32(at + 8, signals);
      memory.setU32(at + 12, 0);
      at += size;
    });
    if (count === 0) return state.blockOn(set, deadline, "wait_set_wait", (left) => waitSet(handle, events, capacity, countOut, left));
    memory.setU32(countOut, count);
    return Status.ok;
  };

  return {
    wait_one: (handle: number, signals: number, deadline: bigint, out: number) => {
      memory.begin();
      return waitOne(handle, signals, deadline, out);
    },
    wait_set_create: (out: number) => {
      memory.begin();
      return memory.has(out, 4) ? state.give(objects.waitSet(process.charges, process.handles), FULL_RIGHTS.wait_set, out) : Status.bad_address;
    },
    wait_set_add: (handle: number, watched: number, signals: number, key: bigint) => {
      const set = state.find(WaitSet, handle, NEEDS.wait_set_add[0]);
      if (set === undefined) return state.status;
      const object = state.find(SignalObject, watched, NEEDS.wait_set_add[1]);
      if (object === undefined) return state.status;
      if (!areSignals(signals)) return Status.invalid_argument;
      return set.add(BigInt.asUintN(64, key), watched, object, signals);
    },
    wait_set_remove: (handle: number, key: bigint) => {
      const set = state.find(WaitSet, handle, NEEDS.wait_set_remove[0]);
      if (set === undefined) return state.status;
      return set.remove(BigInt.asUintN(64, key)) ? Status.ok : Status.not_found;
    },
    wait_set_wait: (handle: number, events: number, capacity: number, countOut: number, deadline: bigint) => {
      memory.begin();
      return waitSet(handle, events, capacity, countOut, deadline);
    },
  };
}
