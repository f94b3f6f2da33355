/**
 * The POSIX calls, one row each: name, parameters, may it block, meaning. The import module
 * "isola_posix", its function types, trace lines, docs/posix.md and the bindings in userland/sdk
 * (AssemblyScript and C) come out of this table.
 *
 * A parameter is `name:kind`. Kinds that take two core parameters, an address and a length or
 * count, are marked in `PARAM_KINDS`. Every call answers an error number of WASI preview 1 (an
 * i32); results go through addresses. Descriptors are those of the WASI calls.
 *
 * Spec: POSIX.1-2024, system interfaces.
 */
import type { FuncType, NumType } from "#wasm";

export const POSIX_MODULE = "isola_posix";

export const PARAM_KINDS = {
  u32: { core: ["i32"], meaning: "a number" },
  fd: { core: ["i32"], meaning: "a descriptor" },
  pid: { core: ["i32"], meaning: "a process, or with 0 and below a group as the call says; signed" },
  signal: { core: ["i32"], meaning: "number of a signal" },
  signals: { core: ["i64"], meaning: "a set of signals, signal n at bit n - 1" },
  name: { core: ["i32", "i32"], meaning: "address and length of UTF-8" },
  strings: { core: ["i32", "i32"], meaning: "address and length of UTF-8 strings, each with a NUL at its end" },
  fd_pairs: { core: ["i32", "i32"], meaning: "address and count of `fd_pair` structs to read" },
  buffer: { core: ["i32", "i32"], meaning: "address and length of bytes to write" },
  attributes: { core: ["i32"], meaning: "address of an `attributes` struct to read" },
  attributes_out: { core: ["i32"], meaning: "address of an `attributes` struct to write" },
  u32_out: { core: ["i32"], meaning: "address of a u32 to write" },
  u32_old: { core: ["i32"], meaning: "address of a u32 to write, or 0 for none" },
  signals_out: { core: ["i32"], meaning: "address of a set of signals to write, 8 bytes" },
  signals_old: { core: ["i32"], meaning: "address of a set of signals to write, 8 bytes, or 0 for none" },
} as const satisfies Record<string, { readonly core: readonly NumType[]; readonly meaning: string }>;
export type ParamKind = keyof typeof PARAM_KINDS;

/** Layout of the structs, in the order of their fields without gaps; all little-endian. */
export const STRUCTS = {
  fd_pair: { size: 8, fields: "child:u32 parent:u32", meaning: "the number that a descriptor has in the child, and its number here" },
  attributes: { size: 16, fields: "iflag:u32 oflag:u32 cflag:u32 lflag:u32", meaning: "how a terminal treats bytes" },
} as const;

interface ConstantRow {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

/** Numbers that arguments are made of, by what they are for. */
export const CONSTANTS = {
  SpawnFlag: [
    { name: "group", value: 1, meaning: "the child goes into the process group `pgid`; 0 makes one with the child's number" },
    { name: "foreground", value: 2, meaning: "the child's group becomes the foreground group of the terminal behind the child's descriptor 0, before the child runs" },
    { name: "default_signals", value: 4, meaning: "signals that the caller ignores are not ignored in the child" },
  ],
  WaitOption: [
    { name: "nohang", value: 1, meaning: "does not block: the pid is 0 when there is nothing to tell" },
    { name: "untraced", value: 2, meaning: "tells of children that stopped, too" },
    { name: "continued", value: 8, meaning: "tells of children that went on, too" },
  ],
  SignalAction: [
    { name: "default", value: 0, meaning: "what the signal does by itself" },
    { name: "ignore", value: 1, meaning: "nothing" },
    { name: "handle", value: 2, meaning: "the export `__isola_signal` is called" },
  ],
  MaskChange: [
    { name: "block", value: 0, meaning: "adds the set" },
    { name: "unblock", value: 1, meaning: "takes the set out" },
    { name: "set", value: 2, meaning: "the set and no other" },
  ],
  InputFlag: [{ name: "icrnl", value: 0x100, meaning: "a carriage return reads as a line feed" }],
  OutputFlag: [
    { name: "opost", value: 1, meaning: "what is written is treated at all" },
    { name: "onlcr", value: 4, meaning: "a line feed goes out with a carriage return before it" },
  ],
  LocalFlag: [
    { name: "isig", value: 1, meaning: "^C, ^\\ and ^Z are signals" },
    { name: "icanon", value: 2, meaning: "input comes by lines that can be edited" },
    { name: "echo", value: 8, meaning: "input is shown" },
    { name: "tostop", value: 0x100, meaning: "writing in the background stops" },
  ],
  ModeBit: [
    { name: "kinds", value: 0o170000, meaning: "the bits that say what it is" },
    { name: "fifo", value: 0o010000, meaning: "a pipe" },
    { name: "character", value: 0o020000, meaning: "a terminal or another device" },
    { name: "directory", value: 0o040000, meaning: "a directory" },
    { name: "regular", value: 0o100000, meaning: "a file" },
    { name: "link", value: 0o120000, meaning: "a symbolic link" },
    { name: "socket", value: 0o140000, meaning: "a socket" },
  ],
} as const satisfies Record<string, readonly ConstantRow[]>;

export const SpawnFlag = { group: 1, foreground: 2, defaultSignals: 4 } as const;
export const WaitOption = { nohang: 1, untraced: 2, continued: 8 } as const;

type Row = readonly [name: string, params: string, mayBlock: boolean, meaning: string];

const ROWS = [
  ["spawn", "path:name argv:strings env:strings fds:fd_pairs flags:u32 pgid:u32 pid:u32_out", true, "Starts the file, looked up from the working directory and nowhere else, as a child. The child has the listed descriptors under the numbers listed, shared as after `dup`, and no others but the mounts; it has the working directory and the blocked signals of the caller. A file that begins with `#!` is run by the interpreter that it names."],
  ["waitpid", "pid:pid options:u32 who:u32_out status:u32_out", true, "Blocks until a child has something to tell, and takes that: above 0 this child, -1 any, 0 one of the caller's group, below -1 one of that group. `child` when there is no such child, `intr` when a signal was caught."],
  ["getpid", "pid:u32_out", false, "The caller's own number."],
  ["getppid", "pid:u32_out", false, "The number of its parent; 0 when that is gone or is the host."],
  ["getpgid", "pid:pid pgid:u32_out", false, "The process group of a process of this session; 0 is the caller."],
  ["setpgid", "pid:pid pgid:u32", false, "Puts the caller (0) or a child into a group of this session; 0 makes one with its own number. `perm` for a leader of a session."],
  ["getsid", "sid:u32_out", false, "The number of the session: the pid of its leader."],
  ["setsid", "sid:u32_out", false, "Makes the caller the leader of a new session without a terminal. `perm` when it leads a group."],
  ["kill", "pid:pid sig:signal", true, "Sends a signal: above 0 to that process, 0 to the caller's group, -1 to all that it sees, below -1 to that group. A program sees its session, and its own children in others. Signal 0 only checks."],
  ["sigaction", "sig:signal action:u32 old:u32_old", true, "Says what a signal does to the caller: 0 what it does by itself, 1 nothing, 2 `__isola_signal` is called with its number, at the next safepoint or when a blocking call is left with `intr`. The handler runs on the stack that it interrupts and must not block: a call in it that would block answers `again`."],
  ["sigprocmask", "how:u32 set:signals old:signals_old", true, "Changes which signals wait instead of arriving: adds the set (0), takes it out (1), or sets it (2)."],
  ["sigpending", "set:signals_out", false, "The signals that wait because they are blocked."],
  ["pause", "", true, "Blocks until a signal was caught, and answers `intr`."],
  ["pipe", "read:u32_out write:u32_out", false, "Makes a pipe, and a descriptor on each end."],
  ["dup", "fd:fd min:u32 made:u32_out", false, "Makes a second number for the descriptor, the lowest free one from `min` on."],
  ["dup2", "fd:fd to:fd", true, "Makes `to` a second number for the descriptor; what `to` was is closed."],
  ["chdir", "path:name", true, "Changes the working directory."],
  ["getcwd", "into:buffer length:u32_out", false, "Writes the path of the working directory, without a NUL. `range` when it does not fit; the length is written then too."],
  ["isatty", "fd:fd", false, "Answers 0 for a terminal and `notty` for anything else."],
  ["tcgetattr", "fd:fd attributes:attributes_out", false, "Reads how the terminal treats bytes."],
  ["tcsetattr", "fd:fd attributes:attributes", true, "Changes how the terminal treats bytes; bits that it does not know are dropped."],
  ["tcgetpgrp", "fd:fd pgid:u32_out", false, "The foreground group of the terminal."],
  ["tcsetpgrp", "fd:fd pgid:u32", true, "Makes a group of this session the foreground group of its terminal."],
  ["winsize", "fd:fd rows:u32_out columns:u32_out", false, "The size of the terminal, in characters; 0 when nobody knows."],
  ["mounts", "into:buffer length:u32_out", false, "Writes what is mounted, a line `kind source path options` each. `range` when it does not fit; the length is written then too."],
  ["mount", "kind:name source:name path:name", true, "Mounts a file system at a directory, for the whole session: one of the kinds that the session offers. `perm` when it lets nothing be mounted, `nodev` for a kind that it does not offer."],
  ["unmount", "path:name", true, "Takes away what `mount` mounted there. What is open in it stays usable."],
  ["fd_mode", "fd:fd mode:u32_out", true, "Kind and permissions, as in `st_mode`."],
  ["path_mode", "path:name follow:u32 mode:u32_out", true, "Kind and permissions of what a path leads to; with `follow` 0 of a symbolic link itself."],
] as const satisfies readonly Row[];

export type PosixCallName = (typeof ROWS)[number][0];

export interface PosixParam {
  readonly name: string;
  readonly kind: ParamKind;
}

export interface PosixCall {
  readonly name: PosixCallName;
  readonly params: readonly PosixParam[];
  readonly mayBlock: boolean;
  readonly meaning: string;
  readonly type: FuncType;
}

export const POSIX_CALLS: readonly PosixCall[] = ROWS.map(([name, text, mayBlock, meaning]) => {
  const params = text.split(" ").filter((param) => param !== "").map((param): PosixParam => {
    const [paramName = "", kind = ""] = param.split(":");
    return { name: paramName, kind: kind as ParamKind };
  });
  return { name, params, mayBlock, meaning, type: { kind: "func", params: params.flatMap(({ kind }) => PARAM_KINDS[kind].core), results: ["i32"] } };
});
