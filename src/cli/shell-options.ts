/** The options of `isola` and `isola sh`. */
import { parseBytes, parseDuration } from "#os";
import type { SessionLimits } from "#os";
import { UsageError } from "./cli-error.ts";
import { addGrant, parseGrant } from "./grant.ts";
import type { DirectoryGrant } from "./grant.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { quoted } from "./text.ts";
import { parseCount, parseEnv, parseShare } from "./run-options.ts";

export interface ShellOptions {
  readonly dirs: DirectoryGrant[];
  readonly env: Map<string, string>;
  readonly limits: { -readonly [K in keyof SessionLimits]: number };
  /** The file of the volume at /home; "none" for a home in memory. */
  home: string | undefined;
  store: string | undefined;
  traceFile: string | undefined;
  control: boolean;
  cache: boolean;
  verbose: boolean;
  help: boolean;
}

const GRANTS = "What programs get, besides their tools and a home";
const LIMITS = "Limits of all programs together (sizes: 64KiB, 1.5MiB, 1GB; times: 2s, 500ms, 5m)";
const OTHER = "Other";

export const SHELL_OPTIONS: readonly OptionRow<ShellOptions>[] = [
  {
    names: ["--dir"], value: "HOST[::GUEST][:ro]", group: GRANTS,
    help: "a folder, writable unless :ro; seen as GUEST, else under its own name from /",
    apply: (into, text) => addGrant(into.dirs, parseGrant(text)),
  },
  { names: ["--env"], value: "NAME[=VALUE]", group: GRANTS, help: "an environment variable; NAME alone passes on the value it has here", apply: (into, text) => parseEnv(into.env, text) },
  { names: ["--home"], value: "FILE", path: true, group: GRANTS, help: "the volume that is /home, made when it is missing; your own unless told; \"none\" forgets what is written there", apply: (into, text) => void (into.home = text) },
  { names: ["--store"], value: "DIR", path: true, group: GRANTS, help: "where isola install put packages; your own unless told", apply: (into, text) => void (into.store = text) },

  { names: ["--memory"], value: "SIZE", group: LIMITS, help: "memory; 4 GiB unless told", apply: (into, text) => void (into.limits.memory = parseBytes(text)) },
  { names: ["--cpu"], value: "TIME", group: LIMITS, help: "processor time in all; none unless told", apply: (into, text) => void (into.limits.cpu = parseDuration(text)) },
  { names: ["--cpu-share"], value: "SHARE", group: LIMITS, help: "share of one processor, such as 0.5; 1 unless told", apply: (into, text) => void (into.limits.cpuShare = parseShare(text)) },
  { names: ["--max-processes"], value: "N", group: LIMITS, help: "processes at once; starting more fails; 512 unless told", apply: (into, text) => void (into.limits.processes = parseCount(text, "number of processes", 1)) },
  { names: ["--max-threads"], value: "N", group: LIMITS, help: "threads at once; 1024 unless told", apply: (into, text) => void (into.limits.threads = parseCount(text, "number of threads", 1)) },
  { names: ["--max-files"], value: "N", group: LIMITS, help: "open files at once; 65536 unless told", apply: (into, text) => void (into.limits.openFiles = parseCount(text, "number of open files", 1)) },

  { names: ["--trace-file"], value: "FILE", path: true, group: OTHER, help: "each call of the programs to the system as a line in FILE, which is written anew", apply: (into, text) => void (into.traceFile = text) },
  { names: ["--no-control"], group: OTHER, help: "isola ps, top and kill do not see it", apply: (into) => void (into.control = false) },
  { names: ["--no-cache"], group: OTHER, help: "neither read nor write the cache of translated programs", apply: (into) => void (into.cache = false) },
  { names: ["--verbose"], group: OTHER, help: "whole reports of faults, and why files cannot be started", apply: (into) => void (into.verbose = true) },
  { names: ["--help", "-h"], group: OTHER, help: "this text", apply: (into) => void (into.help = true) },
];

export interface ShellCommand extends ShellOptions {
  /** For the shell: its own options, a script with arguments. */
  readonly words: readonly string[];
}

/** The shell's own options, which end ours. */
const SHELL_WORDS = /^[-+][a-zA-Z]+$/;

/**
 * Reads the words after `isola` or `isola sh`. Ours are long; the first of the shell's, such as `-c`, or a script, ends them.
 *
 * @throws UsageError
 */
export function parseShellCommand(name: string, words: readonly string[]): ShellCommand {
  const options: ShellOptions = {
    dirs: [], env: new Map(), limits: {}, home: undefined, store: undefined, traceFile: undefined, control: true, cache: true, verbose: false, help: false,
  };
  let rest = readOptions(name, words, options);
  // "isola --dir X sh -c LINE" means what "isola sh --dir X -c LINE" means.
  if (name === "isola" && rest[0] === "sh") rest = readOptions(name, rest.slice(1), options);
  else if (name === "isola" && rest[0] !== undefined) throw new UsageError(name, `which command? ${quoted(rest[0])} comes after options of the shell; a script is run by isola sh SCRIPT`);
  return { ...options, words: rest };
}

function readOptions(name: string, words: readonly string[], into: ShellOptions): readonly string[] {
  const at = firstOfShell(words);
  return [...parseOptions(name, SHELL_OPTIONS, words.slice(0, at), into), ...words.slice(at)];
}

/** Where the words of the shell begin; values of our options are skipped. */
function firstOfShell(words: readonly string[]): number {
  let index = 0;
  while (index < words.length) {
    const word = words[index]!;
    if (word !== "-h" && SHELL_WORDS.test(word)) break;
    if (!word.startsWith("-")) break;
    const row = SHELL_OPTIONS.find(({ names }) => names.includes(word));
    index += row?.value === undefined ? 1 : 2;
  }
  return Math.min(index, words.length);
}

export function shellHelp(): string {
  return `Usage: isola [OPTIONS]
       isola sh [OPTIONS] [-c LINE [NAME [ARGUMENTS…]] | SCRIPT [ARGUMENTS…]]

Boots to a shell: a prompt when somebody types, else the lines of standard input, of -c or of SCRIPT,
which is a path that the shell sees. What is written below /home is still there tomorrow; everything else is
gone at the end, but for folders given with --dir.

${optionsHelp(SHELL_OPTIONS)}

Exit status: the shell's own.

Examples:
  isola
  isola sh -c 'seq 10 | sort -rn | head -3'
  isola --dir .::/work                     (the folder here, as /work)
  isola --dir .::/work sh /work/build.sh
`;
}
