/**
 * Descriptors themselves: closing, renumbering, flags and rights, stat, size, times, durability,
 * and what a preopened directory is called.
 *
 * Renumbering takes any two open descriptors, preopens too. Rights can only shrink.
 */
import { FsError } from "#fs";
import type { MaybeAsync, SetTimes, Stat, Steps } from "#fs";
import { asU64 } from "../guest-memory.ts";
import { NEEDS } from "./calls-table.ts";
import type { Descriptor } from "./descriptor.ts";
import { OpenDirectory, RegularFile, streamStat } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { OFFSET_MAX, refusal } from "./io.ts";
import type { Dialect } from "./layout.ts";
import { ADVICE_MAX, FD_FLAGS_ALL, FDSTAT_SIZE, FST_FLAGS_ALL, FstFlag, PRESTAT_SIZE, writeFilestat } from "./layout.ts";
import { hasUnknownRights, rightsFromU64 } from "./rights.ts";
import type { Calls, WasiState } from "./state.ts";

const S64_MAX = (1n << 63n) - 1n;
const PREOPENTYPE_DIR = 0;
/** Of no kind that anybody knows: a descriptor among the preopens that is none. */
const PREOPENTYPE_NONE = 0xff;

/** The times that a call asks to set, or undefined when its flags contradict each other. Times past what a file can hold are clamped. */
export function timesFrom(atim: bigint, mtim: bigint, flags: number): SetTimes | undefined {
  if ((flags & ~FST_FLAGS_ALL) !== 0) return undefined;
  const both = (value: number, now: number): boolean => (flags & value) !== 0 && (flags & now) !== 0;
  if (both(FstFlag.atim, FstFlag.atimNow) || both(FstFlag.mtim, FstFlag.mtimNow)) return undefined;
  const time = (value: bigint): bigint => (asU64(value) > S64_MAX ? S64_MAX : asU64(value));
  return {
    atime: (flags & FstFlag.atimNow) !== 0 ? "now" : (flags & FstFlag.atim) !== 0 ? time(atim) : undefined,
    mtime: (flags & FstFlag.mtimNow) !== 0 ? "now" : (flags & FstFlag.mtim) !== 0 ? time(mtim) : undefined,
  };
}

export function fdCalls(state: WasiState, dialect: Dialect): Calls {
  const { memory, fds } = state;
  const succeed = (): number => Errno.success;

  /** Runs `act` on the file or directory behind `fd`. */
  const onNode = (fd: number, rights: number, reason: string, act: (node: RegularFile["file"] | OpenDirectory["directory"]) => MaybeAsync<void>): number => {
    const descriptor = fds.get(fd, rights);
    if (descriptor === undefined) return fds.errno;
    const node = nodeOf(descriptor);
    return node === undefined ? Errno.inval : state.settle(act(node), descriptor, reason, succeed);
  };
  const onFile = (fd: number, rights: number, reason: string, act: (file: RegularFile["file"]) => MaybeAsync<void> | number): number => {
    const descriptor = fds.get(fd, rights);
    if (descriptor === undefined) return refusal(state, fd, false);
    if (!(descriptor instanceof RegularFile)) return Errno.inval;
    const acted = act(descriptor.file);
    return typeof acted === "number" ? acted : state.settle(acted, descriptor, reason, succeed);
  };
  const preopenOf = (fd: number): Uint8Array | undefined => {
    const descriptor = fds.get(fd, 0);
    return descriptor instanceof OpenDirectory ? descriptor.preopenPath : undefined;
  };

  return {
    fd_close: (fd: number) => (fds.close(fd) ? Errno.success : Errno.badf),
    fd_renumber: (from: number, to: number) => (fds.renumber(from, to) ? Errno.success : Errno.badf),

    fd_fdstat_get: (fd: number, out: number) => {
      const descriptor = fds.get(fd, 0);
      if (descriptor === undefined) return fds.errno;
      if (!memory.has(out, FDSTAT_SIZE)) return Errno.fault;
      memory.fill(out, FDSTAT_SIZE, 0);
      memory.setU8(out, descriptor.fileKind);
      memory.setU16(out + 2, descriptor.flags);
      memory.setU32(out + 8, fds.rights(fd));
      memory.setU32(out + 16, fds.inheriting(fd));
      return Errno.success;
    },
    fd_fdstat_set_flags: (fd: number, flags: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_fdstat_set_flags);
      if (descriptor === undefined) return fds.errno;
      if ((flags & ~FD_FLAGS_ALL) !== 0) return Errno.inval;
      descriptor.flags = flags;
      return Errno.success;
    },
    fd_fdstat_set_rights: (fd: number, base: bigint, inheriting: bigint) => {
      if (fds.get(fd, 0) === undefined) return fds.errno;
      const rights = rightsFromU64(base);
      const passed = rightsFromU64(inheriting);
      const more = (rights & ~fds.rights(fd)) !== 0 || (passed & ~fds.inheriting(fd)) !== 0;
      if (more || hasUnknownRights(base) || hasUnknownRights(inheriting)) return Errno.notcapable;
      fds.restrict(fd, rights, passed);
      return Errno.success;
    },

    fd_filestat_get: (fd: number, out: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_filestat_get);
      if (descriptor === undefined) return fds.errno;
      if (!memory.has(out, dialect.filestatSize)) return Errno.fault;
      return state.settle(descriptorStat(state, descriptor), descriptor, "fd_filestat_get", (value) => {
        writeFilestat(memory, dialect, out, value);
        return Errno.success;
      });
    },
    fd_filestat_set_size: (fd: number, size: bigint) =>
      onFile(fd, NEEDS.fd_filestat_set_size, "fd_filestat_set_size", (file) => {
        if (asU64(size) > S64_MAX) return Errno.inval;
        return asU64(size) > BigInt(OFFSET_MAX) ? Errno.fbig : file.truncate(Number(asU64(size)));
      }),
    fd_filestat_set_times: (fd: number, atim: bigint, mtim: bigint, flags: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_filestat_set_times);
      if (descriptor === undefined) return fds.errno;
      const times = timesFrom(atim, mtim, flags);
      const node = nodeOf(descriptor);
      if (times === undefined || node === undefined) return Errno.inval;
      if ((descriptor instanceof OpenDirectory || descriptor instanceof RegularFile) && descriptor.readOnly) return Errno.rofs;
      return state.settle(node.setTimes(times), descriptor, "fd_filestat_set_times", succeed);
    },

    fd_advise: (fd: number, offset: bigint, byteLength: bigint, advice: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_advise);
      if (descriptor === undefined) return refusal(state, fd, true);
      if (advice >>> 0 > ADVICE_MAX || asU64(offset) > S64_MAX || asU64(byteLength) > S64_MAX) return Errno.inval;
      return descriptor instanceof RegularFile ? Errno.success : Errno.spipe;
    },
    fd_allocate: (fd: number, offset: bigint, byteLength: bigint) =>
      onFile(fd, NEEDS.fd_allocate, "fd_allocate", (file) => {
        const start = asU64(offset);
        const count = asU64(byteLength);
        if (count === 0n || start > S64_MAX || count > S64_MAX) return Errno.inval;
        return start + count > BigInt(OFFSET_MAX) ? Errno.fbig : file.allocate(Number(start), Number(count));
      }),
    fd_sync: (fd: number) => onNode(fd, NEEDS.fd_sync, "fd_sync", (node) => node.sync(false)),
    fd_datasync: (fd: number) => onNode(fd, NEEDS.fd_datasync, "fd_datasync", (node) => node.sync(true)),

    // A number that is no preopen is a bad descriptor here: C libraries look for preopens by counting up to the first of those.
    fd_prestat_get: (fd: number, out: number) => {
      const path = preopenOf(fd);
      const skipped = path === undefined && fd >>> 0 < state.preopensEnd && fds.get(fd, 0) !== undefined;
      if (path === undefined && !skipped) return Errno.badf;
      if (!memory.has(out, PRESTAT_SIZE)) return Errno.fault;
      if (path === undefined) {
        memory.setU32(out, PREOPENTYPE_NONE);
        memory.setU32(out + 4, 0);
        return Errno.success;
      }
      memory.setU32(out, PREOPENTYPE_DIR);
      memory.setU32(out + 4, path.length);
      return Errno.success;
    },
    fd_prestat_dir_name: (fd: number, addr: number, byteLength: number) => {
      const path = preopenOf(fd);
      if (path === undefined) return Errno.badf;
      if (byteLength >>> 0 < path.length) return Errno.nametoolong;
      if (!memory.has(addr, byteLength)) return Errno.fault;
      memory.write(addr, path);
      return Errno.success;
    },
  };
}

/** What is known of what is open. */
export function descriptorStat(state: WasiState, descriptor: Descriptor): MaybeAsync<Stat> {
  return nodeOf(descriptor)?.stat() ?? streamStat(descriptor.fileKind, state.streamIno(descriptor));
}

/** What `look` finds of a descriptor that the process has, which stays open meanwhile. @throws FsError `noent` when there is none */
export function* lookAtOwn<T>(state: WasiState, fd: number, look: (descriptor: Descriptor) => Steps<T>): Steps<T> {
  const descriptor = state.fds.get(fd, 0);
  if (descriptor === undefined) throw new FsError("noent");
  descriptor.retain();
  try {
    return yield* look(descriptor);
  } finally {
    descriptor.release();
  }
}

function nodeOf(descriptor: Descriptor): RegularFile["file"] | OpenDirectory["directory"] | undefined {
  if (descriptor instanceof RegularFile) return descriptor.file;
  if (descriptor instanceof OpenDirectory) return descriptor.directory;
  return undefined;
}
