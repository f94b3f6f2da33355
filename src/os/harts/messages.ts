/** What harts of one system say to each other on the first line of a link. All of it is plain data that the host can clone. */
import type { HandleName, JobName, JobNews, KillReason, SystemSnapshot } from "#kernel";
import type { ModuleParts, TrapParts } from "#wasm";
import type { FaultReport } from "#kernel";
import type { SharedMemoryImport } from "../shared-memory.ts";
import type { SpawnLimits } from "../limits.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import type { InterfaceName } from "../interface.ts";
import type { ErrorParts } from "./error-parts.ts";

/** A program; `parts` come with the first mention on a link. */
export interface ProgramName {
  readonly id: number;
  readonly parts?: ProgramParts;
}
export interface ProgramParts {
  readonly module: ModuleParts;
  readonly fuel: boolean;
  readonly unknownImports: "error" | "trap";
  readonly sharedMemories: readonly SharedMemoryImport[];
}

export type InputName = { readonly kind: "null" } | { readonly kind: "whole"; readonly bytes: Uint8Array } | { readonly kind: "line"; readonly line: number; readonly terminal: boolean };
export type OutputName = { readonly kind: "null" } | { readonly kind: "line"; readonly line: number; readonly terminal: boolean; readonly windowed: boolean };
export type FilesName =
  | { readonly kind: "locator"; readonly locator: unknown }
  | { readonly kind: "line"; readonly line: number; readonly name: string; readonly readOnly: boolean };

export interface SpawnAsk {
  readonly program: ProgramName;
  readonly modules: readonly (readonly [name: string, program: ProgramName])[];
  readonly job: JobName | undefined;
  readonly limits: SpawnLimits;
  /** Those that are plain data and mean the same everywhere. */
  readonly plain: Pick<SpawnOptions, "args" | "name" | "env" | "weight" | "clocks" | "entropy" | "history" | "core" | "service">;
  /** Interfaces of programs on the hart that is asked. */
  readonly imports: readonly (readonly [module: string, name: InterfaceName])[];
  readonly trace: boolean;
  readonly stdin: InputName;
  readonly stdout: OutputName;
  readonly stderr: OutputName;
  readonly fs: readonly (readonly [path: string, files: FilesName])[];
  /** Undefined for one that was revoked meanwhile. */
  readonly handles: readonly (readonly [name: string, handle: HandleName | undefined])[];
  /** The line of the process, and the memory of its `UsageCell`. */
  readonly process: number;
  readonly usage: SharedArrayBuffer;
}

/** An end as it crosses: traps without what belongs to their thread. */
export type EndParts =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "killed"; readonly reason: KillReason }
  | { readonly kind: "fault"; readonly fault: Omit<FaultReport, "trap"> & { readonly trap: TrapParts | undefined } };

/** A hart's part of the picture, and the keys of its jobs (see `jobKeys`). */
export interface HartSnapshot {
  readonly system: SystemSnapshot;
  readonly jobKeys: readonly (string | null)[];
}

/** A thread of a process of the asking hart. */
export interface ThreadAsk {
  readonly program: ProgramName;
  readonly memory: WebAssembly.Memory;
  /** How many wait at it, see `ParkingLot`. */
  readonly counts: SharedArrayBuffer;
  /** Names the process, so that its threads on one hart find each other. */
  readonly group: string;
  readonly tid: number;
  readonly arg: number;
  /** Of the process. */
  readonly name: string;
  readonly job: JobName | undefined;
  readonly memoryLimit: number | undefined;
  readonly line: number;
  readonly usage: SharedArrayBuffer;
}

/** What is asked, and what the answer is. */
export interface Questions {
  readonly spawn: { readonly ask: SpawnAsk; readonly answer: { readonly id: number } };
  readonly thread: { readonly ask: ThreadAsk; readonly answer: { readonly id: number } };
  readonly snapshot: { readonly ask: null; readonly answer: HartSnapshot };
  /** Answered once nothing runs there. */
  readonly settle: { readonly ask: null; readonly answer: null };
  readonly kill: { readonly ask: { readonly id: number; readonly message: string }; readonly answer: boolean };
}
export type Question = keyof Questions;

export type Message =
  | { readonly kind: "ask"; readonly id: number; readonly question: Question; readonly body: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: ErrorParts }
  | { readonly kind: "job"; readonly news: JobNews }
  | { readonly kind: "forget"; readonly program: number }
  | { readonly kind: "rebind"; readonly interface: number; readonly process: number };
