// WASI preview 1
export { WasiOptionsError, createWasiP1, wasiCall } from "./wasi-p1/wasi.ts";
export type { PlacedDescriptor, Preopen, WasiP1, WasiP1Options } from "./wasi-p1/wasi.ts";
export { RegularFile, StreamDescriptor, TerminalDescriptor } from "./wasi-p1/descriptor.ts";
export type { Descriptor } from "./wasi-p1/descriptor.ts";
export { WASI_CALLS } from "./wasi-p1/calls-table.ts";
export { SOCKET_EXTENSION } from "./wasi-p1/socket-extension.ts";
export type { ParamKind, WasiCall, WasiCallName } from "./wasi-p1/calls-table.ts";
export { Errno, errnoName } from "./wasi-p1/errno.ts";
export type { ErrnoName } from "./wasi-p1/errno.ts";
// Kernel calls
export { StartupHandlesError, createIsola, isolaCall } from "./isola/isola.ts";
export type { Isola } from "./isola/isola.ts";
export { ISOLA_CALLS, ISOLA_MODULE, PARAM_KINDS as ISOLA_PARAM_KINDS, STRUCTS as ISOLA_STRUCTS, coreOf } from "./isola/calls-table.ts";
export type { HandleKind, IsolaCall, IsolaCallName, IsolaParam, ParamKind as IsolaParamKind } from "./isola/calls-table.ts";
export type { IsolaOptions, ObjectProcess } from "./isola/state.ts";
// POSIX calls
export { CONSTANTS as POSIX_CONSTANTS, PARAM_KINDS as POSIX_PARAM_KINDS, POSIX_CALLS, POSIX_MODULE, STRUCTS as POSIX_STRUCTS } from "./posix/calls-table.ts";
export type { ParamKind as PosixParamKind, PosixCall, PosixCallName, PosixParam } from "./posix/calls-table.ts";
export { createPosix, posixCall } from "./posix/posix.ts";
export type { Posix } from "./posix/posix.ts";
export { PosixProcess } from "./posix/posix-process.ts";
export type { PosixProcessOptions } from "./posix/posix-process.ts";
export { ProcessTable, SpawnRefusal } from "./posix/process-table.ts";
export type { MountLine, Mounts, PosixSpawnRequest, Starting } from "./posix/process-table.ts";
export { TerminalDevice } from "./posix/terminal/terminal-device.ts";
export type { TerminalSize } from "./posix/terminal/terminal-device.ts";
export { TerminalFile } from "./posix/terminal/terminal-file.ts";
export { absolutePath } from "./posix/absolute-path.ts";
export { isModuleStart, isScriptStart } from "./posix/program-start.ts";
export { POSIX_SIGNALS, PosixSignal, isPosixSignal, posixSignalName } from "./posix/signals.ts";
export type { PosixSignalName } from "./posix/signals.ts";
// Calls of agentOS's software packages
export { createAgentos } from "./agentos/agentos.ts";
export type { Agentos } from "./agentos/agentos.ts";
export { AGENTOS_CALLS, agentosCall } from "./agentos/calls-table.ts";
export type { AgentosCall, AgentosModule } from "./agentos/calls-table.ts";

// Guest memory
export { GuestMemory } from "./guest-memory.ts";
