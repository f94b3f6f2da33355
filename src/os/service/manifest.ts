/**
 * A manifest: what a whole system consists of, in one JSON document. Reading it is enough to know who can reach
 * what: a service has the handles, mounts and interfaces that stand here, and nothing else.
 *
 * Sizes and times are as in `SpawnOptions`: numbers of bytes and milliseconds, or texts such as "64 MiB" and "2s".
 * `docs/services.md` explains each field; `parseManifest` checks documents against these types.
 */
import type { ParamKind, ResultKind, RightName } from "#kernel";
import type { SpawnLimits } from "../limits.ts";
import type { Bytes, Duration } from "../quantity.ts";
import type { RestartMode } from "./restart-policy.ts";
import type { Readiness } from "./service-machine.ts";

export interface Manifest {
  /** What the system is for, in a sentence. */
  readonly description?: string;
  /** Memory objects, by name. They outlive the services that hold them. */
  readonly memories?: Readonly<Record<string, MemorySpec>>;
  /** Events, by name. */
  readonly events?: readonly string[];
  /** File systems to mount, by name. */
  readonly files?: Readonly<Record<string, FilesSpec>>;
  /** Limits of all services together. */
  readonly limits?: JobLimitsSpec;
  /** By name: letters, digits, "-" and "_". */
  readonly services: Readonly<Record<string, ServiceSpec>>;
}

export interface MemorySpec {
  readonly size: Bytes;
}

export type FilesSpec =
  /** In memory, gone with the system; 64 MiB unless told. */
  | { readonly kind: "memory"; readonly limit?: Bytes }
  /** A folder of the host; programs may change it only with `write`. A relative path is relative to the manifest. */
  | { readonly kind: "host"; readonly path: string; readonly write?: boolean }
  /** A volume in one file of the host, made when it is not there and `write` is given; it may store `quota` bytes. What is written stays there. */
  | { readonly kind: "volume"; readonly path: string; readonly write?: boolean; readonly quota?: Bytes };

export interface MountSpec {
  /** A name from `files`. */
  readonly files: string;
  /** Never writable through this mount, whatever the file system allows. */
  readonly readOnly?: boolean;
}

/** Limits of a service with all that it starts, over all its restarts. */
export interface JobLimitsSpec {
  readonly memory?: Bytes;
  readonly processes?: number;
  readonly threads?: number;
  readonly handles?: number;
  readonly output?: Bytes;
  readonly storage?: Bytes;
  readonly cpu?: Duration;
  readonly cpuShare?: number;
}

export type HandleSpec =
  /** A memory object of the manifest. All its rights unless told, as below. */
  | { readonly memory: string; readonly rights?: readonly RightName[] }
  | { readonly event: string; readonly rights?: readonly RightName[] }
  /** A program that it may start: a file, as `image` of a service. */
  | { readonly image: string; readonly rights?: readonly RightName[] }
  /** "own": the job that it runs in, new at each start. "all": the job of all services. Else the job of the service of this name. Only `inspect` and `wait` unless told. */
  | { readonly job: string; readonly rights?: readonly RightName[] };

export interface FunctionOffer {
  readonly params: readonly ParamKind[];
  readonly results?: readonly ResultKind[];
  readonly blocking?: boolean;
}

export interface OfferSpec {
  /** The services that may use it; "*" is every one. */
  readonly to: readonly string[];
  /** Functions that it exports, called through gates. */
  readonly functions?: Readonly<Record<string, FunctionOffer>>;
  readonly budget?: Duration;
  readonly concurrent?: number;
  readonly queue?: number;
  readonly allocator?: string;
  /** Or channels: each user that asks gets one of its own, which holds so much in each direction, 16 messages and 64 KiB unless told; `perUser` (4) at a time. */
  readonly channel?: { readonly messages?: number; readonly bytes?: Bytes; readonly perUser?: number };
}

export interface RestartSpec {
  readonly mode?: RestartMode;
  /** Wait before the first restart, 100 ms unless told; each further one waits `factor` (2) times longer, up to `max` (10 s). */
  readonly backoff?: Duration;
  readonly factor?: number;
  readonly max?: Duration;
  /** Share by which a wait may be longer at random, 0.1 unless told. */
  readonly jitter?: number;
  /** Given up after so many restarts, 10 unless told, within `window`, 60 s unless told. */
  readonly budget?: number;
  readonly window?: Duration;
}

export interface HeartbeatSpec {
  /** Between an answer and the next question. */
  readonly period: Duration;
  /** Longest time until the answer. */
  readonly timeout: Duration;
  /** An exported function `[] -> [i32]` that answers 0 while all is well. Without it, a question on the control channel. */
  readonly function?: string;
}

export interface ServiceSpec {
  readonly description?: string;
  /** A WebAssembly module, binary or text; a relative path is relative to the manifest. "isola:services/kv" is one that comes with Isola. */
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard output and error go: "log" (unless told), "inherit" or "null". */
  readonly output?: "log" | "inherit" | "null";
  /** "null" unless told. */
  readonly input?: "null" | "inherit";
  /** By the absolute path under which it sees them; a text is the name of a file system. */
  readonly mounts?: Readonly<Record<string, string | MountSpec>>;
  /** By the name under which it finds them. */
  readonly handles?: Readonly<Record<string, HandleSpec>>;
  /** What others may call, by name. */
  readonly offers?: Readonly<Record<string, OfferSpec>>;
  /** What it calls: "SERVICE/OFFER", by the module name of its imports or the name of its handle. Those services are started first. */
  readonly uses?: Readonly<Record<string, string>>;
  /** Further services that have to be ready first. */
  readonly after?: readonly string[];
  /** Of one process. */
  readonly limits?: SpawnLimits;
  /** Of all its processes together, over its restarts. */
  readonly job?: JobLimitsSpec;
  /** Share of the processor relative to other services, 1 to 10,000; 100 unless told. */
  readonly weight?: number;
  /** The hart that it runs on, where the system has several; 0 unless told. */
  readonly hart?: number;
  readonly clocks?: boolean;
  readonly entropy?: boolean;
  readonly restart?: RestartMode | RestartSpec;
  /** When those that wait for it may go on; "start" unless told. */
  readonly ready?: Readiness;
  /** Longest time until it is ready, 30 s unless told; unbounded unless told when it is ready by ending. */
  readonly startTimeout?: Duration;
  readonly heartbeat?: HeartbeatSpec;
  /** Time to end by itself once it was told to on its control channel; killed at once unless told. */
  readonly grace?: Duration;
  /** The system ends when it ends, with its status; arguments given at boot are appended to its own. */
  readonly main?: boolean;
  /** Not started at boot, only on request or when another needs it. */
  readonly manual?: boolean;
}
