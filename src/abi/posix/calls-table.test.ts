import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeProcess } from "../wasi-p1/fake-process.test-support.ts";
import { Errno } from "../wasi-p1/errno.ts";
import { createWasiP1 } from "../wasi-p1/wasi.ts";
import { CONSTANTS, PARAM_KINDS, POSIX_CALLS, STRUCTS, SpawnFlag, WaitOption } from "./calls-table.ts";
import { createPosix } from "./posix.ts";
import { POSIX_SIGNALS, isPosixSignal, posixSignalName } from "./signals.ts";

describe("the table of POSIX calls", () => {
  test("names are unique, every parameter is of a known kind, structs are as large as their fields", () => {
    assert.equal(new Set(POSIX_CALLS.map(({ name }) => name)).size, POSIX_CALLS.length);
    for (const { name, params } of POSIX_CALLS) for (const { kind } of params) assert.ok(kind in PARAM_KINDS, `${name}: ${kind}`);
    for (const [name, { size, fields }] of Object.entries(STRUCTS)) assert.equal(fields.split(" ").length * 4, size, name);
  });

  test("constants are those that the code uses", () => {
    const values = (rows: readonly { readonly value: number }[]): number[] => rows.map(({ value }) => value);
    assert.deepEqual(values(CONSTANTS.SpawnFlag), Object.values(SpawnFlag));
    assert.deepEqual(values(CONSTANTS.WaitOption), Object.values(WaitOption));
  });

  test("outside of a session each answers nosys, whatever its arguments are", () => {
    const { state } = createWasiP1(new FakeProcess(), {});
    const posix = createPosix(state);
    for (const { name, type, mayBlock } of POSIX_CALLS) {
      const made = posix.find(name);
      assert.deepEqual(made?.type, type, name);
      assert.equal(made?.mayBlock, mayBlock);
      const args = type.params.map((param) => (param === "i64" ? -1n : -1));
      assert.equal((made!.call as (...args: (number | bigint)[]) => number)(...args), Errno.nosys, name);
    }
    assert.equal(posix.find("toString"), undefined);
  });

  test("signals: numbers ascend, names are found", () => {
    const numbers: number[] = POSIX_SIGNALS.map(({ number }) => number);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
    assert.equal(posixSignalName(2), "SIGINT");
    assert.equal(posixSignalName(64), "64");
    assert.ok(!isPosixSignal(0) && !isPosixSignal(-1) && !isPosixSignal(16) && isPosixSignal(28));
  });
});
