/**
 * Reading and writing through descriptors.
 *
 * A file moves as much as was asked for (up to TRANSFER_MAX), a stream what it has; a stream
 * that has nothing blocks the thread, or gives `again` when the descriptor is non-blocking.
 * Bytes pass through a scratch buffer, because a file system may keep what it is given while the
 * guest runs on. With `append` a write and the search for the end are one operation of the file.
 */
import type { MaybeAsync } from "#fs";
import type { ByteSink, ByteSource } from "#kernel";
import { BROKEN, WOULD_BLOCK } from "#kernel";
import { asU64, IOVECS_MAX } from "../guest-memory.ts";
import { NEEDS } from "./calls-table.ts";
import type { Descriptor } from "./descriptor.ts";
import { OpenDirectory, RegularFile, sinkOf, sourceOf, StreamDescriptor, TerminalDescriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import type { Dialect } from "./layout.ts";
import { FdFlag, Whence } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Calls, WasiState } from "./state.ts";

/** Largest offset of a file; larger ones that a guest names lie past every end. */
export const OFFSET_MAX = Number.MAX_SAFE_INTEGER;
const S64_MAX = (1n << 63n) - 1n;

/** Why a descriptor without the rights for it cannot be read or written; directories and streams say what they are. */
export function refusal(state: WasiState, fd: number, positioned: boolean): number {
  const { errno } = state.fds;
  const descriptor = errno === Errno.notcapable ? state.fds.get(fd, 0) : undefined;
  if (descriptor instanceof OpenDirectory) return Errno.isdir;
  // A stream lacks the right to seek by its nature, which is not a matter of rights.
  if (positioned && descriptor !== undefined && !(descriptor instanceof RegularFile)) return Errno.spipe;
  return errno;
}

/** Takes in a list of buffers and checks the address of the result. */
export function takeBuffers(state: WasiState, iovs: number, count: number, out: number): number {
  if (count >>> 0 > IOVECS_MAX) return Errno.inval;
  return state.memory.readIovecs(iovs, count) && state.memory.has(out, 4) ? Errno.success : Errno.fault;
}

/** Reads from a stream what it has, into the buffers taken in. `again` starts the call over. */
export function readStream(state: WasiState, descriptor: Descriptor, source: ByteSource | null, out: number, reason: string, again: () => number): number {
  const { memory } = state;
  const total = memory.iovTotal;
  if (total === 0 || source === null) {
    memory.setU32(out, 0);
    return Errno.success;
  }
  // A stream gives what it has, so a scratch for all that was asked for would be waste.
  const into = memory.scratch(Math.min(total, Math.max(source.available, 1)));
  const count = source.read(into);
  if (count === WOULD_BLOCK) {
    if ((descriptor.flags & FdFlag.nonblock) !== 0) return Errno.again;
    return state.waitFor(source.readable, reason, again);
  }
  memory.scatter(into, count);
  memory.setU32(out, count);
  return Errno.success;
}

/** Writes the buffers taken in to a stream, as much as it takes now. */
export function writeStream(state: WasiState, descriptor: Descriptor, sink: ByteSink | null, out: number, reason: string, again: () => number): number {
  const { memory } = state;
  if (memory.iovTotal === 0) {
    memory.setU32(out, 0);
    return Errno.success;
  }
  let count = memory.iovTotal;
  const charged = descriptor instanceof StreamDescriptor ? descriptor.isOutput : descriptor instanceof TerminalDescriptor;
  const left = charged ? state.process.outputLeft() : Infinity;
  // Only what is allowed goes out; asking for the rest then ends the process.
  if (left <= 0) return state.charge(count);
  if (sink !== null) {
    // What the sink has no room for is not copied: a program may offer a large buffer again and again.
    count = sink.write(memory.gather(Math.min(left, Math.max(sink.room, 1))));
    if (count === BROKEN) return state.brokenPipe();
    if (count === WOULD_BLOCK) {
      if ((descriptor.flags & FdFlag.nonblock) !== 0) return Errno.again;
      return state.waitFor(sink.writable, reason, again);
    }
  }
  memory.setU32(out, count);
  return charged ? state.charge(count) : Errno.success;
}

export function ioCalls(state: WasiState, dialect: Dialect): Calls {
  const { memory, fds } = state;

  /** Reads a file into the buffers taken in, at `at` or, when that is undefined, at the position, which then moves. */
  const readFile = (descriptor: RegularFile, at: number | undefined, out: number, reason: string): number => {
    const total = memory.iovTotal;
    const offset = at ?? descriptor.offset;
    if (total === 0 || offset >= OFFSET_MAX) {
      memory.setU32(out, 0);
      return Errno.success;
    }
    const into = memory.scratch(total);
    const read = descriptor.file.read(offset, into);
    if (!(read instanceof Promise)) {
      if (at === undefined) descriptor.offset = offset + read;
      memory.scatter(into, read);
      memory.setU32(out, read);
      return Errno.success;
    }
    memory.keepScratch();
    const list = memory.saveIovecs();
    const moved = at !== undefined ? read : descriptor.during(read.then((count) => {
      descriptor.offset = offset + count;
      return count;
    }));
    return state.settle(moved, descriptor, reason, (count) => {
      memory.scatterList(list, into, count);
      memory.setU32(out, count);
      return Errno.success;
    });
  };

  /** Writes the buffers taken in: at an offset, at the position, which then moves, or at the end, which then is the position. */
  const writeFile = (descriptor: RegularFile, at: number | "position" | "end", out: number, reason: string): number => {
    const total = memory.iovTotal;
    if (total === 0) {
      memory.setU32(out, 0);
      return Errno.success;
    }
    const { file, flags } = descriptor;
    const offset = typeof at === "number" ? at : descriptor.offset;
    if (at !== "end" && offset > OFFSET_MAX - total) return Errno.fbig;
    const from = memory.gather();
    const written = at === "end" ? file.append(from) : file.write(offset, from);
    if (written instanceof Promise) memory.keepScratch();
    const durable = (flags & (FdFlag.sync | FdFlag.dsync)) === 0 ? written : then(written, (count) => then(file.sync((flags & FdFlag.sync) === 0), () => count));
    const moved = then(durable, (count) => {
      if (at === "position") descriptor.offset = offset + count;
      if (at !== "end" || count === 0) return count;
      return then(file.stat(), (stat) => {
        descriptor.offset = toOffset(stat.size);
        return count;
      });
    });
    const work = moved instanceof Promise && typeof at !== "number" ? descriptor.during(moved) : moved;
    return state.settle(work, descriptor, reason, (count) => {
      memory.setU32(out, count);
      return Errno.success;
    });
  };

  const fdRead = (fd: number, iovs: number, count: number, out: number): number => {
    const descriptor = fds.get(fd, NEEDS.fd_read);
    if (descriptor === undefined) return refusal(state, fd, false);
    const errno = takeBuffers(state, iovs, count, out);
    if (errno !== Errno.success) return errno;
    if (descriptor instanceof RegularFile) {
      if (descriptor.busy !== undefined) return state.waitBriefly(descriptor.busy, "fd_read", () => fdRead(fd, iovs, count, out));
      return readFile(descriptor, undefined, out, "fd_read");
    }
    const again = (): number => fdRead(fd, iovs, count, out);
    const source = sourceOf(descriptor);
    if (source === undefined) return Errno.badf;
    const refused = descriptor instanceof TerminalDescriptor ? state.terminalRefusal(descriptor.terminal, "read", again) : undefined;
    return refused ?? readStream(state, descriptor, source, out, "fd_read", again);
  };

  const fdWrite = (fd: number, iovs: number, count: number, out: number): number => {
    const descriptor = fds.get(fd, NEEDS.fd_write);
    if (descriptor === undefined) return refusal(state, fd, false);
    const errno = takeBuffers(state, iovs, count, out);
    if (errno !== Errno.success) return errno;
    if (descriptor instanceof RegularFile) {
      if (descriptor.busy !== undefined) return state.waitBriefly(descriptor.busy, "fd_write", () => fdWrite(fd, iovs, count, out));
      return writeFile(descriptor, (descriptor.flags & FdFlag.append) !== 0 ? "end" : "position", out, "fd_write");
    }
    const again = (): number => fdWrite(fd, iovs, count, out);
    const sink = sinkOf(descriptor);
    if (sink === undefined) return Errno.badf;
    const refused = descriptor instanceof TerminalDescriptor ? state.terminalRefusal(descriptor.terminal, "write", again) : undefined;
    return refused ?? writeStream(state, descriptor, sink, out, "fd_write", again);
  };

  const fdSeek = (fd: number, delta: bigint, whence: number, out: number): number => {
    const from = dialect.whence[whence >>> 0];
    // To ask where one is takes less than the right to move.
    const needs = delta === 0n && from === Whence.current ? Right.fdTell : NEEDS.fd_seek;
    const descriptor = fds.get(fd, needs) ?? fds.get(fd, NEEDS.fd_seek);
    if (descriptor === undefined) return refusal(state, fd, true);
    if (!(descriptor instanceof RegularFile)) return descriptor instanceof OpenDirectory ? Errno.isdir : Errno.spipe;
    if (from === undefined) return Errno.inval;
    if (!memory.has(out, 8)) return Errno.fault;
    if (descriptor.busy !== undefined) return state.waitBriefly(descriptor.busy, "fd_seek", () => fdSeek(fd, delta, whence, out));
    const move = (base: bigint): number => {
      const target = base + delta;
      if (target < 0n) return Errno.inval;
      if (target > BigInt(OFFSET_MAX)) return Errno.overflow;
      descriptor.offset = Number(target);
      memory.setU64(out, target);
      return Errno.success;
    };
    if (from === Whence.set) return move(0n);
    if (from === Whence.current) return move(BigInt(descriptor.offset));
    return state.settle(descriptor.file.stat(), descriptor, "fd_seek", (stat) => move(stat.size));
  };

  return {
    fd_read: fdRead,
    fd_write: fdWrite,
    fd_pread: (fd: number, iovs: number, count: number, offset: bigint, out: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_pread);
      if (descriptor === undefined) return refusal(state, fd, true);
      if (!(descriptor instanceof RegularFile)) return Errno.spipe;
      if (asU64(offset) > S64_MAX) return Errno.inval;
      const errno = takeBuffers(state, iovs, count, out);
      return errno !== Errno.success ? errno : readFile(descriptor, toOffset(offset), out, "fd_pread");
    },
    fd_pwrite: (fd: number, iovs: number, count: number, offset: bigint, out: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_pwrite);
      if (descriptor === undefined) return refusal(state, fd, true);
      if (!(descriptor instanceof RegularFile)) return Errno.spipe;
      if (asU64(offset) > S64_MAX) return Errno.inval;
      const errno = takeBuffers(state, iovs, count, out);
      return errno !== Errno.success ? errno : writeFile(descriptor, toOffset(offset), out, "fd_pwrite");
    },
    fd_seek: fdSeek,
    fd_tell: (fd: number, out: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_tell);
      if (descriptor === undefined) return refusal(state, fd, true);
      if (!(descriptor instanceof RegularFile)) return Errno.spipe;
      if (!memory.has(out, 8)) return Errno.fault;
      memory.setU64Number(out, descriptor.offset);
      return Errno.success;
    },
  };
}

/** A u64 as an offset; what is past OFFSET_MAX lies there. */
export function toOffset(value: bigint): number {
  const offset = asU64(value);
  return offset > BigInt(OFFSET_MAX) ? OFFSET_MAX : Number(offset);
}

/** `next` with the value, now or when it is there. */
function then<T, R>(value: MaybeAsync<T>, next: (value: T) => MaybeAsync<R>): MaybeAsync<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
