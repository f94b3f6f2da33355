/**
 * Whether the options of programs and sessions are what their types say. Types are erased, and what is misspelt here would
 * be ignored: a limit that holds nothing, a standard stream that nobody reads.
 */
import { IsolaError } from "#base";
import type { FileSystem } from "#fs";
import type { SpawnLimits } from "./limits.ts";
import type { SessionLimits } from "./posix/session-limits.ts";
import type { SessionOptions, SessionSpawnOptions } from "./posix/session.ts";
import type { SpawnOptions } from "./spawn-options.ts";

export class SpawnOptionError extends IsolaError {
  readonly code = "os/spawn-option";
  /** Such as "stdout" or "limits.cput". */
  readonly option: string;
  constructor(option: string, problem: string) {
    super(`option "${option}" ${problem}`);
    this.option = option;
  }
}

const OPTIONS: Readonly<Record<keyof SpawnOptions, true>> = {
  args: true, name: true, env: true, fs: true, sockets: true, handles: true, imports: true, modules: true, service: true, limits: true, stdin: true,
  stdout: true, stderr: true, signal: true, job: true, weight: true, clocks: true, trace: true, history: true, core: true, entropy: true, hart: true, isolated: true,
};
const LIMITS: Readonly<Record<keyof SpawnLimits, true>> = {
  memory: true, cpu: true, cpuShare: true, wall: true, fuel: true, output: true, openFiles: true, threads: true,
};
const SESSION_OPTIONS: Readonly<Record<keyof SessionOptions, true>> = {
  fs: true, cwd: true, env: true, terminal: true, limits: true, processLimits: true, name: true, job: true, mountKinds: true, trace: true, onFault: true, onRefused: true,
};
const SESSION_LIMITS: Readonly<Record<keyof SessionLimits, true>> = {
  memory: true, processes: true, threads: true, openFiles: true, cpu: true, cpuShare: true, output: true,
};
const MODES = ["null", "inherit", "pipe"];
const SESSION_OUTPUTS = [...MODES, "buffer", "terminal", "stdout"];
const WEIGHT_MAX = 10_000;

/** @throws SpawnOptionError */
export function checkSpawnOptions(options: SpawnOptions): void {
  checkNames(options, OPTIONS);
  checkNames(options.limits ?? {}, LIMITS, "limits.");
  const { hart, isolated } = options;
  if (hart !== undefined && !(Number.isInteger(hart) && hart >= 0)) throw new SpawnOptionError("hart", "must be the number of a hart");
  if (isolated !== undefined && hart !== undefined) throw new SpawnOptionError("isolated", "means a hart of its own, so none can be named");
  const { args = [], env = {}, fs = {}, stdin = "null", signal, weight } = options;
  checkStrings("args", args);
  checkEnv(env);
  checkFs(fs);
  if (!isInput(stdin)) throw new SpawnOptionError("stdin", 'must be "null", "inherit", "pipe", a Uint8Array, { text: … } or a ReadableStream');
  for (const name of ["stdout", "stderr"] as const) {
    const mode = options[name] ?? "buffer";
    if (mode !== "buffer" && !MODES.includes(mode)) throw new SpawnOptionError(name, 'must be "null", "inherit", "pipe" or "buffer"');
  }
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== "function") throw new SpawnOptionError("signal", "is no AbortSignal");
  if (weight !== undefined && !(Number.isInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX)) {
    throw new SpawnOptionError("weight", `must be a whole number from 1 to ${WEIGHT_MAX}`);
  }
}

/** @throws SpawnOptionError */
export function checkSessionOptions(options: SessionOptions): void {
  checkNames(options, SESSION_OPTIONS);
  checkNames(options.limits ?? {}, SESSION_LIMITS, "limits.");
  checkNames(options.processLimits ?? {}, LIMITS, "processLimits.");
  checkEnv(options.env ?? {});
  checkFs(options.fs);
}

/** What a session starts: its streams can be more than those of `spawn`. @throws SpawnOptionError */
export function checkSessionSpawn(argv: readonly string[], options: SessionSpawnOptions): void {
  const { env = {}, stdin = "null", stdout = "null", stderr = "null" } = options;
  checkStrings("argv", argv);
  checkEnv(env);
  if (stdin !== "terminal" && !isOpenFile(stdin) && !isInput(stdin)) {
    throw new SpawnOptionError("stdin", 'must be "terminal", "null", "inherit", "pipe", a Uint8Array, { text: … }, a ReadableStream or an open file');
  }
  for (const [name, mode] of [["stdout", stdout], ["stderr", stderr]] as const) {
    if (isOpenFile(mode) || SESSION_OUTPUTS.includes(mode as string)) continue;
    throw new SpawnOptionError(name, 'must be "terminal", "null", "inherit", "pipe", "buffer" or an open file, or for stderr "stdout"');
  }
}

function isOpenFile(mode: unknown): boolean {
  return typeof mode === "object" && mode !== null && "kind" in mode && mode.kind === "file";
}

/** `known` has all names there are; `where` is what stands before them in messages. */
export function checkNames(given: object, known: Readonly<Record<string, true>>, where = ""): void {
  for (const name of Object.keys(given)) if (!Object.hasOwn(known, name)) throw new SpawnOptionError(`${where}${name}`, "is unknown");
}

function checkStrings(option: string, list: readonly string[]): void {
  if (!Array.isArray(list)) throw new SpawnOptionError(option, "is no list");
  for (const one of list) if (typeof one !== "string") throw new SpawnOptionError(option, "holds what is no string");
}

function checkEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) if (typeof value !== "string") throw new SpawnOptionError(`env.${name}`, "is no string");
}

function checkFs(fs: Readonly<Record<string, FileSystem>>): void {
  for (const [path, given] of Object.entries(fs)) {
    if (typeof (given as Partial<FileSystem> | null)?.root !== "function") throw new SpawnOptionError("fs", `has no file system for "${path}", such as memory() or hostDir("./src")`);
  }
}

function isInput(mode: unknown): boolean {
  if (typeof mode === "string") return MODES.includes(mode);
  if (typeof mode !== "object" || mode === null) return false;
  return mode instanceof Uint8Array || ("text" in mode ? typeof mode.text === "string" : "getReader" in mode);
}
