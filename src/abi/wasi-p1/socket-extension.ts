/**
 * The socket functions that WasmEdge added to `wasi_snapshot_preview1`, in so far as programs built
 * for it import them. Sockets cannot be made or named here, only granted, so all but one answer
 * `notsup`; a program that only carries them along then runs. Their `sock_accept` lacks the flags
 * of the specification's, so it is told apart by its type.
 */
import type { FuncType } from "#wasm";
import type { CallRow, WasiCall } from "./calls-table.ts";
import { parseCallRow } from "./calls-table.ts";
import { Errno } from "./errno.ts";
import { Right } from "./rights.ts";
import type { Calls } from "./state.ts";

const ROWS: readonly CallRow[] = [
  ["sock_accept", "fd:fd opened:out", Right.sockAccept, true],
  ["sock_bind", "fd:fd addr:addr port:u32", 0, false],
  ["sock_connect", "fd:fd addr:addr port:u32", 0, false],
  ["sock_getaddrinfo", "node:path service:path hints:addr results:addr max:u32 count:out", 0, false],
  ["sock_getlocaladdr", "fd:fd addr:addr type:out port:out", 0, false],
  ["sock_getpeeraddr", "fd:fd addr:addr type:out port:out", 0, false],
  ["sock_listen", "fd:fd backlog:u32", 0, false],
  ["sock_open", "family:u32 type:u32 opened:out", 0, false],
  ["sock_setsockopt", "fd:fd level:u32 name:u32 value:buffer", 0, false],
];

export const SOCKET_EXTENSION: readonly WasiCall[] = ROWS.map(parseCallRow);

/** True when both take and give the same numbers. */
export function sameType(a: FuncType, b: FuncType): boolean {
  return a.params.join() === b.params.join() && a.results.join() === b.results.join();
}

/** The functions of the extension over the standard `calls`. */
export function socketExtension(calls: Calls): Calls {
  const accept = calls["sock_accept"] as (fd: number, flags: number, out: number) => number;
  const unsupported = (): number => Errno.notsup;
  const extension = Object.fromEntries(SOCKET_EXTENSION.map(({ name }) => [name, unsupported]));
  return { ...extension, sock_accept: (fd: number, out: number) => accept(fd, 0, out) };
}
