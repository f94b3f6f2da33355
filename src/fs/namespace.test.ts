import { strict as assert } from "node:assert";
import { test } from "node:test";
import { FileKind, Files, FsError, Namespace, memory, openAt, resolve } from "#fs";
import type { Directory, FsErrorCode, MaybeAsync } from "#fs";
import { CountingFileSystem } from "../../test/fs/counting-file-system.ts";
import { CREATE, READ, TRAITS, failsWith, fileSystemCases, get, names, put, text } from "../../test/fs/file-system.cases.ts";

// Seen through a mount, behind a wrapper of the namespace; `fs` of a directory stays the one behind.
fileSystemCases("mount in a namespace", TRAITS.namespace, () => {
  const behind = memory();
  const ns = new Namespace({ "/": memory(), "/m": { name: "behind", readOnly: false, root: () => behind.root() } });
  return { fs: behind, root: () => ns.open("/m"), dispose: () => {} };
});

async function read(base: Directory, path: string): Promise<string> {
  const file = await openAt(base, path, { ...READ, follow: "always", directory: false });
  assert.ok(file.kind === "file");
  try {
    return await text(file);
  } finally {
    file.close();
  }
}

const sync = <T>(value: MaybeAsync<T>): T => {
  assert.ok(!(value instanceof Promise));
  return value;
};

test("mounts shadow, nest, and appear where nothing is", async () => {
  const ns = new Namespace({
    "/": memory({ files: { "src/hidden": "hidden", "etc/motd": "motd", "lib/real": "real" } }),
    "/src": memory({ files: { main: "main", "deep/x": "x" } }),
    "/src/deep/er": memory({ files: { y: "y" } }),
    "/lib/extra": memory({ files: { e: "e" } }),
    "/no/such/place": memory({ files: { z: "z" } }),
  });
  const root = sync(ns.root());
  assert.equal(await read(root, "src/main"), "main");
  await failsWith("noent", () => openAt(root, "src/hidden", { ...READ, follow: "always", directory: false }));
  assert.equal(await read(root, "src/deep/x"), "x");
  assert.equal(await read(root, "src/deep/er/y"), "y");
  assert.equal(await read(root, "lib/real"), "real");
  assert.equal(await read(root, "lib/extra/e"), "e");
  assert.equal(await read(root, "no/such/place/z"), "z");
  assert.equal(await read(root, "src/deep/er/../../../etc/motd"), "motd");
  assert.equal(await read(root, "no/such/place/../../../src/deep/er/y"), "y");
  for (const batch of [1, 2, 3, 100]) {
    assert.deepEqual(await names(root, batch), ["etc", "lib", "no", "src"]);
    const src = await ns.open("/src/deep");
    assert.deepEqual(await names(src, batch), ["er", "x"]);
    src.close();
    const no = await ns.open("/no");
    assert.deepEqual(await names(no, batch), ["such"]);
    no.close();
  }
  for (const entry of await root.entries(0n, 10)) {
    assert.equal(entry.ino, (await root.statEntry(entry.name)).ino, entry.name);
    assert.equal(entry.kind, FileKind.directory);
  }
  assert.deepEqual(ns.mounts, ["/", "/src", "/src/deep/er", "/lib/extra", "/no/such/place"]);
});

test("a base inside a namespace cannot be left, mount or not", async () => {
  const ns = new Namespace({ "/": memory({ files: { secret: "s" } }), "/box": memory({ files: { f: "f" } }) });
  const box = sync(ns.open("/box"));
  assert.equal(await read(box, "f"), "f");
  await failsWith("notcapable", () => resolve(box, "../secret", "always"));
  await box.symlink("out", "../secret");
  await failsWith("notcapable", () => resolve(box, "out", "always"));
  const root = sync(ns.root());
  // From the root the same link stays inside.
  assert.equal(await read(root, "box/out"), "s");
});

test("mount points hold still; changes go to the file system that they belong to", async () => {
  const upper = memory();
  const lower = memory();
  const root = sync(new Namespace({ "/": upper, "/m": lower }).root());
  const m = await root.openDirectory("m");
  await put(m, "f", "1");
  await put(root, "g", "2");
  assert.equal(lower.readText("f"), "1");
  assert.equal(upper.stat("m"), undefined);
  const refusals: [FsErrorCode, () => MaybeAsync<unknown>][] = [
    ["exist", () => root.mkdir("m")], ["exist", () => root.symlink("m", "x")], ["busy", () => root.rmdir("m")], ["isdir", () => root.unlink("m")],
    ["busy", () => root.rename("m", root, "n")], ["busy", () => root.rename("g", root, "m")], ["perm", () => root.link("m", root, "n")],
    ["exist", () => root.link("g", root, "m")], ["isdir", () => root.openFile("m", CREATE)], ["exist", () => root.openFile("m", { ...CREATE, exclusive: true })],
    ["inval", () => root.readlink("m")], ["xdev", () => root.rename("g", m, "g")], ["xdev", () => m.link("f", root, "f")],
  ];
  for (const [code, act] of refusals) await failsWith(code, act);
  await m.mkdir("d");
  const d = await m.openDirectory("d");
  await m.rename("f", d, "moved");
  assert.equal(lower.readText("d/moved"), "1");
  await root.mkdir("d2");
  await root.rename("g", await root.openDirectory("d2"), "h");
  assert.equal(upper.readText("d2/h"), "2");
  await root.setEntryTimes("m", { atime: undefined, mtime: 5n });
  assert.equal(lower.stat("/")!.mtimeNs, 5n);
  assert.equal(await get(d, "moved"), "1");
});

test("places that only lead to mounts cannot be written to", async () => {
  const root = sync(new Namespace({ "/a/b": memory() }).root());
  await failsWith("rofs", () => root.mkdir("x"));
  const a = await root.openDirectory("a");
  await failsWith("rofs", () => a.openFile("x", CREATE));
  await (await a.openDirectory("b")).mkdir("x");
  assert.notEqual((await root.stat()).dev, (await a.stat()).dev);
});

test("a namespace can be mounted in another", async () => {
  const inner = new Namespace({ "/": memory(), "/x": memory({ files: { f: "inner" } }) });
  const root = sync(new Namespace({ "/": memory(), "/ns": inner }).root());
  assert.equal(await read(root, "ns/x/f"), "inner");
  const ns = sync(root.openDirectory("ns"));
  await failsWith("busy", () => ns.rmdir("x"));
  await put(ns, "a", "A");
  await ns.rename("a", ns, "b");
  assert.equal(await read(root, "ns/b"), "A");
});

test("wrong mounts are refused", () => {
  const fails = (mounts: string[]): void =>
    assert.throws(() => new Namespace(Object.fromEntries(mounts.map((path) => [path, memory()]))), (error) => error instanceof FsError && error.code === "inval");
  fails(["src"]);
  fails([""]);
  fails(["/a/../b"]);
  fails(["/a", "/a/"]);
  fails(["/", "//"]);
  fails(["/a\0"]);
});

test("a mount that is broken is listed, and fails by itself", async () => {
  const broken = { name: "broken", readOnly: false, root: () => { throw new FsError("io"); } };
  const root = sync(new Namespace({ "/": memory({ files: { file: "" } }), "/broken": broken, "/works": memory() }).root());
  assert.deepEqual(await names(root), ["broken", "file", "works"]);
  await failsWith("io", () => root.statEntry("broken"));
  await failsWith("io", () => root.openDirectory("broken"));
  root.close();
});

test("nothing stays open, whichever step fails", async () => {
  for (const later of [false, true]) {
    for (let failIn = 0; failIn < 30; failIn++) {
      const upper = new CountingFileSystem(memory({ files: { "d/e/f": "" } }));
      const lower = new CountingFileSystem(memory({ files: { "x/y": "" } }));
      const ns = new Namespace({ "/": upper, "/d/m": lower });
      upper.later = lower.later = later;
      upper.failIn = lower.failIn = failIn;
      for (const act of [() => ns.open("/d/m/x"), () => ns.open("/d/m/../e"), () => ns.open("/")]) {
        try {
          const dir = await act();
          try {
            await dir.entries(0n, 10);
          } finally {
            dir.close();
          }
        } catch (error) {
          assert.ok(error instanceof FsError && error.message.includes("injected"), String(error));
        }
        assert.equal(upper.open + lower.open, 0, `open after a failure at ${failIn}`);
      }
    }
  }
});

test("an open namespace changes while it is used, a fixed one never", async () => {
  const lower = memory({ files: { "/a/b/covered": "1" } });
  const namespace = new Namespace({ "/": lower }, "open");
  const root = await namespace.root();
  const read = async (path: string): Promise<string | undefined> => {
    const files = new Files(namespace);
    return (await files.stat(path)) === undefined ? undefined : files.readText(path);
  };
  namespace.mount("/a/b", memory({ files: { "/f": "2" } }));
  namespace.mount("/new/place", memory({ files: { "/g": "3" } }));
  assert.deepEqual([await read("/a/b/f"), await read("/a/b/covered"), await read("/new/place/g")], ["2", undefined, "3"]);
  // A directory that was open before sees it as well, since it is the root.
  assert.equal((await root.statEntry("new")).kind, FileKind.directory);
  namespace.mount("/new/place/deep", memory());
  assert.throws(() => namespace.unmount("/new/place"), (error) => error instanceof FsError && error.code === "busy");
  assert.throws(() => namespace.mount("/a/b", memory()), (error) => error instanceof FsError && error.code === "inval");
  assert.throws(() => namespace.unmount("/a"), (error) => error instanceof FsError && error.code === "inval");
  namespace.unmount("/new/place/deep");
  namespace.unmount("/new/place");
  namespace.unmount("/a/b");
  assert.deepEqual([await read("/a/b/f"), await read("/a/b/covered"), await read("/new/place/g")], [undefined, "1", undefined]);
  root.close();
  assert.throws(() => new Namespace({}).mount("/x", memory()), (error) => error instanceof FsError && error.code === "perm");
});
