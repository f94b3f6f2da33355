/** `isola inspect`: what a module is made of, without running any of it, or what a core file tells. */
import { DecodeError, decodeModule } from "#wasm";
import { CliError, EXIT, UsageError } from "./cli-error.ts";
import { coreFacts } from "./core-facts.ts";
import { describePlace } from "./describe-place.ts";
import { loadModule } from "./load-module.ts";
import { moduleFacts } from "./module-facts.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { printCore } from "./print-core.ts";
import { printFacts } from "./print-facts.ts";
import { moduleReport } from "./report.ts";
import { exitWhenUnread, flushOutput, print } from "./standard-streams.ts";

interface InspectOptions {
  json: boolean;
  help: boolean;
}

const OPTIONS: readonly OptionRow<InspectOptions>[] = [
  { names: ["--json"], group: "Options", help: "the same as JSON; sizes and offsets in bytes", apply: (into) => void (into.json = true) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

/** @throws UsageError, CliError */
export async function inspect(words: readonly string[]): Promise<number> {
  const options: InspectOptions = { json: false, help: false };
  const rest = parseOptions("isola inspect", OPTIONS, words, options);
  // Options may stand behind the file, too: no program follows whose they could be.
  const [file, ...more] = rest.length > 1 ? [rest[0]!, ...parseOptions("isola inspect", OPTIONS, rest.slice(1), options)] : rest;
  if (options.help) {
    print(`Usage: isola inspect [--json] FILE\n\nShows what a module (.wasm or .wat, "-" for standard input) is made of, without running any of it, or what a core file tells.\n\n${optionsHelp(OPTIONS)}`);
    return EXIT.ok;
  }
  if (file === undefined) throw new UsageError("isola inspect", "which file?");
  if (more.length > 0) throw new UsageError("isola inspect", "only one file at a time");
  exitWhenUnread();
  const loaded = await loadModule(file);
  try {
    const core = coreFacts(decodeModule(loaded.bytes, loaded.name));
    if (core !== undefined) {
      print(options.json ? JSON.stringify({ file: loaded.name, size: loaded.bytes.length, core }, undefined, 2) : printCore(loaded.name, loaded.bytes.length, core));
      await flushOutput(false);
      return EXIT.ok;
    }
    const facts = moduleFacts(loaded);
    print(options.json ? JSON.stringify(facts, undefined, 2) : printFacts(facts));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new CliError(moduleReport(loaded.name, error, describePlace(loaded.bytes, error)), { cause: error });
  }
  await flushOutput(false);
  return EXIT.ok;
}
