/** `isola kill`: ends processes of running systems of this user. */
import { ControlError, MESSAGE_CHARS_MAX, controlClient } from "#machine/node";
import type { SystemAddress } from "#machine/node";
import { CliError, EXIT, UsageError } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { complain, print } from "./standard-streams.ts";
import { seeSystems } from "./systems.ts";
import { harmless, quoted } from "./text.ts";

interface KillOptions {
  message: string;
  help: boolean;
}

const OPTIONS: readonly OptionRow<KillOptions>[] = [
  {
    names: ["--message", "-m"], value: "TEXT", group: "Options", help: "why, for the end that its starter sees",
    apply: (into, text) => {
      if (text.length > MESSAGE_CHARS_MAX) throw new CliError(`at most ${MESSAGE_CHARS_MAX} characters`);
      into.message = text;
    },
  },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

const HELP = `Usage: isola kill [OPTIONS] [HOST:]ID…

Ends processes, whatever they do. ID is the number that \`isola ps\` shows; where several systems
have a process of this number, HOST says which.

`;

interface Target {
  readonly text: string;
  readonly host: string | undefined;
  readonly id: number;
}

/** @throws UsageError, ControlFolderError */
export async function kill(words: readonly string[]): Promise<number> {
  const options: KillOptions = { message: "killed by isola kill", help: false };
  const targets: string[] = [];
  // Options may stand behind the ids, too: no program follows whose they could be.
  for (let rest = parseOptions("isola kill", OPTIONS, words, options); rest.length > 0; rest = parseOptions("isola kill", OPTIONS, rest.slice(1), options)) targets.push(rest[0]!); // it has one
  if (options.help) {
    print(HELP + optionsHelp(OPTIONS));
    return EXIT.ok;
  }
  if (targets.length === 0) throw new UsageError("isola kill", "which process? Give a number of isola ps");
  const parsed = targets.map(parseTarget);
  let status: number = EXIT.ok;
  for (const target of parsed) {
    try {
      await killOne(target, options.message);
    } catch (error) {
      if (!(error instanceof CliError || error instanceof ControlError)) throw error;
      complain(`isola: ${error.message}`);
      status = EXIT.error;
    }
  }
  return status;
}

/** @throws UsageError */
function parseTarget(text: string): Target {
  const match = /^(?:([0-9]+(?:\.[0-9]+)?):)?([0-9]{1,15})$/.exec(text);
  if (match === null) throw new UsageError("isola kill", `${quoted(text)} is no process: ID or HOST:ID, as isola ps shows them`);
  return { text, host: match[1], id: Number(match[2]) };
}

async function killOne({ text, host, id }: Target, message: string): Promise<void> {
  const systems = await seeSystems();
  if (host !== undefined && !systems.some(({ address }) => address.host === host)) throw new CliError(`no system runs in process ${host}; isola ps shows those that do`);
  const found: { readonly address: SystemAddress; readonly name: string }[] = [];
  for (const { address, snapshot } of systems) {
    if (host !== undefined && address.host !== host) continue;
    const process = snapshot.processes.find((other) => other.id === id);
    if (process !== undefined) found.push({ address, name: process.name });
  }
  if (found.length > 1) {
    throw new CliError(`several processes have the number ${id}; say which:${found.map(({ address, name }) => `\n  isola kill ${address.host}:${id}   ${harmless(name)}`).join("")}`);
  }
  if (found[0] === undefined) throw new CliError(`no process ${text}; isola ps shows those that there are`);
  await (await controlClient()).askToKill(found[0].address, id, message);
}
