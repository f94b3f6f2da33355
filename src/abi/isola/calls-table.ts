/**
 * The kernel calls, one row each: number, name, parameters, may it block, meaning. The import
 * module "isola", its function types, the rights that a handle must have, trace lines,
 * docs/syscalls.md and the bindings in userland/sdk come out of this table.
 *
 * A parameter is `name:kind`. A handle's kind is the kind of object that it must name, or `any`,
 * and after a slash the rights that it must have: `end:channel/read`. Kinds that take two core
 * parameters, an address and a length or count, are marked in `PARAM_KINDS`.
 *
 * Every call answers a status (an i32); results go through addresses.
 */
import type { FuncType, NumType } from "#wasm";
import { ObjectKind, rightsOf } from "#kernel";
import type { ObjectKindName, RightName } from "#kernel";

export const ISOLA_MODULE = "isola";

export const PARAM_KINDS = {
  u32: { core: ["i32"], meaning: "a number" },
  u64: { core: ["i64"], meaning: "a number" },
  status: { core: ["i32"], meaning: "the exit status of a program" },
  rights: { core: ["i32"], meaning: "bits of rights" },
  signals: { core: ["i32"], meaning: "bits of signals" },
  clock: { core: ["i32"], meaning: "0 monotonic, 1 since 1970" },
  deadline: { core: ["i64"], meaning: "nanoseconds of the monotonic clock; 0 does not block, a negative one never passes" },
  duration: { core: ["i64"], meaning: "nanoseconds, not negative" },
  bytes: { core: ["i32", "i32"], meaning: "address and length of bytes to read" },
  strings: { core: ["i32", "i32"], meaning: "address and length of UTF-8 strings, each with a NUL at its end" },
  name: { core: ["i32", "i32"], meaning: "address and length of UTF-8" },
  buffer: { core: ["i32", "i32"], meaning: "address and length of bytes to write" },
  handles: { core: ["i32", "i32"], meaning: "address and count of handles to read, 4 bytes each" },
  handle_buffer: { core: ["i32", "i32"], meaning: "address and count of handles to write, 4 bytes each" },
  events: { core: ["i32", "i32"], meaning: "address and count of `event` structs to write" },
  handle_out: { core: ["i32"], meaning: "address of a handle to write" },
  u32_out: { core: ["i32"], meaning: "address of a u32 to write" },
  u64_out: { core: ["i32"], meaning: "address of a u64 to write" },
  info_out: { core: ["i32"], meaning: "address of an `info` struct to write" },
  sizes_out: { core: ["i32"], meaning: "address of a `sizes` struct to write" },
  state_out: { core: ["i32"], meaning: "address of a `state` struct to write" },
  usage_out: { core: ["i32"], meaning: "address of a `usage` struct to write" },
  limits: { core: ["i32"], meaning: "address of a `limits` struct to read" },
} as const satisfies Record<string, { readonly core: readonly NumType[]; readonly meaning: string }>;
export type ParamKind = keyof typeof PARAM_KINDS;
export type HandleKind = ObjectKindName | "any";

/** Layout of the structs, in the order of their fields without gaps; all little-endian. */
export const STRUCTS = {
  info: { size: 12, fields: "kind:u32 rights:u32 signals:u32", meaning: "what a handle is" },
  sizes: { size: 8, fields: "bytes:u32 handles:u32", meaning: "sizes of the next message" },
  event: { size: 16, fields: "key:u64 signals:u32 reserved:u32", meaning: "a ready entry of a wait set, with the signals that are up" },
  state: { size: 8, fields: "state:u32 status:u32", meaning: "how a process is: 0 lives, 1 exited with status, 2 faulted, 3 killed" },
  usage: { size: 40, fields: "cpu_ns:u64 memory:u64 peak_memory:u64 output:u64 handles:u32 members:u32", meaning: "what a process, with its threads as members, or a job, with its processes, uses" },
  limits: {
    size: 64, fields: "memory:u64 processes:u64 threads:u64 handles:u64 output:u64 storage:u64 cpu_ns:u64 weight:u32 reserved:u32",
    meaning: "limits of a job, all bits set for none; its share of the processor among its siblings, 1 to 10,000, 0 for the usual 100",
  },
} as const;

type Row = readonly [number: number, name: string, params: string, mayBlock: boolean, meaning: string];

const ROWS = [
  [0x01, "handle_close", "handle:any", false, "Closes a handle. The object goes with its last handle."],
  [0x02, "handle_duplicate", "handle:any/duplicate rights:rights made:handle_out", false, "Makes another handle on the same object with these rights, all of which the first must have; all bits set stand for the same rights. Revoking the first closes it."],
  [0x03, "handle_restrict", "handle:any rights:rights", false, "Leaves a handle with no more than these rights."],
  [0x04, "handle_revoke", "handle:any/revoke", false, "Closes every handle that was derived from this one, in whichever process or message; this one stays."],
  [0x05, "handle_info", "handle:any info:info_out", false, "Says what a handle is."],
  [0x10, "channel_create", "messages:u32 size:u32 first:handle_out second:handle_out", false, "Makes a channel that holds so many messages and bytes in each direction, and a handle on each end."],
  [0x11, "channel_send", "end:channel/write bytes:bytes handles:handles deadline:deadline", true, "Sends a message to the other end, or blocks until there is room. Handles move: they need the right to, and are the sender's no more when the answer is ok."],
  [0x12, "channel_receive", "end:channel/read bytes:buffer handles:handle_buffer sizes:sizes_out deadline:deadline", true, "Receives the next message, or blocks until there is one. The sizes are written also when the buffers are too small. A handle that was revoked on its way is 0."],
  [0x20, "event_create", "made:handle_out", false, "Makes an event, not signalled."],
  [0x21, "event_signal", "event:event/signal", false, "Raises the event's signal until it is cleared."],
  [0x22, "event_clear", "event:event/signal", false, "Lowers the event's signal."],
  [0x28, "timer_create", "made:handle_out", false, "Makes a timer that is not set."],
  [0x29, "timer_set", "timer:timer/write deadline:deadline period:duration", false, "Lowers the signal and raises it at the deadline, and with a period above 0 after each clear at the next multiple."],
  [0x2a, "timer_clear", "timer:timer/write passed:u64_out", false, "Lowers the signal and says how many deadlines passed since the last time."],
  [0x2b, "timer_cancel", "timer:timer/write", false, "Lowers the signal and stops the timer."],
  [0x30, "wait_one", "handle:any/wait signals:signals deadline:deadline seen:u32_out", true, "Blocks until one of the signals is up; writes those that are."],
  [0x31, "wait_set_create", "made:handle_out", false, "Makes an empty wait set. Its handle stays in this process."],
  [0x32, "wait_set_add", "set:wait_set/write handle:any/wait signals:signals key:u64", false, "Watches the signals through the handle, with which the entry goes. A key names one entry of a set."],
  [0x33, "wait_set_remove", "set:wait_set/write key:u64", false, "Takes an entry out."],
  [0x34, "wait_set_wait", "set:wait_set/wait events:events count:u32_out deadline:deadline", true, "Blocks until an entry is ready; reports as many as fit. One that stays ready is reported again, behind all others."],
  [0x40, "memory_create", "pages:u32 made:handle_out", false, "Makes a memory object of so many pages of 64 KiB, all zero."],
  [0x41, "memory_size", "memory:memory pages:u32_out", false, "Says how many pages it has."],
  [0x42, "memory_read", "memory:memory/read offset:u64 into:buffer", false, "Copies out of a memory object."],
  [0x43, "memory_write", "memory:memory/write offset:u64 from:bytes", false, "Copies into a memory object."],
  [0x50, "process_kill", "process:process/kill", true, "Ends a process, whatever it does."],
  [0x51, "process_state", "process:process/inspect state:state_out", false, "Says whether a process lives, or how it ended."],
  [0x52, "process_usage", "process:process/inspect usage:usage_out", false, "Says what a process uses."],
  [0x53, "process_create", "image:image/read job:job/create args:strings names:strings handles:handles made:handle_out", true, "Starts an image in a job, with arguments and handles by name, as many as there are names. It has no files and no standard streams. The handles move, and are gone also when it cannot be started."],
  [0x58, "job_create", "parent:job/create limits:limits made:handle_out", false, "Makes a job below another. It goes when its last handle has and nothing runs in it."],
  [0x59, "job_kill", "job:job/kill", true, "Ends every process in a job and below it; nothing can be made in it any more."],
  [0x5a, "job_usage", "job:job/inspect usage:usage_out", false, "Says what a job and all below it use."],
  [0x60, "clock_read", "clock:clock time:u64_out", false, "Reads a clock, in nanoseconds."],
  [0x61, "thread_yield", "", true, "Lets other threads run first."],
  [0x62, "startup_handle", "name:name handle:handle_out", false, "Finds a handle that the program was started with."],
  [0x63, "process_exit", "status:status", true, "Ends the calling process."],
] as const satisfies readonly Row[];

export type IsolaCallName = (typeof ROWS)[number][1];

export type IsolaParam =
  | { readonly name: string; readonly kind: ParamKind; readonly handle?: never }
  | { readonly name: string; readonly kind: "handle"; readonly handle: HandleKind; readonly rights: number; readonly rightNames: readonly RightName[] };

export interface IsolaCall {
  readonly number: number;
  readonly name: IsolaCallName;
  readonly params: readonly IsolaParam[];
  readonly mayBlock: boolean;
  readonly meaning: string;
  readonly type: FuncType;
}

/** Core parameters of a parameter. */
export function coreOf(param: IsolaParam): readonly NumType[] {
  return param.kind === "handle" ? ["i32"] : PARAM_KINDS[param.kind].core;
}

function parseParam(text: string): IsolaParam {
  const [name = "", rest = ""] = text.split(":");
  if (rest in PARAM_KINDS) return { name, kind: rest as ParamKind };
  const [handle = "", rights = ""] = rest.split("/");
  const rightNames = rights.split(",").filter((right) => right !== "") as RightName[];
  return { name, kind: "handle", handle: handle as HandleKind, rights: rightsOf(rightNames), rightNames };
}

export const ISOLA_CALLS: readonly IsolaCall[] = ROWS.map(([number, name, text, mayBlock, meaning]) => {
  const params = text.split(" ").filter((param) => param !== "").map(parseParam);
  return { number, name, params, mayBlock, meaning, type: { kind: "func", params: params.flatMap(coreOf), results: ["i32"] } };
});

/** Rights that a call asks of its handles, in their order. */
export const NEEDS = Object.fromEntries(
  ISOLA_CALLS.map(({ name, params }) => [name, params.flatMap((param) => (param.kind === "handle" ? [param.rights] : []))]),
) as unknown as Readonly<Record<IsolaCallName, readonly [number, number]>>;

/** Whether `name` is a kind of object. For the test of the table. */
export function isHandleKind(name: string): boolean {
  return name === "any" || name in ObjectKind;
}
