import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionError } from "#base";
import { memory } from "#fs";
import { checkSessionOptions, checkSessionSpawn, checkSpawnOptions } from "./check-options.ts";
import type { SpawnOptions } from "./spawn-options.ts";

test("options that are what their types say pass", () => {
  const good: readonly SpawnOptions[] = [
    {}, { stdin: "pipe", stdout: "null", stderr: "buffer", weight: 1 }, { stdin: new Uint8Array(3) }, { stdin: { text: "" } }, { stdin: new ReadableStream() },
    { fs: { "/": memory() }, args: [], env: { A: "" }, limits: { cpu: "1s" }, signal: new AbortController().signal, weight: 10_000 },
  ];
  for (const options of good) checkSpawnOptions(options);
});

test("what is misspelt or of another type is named", () => {
  const bad: readonly (readonly [option: string, options: unknown])[] = [
    ["limit", { limit: { cpu: 1 } }], ["limits.cput", { limits: { cput: "1s" } }], ["limits.toString", { limits: { toString: 1 } }], ["stdin", { stdin: "pip" }], ["stdin", { stdin: 5 }],
    ["stdin", { stdin: { text: 5 } }], ["stdout", { stdout: "nul" }], ["stderr", { stderr: new Uint8Array(1) }], ["weight", { weight: 0 }], ["weight", { weight: NaN }],
    ["weight", { weight: 10_001 }], ["fs", { fs: { "/": "." } }], ["fs", { fs: { "/": null } }], ["args", { args: [3] }], ["args", { args: "3" }], ["env.A", { env: { A: 1 } }], ["signal", { signal: {} }],
  ];
  for (const [option, options] of bad) {
    assert.throws(() => checkSpawnOptions(options as SpawnOptions), (error) => error instanceof OptionError && error.option === option, JSON.stringify(options));
  }
});

test("so it is for sessions and what they start", () => {
  const fs = { "/": memory() };
  checkSessionOptions({ fs, limits: { processes: 1 }, processLimits: { wall: "1s" } });
  const bad: readonly (readonly [option: string, options: unknown])[] = [
    ["limit", { fs, limit: {} }], ["limits.wall", { fs, limits: { wall: "1s" } }], ["processLimits.processes", { fs, processLimits: { processes: 1 } }], ["fs", { fs: { "/": {} } }], ["env.A", { fs, env: { A: 1 } }],
  ];
  for (const [option, options] of bad) {
    assert.throws(() => checkSessionOptions(options as Parameters<typeof checkSessionOptions>[0]), (error) => error instanceof OptionError && error.option === option, option);
  }
  for (const stdin of ["terminal", "null", new Uint8Array(1), { text: "" }, new ReadableStream()] as const) checkSessionSpawn("/bin/sh", ["sh"], { stdin });
  for (const [option, argv, options] of [["argv", [5], {}], ["stdin", [], { stdin: 5 }], ["stdin", [], { stdin: "pip" }], ["stdin", [], { stdin: null }], ["stdout", [], { stdout: "nul" }], ["stderr", [], { stderr: null }], ["argv", "sh", {}], ["env.A", [], { env: { A: 5 } }]] as const) {
    assert.throws(() => checkSessionSpawn("/bin/sh", argv as unknown as string[], options as object), (error) => error instanceof OptionError && error.option === option, option);
  }
});
