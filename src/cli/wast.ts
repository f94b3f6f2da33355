/**
 * `isola wast`: runs scripts of the specification's test suite on the engine, without the
 * kernel: a line for each failure and each file on standard output. Nothing bounds a script; an
 * interrupt ends it with this process.
 */
import { readFileSync } from "node:fs";
import { IsolaEngine, WastError, runScript } from "#wast";
import type { CaseResult } from "#wast";
import { CliError, EXIT, UsageError, systemReason } from "./cli-error.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { complain, exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { counted, harmless, quoted, shownPath } from "./text.ts";
import { threadStarter } from "./wast-thread.ts";

interface WastOptions {
  features: boolean;
  quiet: boolean;
  help: boolean;
}

const OPTIONS: readonly OptionRow<WastOptions>[] = [
  {
    names: ["--features"], value: "on|off", group: "Options", help: "translate with safepoints (always taken), limits and fuel, or not at all; on by default",
    apply(into, value) {
      if (value !== "on" && value !== "off") throw new CliError(`${quoted(value)} is neither on nor off`);
      into.features = value === "on";
    },
  },
  { names: ["--quiet", "-q"], group: "Options", help: "only what failed", apply: (into) => void (into.quiet = true) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

const HELP = `Usage: isola wast [OPTIONS] FILE…

Runs scripts of the WebAssembly test suite (.wast). Says of each how many of its directives passed and failed,
and of each failure where, what was expected and what came. Whether text is malformed is up to the library that
assembles it, and is counted apart. Exit status 1 when anything failed or a file cannot be read.

`;

/** Verdicts that the text library gave. */
const OF_LIBRARY: readonly CaseResult["verdict"][] = ["library", "quoted", "quoted accepted"];

/** @throws UsageError */
export async function wast(words: readonly string[]): Promise<number> {
  const options: WastOptions = { features: true, quiet: false, help: false };
  const files = parseOptions("isola wast", OPTIONS, words, options);
  if (options.help) {
    print(HELP + optionsHelp(OPTIONS));
    return EXIT.ok;
  }
  if (files.length === 0) throw new UsageError("isola wast", "which scripts?");
  exitWhenUnread();
  let status: number = EXIT.ok;
  for (const file of files) {
    try {
      if (!report(file, await run(readScript(file), options.features), options.quiet)) status = EXIT.error;
    } catch (error) {
      // That one cannot be read; the others are still to be run.
      if (error instanceof WastError) print(harmless(`${file}:${error.message}`));
      else if (error instanceof CliError) complain(`isola: ${error.message}`);
      else throw error;
      status = EXIT.error;
    }
  }
  await flushOutput(false);
  return status;
}

function readScript(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new CliError(`cannot read ${shownPath(file)}: ${reason}`, { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CliError(`${shownPath(file)}: a script must be UTF-8, and this is not`, { cause });
  }
}

/** @throws WastError */
async function run(source: string, features: boolean): Promise<CaseResult[]> {
  const engine = new IsolaEngine(features);
  try {
    return await runScript(source, engine, threadStarter(features));
  } finally {
    engine.dispose();
  }
}

/** Prints what came of a file; answers whether nothing failed. */
function report(file: string, cases: readonly CaseResult[], quiet: boolean): boolean {
  let passed = 0, failed = 0, left = 0;
  for (const { verdict, line, directive, detail } of cases) {
    if (verdict === "passed") passed++;
    else if (OF_LIBRARY.includes(verdict)) left++;
    else {
      failed++;
      print(harmless(`${file}:${line}: ${directive}: ${detail ?? "failed"}`));
    }
  }
  const apart = left === 0 ? "" : `, ${counted(left, "verdict")} on text left to the text library`;
  if (!quiet || failed > 0) print(harmless(`${file}: ${passed} passed, ${failed} failed${apart}`));
  return failed === 0;
}
