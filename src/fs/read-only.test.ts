import { strict as assert } from "node:assert";
import { test } from "node:test";
import { FsError, memory, openAt, readOnly } from "#fs";
import type { Directory } from "#fs";
import { CountingFileSystem } from "../../test/fs/counting-file-system.ts";
import { CREATE, READ, WRITE, failsWith, get, names } from "../../test/fs/file-system.cases.ts";

const now = { atime: "now", mtime: "now" } as const;

for (const later of [false, true]) {
  test(`nothing changes through a read-only view${later ? ", answers coming later" : ""}`, async () => {
    const behind = memory({ files: { "d/f": "text", g: "more" } });
    behind.root().symlink("l", "d/f");
    const counting = new CountingFileSystem(behind);
    const fs = readOnly(counting);
    assert.equal(fs.readOnly, true);
    assert.equal(readOnly(fs), fs);
    const root = await fs.root();
    counting.later = later;
    assert.equal(root.fs, fs);
    const before = behind.usage();
    for (const act of [
      () => root.openFile("g", WRITE), () => root.openFile("g", { ...READ, truncate: true }), () => root.openFile("new", { ...READ, create: true }), () => root.openFile("new", CREATE),
      () => root.mkdir("x"), () => root.rmdir("d"), () => root.unlink("g"), () => root.symlink("x", "g"), () => root.link("g", root, "x"), () => root.rename("g", root, "x"),
      () => root.setEntryTimes("g", now), () => root.setTimes(now),
    ]) await failsWith("rofs", act);
    await failsWith("exist", () => root.openFile("g", { ...READ, create: true, exclusive: true }));
    await failsWith("exist", () => root.openFile("l", { ...READ, create: true, exclusive: true }));
    await failsWith("loop", () => root.openFile("l", { ...READ, create: true }));
    await failsWith("isdir", () => root.openFile("d", { ...READ, create: true }));
    const file = await root.openFile("g", { ...READ, create: true });
    await failsWith("badf", () => file.write(0, new Uint8Array(1)));
    await failsWith("badf", () => file.append(new Uint8Array(1)));
    await failsWith("badf", () => file.truncate(0));
    await failsWith("badf", () => file.allocate(0, 1));
    await failsWith("rofs", () => file.setTimes(now));
    await file.sync(false);
    assert.equal((await file.stat()).size, 4n);
    file.close();
    const d = await root.openDirectory("d");
    await failsWith("rofs", () => d.unlink("f"));
    assert.equal(await get(d, "f"), "text");
    const again = await d.reopen();
    await failsWith("rofs", () => again.mkdir("x"));
    again.close();
    d.close();
    assert.deepEqual(await names(root), ["d", "g", "l"]);
    const opened = await openAt(root, "l", { ...READ, follow: "always", directory: false });
    await failsWith("rofs", () => opened.setTimes(now));
    opened.close();
    (root as Directory).close();
    assert.equal(counting.open, 0);
    assert.deepEqual(behind.usage(), before);
  });
}

test("what is read-only already is left as it is", () => {
  const fs = readOnly(memory());
  assert.equal(readOnly(fs), fs);
  assert.throws(() => void (fs.root() as Directory).mkdir("x"), FsError);
});
