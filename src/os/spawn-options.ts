/** What a program is given when it starts. What is not listed here it does not have. */
import type { FileSystem } from "#fs";
import type { Job } from "#kernel";
import type { Connection, Listener } from "#net";
import type { HandleGift } from "./handles.ts";
import type { Interface } from "./interface.ts";
import type { SpawnLimits } from "./limits.ts";
import type { Bytes } from "./quantity.ts";
import type { Program } from "./program.ts";

/**
 * - "null": reads meet the end at once, writes vanish.
 * - "inherit": the host's own stream.
 * - "pipe": a web stream with back-pressure: a program that is not read from blocks.
 */
export type StdioMode = "null" | "inherit" | "pipe";
/** Standard input may also be given whole, or come from a stream. */
export type InputMode = StdioMode | Uint8Array | { readonly text: string } | ReadableStream<Uint8Array>;
/** "buffer": kept until it is read, up to the output limit; the program never blocks on it. */
export type OutputMode = StdioMode | "buffer";

export interface SpawnOptions {
  /** The program's arguments after its name. */
  readonly args?: readonly string[];
  /** Its own name, `args[0]` for the program; the module's name unless told. */
  readonly name?: string;
  /** Environment variables; none unless told. */
  readonly env?: Readonly<Record<string, string>>;
  /** File systems by the absolute path under which the program sees them; none unless told. */
  readonly fs?: Readonly<Record<string, FileSystem>>;
  /** Sockets that it may use, as the descriptors after its directories. Closed with it. */
  readonly sockets?: readonly (Listener | Connection)[];
  /** Handles on kernel objects that it finds by name (`startup_handle`); memory objects among them can be imported from `isola:memory`. Spent by the spawn. */
  readonly handles?: Readonly<Record<string, HandleGift>>;
  /** Interfaces of other programs that it may call, by the module name under which it imports them. */
  readonly imports?: Readonly<Record<string, Interface>>;
  /**
   * Modules that live in the same process, by the name under which the program and each other import
   * them: one store and one set of limits, and calls between them are direct.
   */
  readonly modules?: Readonly<Record<string, Program>>;
  /** It stays when its threads have ended, to be called through interfaces, until it is killed. It needs no start function then. */
  readonly service?: boolean;
  readonly limits?: SpawnLimits;
  /** "null" unless told. */
  readonly stdin?: InputMode;
  /** "buffer" unless told. */
  readonly stdout?: OutputMode;
  readonly stderr?: OutputMode;
  /** Kills the program when it is aborted. */
  readonly signal?: AbortSignal;
  /** The job that it belongs to; the root job unless told. */
  readonly job?: Job;
  /** Share of the processor relative to others in its job, 1 to 10,000; 100 unless told. */
  readonly weight?: number;
  /** Whether it can read clocks; true unless told. */
  readonly clocks?: boolean;
  /** Gets a line for each kernel call: process and thread, time in seconds, the call in words, its answer, how long it took. */
  readonly trace?: (line: string) => void;
  /** Record its last 16 kernel calls, for `fault.calls`; costs about 10 ns a call. Not unless told. */
  readonly history?: boolean;
  /** After a fault, keep memories, globals and tables in `fault.core`, see docs/core-files.md; up to 256 MiB of memories unless told. Not unless told. */
  readonly core?: boolean | { readonly maxBytes: Bytes };
  /** The hart that it runs on, from 0, which is the one that booted the system. By load unless told. */
  readonly hart?: number;
  /**
   * A hart of its own, whose engine has a heap of `heap` bytes, 256 MiB unless told: for a program that uses
   * garbage-collected objects and is not trusted to keep to a measure. If the engine gives up, nothing else is hurt.
   */
  readonly isolated?: true | { readonly heap: Bytes };
  /** Whether it can draw random bytes from the host; true unless told. */
  readonly entropy?: boolean;
}
