/** The options of `isola run`. */
import { nearest } from "#base";
import { parseBytes, parseDuration } from "#os";
import type { SpawnLimits } from "#os";
import { CliError, UsageError } from "./cli-error.ts";
import { addGrant, needsRoot, parseGrant, parseVolumeGrant } from "./grant.ts";
import type { DirectoryGrant } from "./grant.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { counted, quoted } from "./text.ts";

export interface RunOptions {
  readonly dirs: DirectoryGrant[];
  readonly env: Map<string, string>;
  /** Sizes in bytes, times in milliseconds. */
  readonly limits: { -readonly [K in keyof SpawnLimits]: number };
  traceCalls: boolean;
  traceFile: string | undefined;
  core: string | undefined;
  metricsPort: number | undefined;
  control: boolean;
  cache: boolean;
  trapUnknownImports: boolean;
  argv0: string | undefined;
  verbose: boolean;
  help: boolean;
}

export interface RunCommand extends RunOptions {
  readonly program: string;
  readonly args: readonly string[];
}

/** Open in every program. */
const STANDARD_STREAMS = 3;

/** A whole number from `least` on; "_" may group digits. */
export function parseCount(text: string, what: string, least = 0): number {
  const value = /^[0-9][0-9_]*$/.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  if (!Number.isSafeInteger(value) || value < least) throw new CliError(`"${text}" is no ${what}${least > 0 ? ` (at least ${least})` : ""}`);
  return value;
}

function parsePort(text: string): number {
  const port = parseCount(text, "port");
  if (port > 65535) throw new CliError(`"${text}" is no port: at most 65535`);
  return port;
}

export function parseShare(text: string): number {
  const value = /^[0-9]*\.?[0-9]+$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= 1)) throw new CliError(`"${text}" is no share of a processor: above 0 and up to 1`);
  return value;
}

export function parseEnv(into: Map<string, string>, text: string): void {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === "") throw new CliError(`"${text}" has no name before "="`);
  const value = equals === -1 ? process.env[name] : text.slice(equals + 1);
  if (value === undefined) throw new CliError(`${name} is not set here, so there is no value to pass on; write ${name}=VALUE`);
  into.set(name, value);
}

type Limits = RunOptions["limits"];

const SET_LIMIT = {
  memory: (limits: Limits, text: string) => void (limits.memory = parseBytes(text)),
  wall: (limits: Limits, text: string) => void (limits.wall = parseDuration(text)),
  fuel: (limits: Limits, text: string) => void (limits.fuel = parseCount(text, "number of instructions")),
} as const;

/** Wasmtime's words for some of the limits: `-W fuel=N,timeout=5s`. */
const WASM_OPTIONS: ReadonlyMap<string, (limits: Limits, text: string) => void> = new Map([
  ["fuel", SET_LIMIT.fuel],
  ["timeout", SET_LIMIT.wall],
  ["max-memory-size", SET_LIMIT.memory],
]);

function parseWasmOptions(limits: Limits, text: string): void {
  for (const part of text.split(",")) {
    const [name = "", value] = part.split(/=(.*)/s);
    const set = WASM_OPTIONS.get(name);
    const known = [...WASM_OPTIONS.keys()];
    if (set === undefined) {
      const near = nearest(name, known);
      throw new CliError(`unknown name ${quoted(name)}; ${near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`}`);
    }
    if (value === undefined || value === "") throw new CliError(`${name} needs a value: ${name}=…`);
    set(limits, value);
  }
}

const GRANTS = "What the program gets (nothing unless told; arguments, clocks, random bytes and the standard streams always)";
const LIMITS = "Limits (sizes: 500, 64KiB, 1.5MiB, 1GB; times: 2 or 2s, 500ms, 5m)";
const OTHER = "Other";

export const RUN_OPTIONS: readonly OptionRow<RunOptions>[] = [
  {
    names: ["--dir"], value: "HOST[::GUEST][:ro]", group: GRANTS,
    help: "a folder, writable unless :ro; seen as GUEST, else under its own name from / (\".\" as /)",
    apply: (into, text) => addGrant(into.dirs, parseGrant(text)),
  },
  { names: ["--volume"], value: "FILE::GUEST[:ro]", path: true, group: GRANTS, help: "a volume (isola volume --help), seen as GUEST", apply: (into, text) => addGrant(into.dirs, parseVolumeGrant(text)) },
  { names: ["--env"], value: "NAME[=VALUE]", group: GRANTS, help: "an environment variable; NAME alone passes on the value it has here", apply: (into, text) => parseEnv(into.env, text) },
  { names: ["--argv0"], value: "NAME", group: GRANTS, help: "what the program is told as its own name; its file name unless told", apply: (into, text) => void (into.argv0 = text) },

  { names: ["--memory"], value: "SIZE", group: LIMITS, help: "memory; growing beyond it fails; 1 GiB unless told", apply: (into, text) => SET_LIMIT.memory(into.limits, text) },
  { names: ["--cpu"], value: "TIME", group: LIMITS, help: "processor time; killed beyond it; none unless told", apply: (into, text) => void (into.limits.cpu = parseDuration(text)) },
  { names: ["--cpu-share"], value: "SHARE", group: LIMITS, help: "share of one processor, such as 0.5; slowed down to it; 1 unless told", apply: (into, text) => void (into.limits.cpuShare = parseShare(text)) },
  { names: ["--wall"], value: "TIME", group: LIMITS, help: "time from start to end, waiting included; killed beyond it; none unless told", apply: (into, text) => SET_LIMIT.wall(into.limits, text) },
  { names: ["--fuel"], value: "N", group: LIMITS, help: "instructions, counted exactly (slower); killed beyond it; none unless told", apply: (into, text) => SET_LIMIT.fuel(into.limits, text) },
  { names: ["--output"], value: "SIZE", group: LIMITS, help: "bytes written to standard output and error; killed beyond it; none unless told", apply: (into, text) => void (into.limits.output = parseBytes(text)) },
  { names: ["--max-files"], value: "N", group: LIMITS, help: "open files, folders and streams, at least 3; opening more fails; 1024 unless told", apply: (into, text) => void (into.limits.openFiles = parseCount(text, "number of open files", STANDARD_STREAMS)) },
  { names: ["--max-threads"], value: "N", group: LIMITS, help: "threads; starting more fails; 64 unless told", apply: (into, text) => void (into.limits.threads = parseCount(text, "number of threads", 1)) },
  { names: ["-W"], value: "NAME=VALUE[,…]", group: LIMITS, help: "the same in Wasmtime's words: fuel=N, timeout=TIME, max-memory-size=SIZE", apply: (into, text) => parseWasmOptions(into.limits, text) },

  {
    names: ["--trace"], value: "calls", group: OTHER, help: "each call of the program to the system as a line on standard error",
    apply: (into, text) => {
      if (text !== "calls") throw new CliError(`"${text}" cannot be traced; only calls can`);
      into.traceCalls = true;
    },
  },
  {
    names: ["--trace-file"], value: "FILE", path: true, group: OTHER, help: "the same into FILE, which is written anew",
    apply: (into, text) => {
      into.traceCalls = true;
      into.traceFile = text;
    },
  },
  { names: ["--core"], value: "FILE", path: true, group: OTHER, help: "after a fault, write memories, globals and tables to FILE; see it with isola inspect", apply: (into, text) => void (into.core = text) },
  { names: ["--metrics"], value: "PORT", group: OTHER, help: "figures for Prometheus at http://127.0.0.1:PORT/metrics while it runs; 0 takes any port and says which", apply: (into, text) => void (into.metricsPort = parsePort(text)) },
  { names: ["--no-control"], group: OTHER, help: "isola ps, top and kill do not see it", apply: (into) => void (into.control = false) },
  { names: ["--trap-unknown-imports"], group: OTHER, help: "start even if imported functions are missing; calling one ends the program", apply: (into) => void (into.trapUnknownImports = true) },
  { names: ["--no-cache"], group: OTHER, help: "neither read nor write the cache of translated programs", apply: (into) => void (into.cache = false) },
  { names: ["--verbose"], group: OTHER, help: "at the end, what the program took; for our own errors, where they arose", apply: (into) => void (into.verbose = true) },
  { names: ["--help", "-h"], group: OTHER, help: "this text", apply: (into) => void (into.help = true) },
];

/**
 * Reads the words after `isola run`. With `help`, the rest may be missing.
 *
 * @throws UsageError
 */
export function parseRunCommand(words: readonly string[]): RunCommand {
  const options: RunOptions = {
    dirs: [], env: new Map(), limits: {}, traceCalls: false, traceFile: undefined, core: undefined, metricsPort: undefined, control: true, cache: true,
    trapUnknownImports: false, argv0: undefined, verbose: false, help: false,
  };
  const [program, ...args] = parseOptions("isola run", RUN_OPTIONS, words, options);
  if (program === undefined && !options.help) throw new UsageError("isola run", "which program? Give a .wasm or .wat file");
  const folders = options.dirs.length + (needsRoot(options.dirs) ? 1 : 0);
  const open = STANDARD_STREAMS + folders;
  if ((options.limits.openFiles ?? open) < open) {
    throw new UsageError("isola run", `--max-files ${options.limits.openFiles} is too few: ${STANDARD_STREAMS} standard streams and ${counted(folders, "folder")}${needsRoot(options.dirs) ? ", / among them," : ""} are open from the start`);
  }
  return { ...options, program: program ?? "", args };
}

export function runHelp(): string {
  return `Usage: isola run [OPTIONS] PROGRAM [ARGUMENTS…]

Runs a WebAssembly program (WASI preview 1). PROGRAM is a .wasm or .wat file, or "-" for
standard input; what follows it belongs to the program. Options can be repeated.

${optionsHelp(RUN_OPTIONS)}

Exit status: the program's own; 134 after a fault (a trap, with a backtrace), 137 when it was
killed for a limit, 130 after Ctrl-C, 143 after SIGTERM, 141 when nobody reads its output any more;
1 when it could not be started, 2 when the command line makes no sense.

Examples:
  isola run hello.wat
  isola run --dir ./src::/src:ro --memory 256MiB --cpu 10s python.wasm /src/main.py
  isola run --wall 5s --env LANG=C -- prog.wasm --its-own-flag
`;
}
