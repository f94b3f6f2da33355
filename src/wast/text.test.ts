import assert from "node:assert/strict";
import { test } from "node:test";
import { TextError, textToBinary } from "./text.ts";

test("what is refused is told in words that a stranger understands", () => {
  const cases: readonly (readonly [text: string, reason: RegExp])[] = [
    ["(module", /^Unclosed parenthesis$/], [`(module (func ${"(block ".repeat(50_000)}${")".repeat(50_000)}))`, /^it is nested too deep to be read$/], ["(".repeat(500_000), /^it is nested too deep to be read$/],
    ["(module) (module)", /^there is more than one module in it$/], ["(component)", /^it is a component; only core modules can be used so far$/],
  ];
  for (const [text, reason] of cases) assert.throws(() => textToBinary(text), (error) => error instanceof TextError && reason.test(error.message), String(reason));
});

test("a module may stand without its parentheses", () => {
  assert.deepEqual(textToBinary("(func)"), textToBinary("(module (func))"));
});
