import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildUserland } from "../../tools/build-userland.ts";
import { FOLDER, isola } from "./isola.ts";

before(() => buildUserland());

const MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
const PACKAGE = join(FOLDER, "package");
mkdirSync(join(PACKAGE, "wasm"), { recursive: true });
writeFileSync(join(PACKAGE, "package.json"), JSON.stringify({ name: "@scope/tools", version: "1.2.3", license: "MIT" }));
writeFileSync(join(PACKAGE, "LICENSE"), "the text");
for (const name of ["cat", "sh"]) writeFileSync(join(PACKAGE, "wasm", name), MODULE);

test("a package is installed, listed and uninstalled", async () => {
  const env = { XDG_DATA_HOME: join(FOLDER, "data") };
  const installed = await isola(["install", PACKAGE], { env });
  assert.equal(installed.stderr, "");
  assert.equal(installed.status, 0);
  assert.match(installed.stdout, /^installed @scope\/tools@1\.2\.3 into .*data\/isola\/packages\n {2}licence: MIT \(.*\/LICENSE\)\n {2}2 programs: cat sh\n$/);

  const listed = await isola(["install", "--list"], { env });
  assert.equal(listed.stdout, `@scope/tools@1.2.3  MIT  2 programs  ${PACKAGE}\n`);

  const gone = await isola(["uninstall", "@scope/tools"], { env });
  assert.equal(gone.stdout, "uninstalled @scope/tools@1.2.3 (2 programs)\n");
  assert.equal((await isola(["install", "--list"], { env })).stdout, "");
});

test("what cannot be installed is told in a line", async () => {
  const store = join(FOLDER, "store");
  const rows: readonly (readonly [words: readonly string[], status: number, message: RegExp])[] = [
    [["install", "--store", store, join(FOLDER, "nothing")], 1, /^isola: there is no ".*nothing"; a package of the registry is written npm:NAME\n$/],
    [["install", "--store", store, "npm:../x"], 1, /^isola: "\.\.\/x" cannot be the name of a package\n$/],
    [["uninstall", "--store", store, "x"], 1, /^isola: x is not installed\n$/],
    [["install"], 2, /which package\?/],
    [["uninstall"], 2, /which package\?/],
    [["install", "--list", "x"], 2, /--list takes no packages/],
  ];
  for (const [words, status, message] of rows) {
    const result = await isola(words);
    assert.equal(result.status, status, words.join(" "));
    assert.match(result.stderr, message, words.join(" "));
    assert.equal(result.stdout, "");
  }
});

test("what was installed is there in the shell", async () => {
  const env = { XDG_DATA_HOME: join(FOLDER, "shell-data") };
  const jq = fileURLToPath(new URL("../../node_modules/@rivet-dev/agent-os-jq", import.meta.url));
  assert.equal((await isola(["install", jq], { env })).status, 0);
  const { stdout, stderr, status } = await isola(["sh", "-c", "seq 3 | jq -s -c . ; which jq; exit 4"], { env });
  assert.deepEqual([stdout, stderr, status], ["[1,2,3]\n/usr/local/bin/jq\n", "", 4]);
});
