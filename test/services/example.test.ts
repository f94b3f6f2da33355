/** The system in examples/store: it counts to ten, also when its store dies again and again meanwhile. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { compile } from "watr";
import { boot } from "../../src/node.ts";
import { compileAssemblyScript } from "../objects/assembly-script.ts";
import { until } from "./guests.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/store", import.meta.url));

test("the store of the example dies between and in the middle of calls, and the count is right", { timeout: 60_000 }, async () => {
  const images: Readonly<Record<string, Uint8Array>> = {
    "isola:services/kv": await compileAssemblyScript("services/kv/main.ts"),
    "counter.wat": compile(readFileSync(join(EXAMPLE, "counter.wat"), "utf8")) as Uint8Array,
  };
  const lines: string[] = [];
  await using os = await boot({
    cacheFolder: false, manifest: join(EXAMPLE, "system.json"),
    source: { image: async (name) => ({ name, bytes: images[name]! }), folder: () => assert.fail("there are no folders"), volume: () => assert.fail("there are no volumes") },
    services: { log: ({ service, text, kind }) => kind === "output" && lines.push(`${service}: ${text}`) },
  });
  for (let kill = 0; kill < 4; kill++) {
    await until(() => lines.length > kill, "another tick");
    await os.services.ready("store", 20_000);
    const { pid, generation } = os.services.status("store");
    await os.kill(pid!, "the test says so");
    await until(() => os.services.status("store").generation > generation, "it is back");
  }
  assert.deepEqual(await os.services.main(), { status: 10 });
  assert.equal(os.services.status("store").generation, 5);
  await until(() => lines.length === 10, "ten lines");
  assert.deepEqual(lines, Array.from({ length: 10 }, (_, index) => `counter: n is now ${String(index + 1).padStart(2)}`));
});
