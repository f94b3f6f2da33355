/** Host threads that run harts: what a machine offers to those that want more than one. */
import type { Limits } from "../object/account.ts";
import type { LinkEnd, LinkPort } from "./link.ts";

/** What a new hart is told. Plain data that the host clones. */
export interface HartSetup {
  readonly number: number;
  readonly face: WebAssembly.Memory;
  /** See `SharedCounts`. */
  readonly counts: SharedArrayBuffer;
  /** See `SharedAccounts`. */
  readonly accounts: SharedArrayBuffer;
  /** How many harts there can be. */
  readonly harts: number;
  /** Limits of the whole system. */
  readonly limits: Limits | undefined;
  readonly quantumMs: number | undefined;
  /** For the heap of the engine, in MiB; the host's own choice unless told. */
  readonly heapMiB: number | undefined;
}

/** One host thread with a hart. */
export interface HartThread {
  /** Gives the hart one end of a link. */
  connect(end: LinkEnd, isolated: boolean): void;
  /** Tells the hart that a peer is dead. */
  disconnect(peer: number, reason: string): void;
  /** Whether the host process goes on as long as this thread does. Not at first. */
  keepAlive(on: boolean): void;
  /** Stops it, whatever it does. */
  terminate(): void;
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<string>;
}

export interface HartHost {
  /** Resolves when the hart can be connected. */
  start(setup: HartSetup): Promise<HartThread>;
  /** A port for each end of a link. */
  ports(): readonly [LinkPort, LinkPort];
}

/** The hart that runs on a host thread, as the thread sees it. */
export interface RunningHart {
  connect(end: LinkEnd, isolated: boolean): void;
  disconnect(peer: number, reason: string): void;
}
