// Machine
export { NodeMachine } from "./machine.ts";
export type { NodeMachineOptions } from "./machine.ts";
export { FolderCache, defaultCacheFolder } from "./blob-cache.ts";
