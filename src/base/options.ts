/**
 * Whether an object of options is what its type says. Types are erased, and what is misspelt or of another type would be
 * ignored: a limit that holds nothing, a switch that switches nothing.
 */
import { IsolaError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** An option that there is not, is missing, or has a value that its type does not allow. */
export class OptionError extends IsolaError {
  readonly code = "base/option";
  /** Such as "stdout" or "limits.cput"; empty when the options as a whole are none. */
  readonly option: string;
  constructor(option: string, problem: string) {
    super(option === "" ? `the options ${problem}` : `option "${option}" ${problem}`);
    this.option = option;
  }
}

/** Throws OptionError, with the name that it is given, when a value is not what it must be. */
export type OptionRule = (value: unknown, option: string) => void;
/** A rule for each option that there is. */
export type OptionRules<T> = { readonly [K in keyof T]-?: OptionRule };

/**
 * `where` is the option that holds these, with a dot, and stands before their names. An option that is undefined is as good as
 * absent; `required` ones are not.
 *
 * @throws OptionError
 */
export function checkOptions<T>(given: unknown, rules: OptionRules<T>, where = "", required: readonly (keyof T & string)[] = []): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new OptionError(where.slice(0, -1), "must be an object");
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof T] : undefined;
    if (rule === undefined) {
      const near = nearest(name, Object.keys(rules));
      throw new OptionError(`${where}${name}`, `is unknown${near === undefined ? "" : `; did you mean "${near}"?`}`);
    }
    if (value !== undefined) rule(value, `${where}${name}`);
  }
  for (const name of required) if ((given as Partial<T>)[name] === undefined) throw new OptionError(`${where}${name}`, "is missing");
}

/** A rule whose message says `words`, after "must be". */
export function mustBe(words: string, holds: (value: unknown) => boolean): OptionRule {
  return (value, option) => {
    if (!holds(value)) throw new OptionError(option, `must be ${words}`);
  };
}

/** Another object of options. */
export function optionsOf<T>(rules: OptionRules<T>): OptionRule {
  return (value, option) => checkOptions(value, rules, `${option}.`);
}

export function oneOf(...values: readonly string[]): OptionRule {
  return mustBe(values.map((value) => `"${value}"`).join(" or "), (value) => values.includes(value as string));
}

/** What `rule` says of each value of an object. */
export function eachOf(rule: OptionRule): OptionRule {
  return (value, option) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new OptionError(option, "must be an object");
    for (const [name, one] of Object.entries(value)) rule(one, `${option}.${name}`);
  };
}

/** Of what is checked where it is used. */
export const anything: OptionRule = () => undefined;
export const mustBeBoolean: OptionRule = mustBe("true or false", (value) => typeof value === "boolean");
export const mustBeString: OptionRule = mustBe("a string", (value) => typeof value === "string");
export const mustBeNumber: OptionRule = mustBe("a number", (value) => typeof value === "number");
export const mustBeFunction: OptionRule = mustBe("a function", (value) => typeof value === "function");
/** Not NaN, which every comparison with a limit would let pass; Infinity is one. */
export const mustBeAmount: OptionRule = mustBe("a number from 0 on", (value) => typeof value === "number" && value >= 0);
export const mustBeWhole: OptionRule = mustBe("a whole number from 0 on", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const mustBeObject: OptionRule = mustBe("an object", (value) => typeof value === "object" && value !== null);
/** A number or a text; what they mean is read where they are used. */
export const mustBeQuantity: OptionRule = mustBe("a number, or a text with a unit", (value) => typeof value === "number" || typeof value === "string");
export const mustBeStrings: OptionRule = mustBe("a list of strings", (value) => Array.isArray(value) && value.every((one) => typeof one === "string"));
/** Environment variables and the like: a string for each name. */
export const mustBeStringsByName: OptionRule = eachOf(mustBeString);
export const mustBeSignal: OptionRule = mustBe("an AbortSignal", (value) => typeof (value as Partial<AbortSignal> | null)?.addEventListener === "function" && typeof (value as Partial<AbortSignal>).throwIfAborted === "function");
