/**
 * Whether the options of systems, programs and sessions are what their types say. Types are erased, and what is misspelt here
 * would be ignored: a limit that holds nothing, a standard stream that nobody reads.
 */
import {
  OptionError, anything, checkOptions, eachOf, mustBe, mustBeAmount, mustBeBoolean, mustBeFunction, mustBeNumber, mustBeObject, mustBeQuantity, mustBeSignal, mustBeString, mustBeStrings,
  mustBeStringsByName, mustBeWhole, oneOf, optionsOf,
} from "#base";
import type { OptionRule, OptionRules } from "#base";
import { isFileSystem, mustBeFileSystem } from "#fs";
import { Job } from "#kernel";
import type { JobOptions } from "#kernel";
import type { PortableBootOptions } from "./boot.ts";
import type { FileServiceOptions } from "./file-service.ts";
import { HandleGift } from "./handles.ts";
import { Interface } from "./interface.ts";
import type { FunctionSpec, OfferOptions } from "./interface.ts";
import type { SpawnLimits } from "./limits.ts";
import type { SessionLimits } from "./posix/session-limits.ts";
import type { SessionOptions, SessionSpawnOptions } from "./posix/session.ts";
import { Terminal } from "./posix/terminal.ts";
import { Program } from "./program.ts";
import type { LaunchOptions } from "./service/services.ts";
import type { SpawnOptions } from "./spawn-options.ts";
import type { CompileOptions, System } from "./system.ts";
import type { ShellOptions, TerminalOptions, UserSpaceOptions } from "./user-space/user-space.ts";

const WEIGHT_MAX = 10_000;
const QUANTUM_MS_MAX = 1000;
const MODES = ["null", "inherit", "pipe"];
const SESSION_OUTPUTS = [...MODES, "buffer", "terminal", "stdout"];

const share = mustBe("a share of a processor, above 0 and up to 1", (value) => typeof value === "number" && value > 0 && value <= 1);
const weight = mustBe(`a whole number from 1 to ${WEIGHT_MAX}`, (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= WEIGHT_MAX);
const job = mustBe("a job, such as os.createJob({ name })", (value) => value instanceof Job);
const program = mustBe("a program, as compile answers it", (value) => value instanceof Program);
/** One sentence for all: which path has none is what a person needs to know. */
const fileSystems: OptionRule = (value, option) => {
  mustBeObject(value, option);
  for (const [path, given] of Object.entries(value as object)) {
    if (!isFileSystem(given)) throw new OptionError(option, `has no file system for "${path}", such as memory() or hostDir("./src")`);
  }
};
/** Of processes of a session; "A=B" for a name would be another variable. */
const variables = eachOf((value, option) => {
  const name = option.slice(option.indexOf(".") + 1);
  if (name === "" || name.includes("=")) throw new OptionError(option, 'is no name of a variable: it is empty or holds "="');
  mustBeString(value, option);
});
const output = mustBe('"null", "inherit", "pipe" or "buffer"', (mode) => mode === "buffer" || MODES.includes(mode as string));
const sessionOutput = mustBe('"terminal", "null", "inherit", "pipe", "buffer" or an open file, or for stderr "stdout"', (mode) => isOpenFile(mode) || SESSION_OUTPUTS.includes(mode as string));

const LIMITS: OptionRules<SpawnLimits> = {
  memory: mustBeQuantity, cpu: mustBeQuantity, cpuShare: mustBeNumber, wall: mustBeQuantity, fuel: anything, output: mustBeQuantity, openFiles: anything, threads: anything,
};
const SPAWN: OptionRules<SpawnOptions> = {
  args: mustBeStrings,
  name: mustBeString,
  env: mustBeStringsByName,
  fs: fileSystems,
  sockets: mustBe("a list of sockets, such as await listenTcp(host, port)", (value) => Array.isArray(value) && value.every(isSocket)),
  handles: eachOf(mustBe("a handle to give away, such as handle() or give() answers it", (value) => value instanceof HandleGift)),
  imports: eachOf(mustBe("an interface, as offer answers it", (value) => value instanceof Interface)),
  modules: eachOf(program),
  service: mustBeBoolean,
  limits: optionsOf(LIMITS),
  stdin: mustBe('"null", "inherit", "pipe", a Uint8Array, { text: … } or a ReadableStream that nobody reads', isInput),
  stdout: output,
  stderr: output,
  signal: mustBeSignal,
  job,
  weight,
  clocks: mustBeBoolean,
  trace: mustBeFunction,
  history: mustBeBoolean,
  core: mustBe('true, false or { maxBytes: "64 MiB" }', (value) => typeof value === "boolean" || hasOnly(value, "maxBytes")),
  hart: mustBe("the number of a hart", (value) => Number.isInteger(value) && (value as number) >= 0),
  isolated: mustBe('true or { heap: "256 MiB" }', (value) => value === true || hasOnly(value, "heap")),
  entropy: mustBeBoolean,
};
const SESSION_LIMITS: OptionRules<SessionLimits> = {
  memory: mustBeQuantity, processes: anything, threads: anything, openFiles: anything, cpu: mustBeQuantity, cpuShare: mustBeNumber, output: mustBeQuantity,
};
const SESSION: OptionRules<SessionOptions> = {
  fs: fileSystems,
  cwd: mustBeString,
  env: variables,
  terminal: mustBe("a Terminal", (value) => value instanceof Terminal),
  limits: optionsOf(SESSION_LIMITS),
  processLimits: optionsOf(LIMITS),
  name: mustBeString,
  job,
  mountKinds: eachOf(mustBeFunction),
  trace: mustBeFunction,
  onFault: mustBeFunction,
  onRefused: mustBeFunction,
};
const SESSION_SPAWN: OptionRules<SessionSpawnOptions> = {
  cwd: mustBeString,
  env: variables,
  stdin: mustBe('"terminal", "null", "inherit", "pipe", a Uint8Array, { text: … }, a ReadableStream that nobody reads or an open file', (mode) => mode === "terminal" || isOpenFile(mode) || isInput(mode)),
  stdout: sessionOutput,
  stderr: sessionOutput,
  foreground: mustBeBoolean,
};
const USER_SPACE: OptionRules<UserSpaceOptions> = {
  tools: mustBeFileSystem,
  packages: mustBeFileSystem,
  fs: fileSystems,
  commands: mustBeObject,
  env: variables,
  cwd: mustBeString,
  mountKinds: eachOf(mustBeFunction),
  limits: optionsOf(SESSION_LIMITS),
  processLimits: optionsOf(LIMITS),
  job,
  services: mustBeFunction,
  trace: mustBeFunction,
  onFault: mustBeFunction,
  onRefused: mustBeFunction,
};
const SHELL: OptionRules<ShellOptions> = {
  cwd: mustBeString,
  env: variables,
  stdin: mustBe("a string, a Uint8Array or a ReadableStream that nobody reads", (value) => typeof value === "string" || value instanceof Uint8Array || mightBeStream(value)),
  args: mustBeStrings,
  signal: mustBeSignal,
};
const TERMINAL: OptionRules<TerminalOptions> = {
  cwd: mustBeString,
  env: variables,
  rows: mustBeWhole,
  columns: mustBeWhole,
  command: mustBe("a list of strings, the path of a program first", (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")),
};
const COMPILE: OptionRules<CompileOptions> = {
  name: mustBeString, fuel: mustBeBoolean, unknownImports: oneOf("error", "trap"), onProgress: mustBeFunction, signal: mustBeSignal,
};
const JOB_LIMITS: OptionRules<NonNullable<JobOptions["limits"]>> = {
  memory: mustBeAmount, processes: mustBeAmount, threads: mustBeAmount, handles: mustBeAmount, output: mustBeAmount, storage: mustBeAmount, cpuMs: mustBeAmount, cpuShare: share,
};
const JOB: OptionRules<JobOptions> = { name: mustBeString, limits: optionsOf(JOB_LIMITS), weight };
const CHANNEL: OptionRules<NonNullable<Parameters<System["channel"]>[0]>> = { messages: anything, bytes: mustBeQuantity, charges: mustBeObject };
const BOOT: OptionRules<PortableBootOptions> = {
  // Endless for the host's clock is what NaN is, and a quantum of 0 would have no end of interruptions.
  quantumMs: mustBe(`a number of milliseconds above 0 and up to ${QUANTUM_MS_MAX}`, (value) => typeof value === "number" && value > 0 && value <= QUANTUM_MS_MAX),
  limits: optionsOf(JOB_LIMITS),
  onBug: mustBeFunction,
  hart: mustBeObject,
  tools: mustBeFunction,
  userSpace: optionsOf(USER_SPACE),
};
const list = mustBe("a list", (value) => Array.isArray(value));
const FUNCTION: OptionRules<FunctionSpec> = { params: list, results: list, blocking: mustBeBoolean };
const OFFER: OptionRules<OfferOptions> = {
  name: mustBeString,
  functions: eachOf((value, option) => checkOptions(value, FUNCTION, `${option}.`, ["params"])),
  budgetMs: mustBeNumber,
  concurrent: mustBe("true, false or a number", (value) => typeof value === "boolean" || typeof value === "number"),
  queue: mustBeNumber,
  allocator: mustBeString,
};
const LAUNCH: OptionRules<LaunchOptions> = { args: mustBeStrings, log: mustBeFunction, random: mustBeFunction };
const { handles: _handles, service: _service, ...SERVICE_SPAWN } = SPAWN;
const FILE_SERVICE: OptionRules<FileServiceOptions> = { name: mustBeString, spawn: optionsOf(SERVICE_SPAWN), timeoutMs: mustBeAmount, restartMs: mustBeAmount };

/** @throws OptionError */
export function checkBootOptions(options: PortableBootOptions): void {
  checkOptions(options, BOOT);
}

/** @throws OptionError */
export function checkCompileOptions(options: CompileOptions): void {
  checkOptions(options, COMPILE);
}

/** @throws OptionError */
export function checkSpawnOptions(options: SpawnOptions): void {
  checkOptions(options, SPAWN);
  const { hart, isolated } = options;
  if (isolated !== undefined && hart !== undefined) throw new OptionError("isolated", "means a hart of its own, so none can be named");
}

/** @throws OptionError */
export function checkJobOptions(options: JobOptions, parent: Job): void {
  checkOptions(options, JOB, "", ["name"]);
  job(parent, "parent");
}

/** @throws OptionError */
export function checkChannelLimits(limits: NonNullable<Parameters<System["channel"]>[0]>): void {
  checkOptions(limits, CHANNEL);
}

/** @throws OptionError */
export function checkOfferOptions(options: OfferOptions): void {
  checkOptions(options, OFFER, "", ["name"]);
}

/** @throws OptionError */
export function checkLaunchOptions(options: LaunchOptions): void {
  checkOptions(options, LAUNCH);
}

/** @throws OptionError */
export function checkFileServiceOptions(options: FileServiceOptions): void {
  checkOptions(options, FILE_SERVICE);
}

/** @throws OptionError */
export function checkSessionOptions(options: SessionOptions): void {
  checkOptions(options, SESSION, "", ["fs"]);
}

/** What a session starts: its streams can be more than those of `spawn`. @throws OptionError */
export function checkSessionSpawn(path: string, argv: readonly string[], options: SessionSpawnOptions): void {
  mustBeString(path, "path");
  mustBeStrings(argv, "argv");
  checkOptions(options, SESSION_SPAWN);
}

/** @throws OptionError */
export function checkUserSpaceOptions(options: UserSpaceOptions): void {
  checkOptions(options, USER_SPACE);
}

/** @throws OptionError */
export function checkShell(line: string, options: ShellOptions): void {
  mustBeString(line, "line");
  checkOptions(options, SHELL);
}

/** @throws OptionError */
export function checkTerminalOptions(options: TerminalOptions): void {
  checkOptions(options, TERMINAL);
}

/** What is to be started. @throws OptionError */
export function checkProgram(given: Program): void {
  program(given, "program");
}

function isOpenFile(mode: unknown): boolean {
  return typeof mode === "object" && mode !== null && "kind" in mode && mode.kind === "file";
}

/** A listener or a connection. */
function isSocket(value: unknown): boolean {
  return typeof value === "object" && value !== null && "close" in value && ("accept" in value || "peek" in value);
}

/** A stream that somebody reads already would end the input without a word. */
function mightBeStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getReader" in value && !("locked" in value && value.locked === true);
}

/** Whether it is an object with this one option, a quantity. */
function hasOnly(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]![0] === name && ["number", "string"].includes(typeof entries[0]![1]);
}

function isInput(mode: unknown): boolean {
  if (typeof mode === "string") return MODES.includes(mode);
  if (typeof mode !== "object" || mode === null) return false;
  return mode instanceof Uint8Array || ("text" in mode ? typeof mode.text === "string" : mightBeStream(mode));
}
