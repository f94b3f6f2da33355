// Interface
export type { Connection, Listener } from "./interface.ts";

// Loopback
export { Loopback, connectionPair } from "./loopback.ts";
