// Calls
export { BLOCK, DIE } from "./calls.ts";
export type { CallContext, HostFunction, HostModule, ProcessContext, Wait, Wake } from "./calls.ts";
// Objects
export { HandleTable, KernelObject } from "./object/handle-table.ts";
export type { Handle, HandleAccount } from "./object/handle-table.ts";
export { BROKEN, WOULD_BLOCK } from "./object/stream.ts";
export type { ByteSink, ByteSource } from "./object/stream.ts";
export { WaitQueue, Waiter } from "./object/wait-queue.ts";
// Host
export type { BlobCache, Capacity, Machine, PreemptionClock } from "./machine.ts";
