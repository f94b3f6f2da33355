/** A shell beside the services of a manifest sees them in /proc/services. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { compile } from "watr";
import { boot } from "../../src/node.ts";
import { buildUserland } from "../../tools/build-userland.ts";

before(async () => {
  await buildUserland();
});

test("a shell sees services, their states and generations", { timeout: 120_000 }, async () => {
  const bytes = compile(`(module (func (export "next") (result i32) (i32.const 1)))`) as Uint8Array;
  await using os = await boot({
    manifest: { services: {
      one: { image: "one", offers: { next: { to: ["*"], functions: { next: { params: [], results: ["i32"] } } } } },
      two: { image: "one", manual: true, offers: { next: { to: ["*"], functions: { next: { params: [], results: ["i32"] } } } } },
    } },
    source: { image: async (name) => ({ name, bytes }), folder: () => assert.fail("there are no folders"), volume: () => assert.fail("there are no volumes") },
  });
  await os.services.settled();
  await os.services.restart("one");
  const { stdout, status } = await os.shell("cat /proc/services");
  assert.equal(status, 0);
  const rows = stdout.trim().split("\n").map((line) => line.split(/ +/));
  assert.deepEqual(rows, [["service", "state", "pid", "generation", "restarts"], ["one", "ready", String(os.services.status("one").pid), "2", "0"], ["two", "stopped", "-", "0", "0"]]);
});
