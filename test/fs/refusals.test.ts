/** Whatever cannot be changed refuses every change with the same codes, shows what is there, and stays as it was. */
import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hostDirectory, volume } from "#machine/node";
import { memory, overlay, readOnly } from "#fs";
import type { Directory, FileSystem } from "#fs";
import { CREATE, READ, WRITE, failsWith, get, names, put } from "./file-system.cases.ts";
import { scratchFolder } from "./scratch.ts";
import { Side } from "./side.ts";

interface Kind {
  readonly name: string;
  /** Fills a file system by `fill`, and answers it such that nothing can change it. */
  readonly make: (folder: string, fill: (root: Directory) => Promise<void>) => Promise<{ readonly fs: FileSystem; readonly end?: () => void }>;
}

async function filled(fill: (root: Directory) => Promise<void>): Promise<FileSystem> {
  const fs = memory();
  const root = fs.root();
  await fill(root);
  root.close();
  return fs;
}

const KINDS: readonly Kind[] = [
  { name: "a view of memory", make: async (_, fill) => ({ fs: readOnly(await filled(fill)) }) },
  { name: "an overlay with such a view on top", make: async (_, fill) => ({ fs: overlay(await filled(fill), readOnly(memory())) }) },
  { name: "an overlay that is empty but for such a view on top", make: async (_, fill) => ({ fs: overlay(memory(), readOnly(await filled(fill))) }) },
  {
    name: "a folder of the host",
    make: async (folder, fill) => {
      const writable = hostDirectory(folder, { write: true });
      const root = writable.root();
      await fill(root);
      root.close();
      writable.close();
      const fs = hostDirectory(folder);
      return { fs, end: () => fs.close() };
    },
  },
  {
    name: "a view of a volume",
    make: async (folder, fill) => {
      const writable = volume(join(folder, "v"));
      const root = writable.root();
      await fill(root);
      root.close();
      writable.close();
      const fs = volume(join(folder, "v"), { readOnly: true });
      return { fs, end: () => fs.close() };
    },
  },
];

const NOW = { atime: "now", mtime: "now" } as const;

for (const { name, make } of KINDS) {
  test(`${name} refuses every change`, async () => {
    const folder = scratchFolder();
    const { fs, end } = await make(folder, async (root) => {
      await put(root, "f", "text");
      await root.mkdir("d");
      const d = await root.openDirectory("d");
      await put(d, "deep", "deep");
      d.close();
      await root.mkdir("empty");
      await root.symlink("l", "f");
    });
    try {
      assert.equal(fs.readOnly, true);
      const root = await fs.root();
      const d = await root.openDirectory("d");
      const dump = async (): Promise<readonly string[]> => new Side(await fs.root()).dump();
      const before = await dump();
      for (const act of [
        () => root.openFile("f", WRITE), () => root.openFile("f", { ...READ, truncate: true }), () => root.openFile("new", CREATE), () => root.openFile("new", { ...READ, create: true }),
        () => root.mkdir("new"), () => root.rmdir("empty"), () => root.unlink("f"), () => root.unlink("l"), () => root.symlink("new", "f"), () => root.link("f", root, "new"), () => root.link("f", d, "new"),
        () => root.rename("f", root, "new"), () => root.rename("f", d, "deep"), () => d.rename("deep", root, "f"), () => root.setEntryTimes("f", NOW), () => root.setEntryTimes("l", NOW),
        () => root.setTimes(NOW), () => d.setTimes(NOW),
      ]) await failsWith("rofs", act).catch((error: unknown) => assert.fail(`${act.toString()}: ${String(error)}`));
      await failsWith("exist", () => root.openFile("f", { ...READ, create: true, exclusive: true }));
      const file = await root.openFile("f", { ...READ, create: true });
      for (const act of [() => file.write(0, new Uint8Array(1)), () => file.append(new Uint8Array(1)), () => file.truncate(0), () => file.allocate(0, 1)]) await failsWith("badf", act);
      await failsWith("rofs", () => file.setTimes(NOW));
      await file.sync(false);
      file.close();
      assert.equal(await get(root, "f"), "text");
      assert.equal(await get(d, "deep"), "deep");
      assert.deepEqual(await names(root), ["d", "empty", "f", "l"]);
      assert.deepEqual(await dump(), before);
      d.close();
      root.close();
    } finally {
      end?.();
      rmSync(folder, { recursive: true });
    }
  });
}
