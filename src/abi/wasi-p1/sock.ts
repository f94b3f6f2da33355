/**
 * Sockets that were granted: accepting, receiving, sending, shutting down. A descriptor that is
 * no socket gives `notsock`. A receive with `recv_waitall` takes bytes only when all that was
 * asked for is there, or the stream has ended.
 */
import { WOULD_BLOCK } from "#kernel";
import { NEEDS } from "./calls-table.ts";
import type { Descriptor } from "./descriptor.ts";
import { ConnectionDescriptor, ListenerDescriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { readStream, takeBuffers, writeStream } from "./io.ts";
import { FdFlag, RiFlag, SdFlag } from "./layout.ts";
import type { Calls, WasiState } from "./state.ts";

export function sockCalls(state: WasiState): Calls {
  const { memory, fds } = state;

  /** The connection behind `fd`, or the errno. That it is no socket outranks that it lacks a right. */
  const connectionOf = (fd: number, rights: number): ConnectionDescriptor | number => {
    const any: Descriptor | undefined = fds.get(fd, 0);
    if (any === undefined) return fds.errno;
    if (any instanceof ListenerDescriptor) return Errno.notconn;
    if (!(any instanceof ConnectionDescriptor)) return Errno.notsock;
    return fds.get(fd, rights) === undefined ? fds.errno : any;
  };

  const accept = (fd: number, flags: number, out: number): number => {
    const any = fds.get(fd, 0);
    if (any === undefined) return fds.errno;
    if (!(any instanceof ListenerDescriptor)) return any instanceof ConnectionDescriptor ? Errno.inval : Errno.notsock;
    if (fds.get(fd, NEEDS.sock_accept) === undefined) return fds.errno;
    if ((flags & ~FdFlag.nonblock) !== 0) return Errno.inval;
    if (!memory.has(out, 4)) return Errno.fault;
    const connection = any.listener.accept();
    if (connection === WOULD_BLOCK) {
      if ((any.flags & FdFlag.nonblock) !== 0) return Errno.again;
      return state.waitFor(any.listener.readable, "sock_accept", () => accept(fd, flags, out));
    }
    const descriptor = new ConnectionDescriptor(connection);
    descriptor.flags = flags;
    const opened = fds.insert(descriptor, fds.inheriting(fd), 0);
    if (opened === undefined) return Errno.mfile;
    memory.setU32(out, opened);
    return Errno.success;
  };

  const receive = (fd: number, iovs: number, count: number, flags: number, out: number, flagsOut: number): number => {
    const descriptor = connectionOf(fd, NEEDS.sock_recv);
    if (typeof descriptor === "number") return descriptor;
    if ((flags & ~(RiFlag.peek | RiFlag.waitall)) !== 0) return Errno.inval;
    const errno = takeBuffers(state, iovs, count, out);
    if (errno !== Errno.success) return errno;
    if (!memory.has(flagsOut, 2)) return Errno.fault;
    memory.setU16(flagsOut, 0);
    const { connection } = descriptor;
    const again = (): number => receive(fd, iovs, count, flags, out, flagsOut);
    const total = memory.iovTotal;
    if ((flags & RiFlag.waitall) !== 0 && connection.available < total && !connection.ended) {
      if ((descriptor.flags & FdFlag.nonblock) !== 0) return Errno.again;
      // A connection holds a bounded number of bytes; to wait for more than that would be to wait for ever.
      if (connection.available < connection.capacity) return state.waitFor(connection.readable, "sock_recv", again);
    }
    if ((flags & RiFlag.peek) === 0 || total === 0) return readStream(state, descriptor, connection, out, "sock_recv", again);
    const into = memory.scratch(Math.min(total, Math.max(connection.available, 1)));
    const peeked = connection.peek(into);
    if (peeked === WOULD_BLOCK) {
      if ((descriptor.flags & FdFlag.nonblock) !== 0) return Errno.again;
      return state.waitFor(connection.readable, "sock_recv", again);
    }
    memory.scatter(into, peeked);
    memory.setU32(out, peeked);
    return Errno.success;
  };

  const send = (fd: number, iovs: number, count: number, flags: number, out: number): number => {
    const descriptor = connectionOf(fd, NEEDS.sock_send);
    if (typeof descriptor === "number") return descriptor;
    if (flags !== 0) return Errno.inval;
    const errno = takeBuffers(state, iovs, count, out);
    if (errno !== Errno.success) return errno;
    return writeStream(state, descriptor, descriptor.connection, out, "sock_send", () => send(fd, iovs, count, flags, out));
  };

  return {
    sock_accept: accept,
    sock_recv: receive,
    sock_send: send,
    sock_shutdown: (fd: number, how: number) => {
      const descriptor = connectionOf(fd, NEEDS.sock_shutdown);
      if (typeof descriptor === "number") return descriptor;
      if (how === 0 || (how & ~(SdFlag.read | SdFlag.write)) !== 0) return Errno.inval;
      descriptor.connection.shutdown(how === SdFlag.read ? "read" : how === SdFlag.write ? "write" : "both");
      return Errno.success;
    },
  };
}
