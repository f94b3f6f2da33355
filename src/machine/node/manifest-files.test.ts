import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ManifestFileError, folderOf, imageFile, manifestFiles, readManifestFile } from "./manifest-files.ts";

const folder = mkdtempSync(join(tmpdir(), "isola-manifest-"));
after(() => rmSync(folder, { recursive: true }));
const refused = (pattern: RegExp) => (error: unknown): boolean => error instanceof ManifestFileError && pattern.test(error.message);

test("files are found from the folder of the manifest, and what is not there is told", async () => {
  writeFileSync(join(folder, "system.json"), JSON.stringify({ services: {} }));
  writeFileSync(join(folder, "image.wasm"), "bytes");
  writeFileSync(join(folder, "broken.json"), "{");
  assert.deepEqual(readManifestFile(join(folder, "system.json")), { services: {} });
  assert.equal(folderOf(join(folder, "system.json")), folder);
  const files = manifestFiles(folder);
  assert.deepEqual(await files.image("image.wasm"), { name: "image.wasm", bytes: Buffer.from("bytes") });
  assert.deepEqual((await files.image(join(folder, "image.wasm"))).name, "image.wasm");
  assert.throws(() => readManifestFile(join(folder, "none.json")), refused(/none\.json: cannot be read: /));
  assert.throws(() => readManifestFile(join(folder, "broken.json")), refused(/broken\.json: is no JSON: /));
  writeFileSync(join(folder, "twice.json"), `{"services":{\n"a":{},\n"a":{}}, "services":{}}`);
  assert.throws(() => readManifestFile(join(folder, "twice.json")), refused(/twice\.json: services\.a stands there twice, in lines 2 and 3; services stands there twice, in lines 1 and 3$/));
  await assert.rejects(files.image("none.wasm"), refused(/none\.wasm: cannot be read/));
  assert.throws(() => files.folder("none", true), refused(/none: there is no such folder$/));
  assert.throws(() => files.folder("image.wasm", false), refused(/image\.wasm: it is no folder$/));
  assert.throws(() => files.volume("none.volume", { write: false }), { code: "volume/missing" });
  const volume = files.volume("made.volume", { write: true, quota: 1 << 20 });
  volume.close();
});

test("programs that come with the package are named, and nothing else is reached by that", () => {
  for (const image of ["isola:services/none", "isola:../system.json", "isola:bin/../../package.json", "isola:bin", "isola:", "isola:services/kv/../kv", "isola:/etc/passwd", "isola:hashes.json"]) {
    assert.throws(() => imageFile(folder, image), refused(/no such program comes with this package/), image);
  }
  assert.equal(imageFile(folder, "a/isola:services/kv"), join(folder, "a/isola:services/kv"));
});
