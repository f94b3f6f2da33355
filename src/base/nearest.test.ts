import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

test("the nearest word, when one is near", () => {
  const words = ["run", "inspect", "validate", "--memory", "--max-files"];
  for (const [wrong, right] of [["rnu", "run"], ["inpsect", "inspect"], ["valid", undefined], ["validat", "validate"], ["--memroy", "--memory"], ["--max-file", "--max-files"], ["frobnicate", undefined], ["", undefined]] as const) {
    assert.equal(nearest(wrong, words), right, wrong);
  }
});
