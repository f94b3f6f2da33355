/**
 * The functions of WASI preview 1, one row each: parameters, the rights that the descriptor in
 * the first parameter must have, and whether the call may block or end its thread. Function
 * types, rights checks, trace lines and the test of completeness all read this table.
 *
 * A parameter is `name:kind`. Kinds that take two core parameters (an address and a length or
 * count) are marked in `PARAM_KINDS`. `out` is an address that the call writes its result to.
 *
 * Spec: WASI preview 1, wasi_snapshot_preview1; preview 0 has the same functions without sock_accept.
 */
import type { FuncType, NumType } from "#wasm";
import { Right } from "./rights.ts";

export const PARAM_KINDS = {
  fd: ["i32"],
  u32: ["i32"],
  flags: ["i32"],
  rights: ["i64"],
  u64: ["i64"],
  s64: ["i64"],
  whence: ["i32"],
  clock: ["i32"],
  signal: ["i32"],
  addr: ["i32"],
  out: ["i32"],
  path: ["i32", "i32"],
  iovecs: ["i32", "i32"],
  ciovecs: ["i32", "i32"],
  buffer: ["i32", "i32"],
} as const satisfies Record<string, readonly NumType[]>;
export type ParamKind = keyof typeof PARAM_KINDS;

export interface WasiCall {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly kind: ParamKind }[];
  readonly rights: number;
  readonly mayBlock: boolean;
  readonly type: FuncType;
}

export type CallRow = readonly [name: string, params: string, rights: number, mayBlock: boolean];

const ROWS = [
  ["args_get", "argv:addr argv_buf:addr", 0, false],
  ["args_sizes_get", "argc:out argv_buf_size:out", 0, false],
  ["environ_get", "environ:addr environ_buf:addr", 0, false],
  ["environ_sizes_get", "environc:out environ_buf_size:out", 0, false],
  ["clock_res_get", "id:clock resolution:out", 0, false],
  ["clock_time_get", "id:clock precision:u64 time:out", 0, false],
  ["fd_advise", "fd:fd offset:u64 len:u64 advice:u32", Right.fdAdvise, false],
  ["fd_allocate", "fd:fd offset:u64 len:u64", Right.fdAllocate, true],
  ["fd_close", "fd:fd", 0, true],
  ["fd_datasync", "fd:fd", Right.fdDatasync, true],
  ["fd_fdstat_get", "fd:fd stat:out", 0, false],
  ["fd_fdstat_set_flags", "fd:fd flags:flags", Right.fdFdstatSetFlags, false],
  ["fd_fdstat_set_rights", "fd:fd base:rights inheriting:rights", 0, false],
  ["fd_filestat_get", "fd:fd stat:out", Right.fdFilestatGet, true],
  ["fd_filestat_set_size", "fd:fd size:u64", Right.fdFilestatSetSize, true],
  ["fd_filestat_set_times", "fd:fd atim:u64 mtim:u64 fst_flags:flags", Right.fdFilestatSetTimes, true],
  ["fd_pread", "fd:fd iovs:iovecs offset:u64 nread:out", Right.fdRead | Right.fdSeek, true],
  ["fd_prestat_get", "fd:fd prestat:out", 0, false],
  ["fd_prestat_dir_name", "fd:fd path:buffer", 0, false],
  ["fd_pwrite", "fd:fd iovs:ciovecs offset:u64 nwritten:out", Right.fdWrite | Right.fdSeek, true],
  ["fd_read", "fd:fd iovs:iovecs nread:out", Right.fdRead, true],
  ["fd_readdir", "fd:fd buf:buffer cookie:u64 bufused:out", Right.fdReaddir, true],
  ["fd_renumber", "fd:fd to:fd", 0, true],
  ["fd_seek", "fd:fd offset:s64 whence:whence newoffset:out", Right.fdSeek, true],
  ["fd_sync", "fd:fd", Right.fdSync, true],
  ["fd_tell", "fd:fd offset:out", Right.fdTell, false],
  ["fd_write", "fd:fd iovs:ciovecs nwritten:out", Right.fdWrite, true],
  ["path_create_directory", "fd:fd path:path", Right.pathCreateDirectory, true],
  ["path_filestat_get", "fd:fd flags:flags path:path stat:out", Right.pathFilestatGet, true],
  ["path_filestat_set_times", "fd:fd flags:flags path:path atim:u64 mtim:u64 fst_flags:flags", Right.pathFilestatSetTimes, true],
  ["path_link", "old_fd:fd old_flags:flags old_path:path new_fd:fd new_path:path", Right.pathLinkSource, true],
  ["path_open", "fd:fd dirflags:flags path:path oflags:flags base:rights inheriting:rights fdflags:flags opened:out", Right.pathOpen, true],
  ["path_readlink", "fd:fd path:path buf:buffer bufused:out", Right.pathReadlink, true],
  ["path_remove_directory", "fd:fd path:path", Right.pathRemoveDirectory, true],
  ["path_rename", "fd:fd old_path:path new_fd:fd new_path:path", Right.pathRenameSource, true],
  ["path_symlink", "old_path:path fd:fd new_path:path", Right.pathSymlink, true],
  ["path_unlink_file", "fd:fd path:path", Right.pathUnlinkFile, true],
  ["poll_oneoff", "in:addr out:addr nsubscriptions:u32 nevents:out", 0, true],
  ["proc_exit", "code:u32", 0, true],
  ["proc_raise", "sig:signal", 0, true],
  ["random_get", "buf:buffer", 0, true],
  ["sched_yield", "", 0, true],
  ["sock_accept", "fd:fd flags:flags opened:out", Right.sockAccept, true],
  ["sock_recv", "fd:fd ri_data:iovecs ri_flags:flags nread:out ro_flags:out", Right.fdRead, true],
  ["sock_send", "fd:fd si_data:ciovecs si_flags:flags nwritten:out", Right.fdWrite, true],
  ["sock_shutdown", "fd:fd how:flags", Right.sockShutdown, true],
] as const satisfies readonly CallRow[];

export type WasiCallName = (typeof ROWS)[number][0];

/** One row with its parameters taken apart. */
export function parseCallRow([name, params, rights, mayBlock]: CallRow): WasiCall {
  const parsed = params.split(" ").filter((param) => param !== "").map((param) => {
    const [paramName, kind] = param.split(":");
    return { name: paramName!, kind: kind as ParamKind };
  });
  const type: FuncType = {
    kind: "func",
    params: parsed.flatMap((param) => PARAM_KINDS[param.kind]),
    results: name === "proc_exit" ? [] : ["i32"],
  };
  return { name, params: parsed, rights, mayBlock, type };
}

export const WASI_CALLS: readonly WasiCall[] = ROWS.map(parseCallRow);

/** Rights that a call asks of its first descriptor. */
export const NEEDS = Object.fromEntries(ROWS.map((row) => [row[0], row[2]])) as Readonly<Record<WasiCallName, number>>;
