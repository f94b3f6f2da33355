/** `isola ps`: the processes of all running systems of this user. */
import { EXIT, UsageError } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { processHeadings, processRow } from "./process-row.ts";
import { exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { seeSystems } from "./systems.ts";
import { columns, counted, harmless } from "./text.ts";

interface PsOptions {
  json: boolean;
  help: boolean;
}

const OPTIONS: readonly OptionRow<PsOptions>[] = [
  { names: ["--json"], group: "Options", help: "all that is known, jobs and threads too, as JSON; times in milliseconds, sizes in bytes", apply: (into) => void (into.json = true) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

const HELP = `Usage: isola ps [--json]

Lists the processes of all running systems of this user: of each \`isola run\`, and of programs that
boot a system with \`control: true\`. HOST is the host's process, ID the number of the process in it.

`;

/** @throws UsageError, ControlFolderError */
export async function ps(words: readonly string[]): Promise<number> {
  const options: PsOptions = { json: false, help: false };
  const rest = parseOptions("isola ps", OPTIONS, words, options);
  if (options.help) {
    print(HELP + optionsHelp(OPTIONS));
    return EXIT.ok;
  }
  if (rest.length > 0) throw new UsageError("isola ps", "it takes no names");
  exitWhenUnread();
  const systems = await seeSystems();
  if (options.json) {
    print(JSON.stringify(systems.map(({ address, snapshot }) => ({ host: address.host, pid: address.pid, ...snapshot })), undefined, 2));
  } else {
    const rows = systems.flatMap(({ address, snapshot }) => snapshot.processes.map((process) => processRow(address.host, process)));
    const { titles, right } = processHeadings();
    for (const line of columns([titles, ...rows], right)) print(harmless(line));
    const unlisted = systems.reduce((sum, { snapshot }) => sum + snapshot.unlisted, 0);
    if (unlisted > 0) print(`and ${counted(unlisted, "more")}`.replace(/s$/, ""));
  }
  await flushOutput(false);
  return EXIT.ok;
}
