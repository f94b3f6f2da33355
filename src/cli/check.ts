/**
 * `isola --check FILE`: reads a manifest, looks at the images that it names, and explains who can reach what, as text and
 * as a picture. Nothing is started.
 */
import { writeFileSync } from "node:fs";
import { ManifestFileError, folderOf, readManifestFile } from "#machine/node";
import { ManifestError, authorityGraph, authorityRemarks, authoritySvg, readManifest } from "#os";
import type { SystemPlan } from "#os";
import { explainPlan } from "./explain-plan.ts";
import { CliError, EXIT, UsageError, systemReason } from "./cli-error.ts";
import { lookAtImages } from "./check-images.ts";
import { optionsHelp, parseOptions } from "./options.ts";
import type { OptionRow } from "./options.ts";
import { complain, exitWhenUnread, flushOutput, print } from "./standard-streams.ts";
import { counted, harmless, shownPath } from "./text.ts";

interface CheckOptions {
  svg: string | undefined;
  images: boolean;
  help: boolean;
}

const OPTIONS: readonly OptionRow<CheckOptions>[] = [
  { names: ["--svg"], value: "OUT", path: true, group: "Options", help: "write the picture to OUT, too", apply: (into, text) => void (into.svg = text) },
  { names: ["--no-images"], group: "Options", help: "do not look at the images, which need not be there then", apply: (into) => void (into.images = false) },
  { names: ["--verbose"], group: "Options", help: "for our own errors, where they arose", apply: () => undefined },
  { names: ["--help", "-h"], group: "Options", help: "this text", apply: (into) => void (into.help = true) },
];

/** What `--check` ends with when the manifest could be started and something was remarked. */
export const REMARKED = 3;

/** @throws UsageError, CliError */
export async function check(words: readonly string[]): Promise<number> {
  const options: CheckOptions = { svg: undefined, images: true, help: false };
  const rest = parseOptions("isola --check", OPTIONS, words, options);
  // The file may stand before the options, as in "--check FILE --svg OUT".
  const [file, ...after] = rest;
  const more = parseOptions("isola --check", OPTIONS, after, options);
  if (options.help) {
    print(`Usage: isola --check [OPTIONS] FILE

Explains the manifest in FILE: each service, what it holds, whom it calls and who calls it, and what is to be remarked
about that. Exit status 0 when there is nothing to remark, ${REMARKED} when there is, 1 when the manifest is wrong or names files that
are not there, 2 when the command line makes no sense.

${optionsHelp(OPTIONS)}
`);
    return EXIT.ok;
  }
  if (file === undefined) throw new UsageError("isola --check", "which manifest?");
  if (more.length > 0) throw new UsageError("isola --check", "one manifest at a time");
  exitWhenUnread();
  const plan = loadPlan(file);
  if (plan === undefined) return EXIT.error;
  const graph = authorityGraph(plan);
  print(harmless(explainPlan(plan)));
  const images = options.images ? await lookAtImages(plan, folderOf(file)) : { mistakes: [], remarks: [] };
  const remarks = [...authorityRemarks(plan, graph), ...images.remarks];
  if (options.svg !== undefined) writePicture(options.svg, authoritySvg(graph, plan.description ?? file));
  if (images.mistakes.length > 0) print(harmless(`\nWrong:\n${images.mistakes.map(({ about, remark }) => `  ${about}: ${remark}`).join("\n")}`));
  print(harmless(`\n${remarks.length === 0 ? "Nothing to remark." : `${counted(remarks.length, "remark")}:\n${remarks.map(({ about, remark }) => `  ${about}: ${remark}`).join("\n")}`}`));
  await flushOutput(false);
  if (images.mistakes.length > 0) return EXIT.error;
  return remarks.length === 0 ? EXIT.ok : REMARKED;
}

/** The plan of a manifest file, or undefined after telling what is wrong with it. */
export function loadPlan(file: string): SystemPlan | undefined {
  try {
    return readManifest(readManifestFile(file));
  } catch (error) {
    if (error instanceof ManifestError) {
      complain(`isola: ${file} is no manifest:\n${error.message.split("\n").map((line) => `  ${line}`).join("\n")}`);
      return undefined;
    }
    if (!(error instanceof ManifestFileError)) throw error;
    const reason = systemReason(error.cause);
    complain(reason === undefined ? `isola: ${error.message}` : `isola: cannot read ${shownPath(file)}: ${reason}`);
    return undefined;
  }
}

function writePicture(path: string, svg: string): void {
  try {
    writeFileSync(path, svg);
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new CliError(`cannot write ${path}: ${reason}`, { cause: error });
  }
}
