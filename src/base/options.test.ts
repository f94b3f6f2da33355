import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionError, anything, checkOptions, eachOf, mustBeAmount, mustBeSignal, mustBeString, mustBeWhole, oneOf, optionsOf } from "./options.ts";
import type { OptionRules } from "./options.ts";

interface Options {
  readonly name: string;
  readonly mode?: "fast" | "slow";
  readonly limits?: { readonly size?: number };
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
const RULES: OptionRules<Options> = { name: mustBeString, mode: oneOf("fast", "slow"), limits: optionsOf({ size: mustBeAmount }), env: eachOf(mustBeString), signal: mustBeSignal };
const check = (given: unknown): void => checkOptions(given, RULES, "", ["name"]);

test("options that their type allows pass, and undefined is as good as absent", () => {
  for (const good of [{ name: "" }, { name: "a", mode: "slow", limits: { size: Infinity }, env: { A: "" }, signal: new AbortController().signal }, { name: "a", mode: undefined, limits: { size: undefined } }]) check(good);
  checkOptions({ any: NaN }, { any: anything });
});

test("what is unknown, missing or of another type is named, with what it must be", () => {
  const bad: readonly (readonly [given: unknown, option: string, message: string])[] = [
    [null, "", "the options must be an object"], ["x", "", "the options must be an object"], [[], "", "the options must be an object"],
    [{}, "name", 'option "name" is missing'], [{ name: undefined }, "name", 'option "name" is missing'], [{ name: 5 }, "name", 'option "name" must be a string'],
    [{ name: "a", mod: "fast" }, "mod", 'option "mod" is unknown; did you mean "mode"?'], [{ name: "a", frobnicate: 1 }, "frobnicate", 'option "frobnicate" is unknown'],
    [{ name: "a", toString: 1 }, "toString", 'option "toString" is unknown'], [{ name: "a", mode: "fst" }, "mode", 'option "mode" must be "fast" or "slow"'],
    [{ name: "a", limits: 5 }, "limits", 'option "limits" must be an object'], [{ name: "a", limits: { sise: 5 } }, "limits.sise", 'option "limits.sise" is unknown; did you mean "size"?'],
    [{ name: "a", limits: { size: "1 MiB" } }, "limits.size", 'option "limits.size" must be a number from 0 on'], [{ name: "a", limits: { size: NaN } }, "limits.size", 'option "limits.size" must be a number from 0 on'],
    [{ name: "a", env: ["A=1"] }, "env", 'option "env" must be an object'], [{ name: "a", env: { A: 1 } }, "env.A", 'option "env.A" must be a string'],
    [{ name: "a", signal: {} }, "signal", 'option "signal" must be an AbortSignal'],
  ];
  for (const [given, option, message] of bad) assert.throws(() => check(given), (error) => error instanceof OptionError && error.option === option && error.message === message, message);
  for (const value of [-1, 1.5, Infinity, "1"]) assert.throws(() => mustBeWhole(value, "n"), OptionError);
});
