/** `isola validate`: whether modules are valid; a line for each on standard output. */
import { DecodeError, ValidateError, decodeModule, hostValidate } from "#wasm";
import { CliError, EXIT, UsageError } from "./cli-error.ts";
import { describePlace } from "./describe-place.ts";
import { TextError, loadModule } from "./load-module.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { whatIsWrong } from "./report.ts";
import { complain, exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { harmless } from "./text.ts";

interface ValidateOptions {
  help: boolean;
}

const OPTIONS: readonly OptionRow<ValidateOptions>[] = [
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

/** @throws UsageError */
export async function validate(words: readonly string[]): Promise<number> {
  const options: ValidateOptions = { help: false };
  const files = parseOptions("isola validate", OPTIONS, words, options);
  if (options.help) {
    print(`Usage: isola validate FILE…\n\nSays of each module (.wasm or .wat, "-" for standard input) whether it is valid, and if not, why and where.\nExit status 1 when any is not valid or cannot be read.\n\n${optionsHelp(OPTIONS)}`);
    return EXIT.ok;
  }
  if (files.length === 0) throw new UsageError("isola validate", "which files?");
  exitWhenUnread();
  let status: number = EXIT.ok;
  for (const file of files) {
    try {
      const wrong = await findFault(file);
      print(harmless(`${file}: ${wrong === undefined ? "valid" : `invalid: ${wrong}`}`));
      if (wrong !== undefined) status = EXIT.error;
    } catch (error) {
      // That one cannot be read; the others are still to be looked at.
      if (!(error instanceof CliError)) throw error;
      complain(`isola: ${error.message}`);
      status = EXIT.error;
    }
  }
  await flushOutput(false);
  return status;
}

/** What is wrong with it; undefined when it is valid. @throws CliError when it cannot be read. */
async function findFault(file: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = (await loadModule(file)).bytes;
  } catch (error) {
    if (error instanceof TextError) return error.reason;
    throw error;
  }
  try {
    hostValidate(decodeModule(bytes), undefined);
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof ValidateError)) throw error;
    return whatIsWrong(error, describePlace(bytes, error));
  }
}
