// WASI preview 1
export { WasiOptionsError, createWasiP1, wasiCall } from "./wasi-p1/wasi.ts";
export type { Preopen, WasiP1, WasiP1Options } from "./wasi-p1/wasi.ts";
export { WASI_CALLS } from "./wasi-p1/calls-table.ts";
export { SOCKET_EXTENSION } from "./wasi-p1/socket-extension.ts";
export type { ParamKind, WasiCall, WasiCallName } from "./wasi-p1/calls-table.ts";
export { Errno, errnoName } from "./wasi-p1/errno.ts";
export { describeCall } from "./wasi-p1/trace.ts";

// Guest memory
export { GuestMemory } from "./guest-memory.ts";
