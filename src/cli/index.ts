/**
 * The `isola` command: picks the command, and turns what goes wrong into a line on standard
 * error and an exit status.
 */
import { readFileSync } from "node:fs";
import { IsolaError, nearest } from "#base";
import { EXIT, UsageError } from "./cli-error.ts";
import { COMMANDS } from "./commands.ts";
import { complain, print } from "./standard-streams.ts";
import { columns, quoted } from "./text.ts";

/** Runs `isola` with `words`; answers the exit status. Never throws. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await dispatch(words);
  } catch (error) {
    return report(error, words.includes("--verbose"));
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "help" || name === "--help" || name === "-h") {
    print(help());
    return EXIT.ok;
  }
  if (name === "--version" || name === "-V") {
    print(`isola ${version()} (Node ${process.versions.node}, V8 ${process.versions.v8})`);
    return EXIT.ok;
  }
  if (name === undefined) return (await import("./shell.ts")).shell("isola", []);
  const command = COMMANDS.find((row) => row.name === name);
  if (command !== undefined) return command.run(rest);
  if (!name.startsWith("--")) throw unknownCommand(name);
  // Such as --manifest=FILE; other options are of the shell that is booted to.
  const [option, value] = name.split(/=(.*)/s);
  const valued = value === undefined ? undefined : COMMANDS.find((row) => row.name === option);
  if (valued !== undefined) return valued.run([value!, ...rest]); // it has one
  const { SHELL_OPTIONS } = await import("./shell-options.ts");
  const ours = nearest(option!, [...COMMANDS.map((row) => row.name), "--help", "--version"]); // a text has a first part
  if (ours !== undefined && !SHELL_OPTIONS.some(({ names }) => names.includes(option!))) throw unknownCommand(name);
  return (await import("./shell.ts")).shell("isola", [name, ...rest]);
}

function unknownCommand(name: string): UsageError {
  const what = name.startsWith("-") ? "option" : "command";
  if (/\.wa(sm|t)$/.test(name)) return new UsageError("isola", `unknown command ${quoted(name)}; did you mean: isola run ${name}`);
  const near = nearest(name, [...COMMANDS.map((row) => row.name), "--help", "--version"]);
  return new UsageError("isola", `unknown ${what} ${quoted(name)}${near === undefined ? "" : `; did you mean ${near}?`}`);
}

function help(): string {
  const rows = [
    ["  isola [OPTIONS]", "boot to a shell; its options: isola sh --help"],
    ...COMMANDS.map(({ synopsis, help: what }) => [`  isola ${synopsis}`, what]),
    ["  isola COMMAND --help", "its options"],
    ["  isola --version", "which version this is"],
  ];
  return `Isola runs WebAssembly programs held to what they are granted.\n\n${columns(rows).join("\n")}\n`;
}

/** From the package that this file belongs to, in whichever form it is installed. */
function version(): string {
  for (const up of ["../package.json", "../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8"));
      if (typeof manifest === "object" && manifest !== null && "version" in manifest && "name" in manifest && manifest.name === "isola") return String(manifest.version);
    } catch {
      // Not this one.
    }
  }
  return "of unknown version";
}

/** Says on standard error what went wrong; answers the exit status. `verbose` tells where it arose. */
export function report(error: unknown, verbose: boolean): number {
  if (error instanceof UsageError) {
    const synopsis = COMMANDS.find(({ name }) => error.command === `isola ${name}`)?.synopsis ?? "COMMAND …";
    complain(`${error.command}: ${error.message}\nUsage: isola ${synopsis}\nMore: ${error.command} --help`);
    return EXIT.usage;
  }
  const known = error instanceof IsolaError && error.code !== "bug";
  const message = error instanceof Error ? error.message : String(error);
  complain(known ? `isola: ${message}` : `isola: a mistake of isola itself, not of the program: ${message}${verbose ? "" : " (--verbose tells more)"}`);
  if (verbose) for (let at: unknown = error; at instanceof Error; at = at.cause) complain(String(at.stack));
  return EXIT.error;
}
