// Kernel
export { Kernel, ShutdownError } from "./kernel.ts";
export type { KernelOptions } from "./kernel.ts";
export { Process, ProcessState } from "./process.ts";
export type { ProcessLimits, ProcessOptions, Usage } from "./process.ts";
export { HostBinder } from "./host-binding.ts";
export type { BoundFunction } from "./host-binding.ts";
export type { Entry } from "./thread.ts";
// Calls
export { BLOCK, DIE } from "./calls.ts";
export type { CallContext, HostFunction, HostModule, ProcessContext, Wait, Wake } from "./calls.ts";
// Objects
export { Account, LimitError, RESOURCES } from "./object/account.ts";
export type { Limits, Resource } from "./object/account.ts";
export { HandleTable, KernelObject } from "./object/handle-table.ts";
export type { Handle, HandleAccount } from "./object/handle-table.ts";
export { Job } from "./object/job.ts";
export type { JobOptions } from "./object/job.ts";
export { CapacityError } from "./object/mappings.ts";
export { PIPE_CAPACITY, createPipe } from "./object/pipe.ts";
export type { Pipe, PipeSink, PipeSource } from "./object/pipe.ts";
export { BROKEN, WOULD_BLOCK } from "./object/stream.ts";
export type { ByteSink, ByteSource } from "./object/stream.ts";
export { WaitQueue, Waiter } from "./object/wait-queue.ts";
// Faults
export type { ExitStatus, FaultReport, KillCause, KillReason } from "./fault/exit.ts";
// Host
export type { BlobCache, Capacity, HostStdio, Machine, PreemptionClock } from "./machine.ts";
