/**
 * The calls that programs of agentOS's software packages import besides those of WASI, one row each:
 * module, name, parameters, what it answers, may it block, meaning. Types, dispatch, trace lines and
 * docs/agentos-calls.md come out of this table.
 *
 * Parameters are written as in the table of POSIX calls. A call answers an error number of WASI
 * preview 1, but for those that answer mode bits, and 0 when there are none to tell. Of a name with two
 * rows a program gets the one whose type it imports: `proc_waitpid` gained a result.
 *
 * Source: the import declarations of rivet-dev/agent-os, registry/native (wasi-ext, the patches of the Rust standard
 * library and of wasi-libc), and the modules of @rivet-dev/agent-os-*, version 0.0.260331072558.
 */
import type { FuncType } from "#wasm";
import { PARAM_KINDS } from "../posix/calls-table.ts";
import type { ParamKind, PosixParam } from "../posix/calls-table.ts";
import { sameType } from "../wasi-p1/socket-extension.ts";

/** Stands for a descriptor in `proc_spawn`: the child has one that gives nothing and takes everything. */
export const NULL_FD = 0xffff_ffff;
/** What the first form of `proc_waitpid` answers for a child that has not ended. It is not `Errno.child`. */
export const NOT_ENDED = 10;

type Answer = "errno" | "mode";
type Row = readonly [module: AgentosModule, name: string, params: string, answer: Answer, mayBlock: boolean, meaning: string];
export type AgentosModule = "host_process" | "host_user" | "host_fs";

const ROWS: readonly Row[] = [
  ["host_process", "proc_spawn", "argv:strings env:strings stdin:fd stdout:fd stderr:fd cwd:name pid:u32_out", "errno", true, "Starts `argv[0]`, looked up in the PATH of `env` when it has no slash or is said to be in the first place there, as a child with these three descriptors and no others; 4294967295 is none. An empty `cwd` is the caller's. Those of the three above 2 are closed in the caller, whether they are its only number for what they lead to or not."],
  ["host_process", "proc_waitpid", "pid:pid options:u32 status:u32_out", "errno", true, "Waits until a child has ended, -1 for any, and writes its status << 8; for one that a signal ended that is 128 and its number. With option 1 it does not wait, and answers 10 when the child has not ended."],
  ["host_process", "proc_waitpid", "pid:pid options:u32 status:u32_out who:u32_out", "errno", true, "The same, but the status is written as it is, and which child it was; with option 1 that is 0 when it has not ended."],
  ["host_process", "proc_kill", "pid:pid sig:signal", "errno", true, "As `kill` of POSIX."],
  ["host_process", "proc_getpid", "pid:u32_out", "errno", false, "The caller's number."],
  ["host_process", "proc_getppid", "pid:u32_out", "errno", false, "The number of its parent."],
  ["host_process", "proc_sigaction", "sig:signal action:u32 mask_low:u32 mask_high:u32 flags:u32", "errno", true, "What a signal does: 0 what it does by itself, 1 nothing, 2 the export `__wasi_signal_trampoline` is called with its number. Mask and flags are not used: the signal itself is blocked while its handler runs."],
  ["host_process", "fd_pipe", "read:u32_out write:u32_out", "errno", false, "Makes a pipe. It holds what is written until it is read, up to a bound: these programs write to one whole before they read from it."],
  ["host_process", "fd_dup", "fd:fd made:u32_out", "errno", false, "A second number for the descriptor, the lowest free one."],
  ["host_process", "fd_dup2", "fd:fd to:fd", "errno", true, "Makes `to` a second number for the descriptor."],
  ["host_process", "fd_dup_min", "fd:fd min:u32 made:u32_out", "errno", false, "A second number for the descriptor, the lowest free one from `min` on."],
  ["host_process", "sleep_ms", "milliseconds:u32", "errno", true, "Sleeps."],
  ["host_user", "getuid", "id:u32_out", "errno", false, "The user's number: 1000."],
  ["host_user", "getgid", "id:u32_out", "errno", false, "The group's number: 1000."],
  ["host_user", "geteuid", "id:u32_out", "errno", false, "As `getuid`."],
  ["host_user", "getegid", "id:u32_out", "errno", false, "As `getgid`."],
  ["host_user", "isatty", "fd:fd answer:u32_out", "errno", false, "Writes 1 for a terminal, else 0."],
  ["host_user", "getpwuid", "id:u32 entry:buffer length:u32_out", "errno", false, "Writes the line of a user in the format of /etc/passwd, made of USER, HOME and SHELL of the environment, cut off where the buffer ends."],
  ["host_fs", "fd_mode", "fd:fd", "mode", true, "Kind and permissions of what is open."],
  ["host_fs", "path_mode", "path:name follow:u32", "mode", true, "Kind and permissions of what a path leads to; with `follow` 0 of a link itself."],
  ["host_fs", "chmod", "path:name mode:u32", "errno", true, "Says whether the permissions of the file could be changed; no file system keeps any."],
];

export interface AgentosCall {
  readonly module: AgentosModule;
  readonly name: string;
  readonly params: readonly PosixParam[];
  readonly answer: Answer;
  readonly mayBlock: boolean;
  readonly meaning: string;
  readonly type: FuncType;
}

export const AGENTOS_CALLS: readonly AgentosCall[] = ROWS.map(([module, name, text, answer, mayBlock, meaning]) => {
  const params = text.split(" ").map((param): PosixParam => {
    const [paramName = "", kind = ""] = param.split(":");
    return { name: paramName, kind: kind as ParamKind };
  });
  return { module, name, params, answer, mayBlock, meaning, type: { kind: "func", params: params.flatMap(({ kind }) => PARAM_KINDS[kind].core), results: ["i32"] } };
});

/** The row that can be imported under these names; with a `type`, the one that has it, if any has. */
export function agentosCall(module: string, name: string, type?: FuncType): AgentosCall | undefined {
  const rows = AGENTOS_CALLS.filter((call) => call.module === module && call.name === name);
  return rows.find((call) => type !== undefined && sameType(call.type, type)) ?? rows[0];
}
