/** How a process ended, in the words that people and parents get. */
import type { Trap } from "#wasm";
import type { CallRecord } from "../trace/call-words.ts";
import type { Usage } from "../usage.ts";

export type KillCause = "request" | "cpu limit" | "wall limit" | "memory limit" | "output limit" | "fuel limit" | "signal" | "job" | "capacity" | "shutdown" | "hart" | "bug";

export interface KillReason {
  readonly cause: KillCause;
  /** A sentence without a final stop: "cpu limit of 2 s reached". */
  readonly message: string;
  /** The number of the signal that ended it, when the cause is one. */
  readonly signal?: number;
}

/** A process that broke its own rules: a trap, an uncaught exception, an ABI rule. */
export interface FaultReport {
  readonly program: string;
  readonly process: number;
  readonly thread: number;
  readonly message: string;
  /** The trap with its backtrace; undefined when no wasm trap was involved. */
  readonly trap: Trap | undefined;
  /** What it had used when it happened. */
  readonly usage: Usage;
  /** Its last kernel calls, of all its threads, the latest last; empty unless it was started with `history`. */
  readonly calls: readonly CallRecord[];
  /** Memories, globals and tables at that moment as a core file, when that was asked for. See docs/core-files.md. */
  readonly core: Uint8Array<ArrayBuffer> | undefined;
}

export type ExitStatus =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "fault"; readonly fault: FaultReport }
  | { readonly kind: "killed"; readonly reason: KillReason };
