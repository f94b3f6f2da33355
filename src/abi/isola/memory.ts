/** Calls on memory objects. Their bytes are shared with others, so a copy is only as consistent as those agree on. */
import { CapacityError, FULL_RIGHTS, MEMORY_OBJECT_PAGES_MAX, MemoryObject, Status } from "#kernel";
import { TRANSFER_MAX } from "../guest-memory.ts";
import { NEEDS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

export function memoryCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;

  /** The range of the object, or the status that refuses it. */
  const range = (object: MemoryObject, claimed: bigint, length: number): Uint8Array | number => {
    const offset = Number(BigInt.asUintN(64, claimed));
    if (length > TRANSFER_MAX || offset + length > object.byteLength) return Status.invalid_argument;
    return object.bytes.subarray(offset, offset + length);
  };

  return {
    memory_create: (pages: number, out: number) => {
      memory.begin();
      if (!memory.has(out, 4)) return Status.bad_address;
      if (pages === 0 || pages >>> 0 > MEMORY_OBJECT_PAGES_MAX) return Status.invalid_argument;
      try {
        return state.give(objects.memory(pages >>> 0, process.charges), FULL_RIGHTS.memory, out);
      } catch (error) {
        if (error instanceof CapacityError) return Status.no_room;
        throw error;
      }
    },
    memory_size: (handle: number, out: number) => {
      memory.begin();
      const object = state.find(MemoryObject, handle, NEEDS.memory_size[0]);
      if (object === undefined) return state.status;
      if (!memory.has(out, 4)) return Status.bad_address;
      memory.setU32(out, object.pages);
      return Status.ok;
    },
    memory_read: (handle: number, offset: bigint, addr: number, length: number) => {
      memory.begin();
      const object = state.find(MemoryObject, handle, NEEDS.memory_read[0]);
      if (object === undefined) return state.status;
      if (!memory.has(addr, length)) return Status.bad_address;
      const bytes = range(object, offset, length >>> 0);
      if (typeof bytes === "number") return bytes;
      memory.write(addr, bytes);
      return Status.ok;
    },
    memory_write: (handle: number, offset: bigint, addr: number, length: number) => {
      memory.begin();
      const object = state.find(MemoryObject, handle, NEEDS.memory_write[0]);
      if (object === undefined) return state.status;
      if (!memory.has(addr, length)) return Status.bad_address;
      const bytes = range(object, offset, length >>> 0);
      if (typeof bytes === "number") return bytes;
      memory.read(addr, bytes);
      return Status.ok;
    },
  };
}
