import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TarError, readTar, readTarGz } from "./tar.ts";

for (const format of ["gnu", "ustar", "pax"]) {
  test(`an archive of the host's tar, in the ${format} format`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), "isola-tar-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const deep = `${"d".repeat(60)}/${"e".repeat(60)}/f`;
    mkdirSync(join(folder, "in", deep, ".."), { recursive: true });
    const contents: Record<string, string> = { empty: "", small: "text\n", block: "b".repeat(512), [deep]: "deep".repeat(300) };
    for (const [path, content] of Object.entries(contents)) writeFileSync(join(folder, "in", path), content);
    const archive = execFileSync("tar", [`--format=${format}`, "-czf", "-", "-C", join(folder, "in"), "."]);
    const files = readTarGz(archive);
    assert.deepEqual(Object.fromEntries([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])), contents);
  });
}

test("a damaged or cut archive is refused", () => {
  const archive = new Uint8Array(execFileSync("tar", ["-cf", "-", "-C", import.meta.dirname, "tar.ts"]));
  assert.equal(readTar(archive).size, 1);
  assert.throws(() => readTar(archive.subarray(0, 1024)), TarError);
  archive[0]! ^= 1;
  assert.throws(() => readTar(archive), TarError);
});
