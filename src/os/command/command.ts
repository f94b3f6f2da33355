/**
 * Host functions as commands: what `weather --city Paris` means when `weather` is a function of the host.
 *
 * A command declares its options and operands with types; the function gets them parsed and checked, and answers a
 * value: a string is printed as it is, anything else as JSON. The declaration is also the text of `--help`.
 */
import { IsolaError, anything, checkOptions, eachOf, mustBeBoolean, mustBeFunction, mustBeString, mustBeStrings, oneOf, reasonText } from "#base";
import type { OptionRules } from "#base";

export type OptionType = "string" | "number" | "boolean" | "json";
type ValueOf = { string: string; number: number; boolean: boolean; json: unknown };

export interface OptionSpec<T extends OptionType = OptionType> {
  readonly type: T;
  readonly help?: string;
  /** A call without it is refused. */
  readonly required?: boolean;
  readonly default?: ValueOf[T];
}
/** Options by their long names, which are lower-case letters, digits and "-". */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Given<S extends OptionSpec> = S extends { readonly required: true } | { readonly default: unknown } ? ValueOf[S["type"]]
  : S["type"] extends "boolean" ? boolean : ValueOf[S["type"]] | undefined;
export type OptionValues<O extends OptionSpecs> = { readonly [K in keyof O]: Given<O[K]> };

export interface CommandCall<O extends OptionSpecs> {
  readonly options: OptionValues<O>;
  /** What stands behind the options. */
  readonly operands: readonly string[];
  /** Standard input: text, or the value that it means when the command takes JSON; undefined when it takes none. */
  readonly input: unknown;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface CommandSpec<O extends OptionSpecs> {
  /** One line for people. */
  readonly summary: string;
  readonly options?: O;
  /** Names of the operands for people, "FILE…" for any number. None unless told. */
  readonly operands?: readonly string[];
  /** Whether it reads standard input, and what as. Not unless told. */
  readonly input?: "text" | "json";
  readonly run: (call: CommandCall<O>) => unknown;
}

/** A command whose types have been checked where it was declared. */
export interface HostCommand {
  readonly summary: string;
  readonly options: OptionSpecs;
  readonly operands: readonly string[];
  readonly input: "text" | "json" | undefined;
  readonly run: (call: CommandCall<OptionSpecs>) => unknown;
}

export class CommandSpecError extends IsolaError {
  readonly code = "os/command-spec";
}

const OPTION_TYPES: readonly OptionType[] = ["string", "number", "boolean", "json"];
const OPTION: OptionRules<OptionSpec> = { type: anything, help: mustBeString, required: mustBeBoolean, default: anything };
const SPEC: OptionRules<CommandSpec<OptionSpecs>> = {
  summary: mustBeString,
  options: eachOf((value, name) => checkOptions(value, OPTION, `${name}.`)),
  operands: mustBeStrings,
  input: oneOf("text", "json"),
  run: mustBeFunction,
};
const OPTION_NAME = /^[a-z][a-z0-9-]*$/;

/**
 * Declares a command; the types of the options are those of `run`'s argument.
 *
 * @throws CommandSpecError when an option has a name that cannot be written, is called "help", or has a type that there
 * is not, or a default of another; when there is no function to run.
 * @throws OptionError
 */
export function command<const O extends OptionSpecs>(spec: CommandSpec<O>): HostCommand {
  if (typeof (spec as Partial<CommandSpec<O>> | null)?.run !== "function") throw new CommandSpecError("a command needs a function to run");
  checkOptions(spec, SPEC, "", ["summary"]);
  for (const [name, { type, default: given }] of Object.entries(spec.options ?? {})) {
    if (!OPTION_NAME.test(name) || name === "help") throw new CommandSpecError(`${JSON.stringify(name)} cannot be the name of an option`);
    if (!OPTION_TYPES.includes(type)) throw new CommandSpecError(`--${name} is of no type that there is: ${OPTION_TYPES.join(", ")}`);
    if (given !== undefined && type !== "json" && typeof given !== type) throw new CommandSpecError(`--${name} is a ${type}, and its default is none`);
  }
  return {
    summary: spec.summary,
    options: spec.options ?? {},
    operands: spec.operands ?? [],
    input: spec.input,
    // Options are parsed by these very specs, so the values have the types that they declare.
    run: (call) => spec.run(call as CommandCall<O>),
  };
}

/** How a call ended, as its caller sees it. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

class UsageError extends Error {}

/** Calls `command` as `name` with the words after the name. Never rejects: what goes wrong is a status and a text. */
export async function callCommand(name: string, command: HostCommand, words: readonly string[], stdin: string, signal: AbortSignal): Promise<CommandResult> {
  try {
    if (words.includes("--help")) return { status: 0, stdout: helpText(name, command), stderr: "" };
    const { options, operands } = parseWords(command, words);
    const value = await command.run({ options, operands, input: inputOf(command, stdin), signal });
    return { status: 0, stdout: printed(value), stderr: "" };
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, stdout: "", stderr: `${name}: ${error.message}\nTry '${name} --help'.\n` };
    return { status: 1, stdout: "", stderr: `${name}: ${reasonText(error)}\n` };
  }
}

function printed(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value === "" || value.endsWith("\n") ? value : `${value}\n`;
  const text: string | undefined = JSON.stringify(value, undefined, 2);
  if (text === undefined) throw new Error("its answer cannot be written as JSON");
  return `${text}\n`;
}

function inputOf(command: HostCommand, stdin: string): unknown {
  if (command.input !== "json") return command.input === "text" ? stdin : undefined;
  try {
    return JSON.parse(stdin) as unknown;
  } catch (error) {
    throw new UsageError(`standard input is no JSON: ${reasonText(error)}`);
  }
}

function parseWords(command: HostCommand, words: readonly string[]): { options: Record<string, unknown>; operands: string[] } {
  const options: Record<string, unknown> = {};
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const spec = word.startsWith("--") && Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    if (spec === undefined) throw new UsageError(`unknown option ${equals < 0 ? word : word.slice(0, equals)}`);
    if (Object.hasOwn(options, name)) throw new UsageError(`--${name} is given twice`);
    let value = equals < 0 ? undefined : word.slice(equals + 1);
    if (value === undefined && spec.type !== "boolean") {
      value = words[++index];
      if (value === undefined) throw new UsageError(`--${name} needs a value`);
    }
    options[name] = parseValue(name, spec.type, value);
  }
  for (const [name, spec] of Object.entries(command.options)) {
    if (Object.hasOwn(options, name)) continue;
    if (spec.required === true) throw new UsageError(`--${name} is needed`);
    options[name] = spec.default ?? (spec.type === "boolean" ? false : undefined);
  }
  const open = command.operands.some((operand) => operand.endsWith("…"));
  if (!open && operands.length > command.operands.length) throw new UsageError(`unexpected ${JSON.stringify(operands[command.operands.length])}`);
  const least = command.operands.filter((operand) => !operand.endsWith("…")).length;
  if (operands.length < least) throw new UsageError(`${command.operands[operands.length]} is missing`);
  return { options, operands };
}

function parseValue(name: string, type: OptionType, value: string | undefined): unknown {
  switch (type) {
    case "string":
      return value;
    case "boolean":
      if (value === undefined || value === "true") return true;
      if (value === "false") return false;
      throw new UsageError(`--${name} is true or false, not ${JSON.stringify(value)}`);
    case "number": {
      const number = value!.trim() === "" ? NaN : Number(value);
      if (!Number.isFinite(number)) throw new UsageError(`--${name} needs a number, not ${JSON.stringify(value)}`);
      return number;
    }
    case "json":
      try {
        return JSON.parse(value!) as unknown;
      } catch {
        throw new UsageError(`--${name} needs JSON, not ${JSON.stringify(value)}`);
      }
  }
}

function helpText(name: string, command: HostCommand): string {
  const options = Object.entries(command.options);
  const words = [name, ...(options.length === 0 ? [] : ["[OPTIONS]"]), ...command.operands];
  const rows = options.map(([option, { type, help, required, default: value }]) => {
    const left = type === "boolean" ? `--${option}` : `--${option} ${type.toUpperCase()}`;
    const notes = [...(help === undefined ? [] : [help]), ...(required === true ? ["(needed)"] : []), ...(value === undefined ? [] : [`(${JSON.stringify(value)} unless told)`])];
    return [left, notes.join(" ")] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  const input = command.input === undefined ? [] : [`Reads ${command.input === "json" ? "a JSON value" : "text"} from standard input.`];
  return [`Usage: ${words.join(" ")}`, command.summary, ...input, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())].map((line) => `${line}\n`).join("");
}
