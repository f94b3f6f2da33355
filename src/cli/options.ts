/**
 * Options of a command as one table: the parser reads it and the help prints it.
 *
 * Options end at the first word that does not begin with "-", or after "--": what follows is
 * not ours to read. A value follows its option as the next word or after "=", one of a short option also at once: -Wfuel=9.
 */
import { IsolaError, nearest } from "#base";
import { UsageError } from "./cli-error.ts";
import { columns, quoted } from "./text.ts";

export interface OptionRow<T> {
  /** "--memory", or several names that mean the same. */
  readonly names: readonly [string, ...string[]];
  /** What the help calls the value; a switch has none. */
  readonly value?: string;
  /** The value is the name of a file or folder, so it is not empty. */
  readonly path?: true;
  /** Heading under which the help lists it. */
  readonly group: string;
  /** One line, with unit and default. */
  readonly help: string;
  /** Takes the value ("" for a switch). An IsolaError that it throws is reported with the option's name. */
  readonly apply: (into: T, value: string) => void;
}

/** Length of a short option, "-W". */
const SHORT = 2;

/**
 * Reads the options at the head of `words` into `into`; answers the words after them.
 *
 * @throws UsageError
 */
export function parseOptions<T>(command: string, table: readonly OptionRow<T>[], words: readonly string[], into: T): readonly string[] {
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") return words.slice(index + 1);
    if (!word.startsWith("-") || word === "-") break;
    const equals = word.indexOf("=");
    const short = /^-[^-]./.test(word) && equals !== SHORT ? table.find(({ names, value }) => value !== undefined && names.includes(word.slice(0, SHORT))) : undefined;
    const name = short !== undefined ? word.slice(0, SHORT) : equals === -1 ? word : word.slice(0, equals);
    const row = short ?? table.find(({ names }) => names.includes(name));
    if (row === undefined) throw unknownOption(command, table, name);
    let value = short !== undefined ? word.slice(SHORT) : equals === -1 ? undefined : word.slice(equals + 1);
    if (row.value === undefined) {
      if (value !== undefined) throw new UsageError(command, `${name} takes no value`);
    } else if (value === undefined) {
      value = words[++index];
      if (value === undefined) throw new UsageError(command, `${name} needs a value: ${name} ${row.value}`);
    }
    if (row.path === true && value === "") throw new UsageError(command, `${name}: "" is no name of a file or folder`);
    try {
      row.apply(into, value ?? "");
    } catch (error) {
      if (!(error instanceof IsolaError) || error instanceof UsageError) throw error;
      throw new UsageError(command, `${name}: ${error.message}`);
    }
  }
  return words.slice(index);
}

function unknownOption<T>(command: string, table: readonly OptionRow<T>[], name: string): UsageError {
  const near = nearest(name, table.flatMap(({ names }) => names));
  return new UsageError(command, `unknown option ${quoted(name)}${near === undefined ? "" : `; did you mean ${near}?`}`);
}

/** The options in groups, a line each. */
export function optionsHelp<T>(table: readonly OptionRow<T>[]): string {
  const rows = table.map(({ names, value, help }) => [`  ${names.join(", ")}${value === undefined ? "" : ` ${value}`}`, help]);
  const lines = columns(rows);
  const groups = new Map<string, string[]>();
  table.forEach(({ group }, index) => {
    const list = groups.get(group) ?? [];
    list.push(lines[index]!);
    groups.set(group, list);
  });
  return [...groups].map(([group, list]) => `${group}:\n${list.join("\n")}`).join("\n\n");
}
