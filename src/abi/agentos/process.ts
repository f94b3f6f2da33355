/** Processes, signals and descriptors, in a session: mostly the POSIX calls under other names. */
import { FsError, run } from "#fs";
import type { Steps } from "#fs";
import { CapacityError, LimitError } from "#kernel";
import { absolutePath } from "../posix/absolute-path.ts";
import { descriptorCalls, makePipe } from "../posix/descriptor-calls.ts";
import { pathMode } from "../posix/file-calls.ts";
import { processCalls as posixProcessCalls } from "../posix/process-calls.ts";
import type { PosixProcess } from "../posix/posix-process.ts";
import { SpawnRefusal } from "../posix/process-table.ts";
import { signalCalls } from "../posix/signal-calls.ts";
import { StreamDescriptor } from "../wasi-p1/descriptor.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { PlacedDescriptor } from "../wasi-p1/wasi.ts";
import type { AgentosFamily } from "./agentos.ts";
import { NOT_ENDED, NULL_FD } from "./calls-table.ts";
import { placeOf } from "./place.ts";

/** Bytes of all arguments, and of all variables. */
const STRINGS_MAX = 1024 * 1024;
const PATH_BYTES_MAX = 4096;
const STANDARD_FDS = 3;
/** What a pipe holds at most. */
const PIPE_MAX = 64 << 20;
const NO_WAITING = 1;
const ANY_CHILD = -1;
/** Where programs are when the environment names no PATH, and how many places it can name. */
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";
const PLACES_MAX = 64;
const ModeBit = { kinds: 0o170000, regular: 0o100000 } as const;
const EXECUTABLE = 0o111;
/** An end by a signal, among exit statuses. */
const SIGNAL_STATUS = 128;
const SIGNAL_BITS = 0x7f;

export function processCalls(state: WasiState, posix: PosixProcess): AgentosFamily {
  const { memory, fds } = state;
  const { table } = posix;
  const plain = { ...posixProcessCalls(state, posix), ...signalCalls(state, posix), ...descriptorCalls(state, posix) } as unknown as AgentosFamily;

  /** Strings that are parted or ended by NUL, or the errno that refuses them. */
  const strings = (addr: number, length: number): readonly string[] | number => {
    if (!memory.has(addr, length)) return Errno.fault;
    if (length >>> 0 > STRINGS_MAX) return Errno["2big"];
    const text = memory.string(addr, length);
    if (text === undefined) return Errno.ilseq;
    return text === "" ? [] : text.replace(/\0$/, "").split("\0");
  };

  /** The standard descriptors of a child, each retained, or the errno that refuses them. */
  const standard = (numbers: readonly number[]): readonly PlacedDescriptor[] | number => {
    const placed: PlacedDescriptor[] = [];
    for (const [fd, from] of numbers.entries()) {
      if (from >>> 0 === NULL_FD) {
        const descriptor = fd === 0 ? StreamDescriptor.reading(undefined, false) : StreamDescriptor.writing(undefined, false);
        placed.push({ fd, descriptor, rights: descriptor.rights, inheriting: 0 });
        continue;
      }
      const descriptor = fds.get(from, 0);
      if (descriptor === undefined) return fds.errno;
      placed.push({ fd, descriptor, rights: fds.rights(from), inheriting: fds.inheriting(from) });
    }
    for (const { descriptor } of placed) descriptor.retain();
    return placed;
  };

  /** The first of the paths that leads to a program; the first of all when none does, for its reason. */
  const firstProgram = function* (paths: readonly string[], cwd: string): Steps<string> {
    for (const path of paths.length === 1 ? [] : paths) {
      try {
        const mode = yield* pathMode(state, table.root, absolutePath(cwd, path), true);
        if ((mode & ModeBit.kinds) === ModeBit.regular && (mode & EXECUTABLE) !== 0) return path;
      } catch (error) {
        if (!(error instanceof FsError)) throw error;
      }
    }
    return paths[0]!; // PATH has one place at least
  };

  const refusal = (error: unknown): number => {
    if (error instanceof SpawnRefusal) return Errno[error.errno];
    if (error instanceof LimitError || error instanceof CapacityError) return Errno.again;
    return state.failed(error);
  };

  const spawn = (argvAddr: number, argvLength: number, envAddr: number, envLength: number, stdin: number, stdout: number, stderr: number, cwdAddr: number, cwdLength: number, out: number): number => {
    const argv = strings(argvAddr, argvLength);
    if (typeof argv === "number") return argv;
    const given = strings(envAddr, envLength);
    if (typeof given === "number") return given;
    if (!memory.has(cwdAddr, cwdLength) || !memory.has(out, 4)) return Errno.fault;
    if (cwdLength >>> 0 > PATH_BYTES_MAX) return Errno.nametoolong;
    const place = memory.string(cwdAddr, cwdLength);
    if (place === undefined) return Errno.ilseq;
    const command = argv[0] ?? "";
    if (command === "") return Errno.noent;
    const descriptors = standard([stdin, stdout, stderr]);
    if (typeof descriptors === "number") return descriptors;
    const start = async (): Promise<PosixProcess> => {
      const cwd = await placeOf(table.root, posix.cwd, place);
      const env = environment(given, cwd);
      return table.spawn({
        path: await run(firstProgram(candidates(command, env), cwd)),
        argv, cwd, descriptors, parent: posix, group: undefined, foregroundOf: undefined,
        env: [...env].map(([name, value]) => `${name}=${value}`),
        ignored: posix.ignoredSet, blocked: posix.blockedSet,
      });
    };
    const starting = start().finally(() => {
      for (const { descriptor } of descriptors) descriptor.release();
    });
    return state.process.current().await(
      starting, "proc_spawn",
      (child) => state.resumed(() => {
        // The caller's own numbers for them end here, as these programs count on.
        for (const [index, fd] of [stdin, stdout, stderr].entries()) if (fd >>> 0 >= STANDARD_FDS && fds.get(fd, 0) === descriptors[index]?.descriptor) fds.retire(fd);
        memory.setU32(out, child.pid);
        return Errno.success;
      }),
      (error) => state.resumed(() => refusal(error)),
    );
  };

  const wait = (pid: number, options: number, statusOut: number, whoOut: number | undefined): number => {
    if (!memory.has(statusOut, 4) || (whoOut !== undefined && !memory.has(whoOut, 4))) return Errno.fault;
    const children = [...posix.children].filter((child) => pid === ANY_CHILD || child.pid === pid);
    const child = children.find(({ ended }) => ended);
    if (child?.end !== undefined) {
      table.reap(child);
      memory.setU32(statusOut, whoOut === undefined ? exitStatus(child.end) << 8 : exitStatus(child.end));
      if (whoOut !== undefined) memory.setU32(whoOut, child.pid);
      return Errno.success;
    }
    if (children.length === 0) return Errno.child;
    if ((options & NO_WAITING) !== 0) {
      if (whoOut === undefined) return NOT_ENDED;
      memory.setU32(statusOut, 0);
      memory.setU32(whoOut, 0);
      return Errno.success;
    }
    return state.process.current().block({
      reason: "proc_waitpid",
      queues: [posix.news],
      interrupted: Errno.intr,
      resume: () => state.resumed(() => wait(pid, options, statusOut, whoOut)),
    });
  };

  return {
    proc_spawn: spawn,
    proc_waitpid: wait,
    proc_kill: plain["kill"]!,
    proc_getpid: plain["getpid"]!,
    proc_getppid: plain["getppid"]!,
    proc_sigaction: (signal, action) => plain["sigaction"]!(signal, action, 0),
    fd_pipe: (readOut, writeOut) => makePipe(state, posix, PIPE_MAX, readOut, writeOut),
    fd_dup: (fd, out) => plain["dup"]!(fd, 0, out),
    fd_dup2: plain["dup2"]!,
    fd_dup_min: plain["dup"]!,
  };
}

/** Variables by name, the last of a name counts; PWD, if there is one, says where the child is. */
function environment(lines: readonly string[], cwd: string): ReadonlyMap<string, string> {
  const env = new Map<string, string>();
  for (const line of lines) {
    const equals = line.indexOf("=");
    if (equals > 0) env.set(line.slice(0, equals), line.slice(equals + 1));
  }
  if (env.has("PWD")) env.set("PWD", cwd);
  return env;
}

/**
 * Where the program may be. An empty place in PATH is the working directory. Their shell takes every program to be in
 * the first place of PATH, without a look; so one that is said to be there may be in any.
 */
function candidates(command: string, env: ReadonlyMap<string, string>): readonly string[] {
  const places = (env.get("PATH") ?? DEFAULT_PATH).split(":").slice(0, PLACES_MAX);
  const slash = command.lastIndexOf("/");
  if (slash >= 0 && command.slice(0, slash) !== places[0]) return [command];
  const name = command.slice(slash + 1);
  return places.map((place) => (place === "" ? name : `${place}/${name}`));
}

/** A status as `waitpid` of POSIX tells it, as shells say it. */
function exitStatus(end: number): number {
  const signal = end & SIGNAL_BITS;
  return signal === 0 ? end >> 8 : SIGNAL_STATUS + signal;
}
