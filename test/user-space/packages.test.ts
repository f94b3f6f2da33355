/** Installed packages in a user space: our shell runs their programs, and their shell ours. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PackageStore, UserSpace, boot } from "isola";
import type { System } from "isola";
import { buildUserland } from "../../tools/build-userland.ts";
import { installAll } from "../programs/agentos.ts";
import { CACHE } from "../programs/programs.ts";

const STORE = mkdtempSync(join(tmpdir(), "isola-packages-"));
let os: System;
let space: UserSpace;
before(async () => {
  await buildUserland();
  os = await boot({ cacheFolder: CACHE });
  space = new UserSpace(os, { packages: await installAll(STORE) });
});
after(async () => {
  await os.close();
  rmSync(STORE, { recursive: true });
});

const ROWS: readonly (readonly [line: string, stdout: string, status?: number])[] = [
  ["echo '[{\"n\":2},{\"n\":40}]' | jq 'map(.n) | add'", "42\n"],
  ["seq 1 100000 | sort -rn | awk 'NR == 1'", "100000\n"],
  ["for n in b a c; do echo $n; done | sort > letters; awk '{ print NR, $0 }' letters", "1 a\n2 b\n3 c\n"],
  ["echo needle > hay; rg -l needle . | wc -l", "1\n"],
  ["mkdir -p pack/deep; echo in > pack/deep/file; tar -cf pack.tar pack && rm -r pack && tar -xf pack.tar && cat pack/deep/file", "in\n"],
  ["cd /tmp; echo here > place; awk 1 place; cd /; awk 1 tmp/place; cd /tmp; awk 1 ../tmp/place", "here\nhere\nhere\n"],
  ["jq -n '\"x\" | error'; echo $?", "5\n"],
  ["awk 'BEGIN { exit 3 }' || echo $?", "3\n"],
  ["awk 'BEGIN { while (1) print \"y\" }' | head -n 2", "y\ny\n"],
  ["printf 'b\\na\\n' > f; /usr/local/bin/sh -c 'sort f | head -1; /bin/wc -l < f; cat f | jq -R . | tail -1'", "a\n2\n\"a\"\n"],
  ["/usr/local/bin/sh -c 'kill -0 1; exit 4'; echo $?", "4\n"],
  ["/usr/local/bin/timeout 0.2 /bin/sh -c 'while :; do :; done'; echo $?", "124\n"],
  ["set -o pipefail; awk 'BEGIN { exit 7 }' | cat; echo $?", "7\n"],
];

test("lines that mix our tools with those of packages", { timeout: 120_000 }, async () => {
  for (const [line, stdout, status = 0] of ROWS) {
    const said = await space.shell(line);
    assert.deepEqual([said.stdout, said.status], [stdout, status], `${line}\n${JSON.stringify(said)}`);
  }
});

test("what is installed later is seen, and what is uninstalled is gone", { timeout: 60_000 }, async () => {
  new PackageStore(STORE).uninstall("@rivet-dev/agent-os-jq");
  assert.equal((await space.shell("jq . < /dev/null")).status, 127);
  await installAll(STORE);
  assert.equal((await space.shell("jq -n 1")).stdout, "1\n");
});
