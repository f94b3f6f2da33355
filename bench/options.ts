/** The arguments of `npm run bench`. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Row } from "./row.ts";

export interface BenchOptions {
  readonly list: boolean;
  /** What to measure, in the order of the table. */
  readonly rows: readonly Row[];
  readonly json: string | undefined;
}

export class BenchUsageError extends Error {}

/**
 * `--only` takes every argument up to the next option; a name stands for itself and for all rows
 * below it (`kill` for `kill.spin.p99`).
 *
 * @throws BenchUsageError
 */
export function parseOptions(args: readonly string[], all: readonly Row[]): BenchOptions {
  let list = false;
  let json: string | undefined;
  let wanted: Set<Row> | undefined;
  for (let at = 0; at < args.length;) {
    const arg = args[at++]!; // below the length
    const name = arg.split("=", 1)[0]!; // split gives one at least
    const values: string[] = name === arg ? [] : [arg.slice(name.length + 1)];
    if (name === "--list" && values.length === 0) {
      list = true;
    } else if (name === "--json") {
      if (values.length === 0 && at < args.length) values.push(args[at++]!);
      json = values[0];
      if (json === undefined || json === "" || json.startsWith("--")) throw new BenchUsageError("--json needs a file");
      checkWritable(json);
    } else if (name === "--only") {
      while (at < args.length && !args[at]!.startsWith("--")) values.push(args[at++]!);
      if (values.length === 0) throw new BenchUsageError("--only needs at least one row");
      wanted ??= new Set();
      for (const value of values.flatMap((list) => list.split(","))) {
        const found = all.filter((row) => row.name === value || row.name.startsWith(`${value}.`));
        if (found.length === 0) throw new BenchUsageError(`no row is called "${value}"; --list shows them`);
        for (const row of found) wanted.add(row);
      }
    } else {
      throw new BenchUsageError(`unknown argument "${arg}"`);
    }
  }
  return { list, rows: all.filter((row) => wanted?.has(row) ?? true), json };
}

/** Said before minutes of measuring, not after. */
function checkWritable(file: string): void {
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  } catch {
    throw new BenchUsageError(`"${file}" cannot be written`);
  }
}
