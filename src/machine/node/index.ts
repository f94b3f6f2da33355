// Machine
export { NodeMachine } from "./machine.ts";
export type { NodeMachineOptions } from "./machine.ts";
export { FolderCache, defaultCacheFolder } from "./blob-cache.ts";

// Drivers
export { HostFileSystem, hostDirectory } from "./host-directory.ts";
export type { HostDirectoryOptions } from "./host-directory.ts";
export { SocketError, listenTcp } from "./socket.ts";
export type { TcpListener } from "./socket.ts";
