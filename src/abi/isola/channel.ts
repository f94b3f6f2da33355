/** Calls on channels. */
import { CHANNEL_BYTES_MAX, ChannelEnd, FULL_RIGHTS, MESSAGES_MAX, Signal, Status } from "#kernel";
import { NEEDS, STRUCTS } from "./calls-table.ts";
import type { IsolaFamily, IsolaState } from "./state.ts";

export function channelCalls(state: IsolaState): IsolaFamily {
  const { memory, process, objects } = state;
  const { handles } = process;

  /** Moves the handles listed at `addr` into a message; nothing moves unless all can. */
  const sendWithHandles = (end: ChannelEnd, bytesAddr: number, byteLength: number, addr: number, count: number): number => {
    const listed = state.findMovable(addr, count);
    if (listed === undefined) return state.status;
    const held = end.holdHandles(listed.map((handle) => handles.get(handle)!)); // all were found
    if (held !== Status.ok) return held;
    end.send(memory.copy(bytesAddr, byteLength), listed.map((handle) => handles.take(handle)!)); // and none is there twice
    return Status.ok;
  };

  const send = (handle: number, bytesAddr: number, byteLength: number, addr: number, count: number, deadline: bigint): number => {
    const end = state.find(ChannelEnd, handle, NEEDS.channel_send[0]);
    if (end === undefined) return state.status;
    if (!memory.has(bytesAddr, byteLength)) return Status.bad_address;
    const status = end.canSend(byteLength >>> 0);
    if (status === Status.would_block) return state.blockOn(end, deadline, "channel_send", (left) => send(handle, bytesAddr, byteLength, addr, count, left));
    if (status !== Status.ok) return status;
    if (count === 0) {
      end.send(memory.copy(bytesAddr, byteLength));
      return Status.ok;
    }
    return sendWithHandles(end, bytesAddr, byteLength, addr, count);
  };

  const receive = (handle: number, buffer: number, capacity: number, handleBuffer: number, handleCapacity: number, sizes: number, deadline: bigint): number => {
    const end = state.find(ChannelEnd, handle, NEEDS.channel_receive[0]);
    if (end === undefined) return state.status;
    if (!memory.has(buffer, capacity) || !memory.hasItems(handleBuffer, handleCapacity, 4) || !memory.has(sizes, STRUCTS.sizes.size)) return Status.bad_address;
    const message = end.peek();
    if (message === undefined) {
      if ((end.signals & Signal.peer_closed) !== 0) return Status.peer_closed;
      return state.blockOn(end, deadline, "channel_receive", (left) => receive(handle, buffer, capacity, handleBuffer, handleCapacity, sizes, left));
    }
    const { bytes, grants } = message;
    memory.setU32(sizes, bytes.length);
    memory.setU32(sizes + 4, grants.length);
    if (bytes.length > capacity >>> 0 || grants.length > handleCapacity >>> 0) return Status.buffer_too_small;
    if (grants.length === 0) {
      end.receive();
    } else {
      const received = end.receiveInto(handles);
      if (received === undefined) return Status.limit;
      received.forEach((moved, index) => memory.setU32((handleBuffer >>> 0) + index * 4, moved));
    }
    memory.write(buffer, bytes);
    return Status.ok;
  };

  return {
    channel_create: (messages: number, size: number, first: number, second: number) => {
      memory.begin();
      if (!memory.has(first, 4) || !memory.has(second, 4)) return Status.bad_address;
      const limits = { messages: messages >>> 0, bytes: size >>> 0 };
      if (limits.messages === 0 || limits.messages > MESSAGES_MAX || limits.bytes > CHANNEL_BYTES_MAX) return Status.invalid_argument;
      const ends = objects.channel(limits, process.charges);
      if (ends === undefined) return Status.limit;
      // Held until both have handles, so that each is closed when one has none.
      for (const end of ends) end.retain();
      const [a, b] = ends.map((end) => handles.insert(end, FULL_RIGHTS.channel));
      for (const end of ends) end.release();
      if (a === undefined || b === undefined) {
        for (const made of [a, b]) if (made !== undefined) handles.close(made);
        return Status.limit;
      }
      memory.setU32(first, a);
      memory.setU32(second, b);
      return Status.ok;
    },
    channel_send: (handle: number, bytesAddr: number, byteLength: number, addr: number, count: number, deadline: bigint) => {
      memory.begin();
      return send(handle, bytesAddr, byteLength, addr, count, deadline);
    },
    channel_receive: (handle: number, buffer: number, capacity: number, handleBuffer: number, handleCapacity: number, sizes: number, deadline: bigint) => {
      memory.begin();
      return receive(handle, buffer, capacity, handleBuffer, handleCapacity, sizes, deadline);
    },
  };
}
