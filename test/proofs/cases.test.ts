/** Modules that fuzzing found once: each is judged as the host judges it, and runs as before when translated. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeModule } from "#wasm";
import { cases } from "../../fuzz/cases.ts";
import { compare } from "../../fuzz/differential.ts";
import { faceOfModule } from "../../fuzz/face.ts";
import { judge } from "../../fuzz/oracle.ts";

const found = cases();

test("there are cases", () => {
  assert.ok(found.length > 0);
});

for (const { name, bytes } of found) {
  test(name, () => {
    const verdict = judge(bytes);
    assert.notEqual(verdict.kind, "wrong", verdict.kind === "wrong" ? verdict.what : "");
    if (verdict.kind === "accepted") assert.deepEqual(compare(bytes, faceOfModule(decodeModule(bytes)), () => true).differences, []);
  });
}
