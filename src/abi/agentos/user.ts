/** Who the user is, what is a terminal, and sleeping: what needs no session. */
import { isTerminal } from "../posix/descriptor-calls.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import type { AgentosFamily } from "./agentos.ts";

/** The one user that there is, and its group. */
const USER_ID = 1000;
const DECODER = new TextDecoder();

export function userCalls(state: WasiState): AgentosFamily {
  const { memory, fds } = state;

  const tell = (out: number, value: number): number => {
    if (!memory.has(out, 4)) return Errno.fault;
    memory.setU32(out, value);
    return Errno.success;
  };
  const tellUser = (out: number): number => tell(out, USER_ID);

  const variable = (name: string): string | undefined => {
    const found = state.env.map((bytes) => DECODER.decode(bytes.subarray(0, -1))).find((line) => line.startsWith(`${name}=`));
    return found?.slice(name.length + 1).replaceAll(/[:\n]/g, "_");
  };

  const sleep = (milliseconds: number): number => {
    const deadlineMs = state.process.machine.now() + (milliseconds >>> 0);
    return state.process.current().block({ reason: "sleep_ms", queues: [], deadlineMs, interrupted: Errno.intr, resume: () => Errno.success });
  };

  return {
    getuid: tellUser,
    getgid: tellUser,
    geteuid: tellUser,
    getegid: tellUser,
    isatty: (fd, out) => {
      const descriptor = fds.get(fd, 0);
      return descriptor === undefined ? fds.errno : tell(out, isTerminal(descriptor) ? 1 : 0);
    },
    getpwuid: (id, into, capacity, lengthOut) => {
      if (!memory.has(into, capacity) || !memory.has(lengthOut, 4)) return Errno.fault;
      if (id >>> 0 !== USER_ID) return Errno.noent;
      const line = [variable("USER") ?? "user", "x", USER_ID, USER_ID, "", variable("HOME") ?? "/", variable("SHELL") ?? "/bin/sh"].join(":");
      const bytes = memory.encode(line).subarray(0, capacity >>> 0);
      memory.write(into, bytes);
      memory.setU32(lengthOut, bytes.length);
      return Errno.success;
    },
    sleep_ms: sleep,
  };
}
