/**
 * Reads a document of unknown shape, and remembers every mistake with its path, so that a person sees all
 * of them at once. A field that is wrong reads as if it were missing.
 */
import { IsolaError } from "#base";

export interface ManifestProblem {
  /** Such as `services.kv.restart.mode`; empty for the document itself. */
  readonly path: string;
  readonly problem: string;
}

/** The document says what makes no sense. */
export class ManifestError extends IsolaError {
  readonly code = "os/manifest";
  readonly problems: readonly ManifestProblem[];
  constructor(problems: readonly ManifestProblem[]) {
    super(problems.map(({ path, problem }) => (path === "" ? `the manifest ${problem}` : `${path} ${problem}`)).join("\n"));
    this.problems = problems;
  }
}

/** A JSON object whose fields nobody has looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

export class FieldReader {
  readonly problems: ManifestProblem[] = [];

  report(path: string, problem: string): undefined {
    this.problems.push({ path, problem });
    return undefined;
  }

  /** @throws ManifestError when anything was reported. */
  finish(): void {
    if (this.problems.length > 0) throw new ManifestError(this.problems);
  }

  /** An object with these fields only; undefined when it is none. */
  object(value: unknown, path: string, known?: readonly string[]): Fields | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.report(path, "must be an object");
    for (const name of Object.keys(value)) {
      if (known !== undefined && !known.includes(name)) this.report(join(path, name), `is unknown; known are ${known.join(", ")}`);
    }
    return value as Fields;
  }

  /** What `read` makes of each entry of an object; those of which it makes nothing are left out. */
  record<T>(value: unknown, path: string, read: (value: unknown, path: string, name: string) => T | undefined): Record<string, T> {
    const read1 = ([name, each]: [string, unknown]): [string, T][] => {
      const made = each === undefined ? undefined : read(each, join(path, name), name);
      return made === undefined ? [] : [[name, made]];
    };
    return Object.fromEntries(Object.entries(this.object(value, path) ?? {}).flatMap(read1));
  }

  list<T>(value: unknown, path: string, read: (value: unknown, path: string) => T | undefined): T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.report(path, "must be a list") ?? [];
    return value.flatMap((each, index) => {
      const made = read(each, `${path}[${index}]`);
      return made === undefined ? [] : [made];
    });
  }

  text(value: unknown, path: string): string | undefined {
    if (value === undefined || typeof value === "string") return value;
    return this.report(path, "must be a text");
  }

  flag(value: unknown, path: string): boolean | undefined {
    if (value === undefined || typeof value === "boolean") return value;
    return this.report(path, "must be true or false");
  }

  /** A number from `least` to `most`. */
  number(value: unknown, path: string, least: number, most: number, whole = true): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    const bound = most === Number.MAX_SAFE_INTEGER || most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    return this.report(path, `must be a ${whole ? "whole " : ""}number ${bound}`);
  }

  choice<T extends string>(value: unknown, path: string, choices: readonly T[]): T | undefined {
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    return found ?? this.report(path, `must be one of ${choices.map((choice) => `"${choice}"`).join(", ")}`);
  }

  /** A size or a time, as `parse` reads it. */
  quantity(value: unknown, path: string, parse: (value: number | string) => number): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "number" && typeof value !== "string") return this.report(path, "must be a number or a text");
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof IsolaError)) throw error;
      return this.report(path, `is wrong: ${error.message}`);
    }
  }
}

/** The path of a field; names that are no plain words are quoted. */
export function join(path: string, name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}
