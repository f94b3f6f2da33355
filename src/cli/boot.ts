/**
 * `isola --manifest FILE`: boots the system that a manifest states, with a log of its boot on standard error, and ends
 * with its main service; without one, when nothing runs any more or it is told to.
 */
import { dirname } from "node:path";
import { IsolaError, KernelBug } from "#base";
import { NodeHartHost, NodeMachine, hostDirectoryAt, imageFile, manifestFiles, readManifestFile } from "#machine/node";
import { bootOn, exitCode, exitReport } from "#os";
import type { LogLine, ManifestSource, System } from "#os";
import { loadPlan } from "./check.ts";
import { CliError, EXIT, UsageError } from "./cli-error.ts";
import { loadModule } from "./load-module.ts";
import { startControl } from "./observe.ts";
import type { Observation } from "./observe.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { onEndSignal, signalStatus } from "./signals.ts";
import type { EndSignal } from "./signals.ts";
import { complain, flushOutput, print, watchOutput } from "./standard-streams.ts";

interface ManifestOptions {
  quiet: boolean;
  control: boolean;
  cache: boolean;
  harts: number | undefined;
  verbose: boolean;
  help: boolean;
}

/** As many harts as a system can have. */
const HARTS_MAX = 48;

const OPTIONS: readonly OptionRow<ManifestOptions>[] = [
  { names: ["--quiet"], group: "Options", help: "of the log only what somebody should look at", apply: (into) => void (into.quiet = true) },
  {
    names: ["--harts"], value: "N", group: "Options", help: `harts that services may name, 1 to ${HARTS_MAX}; 1 unless told`,
    apply: (into, text) => {
      into.harts = /^[0-9]+$/.test(text) ? Number(text) : NaN;
      if (!(into.harts >= 1 && into.harts <= HARTS_MAX)) throw new CliError(`"${text}" is no number of harts from 1 to ${HARTS_MAX}`);
    },
  },
  { names: ["--no-control"], group: "Options", help: "isola ps, top and kill do not see it", apply: (into) => void (into.control = false) },
  { names: ["--no-cache"], group: "Options", help: "neither read nor write the cache of translated programs", apply: (into) => void (into.cache = false) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: (into) => void (into.verbose = true) },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

/** @throws UsageError, CliError */
export async function bootManifest(words: readonly string[]): Promise<number> {
  const options: ManifestOptions = { quiet: false, control: true, cache: true, harts: undefined, verbose: false, help: false };
  const [file, ...args] = parseOptions("isola --manifest", OPTIONS, words, options);
  if (options.help) {
    print(`Usage: isola --manifest [OPTIONS] FILE [ARGUMENTS…]

Boots the system that the manifest in FILE states; the ARGUMENTS go to its main service. The log goes to standard
error, with the seconds since the boot. SIGINT and SIGTERM stop the services in order, what needs others first; a
second one ends all at once. isola --check FILE explains a manifest without starting anything.

${optionsHelp(OPTIONS)}

Exit status: that of the main service, as with isola run. Without one: 0 when all services have done their work,
1 when one was given up. 130 after Ctrl-C, 143 after SIGTERM; 1 when the system cannot be started, 2 when the
command line makes no sense.
`);
    return EXIT.ok;
  }
  if (file === undefined) throw new UsageError("isola --manifest", "which manifest?");
  const plan = loadPlan(file);
  if (plan === undefined) return EXIT.error;
  if (args.length > 0 && ![...plan.services.values()].some(({ main }) => main)) throw new UsageError("isola --manifest", "there is no main service for the arguments");
  return run(file, args, options);
}

async function run(file: string, args: readonly string[], options: ManifestOptions): Promise<number> {
  let interrupted: EndSignal | undefined;
  let stopping: (() => void) | undefined;
  onEndSignal((signal) => {
    interrupted = signal;
    stopping?.();
  });
  watchOutput(() => stopping?.());
  const observations: Observation[] = [];
  const machine = options.cache ? {} : { cacheFolder: false } as const;
  const { harts } = options;
  const os = await bootOn(new NodeMachine(machine), {
    onBug: (error) => {
      if (options.verbose) complain(`isola: a mistake of isola itself: ${error instanceof Error ? error.stack : String(error)}`);
    },
  }, harts === undefined ? undefined : {
    harts,
    host: new NodeHartHost(new URL(import.meta.url.endsWith(".ts") ? "../node-hart.ts" : "../node-hart.js", import.meta.url), machine),
    reopen: hostDirectoryAt,
  });
  // The services may all wait for somebody; the host must not end for that.
  const stay = setInterval(() => undefined, 1 << 30);
  try {
    await launch(os, file, args, options.quiet);
    if (options.control) observations.push(startControl(os, (error) => options.verbose && complain(`isola: not seen by isola ps: ${String(error)}`)));
    const stopped = new Promise<void>((resolve) => (stopping = resolve));
    if (interrupted !== undefined) stopping!(); // set just above
    const ended = [...(os.services.plan?.services.values() ?? [])].some(({ main }) => main) ? os.services.main().then(() => undefined) : os.services.finished();
    await Promise.race([ended, stopped]);
    const status = statusOf(os);
    await os.services.stopAll();
    await flushOutput(true);
    return interrupted === undefined ? status : signalStatus(interrupted);
  } finally {
    clearInterval(stay);
    for (const observation of observations) observation.close();
    await os.close();
  }
}

async function launch(os: System, file: string, args: readonly string[], quiet: boolean): Promise<void> {
  const folder = dirname(file);
  // Images in the text format, too.
  const source: ManifestSource = { ...manifestFiles(folder), image: (path) => loadModule(imageFile(folder, path)) };
  const log = async (line: LogLine): Promise<void> => {
    if (quiet && !line.alarm) return;
    complain(logLine(line));
    // Nobody reads as fast as a service can write.
    if (process.stderr.writableNeedDrain) await new Promise((resolve) => process.stderr.once("drain", resolve));
  };
  try {
    await os.services.launch(readManifestFile(file), source, { args, log });
  } catch (error) {
    if (!(error instanceof IsolaError) || error instanceof KernelBug || error instanceof CliError) throw error;
    throw new CliError(error.message, { cause: error });
  }
}

/** Such as "[    0.012] kv: ready", and "[    0.200] kv| what it wrote". */
function logLine({ atMs, service, text, kind }: LogLine): string {
  return `[${(atMs / 1000).toFixed(3).padStart(9)}] ${service}${kind === "output" ? "|" : ":"} ${text}`;
}

function statusOf(os: System): number {
  const main = os.services.list().find(({ name }) => os.services.plan?.services.get(name)?.main === true);
  if (main === undefined) return os.services.list().some(({ state }) => state === "failed") ? EXIT.error : EXIT.ok;
  const exit = os.services.lastExit(main.name);
  if (exit === undefined) return EXIT.error;
  const report = exitReport(exit, main.name);
  if (report !== "") complain(`isola: ${report}`);
  return exitCode(exit);
}
