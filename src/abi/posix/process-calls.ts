/** Starting processes, waiting for them, and what they are called: pids, groups, sessions. */
import { CapacityError, LimitError } from "#kernel";
import type { Wait } from "#kernel";
import { Errno } from "../wasi-p1/errno.ts";
import { FDS_MAX } from "../wasi-p1/fd-table.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { PlacedDescriptor } from "../wasi-p1/wasi.ts";
import { STRUCTS, SpawnFlag, WaitOption } from "./calls-table.ts";
import type { PosixFamily } from "./posix.ts";
import type { PosixProcess } from "./posix-process.ts";
import { SpawnRefusal } from "./process-table.ts";
import { TerminalDescriptor } from "../wasi-p1/descriptor.ts";

/** Bytes of all arguments, and of all variables. */
const STRINGS_MAX = 1024 * 1024;
const PATH_BYTES_MAX = 4096;
/** Descriptors that one spawn can list. */
const FDS_LISTED_MAX = 1024;
const SPAWN_FLAGS = SpawnFlag.group | SpawnFlag.foreground | SpawnFlag.defaultSignals;
const WAIT_OPTIONS = WaitOption.nohang | WaitOption.untraced | WaitOption.continued;

export function processCalls(state: WasiState, posix: PosixProcess): PosixFamily {
  const { memory, fds } = state;
  const { table } = posix;

  const tell = (out: number, value: number): number => {
    if (!memory.has(out, 4)) return Errno.fault;
    memory.setU32(out, value);
    return Errno.success;
  };

  /** The strings of a list, or the errno that refuses it. */
  const strings = (addr: number, length: number): readonly string[] | number => {
    if (!memory.has(addr, length)) return Errno.fault;
    if (length >>> 0 > STRINGS_MAX) return Errno["2big"];
    const text = memory.string(addr, length);
    if (text === undefined) return Errno.ilseq;
    return text !== "" && !text.endsWith("\0") ? Errno.inval : text.split("\0").slice(0, -1);
  };

  /** The listed descriptors, each retained, or the errno that refuses the list. */
  const listed = (addr: number, count: number): readonly PlacedDescriptor[] | number => {
    if (count >>> 0 > FDS_LISTED_MAX) return Errno.inval;
    if (!memory.hasItems(addr, count, STRUCTS.fd_pair.size)) return Errno.fault;
    const placed: PlacedDescriptor[] = [];
    const seen = new Set<number>();
    for (let index = 0; index < count; index++) {
      const at = (addr >>> 0) + index * STRUCTS.fd_pair.size;
      const fd = memory.u32(at);
      const from = memory.u32(at + 4);
      const descriptor = fds.get(from, 0);
      if (descriptor === undefined || fd >= FDS_MAX) return Errno.badf;
      if (seen.has(fd)) return Errno.inval;
      seen.add(fd);
      placed.push({ fd, descriptor, rights: fds.rights(from), inheriting: fds.inheriting(from) });
    }
    for (const { descriptor } of placed) descriptor.retain();
    return placed;
  };

  const refusal = (error: unknown): number => {
    if (error instanceof SpawnRefusal) return Errno[error.errno];
    if (error instanceof LimitError || error instanceof CapacityError) return Errno.again;
    return state.failed(error);
  };

  const spawn = (pathAddr: number, pathLength: number, argvAddr: number, argvLength: number, envAddr: number, envLength: number, fdsAddr: number, fdsCount: number, flags: number, pgid: number, out: number): number => {
    if (posix.handling) return Errno.again;
    if (!memory.has(pathAddr, pathLength)) return Errno.fault;
    if (pathLength >>> 0 > PATH_BYTES_MAX) return Errno.nametoolong;
    const path = memory.string(pathAddr, pathLength);
    if (path === undefined) return Errno.ilseq;
    if (path === "") return Errno.noent;
    const argv = strings(argvAddr, argvLength);
    if (typeof argv === "number") return argv;
    const env = strings(envAddr, envLength);
    if (typeof env === "number") return env;
    if (env.some((line) => line.indexOf("=") < 1)) return Errno.inval;
    if (!memory.has(out, 4)) return Errno.fault;
    if ((flags & ~SPAWN_FLAGS) !== 0) return Errno.inval;
    const group = (flags & SpawnFlag.group) === 0 ? undefined : pgid === 0 ? "new" : pgid >>> 0;
    if (typeof group === "number" && ![...table.group(group)].some(({ session }) => session === posix.session)) return Errno.perm;
    const descriptors = listed(fdsAddr, fdsCount);
    if (typeof descriptors === "number") return descriptors;
    const stdin = descriptors.find(({ fd }) => fd === 0)?.descriptor;
    const foregroundOf = (flags & SpawnFlag.foreground) !== 0 && stdin instanceof TerminalDescriptor && stdin.terminal === posix.terminal ? stdin.terminal : undefined;
    const starting = table.spawn({
      path, argv, env, descriptors, group, foregroundOf,
      cwd: posix.cwd,
      parent: posix,
      ignored: (flags & SpawnFlag.defaultSignals) !== 0 ? 0 : posix.ignoredSet,
      blocked: posix.blockedSet,
    }).finally(() => {
      for (const { descriptor } of descriptors) descriptor.release();
    });
    return state.process.current().await(
      starting, "spawn",
      (child) => state.resumed(() => tell(out, child.pid)),
      (error) => state.resumed(() => refusal(error)),
    );
  };

  const wait = (pid: number, options: number, who: number, status: number): number => {
    if ((options & ~WAIT_OPTIONS) !== 0) return Errno.inval;
    if (!memory.has(who, 4) || !memory.has(status, 4)) return Errno.fault;
    let any = false;
    for (const child of posix.children) {
      if (!(pid > 0 ? child.pid === pid : pid === -1 || child.group === (pid === 0 ? posix.group : -pid))) continue;
      any = true;
      const news = child.end ?? child.takeReport((options & WaitOption.untraced) !== 0, (options & WaitOption.continued) !== 0);
      if (news === undefined) continue;
      if (child.ended) table.reap(child);
      memory.setU32(who, child.pid);
      memory.setU32(status, news);
      return Errno.success;
    }
    if (!any) return Errno.child;
    if ((options & WaitOption.nohang) !== 0) {
      memory.setU32(who, 0);
      memory.setU32(status, 0);
      return Errno.success;
    }
    const waiting: Wait = {
      reason: "waitpid",
      queues: [posix.news],
      interrupted: Errno.intr,
      resume: () => state.resumed(() => wait(pid, options, who, status)),
    };
    return state.process.current().block(waiting);
  };

  const setGroup = (pid: number, pgid: number): number => {
    if (pgid < 0 || pid < 0) return Errno.inval;
    const process = pid === 0 || pid === posix.pid ? posix : table.find(pid);
    if (process === undefined || process.ended || (process !== posix && process.parent !== posix)) return Errno.srch;
    if (process.session !== posix.session || process.session === process.pid) return Errno.perm;
    const group = pgid === 0 ? process.pid : pgid;
    if (group !== process.pid && ![...table.group(group)].some(({ session }) => session === posix.session)) return Errno.perm;
    table.setGroup(process, group);
    return Errno.success;
  };

  return {
    spawn,
    waitpid: wait,
    getpid: (out: number) => tell(out, posix.pid),
    getppid: (out: number) => tell(out, posix.parent?.pid ?? 0),
    getpgid: (pid: number, out: number) => {
      const process = pid === 0 ? posix : table.find(pid);
      return process === undefined || !table.sees(posix, process) ? Errno.srch : tell(out, process.group);
    },
    setpgid: setGroup,
    getsid: (out: number) => tell(out, posix.session),
    setsid: (out: number) => {
      if (!memory.has(out, 4)) return Errno.fault;
      if (table.group(posix.pid).size > 0) return Errno.perm;
      table.setSession(posix);
      return tell(out, posix.session);
    },
  };
}
