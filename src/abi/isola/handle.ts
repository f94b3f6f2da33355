/** Calls on handles of any kind. */
import { SignalObject, Status } from "#kernel";
import { NEEDS, STRUCTS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

const SAME_RIGHTS = -1;

export function handleCalls(state: IsolaState): IsolaFamily {
  const { memory, process } = state;
  const { handles } = process;
  return {
    handle_close: (handle: number) => {
      if (state.find(SignalObject, handle, NEEDS.handle_close[0]) === undefined) return state.status;
      handles.close(handle);
      return Status.ok;
    },
    handle_duplicate: (handle: number, rights: number, out: number) => {
      memory.begin();
      if (state.find(SignalObject, handle, NEEDS.handle_duplicate[0]) === undefined) return state.status;
      const has = handles.rights(handle);
      const asked = rights === SAME_RIGHTS ? has : rights;
      if ((asked & ~has) !== 0) return Status.missing_rights;
      if (!memory.has(out, 4)) return Status.bad_address;
      const made = handles.duplicate(handle, asked);
      if (made === undefined) return Status.limit;
      memory.setU32(out, made);
      return Status.ok;
    },
    handle_restrict: (handle: number, rights: number) => {
      if (state.find(SignalObject, handle, NEEDS.handle_restrict[0]) === undefined) return state.status;
      handles.restrict(handle, rights);
      return Status.ok;
    },
    handle_revoke: (handle: number) => {
      if (state.find(SignalObject, handle, NEEDS.handle_revoke[0]) === undefined) return state.status;
      handles.grantOf(handle)!.revoke(state.objects.undertaker); // the handle was just found
      return Status.ok;
    },
    handle_info: (handle: number, out: number) => {
      memory.begin();
      const object = state.find(SignalObject, handle, NEEDS.handle_info[0]);
      if (object === undefined) return state.status;
      if (!memory.has(out, STRUCTS.info.size)) return Status.bad_address;
      memory.setU32(out, object.kind);
      memory.setU32(out + 4, handles.rights(handle));
      memory.setU32(out + 8, object.signals);
      return Status.ok;
    },
  };
}
