// The system
export { bootHart, bootOn } from "./boot.ts";
export type { HartOptions, PortableBootOptions } from "./boot.ts";
export { HartError } from "./harts/hart-error.ts";
export { System } from "./system.ts";
export type { SystemOptions } from "./system.ts";
export { ProgramError } from "./program-error.ts";
export type { CompileOptions } from "./system.ts";
// Programs
export { Program } from "./program.ts";
export { Process } from "./guest-process.ts";
export { Interface, InterfaceError } from "./interface.ts";
export type { FunctionSpec, InterfaceErrorCode, InterfaceMismatch, OfferOptions } from "./interface.ts";
export { LibraryError } from "./library-modules.ts";
export { GateStatus } from "#kernel";
export type { ParamKind, ResultKind } from "#kernel";
export type { InputMode, OutputMode, SpawnOptions, StdioMode } from "./spawn-options.ts";
export type { SpawnLimits } from "./limits.ts";
export { exitCode, exitReport } from "./exit.ts";
export type { Exit, Exited, Faulted, Killed } from "./exit.ts";
export { Output } from "./streams.ts";
export { QuantityError, parseBytes, parseDuration } from "./quantity.ts";
export type { Bytes, Duration } from "./quantity.ts";
// User spaces
export { UserSpace, UserSpaceError } from "./user-space/user-space.ts";
export type { OpenTerminal, ShellOptions, ShellResult, TerminalOptions, UserSpaceOptions } from "./user-space/user-space.ts";
// Sessions
export { Session, SessionError } from "./posix/session.ts";
export type { SessionInput, SessionOptions, SessionOutput, SessionSpawnOptions } from "./posix/session.ts";
export { SessionProcess } from "./posix/session-process.ts";
export type { SessionLimits } from "./posix/session-limits.ts";
export { Terminal } from "./posix/terminal.ts";
export { POSIX_SIGNALS, PosixProcess, PosixSignal, ProcessTable, SpawnRefusal, TerminalDevice, posixSignalName } from "#abi";
export type { PosixSignalName, TerminalSize } from "#abi";
// Kernel objects
export { HandleError, HandleGift, HostChannel, HostEvent, HostHandle, HostMemory } from "./handles.ts";
export type { HandleErrorCode, ReceivedMessage } from "./handles.ts";
export { SharedMemoryError } from "./shared-memory.ts";
export type { ObjectKindName, RightName, SignalName } from "#kernel";
export { StartupHandlesError } from "#abi";
// Services
export { Services } from "./service/services.ts";
export type { LaunchOptions } from "./service/services.ts";
export type { ManifestSource } from "./service/resources.ts";
export { readManifest } from "./service/read-manifest.ts";
export { authorityGraph, authorityRemarks, rightsGiven } from "./service/authority.ts";
export type { AuthorityEdge, AuthorityGraph, AuthorityNode, AuthorityRemark } from "./service/authority.ts";
export { authoritySvg } from "./service/authority-svg.ts";
export { ManifestError } from "./service/field-reader.ts";
export type { ManifestProblem } from "./service/field-reader.ts";
export type { FilesSpec, HandleSpec, HeartbeatSpec, Manifest, MountSpec, OfferSpec, RestartSpec, ServiceSpec } from "./service/manifest.ts";
export type { FunctionsPlan, HandlePlan, OfferPlan, ServicePlan, SystemPlan } from "./service/plan.ts";
export { ServiceError } from "./service/service-error.ts";
export type { LogLine, ServiceEvent, ServiceStatus } from "./service/status.ts";
// File systems
export { Files, FsError, devices, memory, overlay, readOnly } from "#fs";
export type { FileSystem, MemoryFileSystem, MemoryOptions, OverlayFileSystem } from "#fs";
export type { MountKind } from "./posix/session-mounts.ts";
export { FILES_HANDLE, FileService } from "./file-service.ts";
export type { FileServiceOptions } from "./file-service.ts";
// Host functions as commands
export { CommandSpecError, command } from "./command/command.ts";
export type { CommandCall, CommandSpec, HostCommand, OptionSpec, OptionSpecs, OptionType, OptionValues } from "./command/command.ts";
export { ThreadsError } from "./wasi-threads.ts";
// Sockets
export { Loopback } from "#net";
export type { Connection, Listener } from "#net";
// What can be thrown, and reported
export { IsolaError, OptionError } from "#base";
export { CapacityError, LimitError, ShutdownError, printCall } from "#kernel";
export type { CallRecord, Ends, JobSnapshot, ProcessSnapshot, SystemSnapshot, ThreadSnapshot } from "#kernel";
export type { FaultReport, Job, JobOptions, KernelOptions, KillCause, Machine, Usage } from "#kernel";
export { DecodeError, ImportKindError, ImportTypeError, Trap, UnknownImportError, ValidateError } from "#wasm";
