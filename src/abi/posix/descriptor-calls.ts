/** Pipes and duplicates of descriptors. */
import { FileKind } from "#fs";
import { PIPE_CAPACITY, createPipe } from "#kernel";
import { StreamDescriptor } from "../wasi-p1/descriptor.ts";
import type { Descriptor } from "../wasi-p1/descriptor.ts";
import { Errno } from "../wasi-p1/errno.ts";
import { FDS_MAX } from "../wasi-p1/fd-table.ts";
import { NEEDS } from "../wasi-p1/calls-table.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { PosixFamily } from "./posix.ts";
import type { PosixProcess } from "./posix-process.ts";

/** What a pipe costs the process that makes it besides the bytes that it holds, until both ends are closed. */
const PIPE_BYTES = 1024;

/** Makes a pipe of so many bytes, and tells the guest the numbers of its ends. */
export function makePipe({ memory, fds }: WasiState, { kernel: { charges } }: PosixProcess, capacity: number, readOut: number, writeOut: number): number {
  if (!memory.has(readOut, 4) || !memory.has(writeOut, 4)) return Errno.fault;
  /** A usual pipe always has its room; what is beyond that is paid for when it is used. */
  let held = PIPE_BYTES + PIPE_CAPACITY;
  if (!charges.open(held)) return Errno.nomem;
  const { source, sink } = createPipe(capacity, () => charges.close(held), (bytes) => {
    const more = PIPE_BYTES + bytes - held;
    if (more <= 0) return true;
    if (!charges.grow(more)) return false;
    held += more;
    return true;
  });
  const reader = StreamDescriptor.reading(source, false);
  const writer = StreamDescriptor.piping(sink);
  const read = fds.insert(reader, reader.rights, 0);
  const written = fds.insert(writer, writer.rights, 0);
  if (read === undefined || written === undefined) {
    for (const fd of [read, written]) if (fd !== undefined) fds.close(fd);
    return Errno.mfile;
  }
  memory.setU32(readOut, read);
  memory.setU32(writeOut, written);
  return Errno.success;
}

export function descriptorCalls(state: WasiState, posix: PosixProcess): PosixFamily {
  const { memory, fds } = state;

  return {
    pipe: (readOut: number, writeOut: number) => makePipe(state, posix, PIPE_CAPACITY, readOut, writeOut),
    dup: (fd: number, min: number, out: number) => {
      const descriptor = fds.get(fd, 0);
      if (descriptor === undefined) return fds.errno;
      if (min >>> 0 >= FDS_MAX) return Errno.inval;
      if (!memory.has(out, 4)) return Errno.fault;
      const made = fds.insert(descriptor, fds.rights(fd), fds.inheriting(fd), min);
      if (made === undefined) return Errno.mfile;
      memory.setU32(out, made);
      return Errno.success;
    },
    dup2: (fd: number, to: number) => {
      const descriptor = fds.get(fd, 0);
      if (descriptor === undefined) return fds.errno;
      if (to >>> 0 >= FDS_MAX) return Errno.badf;
      if (fd === to) return Errno.success;
      return fds.place(to >>> 0, descriptor, fds.rights(fd), fds.inheriting(fd)) ? Errno.success : Errno.mfile;
    },
    isatty: (fd: number) => {
      const descriptor = fds.get(fd, 0);
      if (descriptor === undefined) return fds.errno;
      return isTerminal(descriptor) ? Errno.success : Errno.notty;
    },
  };
}

const SEEK = NEEDS.fd_seek;
/** Character devices without a position are terminals, as C libraries see it. */
export function isTerminal({ fileKind, rights }: Descriptor): boolean {
  return fileKind === FileKind.character && (rights & SEEK) === 0;
}
