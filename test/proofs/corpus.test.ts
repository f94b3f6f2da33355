/** Real modules: what the host accepts is translated, by every option set, into what it accepts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeModule, translate } from "#wasm";
import { NO_SUITE } from "../../conformance/spec/suite.ts";
import { kernels, programs, suiteModules } from "../../fuzz/corpus.ts";
import { OPTION_SETS } from "../../fuzz/differential.ts";
import { judge } from "../../fuzz/oracle.ts";

const suite = suiteModules();

test("every module of the core suite", { skip: suite === undefined ? NO_SUITE : false }, (context) => {
  let accepted = 0;
  for (const { name, bytes } of suite ?? []) {
    const verdict = judge(bytes);
    assert.notEqual(verdict.kind, "wrong", `${name}: ${verdict.kind === "wrong" ? verdict.what : ""}`);
    if (verdict.kind === "accepted") accepted++;
  }
  context.diagnostic(`${suite?.length} modules, ${accepted} of them valid`);
  assert.ok(accepted > 1000, `${accepted} valid modules`);
});

test("the kernels of the benchmark", () => {
  const found = kernels();
  assert.ok(found.length >= 8, `${found.length} kernels`);
  for (const { name, bytes } of found) assert.deepEqual(judge(bytes), { kind: "accepted" }, name);
});

test("the seven programs, with every option set", () => {
  const found = programs();
  assert.equal(found.length, 7);
  for (const { name, bytes } of found) {
    const module = decodeModule(bytes, name);
    for (const options of OPTION_SETS) {
      const translated = translate(module, options).bytes;
      assert.ok(WebAssembly.validate(translated as Uint8Array<ArrayBuffer>), `${name} with ${JSON.stringify(options)}`);
    }
  }
});
