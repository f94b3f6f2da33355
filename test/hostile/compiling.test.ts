/** A large module does not keep programs and the host from running while it is compiled. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { boot } from "isola";
import { programPath } from "../programs/programs.ts";

test("the host and programs run on while CPython is compiled, and compiling can be given up", async () => {
  await using os = await boot({ cacheFolder: false });
  const bytes = new Uint8Array(readFileSync(programPath("python")));
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  try {
    await os.compile(bytes, { name: "python" });
    // Translating it takes hundreds of milliseconds.
    assert.ok(turns > 10, `${turns} turns`);
    await assert.rejects(os.compile(bytes, { signal: AbortSignal.abort(new Error("not needed")) }), /not needed/);
    const controller = new AbortController();
    // Another module to the cache: with a custom section more.
    const given = new Uint8Array(bytes.length + 4);
    given.set(bytes);
    given.set([0, 2, 1, 0x78], bytes.length);
    const giving = os.compile(given, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("given up")), 5);
    await assert.rejects(giving, /given up/);
  } finally {
    clearInterval(counting);
  }
});
