// Kernel
export { Kernel, ShutdownError } from "./kernel.ts";
export type { HartPlace, KernelOptions } from "./kernel.ts";
export { Process, ProcessState } from "./process.ts";
export type { ProcessLimits, ProcessOptions } from "./process.ts";
export type { Usage } from "./usage.ts";
export { HostBinder } from "./host-binding.ts";
export type { BoundFunction } from "./host-binding.ts";
export type { Entry, Thread } from "./thread.ts";
export { waiterCountBytes } from "./object/parking-lot.ts";
// Calls
export { BLOCK, DIE } from "./calls.ts";
export type { CallContext, CallWords, CoreValue, HostFunction, HostModule, ProcessContext, Wait, Wake } from "./calls.ts";
export { CallTracer } from "./trace/call-tracer.ts";
export { printCall } from "./trace/call-words.ts";
export type { CallRecord } from "./trace/call-words.ts";
// Objects
export { Account, LimitError } from "./object/account.ts";
export type { Limits } from "./object/account.ts";
export { RESOURCES } from "./object/resource.ts";
export type { Resource } from "./object/resource.ts";
export { Objects } from "./objects.ts";
export type { SpawnRequest } from "./objects.ts";
export { Status, STATUS_TABLE, statusName } from "./object/status.ts";
export type { StatusName } from "./object/status.ts";
export { ALL_SIGNALS, FULL_RIGHTS, KIND_TABLE, ObjectKind, RIGHT_TABLE, Right, SIGNAL_TABLE, Signal, rightsOf } from "./object/rights.ts";
export type { ObjectKindName, RightName, SignalName } from "./object/rights.ts";
export { Charges } from "./object/charges.ts";
export { Grant } from "./object/grant.ts";
export type { GrantHolder } from "./object/grant.ts";
export { CHANNEL_BYTES_MAX, ChannelEnd, MESSAGES_MAX, MESSAGE_HANDLES_MAX } from "./object/channel.ts";
export type { ChannelLimits, Message } from "./object/channel.ts";
export { Event } from "./object/event.ts";
export { Image } from "./object/image.ts";
export { JobObject } from "./object/job-object.ts";
export { MEMORY_OBJECT_PAGES_MAX, MemoryObject, PAGE_BYTES } from "./object/memory-object.ts";
export { ProcessObject } from "./object/process-object.ts";
export type { ProcessTarget } from "./object/process-object.ts";
export { SignalObject } from "./object/signal-object.ts";
export { Timer } from "./object/timer.ts";
export { WaitSet } from "./object/wait-set.ts";
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
// Gates
export { GateStatus } from "./gate/gate-state.ts";
export { DEFAULT_BUDGET_MS, GateEntry } from "./gate/gate.ts";
export type { GateFunction } from "./gate/gate.ts";
export { GateBinder } from "./gate/gate-binder.ts";
export type { GateService, ServiceOptions } from "./gate/own-stack.ts";
export { MemoryView, PARAM_KINDS, coreType } from "./gate/bytes.ts";
export type { Allocator, ParamKind, ResultKind } from "./gate/bytes.ts";
// Faults
export type { ExitStatus, FaultReport, KillCause, KillReason } from "./fault/exit.ts";
// Seeing
export { jobKeys, processSnapshot, snapshot } from "./snapshot.ts";
export type { Ends, JobSnapshot, ProcessSnapshot, SystemSnapshot, ThreadSnapshot } from "./snapshot.ts";
// Harts
export { HARTS_MAX, SharedCounts } from "./link/shared-counts.ts";
export { SharedAccounts } from "./link/shared-accounts.ts";
export { SharedJobs } from "./link/shared-jobs.ts";
export type { JobName, JobNews } from "./link/shared-jobs.ts";
export { FaceWord } from "./link/face.ts";
export { FIRST_KIND } from "./link/link.ts";
export { callRunnerBytes } from "./link/call-runner.ts";
export type { Endpoint, Line, Link, LinkEnd, LinkPort } from "./link/link.ts";
export type { HartHost, HartSetup, HartThread, RunningHart } from "./link/hart-host.ts";
export { HandlePort } from "./link/handle-port.ts";
export type { ImageCarrier } from "./link/handle-port.ts";
export type { HandleName } from "./link/handle-name.ts";
export { ringBuffer } from "./link/shared-ring.ts";
export { RemoteProcess } from "./link/remote-process.ts";
export type { ProcessNews, ProcessOrder } from "./link/remote-process.ts";
export { LineSink, LineSource, SinkFeeder, SourceFeeder } from "./link/stream-lines.ts";
export { UsageCell } from "./link/usage-cell.ts";
// Host
export type { BlobCache, Capacity, HeapUse, HostStdio, Machine, PreemptionClock } from "./machine.ts";
