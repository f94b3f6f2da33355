/**
 * Calls that take a path. A path is walked by the file-system layer from the directory of the
 * descriptor, one component at a time, and cannot leave it; what is opened gets no right that the
 * directory could not pass on. A directory that was granted read-only refuses all changes below
 * it with `rofs`.
 *
 * A slash at the end of a path means a directory: what is no directory gives `notdir`.
 */
import type { Directory, File, Follow, Resolved, Stat, Steps, WalkOptions } from "#fs";
import { FileKind, FsError, OwnDescriptor, openAt, resolve, run, settled } from "#fs";
import { NEEDS } from "./calls-table.ts";
import { TerminalFile } from "../posix/terminal/terminal-file.ts";
import { OpenDirectory, RegularFile, TerminalDescriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { descriptorStat, lookAtOwn, timesFrom } from "./fd.ts";
import type { Dialect } from "./layout.ts";
import { FD_FLAGS_ALL, LOOKUP_SYMLINK_FOLLOW, OFlag, OFLAGS_ALL, writeFilestat } from "./layout.ts";
import { DIRECTORY_INHERITING, READING_RIGHTS, Right, rightsFromU64, WRITING_RIGHTS } from "./rights.ts";
import type { Calls, WasiState } from "./state.ts";

/** Longest path in bytes; longer ones are refused before they are read. */
const PATH_BYTES_MAX = 4096;

export function pathCalls(state: WasiState, dialect: Dialect): Calls {
  const { memory, fds } = state;
  const succeed = (): number => Errno.success;

  /** The directory behind `fd`, or the errno. That it is no directory outranks that it lacks a right. */
  const directoryOf = (fd: number, rights: number): OpenDirectory | number => {
    const descriptor = fds.get(fd, 0);
    if (descriptor === undefined) return fds.errno;
    if (!(descriptor instanceof OpenDirectory)) return Errno.notdir;
    return fds.get(fd, rights) === undefined ? fds.errno : descriptor;
  };
  /** The text at `addr`, or the errno. What it means as a path is for the walk to judge. */
  const pathAt = (addr: number, byteLength: number): string | number => {
    if (!memory.has(addr, byteLength)) return Errno.fault;
    if (byteLength >>> 0 > PATH_BYTES_MAX) return Errno.nametoolong;
    return memory.string(addr, byteLength) ?? Errno.ilseq;
  };

  /** Resolves `path` below `fd` and acts on where it leads, in the order: descriptor, rights, path, file system. */
  const at = <T>(fd: number, rights: number, changes: boolean, path: string | number, follow: Follow, reason: string, act: (found: Resolved) => Steps<T>, done: (value: T) => number): number => {
    const base = directoryOf(fd, rights);
    if (typeof base === "number") return base;
    if (typeof path === "number") return path;
    if (changes && base.readOnly) return Errno.rofs;
    return state.settle(run(resolved(base.directory, path, follow, state.walkOptions(base), act)), base, reason, done);
  };

  /** As `at`, with two places. */
  const between = (from: Place, to: Place, reason: string, act: (from: Resolved, to: Resolved) => Steps<void>): number => {
    const source = directoryOf(from.fd, from.rights);
    if (typeof source === "number") return source;
    const target = directoryOf(to.fd, to.rights);
    if (typeof target === "number") return target;
    if (typeof from.path === "number") return from.path;
    if (typeof to.path === "number") return to.path;
    if (source.readOnly || target.readOnly) return Errno.rofs;
    const steps = resolved(source.directory, from.path, from.follow, state.walkOptions(source), (found) =>
      resolved(target.directory, to.path as string, to.follow, state.walkOptions(target), (goal) => act(found, goal)));
    // The second directory is held by its own handle only; while both are in use neither may close.
    target.retain();
    const result = release(() => run(steps), () => target.release());
    return state.settle(result, source, reason, succeed);
  };

  /** Another number for a descriptor that the process has, for no more than it can do. */
  const openOwn = (fd: number, rights: number, writes: boolean, inheriting: number, out: number): number => {
    const descriptor = fds.get(fd, 0);
    if (descriptor === undefined) return Errno.noent;
    const owned = fds.rights(fd);
    if ((writes && (owned & Right.fdWrite) === 0) || ((rights & Right.fdRead) !== 0 && !writes && (owned & Right.fdRead) === 0)) return Errno.acces;
    const number = fds.insert(descriptor, rights & owned, inheriting & fds.inheriting(fd));
    if (number === undefined) return Errno.mfile;
    memory.setU32(out, number);
    return Errno.success;
  };

  const open = (fd: number, lookup: number, path: string | number, oflags: number, claimedBase: bigint, claimedInheriting: bigint, fdflags: number, out: number): number => {
    const creates = (oflags & OFlag.creat) !== 0;
    const truncates = (oflags & OFlag.trunc) !== 0;
    const base = directoryOf(fd, NEEDS.path_open | (creates ? Right.pathCreateFile : 0) | (truncates ? Right.pathFilestatSetSize : 0));
    if (typeof base === "number") return base;
    if ((lookup & ~LOOKUP_SYMLINK_FOLLOW) !== 0 || (oflags & ~OFLAGS_ALL) !== 0 || (fdflags & ~FD_FLAGS_ALL) !== 0) return Errno.inval;
    const rights = rightsFromU64(claimedBase) & DIRECTORY_INHERITING;
    if ((rights & ~fds.inheriting(fd)) !== 0) return Errno.notcapable;
    const inheriting = rightsFromU64(claimedInheriting) & fds.inheriting(fd);
    if (typeof path === "number") return path;
    if (!memory.has(out, 4)) return Errno.fault;
    const writes = truncates || (rights & WRITING_RIGHTS) !== 0;
    if (base.readOnly && writes) return Errno.rofs;
    const opening = run(
      openSteps(base, path, {
        follow: (lookup & LOOKUP_SYMLINK_FOLLOW) !== 0 ? "always" : "slash",
        directory: (oflags & OFlag.directory) !== 0,
        read: (rights & READING_RIGHTS) !== 0,
        write: writes,
        create: creates,
        exclusive: (oflags & OFlag.excl) !== 0,
        truncate: truncates,
        ...state.walkOptions(base),
      }),
    );
    const opened = (node: File | Directory): number => {
      if (node instanceof OwnDescriptor) return openOwn(node.number, rights, writes, inheriting, out);
      const descriptor = node instanceof TerminalFile ? new TerminalDescriptor(node.terminal)
        : node.kind === "file" ? new RegularFile(node, base.readOnly)
        : new OpenDirectory(node, base.readOnly, undefined, state.cookieBudget);
      if (node.kind === "file") descriptor.flags = fdflags;
      const number = fds.insert(descriptor, rights, inheriting);
      if (number === undefined) return Errno.mfile;
      memory.setU32(out, number);
      return Errno.success;
    };
    return state.settle(opening, base, "path_open", opened, (node) => node.close());
  };

  return {
    path_open: (fd: number, lookup: number, addr: number, byteLength: number, oflags: number, base: bigint, inheriting: bigint, fdflags: number, out: number) =>
      open(fd, lookup, pathAt(addr, byteLength), oflags, base, inheriting, fdflags, out),

    path_create_directory: (fd: number, addr: number, byteLength: number) =>
      at(fd, NEEDS.path_create_directory, true, pathAt(addr, byteLength), "never", "path_create_directory", createDirectory, succeed),
    path_remove_directory: (fd: number, addr: number, byteLength: number) =>
      at(fd, NEEDS.path_remove_directory, true, pathAt(addr, byteLength), "never", "path_remove_directory", removeDirectory, succeed),
    path_unlink_file: (fd: number, addr: number, byteLength: number) =>
      at(fd, NEEDS.path_unlink_file, true, pathAt(addr, byteLength), "never", "path_unlink_file", unlinkFile, succeed),

    path_filestat_get: (fd: number, lookup: number, addr: number, byteLength: number, out: number) => {
      if ((lookup & ~LOOKUP_SYMLINK_FOLLOW) !== 0) return Errno.inval;
      if (!memory.has(out, dialect.filestatSize)) return Errno.fault;
      const look = function* (found: Resolved): Steps<Stat> {
        const stat = yield* statAt(found);
        return stat.own === undefined || lookup === 0 ? stat : yield* lookAtOwn(state, stat.own, (own) => settled(descriptorStat(state, own)));
      };
      return at(fd, NEEDS.path_filestat_get, false, pathAt(addr, byteLength), followOf(lookup), "path_filestat_get", look, (stat) => {
        writeFilestat(memory, dialect, out, stat);
        return Errno.success;
      });
    },
    path_filestat_set_times: (fd: number, lookup: number, addr: number, byteLength: number, atim: bigint, mtim: bigint, flags: number) => {
      const times = timesFrom(atim, mtim, flags);
      if ((lookup & ~LOOKUP_SYMLINK_FOLLOW) !== 0 || times === undefined) return Errno.inval;
      return at(fd, NEEDS.path_filestat_set_times, true, pathAt(addr, byteLength), followOf(lookup), "path_filestat_set_times", function* (found) {
        if (found.trailingSlash) yield* statAt(found);
        yield* settled(found.name === undefined ? found.dir.setTimes(times) : found.dir.setEntryTimes(found.name, times));
      }, succeed);
    },

    path_link: (fromFd: number, lookup: number, fromAddr: number, fromLength: number, toFd: number, toAddr: number, toLength: number) => {
      if ((lookup & ~LOOKUP_SYMLINK_FOLLOW) !== 0) return Errno.inval;
      const from = { fd: fromFd, rights: NEEDS.path_link, path: pathAt(fromAddr, fromLength), follow: lookup === 0 ? "never" : "always" } as const;
      const to = { fd: toFd, rights: Right.pathLinkTarget, path: pathAt(toAddr, toLength), follow: "never" } as const;
      return between(from, to, "path_link", link);
    },
    path_rename: (fromFd: number, fromAddr: number, fromLength: number, toFd: number, toAddr: number, toLength: number) => {
      const from = { fd: fromFd, rights: NEEDS.path_rename, path: pathAt(fromAddr, fromLength), follow: "never" } as const;
      const to = { fd: toFd, rights: Right.pathRenameTarget, path: pathAt(toAddr, toLength), follow: "never" } as const;
      return between(from, to, "path_rename", rename);
    },

    path_symlink: (targetAddr: number, targetLength: number, fd: number, addr: number, byteLength: number) => {
      const target = pathAt(targetAddr, targetLength);
      if (typeof target === "number") return target;
      return at(fd, NEEDS.path_symlink, true, pathAt(addr, byteLength), "never", "path_symlink", function* (found) {
        // It could lead anywhere once somebody with a wider view follows it.
        if (target.startsWith("/") && state.root === undefined) throw new FsError("notcapable", "an absolute link");
        yield* settled(found.dir.symlink(yield* newName(found), target));
      }, succeed);
    },
    path_readlink: (fd: number, addr: number, byteLength: number, buffer: number, bufferLength: number, out: number) => {
      if (!memory.has(buffer, bufferLength) || !memory.has(out, 4)) return Errno.fault;
      return at(fd, NEEDS.path_readlink, false, pathAt(addr, byteLength), "slash", "path_readlink", readLink, (target) => {
        const bytes = memory.encode(target);
        const count = Math.min(bytes.length, bufferLength >>> 0);
        memory.write(buffer, bytes.subarray(0, count));
        memory.setU32(out, count);
        return Errno.success;
      });
    },
  };
}

interface Place {
  readonly fd: number;
  readonly rights: number;
  readonly path: string | number;
  readonly follow: Follow;
}

function followOf(lookup: number): Follow {
  return (lookup & LOOKUP_SYMLINK_FOLLOW) !== 0 ? "always" : "slash";
}

/** Walks, acts, and gives back what the walk opened. */
function* resolved<T>(base: Directory, path: string, follow: Follow, options: WalkOptions, act: (found: Resolved) => Steps<T>): Steps<T> {
  const found = yield* settled(resolve(base, path, follow, options));
  try {
    return yield* act(found);
  } finally {
    found.close();
  }
}

/** The result of `work`, after which `after` runs once, whether it threw, rejected or gave a value. */
function release<T>(work: () => T | Promise<T>, after: () => void): T | Promise<T> {
  let result: T | Promise<T>;
  try {
    result = work();
  } catch (error) {
    after();
    throw error;
  }
  if (!(result instanceof Promise)) {
    after();
    return result;
  }
  return result.finally(after);
}

/** In a read-only directory `create` opens what is there and refuses to make what is not. */
function* openSteps(base: OpenDirectory, path: string, options: Parameters<typeof openAt>[2]): Steps<File | Directory> {
  if (!base.readOnly || !options.create) return yield* settled(openAt(base.directory, path, options));
  try {
    const opened = yield* settled(openAt(base.directory, path, { ...options, create: false, exclusive: false }));
    if (!options.exclusive) return opened;
    opened.close();
  } catch (error) {
    if (error instanceof FsError && error.code === "noent") throw new FsError("rofs");
    throw error;
  }
  throw new FsError("exist");
}

/** What is at the place; with a slash behind its path it must be a directory. */
function* statAt(found: Resolved): Steps<Stat> {
  const stat = yield* settled(found.name === undefined ? found.dir.stat() : found.dir.statEntry(found.name));
  if (found.trailingSlash && stat.kind !== FileKind.directory) throw new FsError("notdir");
  return stat;
}

/** The name of something to be made that is no directory: a slash behind it cannot be right. */
function* newName(found: Resolved): Steps<string> {
  if (found.name === undefined) throw new FsError("exist");
  if (found.trailingSlash) {
    const stat = yield* settled(found.dir.statEntry(found.name));
    throw new FsError(stat.kind === FileKind.directory ? "exist" : "notdir");
  }
  return found.name;
}

function* createDirectory({ dir, name }: Resolved): Steps<void> {
  if (name === undefined) throw new FsError("exist");
  yield* settled(dir.mkdir(name));
}

function* removeDirectory({ dir, name }: Resolved): Steps<void> {
  if (name === undefined) throw new FsError("inval", "the directory itself");
  yield* settled(dir.rmdir(name));
}

function* unlinkFile(found: Resolved): Steps<void> {
  if (found.name === undefined) throw new FsError("isdir");
  if (found.trailingSlash) {
    yield* statAt(found);
    throw new FsError("isdir");
  }
  yield* settled(found.dir.unlink(found.name));
}

function* link(from: Resolved, to: Resolved): Steps<void> {
  if (from.name === undefined) throw new FsError("perm", "a directory has one name");
  if (from.trailingSlash) yield* statAt(from);
  yield* settled(from.dir.link(from.name, to.dir, yield* newName(to)));
}

function* rename(from: Resolved, to: Resolved): Steps<void> {
  if (from.name === undefined || to.name === undefined) throw new FsError("busy", "the directory itself");
  if (from.trailingSlash || to.trailingSlash) {
    const stat = yield* settled(from.dir.statEntry(from.name));
    if (stat.kind !== FileKind.directory) throw new FsError("notdir");
  }
  yield* settled(from.dir.rename(from.name, to.dir, to.name));
}

function* readLink(found: Resolved): Steps<string> {
  if (found.name === undefined) throw new FsError("inval", "no link");
  if (found.trailingSlash) {
    yield* statAt(found);
    throw new FsError("inval", "no link");
  }
  return yield* settled(found.dir.readlink(found.name));
}
