/** Names of files: the working directory, what is mounted, and what the bits of `st_mode` are. */
import { FileKind, FsError, realPath, resolve, run, settled } from "#fs";
import type { Directory, File, MaybeAsync, Stat, Steps } from "#fs";
import { OpenDirectory, RegularFile } from "../wasi-p1/descriptor.ts";
import type { Descriptor } from "../wasi-p1/descriptor.ts";
import { Errno } from "../wasi-p1/errno.ts";
import { lookAtOwn } from "../wasi-p1/fd.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import { absolutePath } from "./absolute-path.ts";
import type { PosixFamily } from "./posix.ts";
import type { PosixProcess } from "./posix-process.ts";
import { isProgramStart, PROGRAM_START } from "./program-start.ts";
import type { MountLine } from "./process-table.ts";

const PATH_BYTES_MAX = 4096;
const KIND_BITS: Readonly<Record<FileKind, number>> = {
  [FileKind.unknown]: 0o010000, [FileKind.block]: 0o060000, [FileKind.character]: 0o020000, [FileKind.directory]: 0o040000,
  [FileKind.regular]: 0o100000, [FileKind.socketDgram]: 0o140000, [FileKind.socketStream]: 0o140000, [FileKind.symlink]: 0o120000,
};
const WRITABLE = 0o200;
const EXECUTABLE = 0o111;

export function fileCalls(state: WasiState, posix: PosixProcess): PosixFamily {
  const { memory } = state;
  const { table } = posix;

  /** The text at an address, or the errno. */
  const textAt = (addr: number, length: number): string | number => {
    if (!memory.has(addr, length)) return Errno.fault;
    if (length >>> 0 > PATH_BYTES_MAX) return Errno.nametoolong;
    return memory.string(addr, length) ?? Errno.ilseq;
  };
  /** The absolute path that is meant, or the errno. */
  const pathAt = (addr: number, length: number): string | number => {
    const path = textAt(addr, length);
    return typeof path === "number" ? path : path === "" ? Errno.noent : absolutePath(posix.cwd, path);
  };
  const succeed = (): number => Errno.success;

  /** Writes a text whose length is told also when it does not fit. */
  const writeText = (text: string, into: number, capacity: number, lengthOut: number): number => {
    if (!memory.has(into, capacity) || !memory.has(lengthOut, 4)) return Errno.fault;
    const bytes = memory.encode(text);
    memory.setU32(lengthOut, bytes.length);
    if (bytes.length > capacity >>> 0) return Errno.range;
    memory.write(into, bytes);
    return Errno.success;
  };

  const writeMode = (mode: MaybeAsync<number>, out: number, reason: string, held?: Descriptor): number => state.settle(mode, held, reason, (bits) => {
    memory.setU32(out, bits);
    return Errno.success;
  });

  return {
    chdir: (addr: number, length: number) => {
      const path = pathAt(addr, length);
      if (typeof path === "number") return path;
      return state.settle(realPath(table.root, path), undefined, "chdir", (real) => {
        if (real.length > PATH_BYTES_MAX) return Errno.nametoolong;
        posix.cwd = real;
        return Errno.success;
      });
    },
    getcwd: (into: number, capacity: number, lengthOut: number) => writeText(posix.cwd, into, capacity, lengthOut),
    mounts: (into: number, capacity: number, lengthOut: number) => writeText(table.mounts.list.map(mountLine).join(""), into, capacity, lengthOut),
    mount: (kindAddr: number, kindLength: number, sourceAddr: number, sourceLength: number, pathAddr: number, pathLength: number) => {
      const kind = textAt(kindAddr, kindLength);
      if (typeof kind === "number") return kind;
      const source = textAt(sourceAddr, sourceLength);
      if (typeof source === "number") return source;
      const path = pathAt(pathAddr, pathLength);
      if (typeof path === "number") return path;
      return state.settle(run(mountSteps(table.root, path, (real) => table.mounts.mount(kind, source, real))), undefined, "mount", succeed);
    },
    unmount: (addr: number, length: number) => {
      const path = pathAt(addr, length);
      if (typeof path === "number") return path;
      return state.settle(run(mountSteps(table.root, path, (real) => table.mounts.unmount(real))), undefined, "unmount", succeed);
    },
    fd_mode: (fd: number, out: number) => {
      const descriptor = state.fds.get(fd, 0);
      if (descriptor === undefined) return state.fds.errno;
      if (!memory.has(out, 4)) return Errno.fault;
      return writeMode(run(descriptorMode(descriptor)), out, "fd_mode", descriptor);
    },
    path_mode: (addr: number, length: number, follow: number, out: number) => {
      const path = pathAt(addr, length);
      if (typeof path === "number") return path;
      if (follow >>> 0 > 1) return Errno.inval;
      if (!memory.has(out, 4)) return Errno.fault;
      return writeMode(run(pathMode(state, table.root, path, follow === 1)), out, "path_mode");
    },
  };
}

/** Acts on a path that leads to a directory, links followed. */
function* mountSteps(root: Directory, path: string, act: (real: string) => MaybeAsync<void>): Steps<void> {
  yield* settled(act(yield* settled(realPath(root, path))));
}

function modeOf(kind: FileKind, executable: boolean, readOnly: boolean): number {
  const permissions = kind === FileKind.symlink ? 0o777 : 0o444 | (executable ? EXECUTABLE : 0) | (readOnly ? 0 : WRITABLE);
  return KIND_BITS[kind] | (kind === FileKind.character ? 0o666 : permissions);
}

/** Kind and permissions of what is open. */
export function* descriptorMode(descriptor: Descriptor): Steps<number> {
  if (descriptor instanceof RegularFile) return yield* fileMode(descriptor.file, descriptor.readOnly || descriptor.file.readOnly === true);
  if (descriptor instanceof OpenDirectory) return modeOf(FileKind.directory, true, descriptor.directory.fs.readOnly);
  return KIND_BITS[descriptor.fileKind] | 0o600;
}

function* fileMode(file: File, readOnly: boolean): Steps<number> {
  const { kind } = yield* settled(file.stat());
  return modeOf(kind, kind === FileKind.regular && (yield* startsProgram(file)), readOnly);
}

/** Whether the file is a program or a script. One that cannot be read is none. */
function* startsProgram(file: File): Steps<boolean> {
  const start = new Uint8Array(PROGRAM_START);
  try {
    return isProgramStart(start.subarray(0, yield* settled(file.read(0, start))));
  } catch (error) {
    if (error instanceof FsError) return false;
    throw error;
  }
}

/** Kind and permissions of what an absolute path leads to, in the eyes of a process. */
export function* pathMode(state: WasiState, root: Directory, path: string, follow: boolean): Steps<number> {
  const found = yield* settled(resolve(root, path, follow ? "always" : "slash", { root, rooted: true }));
  try {
    const { dir, name } = found;
    const stat: Stat = yield* settled(name === undefined ? dir.stat() : dir.statEntry(name));
    if (found.trailingSlash && stat.kind !== FileKind.directory) throw new FsError("notdir");
    if (stat.own !== undefined && follow) return yield* lookAtOwn(state, stat.own, descriptorMode);
    if (name !== undefined && stat.kind === FileKind.directory) {
      // It may be the root of another file system.
      const opened = yield* settled(dir.openDirectory(name));
      opened.close();
      return modeOf(stat.kind, true, opened.fs.readOnly);
    }
    if (name === undefined || stat.kind !== FileKind.regular) return modeOf(stat.kind, stat.kind === FileKind.directory, dir.fs.readOnly);
    const file = yield* openForLook(dir, name);
    if (file === undefined) return modeOf(stat.kind, false, dir.fs.readOnly);
    try {
      return yield* fileMode(file, dir.fs.readOnly);
    } finally {
      file.close();
    }
  } finally {
    found.close();
  }
}

function* openForLook(dir: Directory, name: string): Steps<File | undefined> {
  try {
    return yield* settled(dir.openFile(name, { read: true, write: false, create: false, exclusive: false, truncate: false }));
  } catch (error) {
    if (error instanceof FsError) return undefined;
    throw error;
  }
}

function mountLine({ kind, source, path, readOnly }: MountLine): string {
  return `${[kind, source, path].map(word).join(" ")} ${readOnly ? "ro" : "rw"}\n`;
}
/** One word of a line: blanks, control characters and backslashes in octal. */
function word(given: string): string {
  if (given === "") return "-";
  return given.replace(/[\0-\x20\\\x7f]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
