import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Objects, KIND_TABLE, RIGHT_TABLE, Kernel } from "#kernel";
import { NodeMachine } from "#machine/node";
import { ISOLA_CALLS, PARAM_KINDS, STRUCTS, isHandleKind } from "./calls-table.ts";
import { createIsola } from "./isola.ts";

describe("the table of kernel calls", () => {
  test("numbers ascend, names are unique, every parameter is of a known kind", () => {
    const numbers = ISOLA_CALLS.map(({ number }) => number);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
    assert.equal(new Set(ISOLA_CALLS.map(({ name }) => name)).size, ISOLA_CALLS.length);
    for (const { name, params } of ISOLA_CALLS) {
      for (const param of params) {
        if (param.kind === "handle") {
          assert.ok(isHandleKind(param.handle), `${name}: ${param.handle}`);
          for (const right of param.rightNames) {
            const { bit } = RIGHT_TABLE.find((row) => row.name === right)!;
            const kinds: readonly { readonly rights: number }[] = KIND_TABLE.filter((row) => param.handle === "any" || row.name === param.handle);
            assert.ok(kinds.some(({ rights }) => (rights & bit) !== 0), `${name}: nobody has ${right}`);
          }
        } else {
          assert.ok(param.kind in PARAM_KINDS, `${name}: ${param.kind}`);
        }
      }
    }
  });

  test("structs are as large as their fields", () => {
    for (const [name, { size, fields }] of Object.entries(STRUCTS)) {
      assert.equal(fields.split(" ").reduce((sum, field) => sum + (field.endsWith("u64") ? 8 : 4), 0), size, name);
    }
  });

  test("every row has a function, and nothing else has", async () => {
    const kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }));
    try {
      const isola = createIsola(kernel.createProcess(kernel.root, { name: "test" }), new Objects(kernel), {});
      for (const { name, type, mayBlock } of ISOLA_CALLS) {
        const made = isola.find(name);
        assert.deepEqual(made?.type, type, name);
        assert.equal(made?.mayBlock, mayBlock);
      }
      assert.equal(isola.find("toString"), undefined);
    } finally {
      for (const process of kernel.processes) process.kill({ cause: "request", message: "test" });
      await kernel.shutdown();
    }
  });
});
