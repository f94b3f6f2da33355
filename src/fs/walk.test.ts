import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { FileKind, FsError, memory, openAt, realPath, resolve, statAt } from "#fs";
import type { Directory, Follow, FsErrorCode, MemoryFileSystem, WalkOptions } from "#fs";
import { CountingFileSystem } from "../../test/fs/counting-file-system.ts";
import { CREATE, READ } from "../../test/fs/file-system.cases.ts";

function tree(): MemoryFileSystem {
  const fs = memory({ files: { "a/b/c/f": "deep", "a/g": "g", "top": "top", "outside": "secret" } });
  const root = fs.root();
  const a = root.openDirectory("a");
  const links: [string, string][] = [
    ["toB", "b"], ["toC", "toB/c"], ["up", ".."], ["upTop", "../top"], ["climb", "../../x"], ["abs", "/top"], ["self", "self"],
    ["ping", "pong"], ["pong", "ping"], ["dangling", "nothing"], ["toFile", "g"], ["toBSlash", "b/"], ["toFileSlash", "g/"], ["dot", "."],
  ];
  for (const [name, target] of links) a.symlink(name, target);
  let previous = "g";
  for (let index = 1; index <= 45; index++) {
    a.symlink(`chain${index}`, previous);
    previous = `chain${index}`;
  }
  a.close();
  root.close();
  return fs;
}

/** Where a path leads: "inode of the directory:name", or the code. */
function where(fs: MemoryFileSystem, base: Directory, path: string, follow: Follow, options: WalkOptions = {}): string {
  let found;
  try {
    found = resolve(base, path, follow, options);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    return error.code;
  }
  assert.ok(!(found instanceof Promise), "a synchronous file system gives a synchronous walk");
  const places = ["/", "/a", "/a/b", "/a/b/c"];
  const stat = found.dir.stat();
  assert.ok(!(stat instanceof Promise));
  const place = places.find((one) => fs.stat(one)!.ino === stat.ino)!;
  const answer = `${place}:${found.name ?? ""}${found.trailingSlash ? "/" : ""}`;
  found.close();
  return answer;
}

const ROWS: readonly [path: string, follow: Follow, from: "/" | "/a", answer: string][] = [
  ["top", "always", "/", "/:top"],
  ["a/b/c/f", "always", "/", "/a/b/c:f"],
  ["a//b/./c/../c/f", "always", "/", "/a/b/c:f"],
  ["a/b/", "always", "/", "/a:b/"],
  ["new", "always", "/", "/:new"],
  ["new/", "never", "/", "/:new/"],
  [".", "always", "/", "/:"],
  ["./", "always", "/", "/:/"],
  ["a/.", "always", "/", "/a:"],
  ["a/..", "always", "/", "/:"],
  ["a/b/../..", "always", "/", "/:"],
  ["a/b/c/../../../a", "always", "/", "/:a"],
  ["", "always", "/", "noent"],
  ["/top", "always", "/", "notcapable"],
  ["/", "always", "/", "notcapable"],
  ["..", "always", "/", "notcapable"],
  ["../a", "always", "/a", "notcapable"],
  ["a/../../a", "always", "/", "notcapable"],
  ["b/../../top", "always", "/a", "notcapable"],
  ["none/x", "always", "/", "noent"],
  ["none/..", "always", "/", "noent"],
  ["top/x", "always", "/", "notdir"],
  ["top/.", "always", "/", "notdir"],
  ["top/..", "always", "/", "notdir"],
  ["a/toB", "never", "/", "/a:toB"],
  ["a/toB", "slash", "/", "/a:toB"],
  ["a/toB", "always", "/", "/a:b"],
  ["a/toB/", "never", "/", "/a:toB/"],
  ["a/toB/", "slash", "/", "/a:b/"],
  ["a/toB/", "always", "/", "/a:b/"],
  ["a/toBSlash", "always", "/", "/a:b/"],
  ["a/toFileSlash", "always", "/", "/a:g/"],
  ["a/toBSlash/c", "never", "/", "/a/b:c"],
  ["a/toB/c/f", "never", "/", "/a/b/c:f"],
  ["a/toC", "always", "/", "/a/b:c"],
  ["a/toC/f", "always", "/", "/a/b/c:f"],
  ["a/toC/..", "always", "/", "/a/b:"],
  ["a/dot/g", "never", "/", "/a:g"],
  ["a/dot", "always", "/", "/a:"],
  ["a/up", "always", "/", "/:"],
  ["a/up/top", "always", "/", "/:top"],
  ["up", "always", "/a", "notcapable"],
  ["up", "never", "/a", "/a:up"],
  ["up/top", "never", "/a", "notcapable"],
  ["upTop", "always", "/a", "notcapable"],
  ["a/upTop", "always", "/", "/:top"],
  ["a/climb", "always", "/", "notcapable"],
  ["a/abs", "always", "/", "notcapable"],
  ["a/abs", "never", "/", "/a:abs"],
  ["a/abs/x", "never", "/", "notcapable"],
  ["a/self", "always", "/", "loop"],
  ["a/self/x", "never", "/", "loop"],
  ["a/ping", "always", "/", "loop"],
  ["a/dangling", "always", "/", "/a:nothing"],
  ["a/dangling/x", "always", "/", "noent"],
  ["a/toFile/x", "always", "/", "notdir"],
  ["a/chain40", "always", "/", "/a:g"],
  ["a/chain41", "always", "/", "loop"],
  ["a\0", "always", "/", "inval"],
  ["\ud800", "always", "/", "ilseq"],
  ["x".repeat(256), "always", "/", "nametoolong"],
  ["a/" + "./".repeat(2046) + "g", "always", "/", "/a:g"],
  ["./".repeat(2048) + "x", "always", "/", "nametoolong"],
  ["ä".repeat(2049), "always", "/", "nametoolong"],
];

test("from a root, paths and links may be absolute, and its .. is itself", () => {
  const fs = tree();
  const root = fs.root();
  const a = root.openDirectory("a");
  const rooted = { root, rooted: true };
  const rows: readonly (readonly [base: Directory, path: string, options: WalkOptions, answer: string])[] = [
    [root, "/top", rooted, "/:top"],
    [root, "//a//b", rooted, "/a:b"],
    [root, "/", rooted, "/:/"],
    [root, "../../a/../..", rooted, "/:"],
    [root, "a/abs", rooted, "/:top"],
    [root, "a/climb", rooted, "/:x"],
    [root, "/top", { root }, "notcapable"],
    [a, "abs", { root }, "/:top"],
    [a, "abs/", { root }, "/:top/"],
    [a, "..", { root }, "notcapable"],
    [a, "abs", {}, "notcapable"],
  ];
  for (const [base, path, options, answer] of rows) assert.equal(where(fs, base, path, "always", options), answer, path);
  a.symlink("absB", "/a/b");
  assert.equal(where(fs, a, "absB/../../..", "always", { root }), "/:");
  assert.equal(where(fs, a, "absB/../toB/c/f", "always", { root }), "/a/b/c:f");
  a.symlink("round", "/a/round");
  assert.equal(where(fs, a, "round", "always", { root }), "loop");
  a.close();
  root.close();
});

test("the real path of a directory has no links and dots", () => {
  const fs = tree();
  const root = fs.root();
  const a = root.openDirectory("a");
  a.symlink("absC", "/a/toB/./c/");
  a.close();
  const rows = [["/", "/"], [".", "/"], ["..", "/"], ["/a/toC", "/a/b/c"], ["a/absC/..", "/a/b"], ["a//b/./c", "/a/b/c"], ["a/up/a", "/a"], ["/a/toB/../b/c/", "/a/b/c"]] as const;
  for (const [path, real] of rows) assert.equal(realPath(root, path), real, path);
  for (const [path, code] of [["a/g", "notdir"], ["a/none", "noent"], ["a/self", "loop"], ["", "noent"]] as const) {
    assert.throws(() => realPath(root, path), { code }, path);
  }
  root.close();
});

test("where paths lead", () => {
  const fs = tree();
  for (const [path, follow, from, answer] of ROWS) {
    const root = fs.root();
    const base = from === "/" ? root : root.openDirectory("a");
    assert.equal(where(fs, base, path, follow), answer, `${JSON.stringify(path.slice(0, 50))} ${follow} from ${from}`);
  }
});

test("a link to many components cannot make a walk long", () => {
  const fs = memory();
  const root = fs.root();
  root.symlink("l", `${"./".repeat(2000)}m`);
  root.symlink("m", `${"./".repeat(2000)}n`);
  root.symlink("n", `${"./".repeat(2000)}o`);
  assert.throws(() => resolve(root, "l", "always"), (error) => error instanceof FsError && error.code === "loop");
});

test("openAt", () => {
  const fs = tree();
  const root = fs.root();
  const codeOf = (path: string, options: Partial<Parameters<typeof openAt>[2]>): FsErrorCode | "file" | "directory" => {
    try {
      const opened = openAt(root, path, { ...READ, follow: "always", directory: false, ...options });
      assert.ok(!(opened instanceof Promise));
      opened.close();
      return opened.kind;
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      return error.code;
    }
  };
  assert.equal(codeOf("top", {}), "file");
  assert.equal(codeOf("a", {}), "directory");
  assert.equal(codeOf("a", { directory: true }), "directory");
  assert.equal(codeOf("a/", {}), "directory");
  assert.equal(codeOf(".", {}), "directory");
  assert.equal(codeOf("a/toB/..", { directory: true }), "directory");
  assert.equal(codeOf("top", { directory: true }), "notdir");
  assert.equal(codeOf("top/", {}), "notdir");
  assert.equal(codeOf("a", { write: true }), "isdir");
  assert.equal(codeOf("a", { directory: true, write: true }), "isdir");
  assert.equal(codeOf(".", { write: true }), "isdir");
  assert.equal(codeOf(".", CREATE), "isdir");
  assert.equal(codeOf(".", { ...CREATE, exclusive: true }), "exist");
  assert.equal(codeOf("a", { create: true, directory: true }), "inval");
  assert.equal(codeOf("new/", CREATE), "isdir");
  assert.equal(codeOf("a/toFile", { follow: "never" }), "loop");
  assert.equal(codeOf("a/toFile", { follow: "slash" }), "loop");
  assert.equal(codeOf("a/toB", { follow: "slash", directory: true }), "loop");
  assert.equal(codeOf("a/toB/", { follow: "slash", directory: true }), "directory");
  assert.equal(codeOf("a/toFile", {}), "file");
  assert.equal(codeOf("a/dangling", { ...CREATE, exclusive: true }), "exist");
  assert.equal(fs.stat("a/nothing"), undefined);
  assert.equal(codeOf("a/dangling", CREATE), "file");
  assert.ok(fs.stat("a/nothing"));
  assert.equal(codeOf("a/abs", CREATE), "notcapable");
  assert.equal(codeOf("../x", CREATE), "notcapable");
});

test("statAt", () => {
  const fs = tree();
  const root = fs.root();
  const kindOf = (path: string, follow: Follow): FileKind | FsErrorCode => {
    try {
      const stat = statAt(root, path, follow);
      assert.ok(!(stat instanceof Promise));
      return stat.kind;
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      return error.code;
    }
  };
  const rows: [path: string, follow: Follow, answer: FileKind | FsErrorCode][] = [
    ["top", "always", FileKind.regular], ["top/", "always", "notdir"], ["top/", "slash", "notdir"], ["a", "slash", FileKind.directory], ["a/", "slash", FileKind.directory],
    [".", "slash", FileKind.directory], ["a/toB", "slash", FileKind.symlink], ["a/toB", "always", FileKind.directory], ["a/toB/", "slash", FileKind.directory],
    ["a/toFile", "always", FileKind.regular], ["a/toFile/", "slash", "notdir"], ["a/toFileSlash", "always", "notdir"], ["a/dangling", "always", "noent"],
    ["a/dangling", "slash", FileKind.symlink], ["a/self", "always", "loop"], ["a/abs", "always", "notcapable"], ["none", "always", "noent"], ["none/", "always", "noent"], ["a/up", "always", FileKind.directory],
  ];
  for (const [path, follow, answer] of rows) assert.equal(kindOf(path, follow), answer, `${path} ${follow}`);
});

const PATHS = ["a/b/c/f", "a/toC/f", "a/toC/../../up/a/toB/c/f", "a/b/../..", "a/climb", "a/self", "a/dangling", "top/x", "none/x/y", ".", "a/up/a/up/a/up/top", "a/toBSlash/"];

test("every directory that a walk opens is closed, wherever it fails", async () => {
  for (const later of [false, true]) {
    for (const path of PATHS) {
      for (let failIn = 0; ; failIn++) {
        const fs = new CountingFileSystem(tree());
        const base = (await fs.root()) as Directory;
        fs.later = later;
        fs.failIn = failIn;
        let failed = false;
        try {
          const found = await resolve(base, path, "always");
          assert.ok(fs.open <= 2);
          found.close();
        } catch (error) {
          assert.ok(error instanceof FsError, String(error));
          failed = error.message.includes("injected");
        }
        assert.equal(fs.open, 1, `${path}, failure at ${failIn}, later ${later}`);
        fs.failIn = failIn;
        try {
          (await openAt(base, path, { ...READ, follow: "always", directory: false })).close();
        } catch (error) {
          assert.ok(error instanceof FsError, String(error));
          failed ||= error.message.includes("injected");
        }
        assert.equal(fs.open, 1, `open ${path}, failure at ${failIn}, later ${later}`);
        fs.failIn = failIn;
        try {
          await statAt(base, path, "always");
        } catch (error) {
          assert.ok(error instanceof FsError, String(error));
          failed ||= error.message.includes("injected");
        }
        assert.equal(fs.open, 1, `stat ${path}, failure at ${failIn}, later ${later}`);
        fs.failIn = -1;
        base.close();
        if (!failed) break;
        assert.ok(failIn < 400);
      }
    }
  }
});

test("a walk over an asynchronous file system gives the same answers", async () => {
  const inner = tree();
  const fs = new CountingFileSystem(inner);
  for (const [path, follow, from, answer] of ROWS) {
    fs.later = false;
    const root = (await fs.root()) as Directory;
    const base = from === "/" ? root : await root.openDirectory("a");
    fs.later = true;
    let got: string;
    try {
      const found = await resolve(base, path, follow);
      const ino = (await found.dir.stat()).ino;
      const place = ["/", "/a", "/a/b", "/a/b/c"].find((one) => inner.stat(one)!.ino === ino)!;
      got = `${place}:${found.name ?? ""}${found.trailingSlash ? "/" : ""}`;
      found.close();
    } catch (error) {
      if (!(error instanceof FsError)) throw error;
      got = error.code;
    }
    assert.equal(got, answer, path.slice(0, 50));
    if (base !== root) base.close();
    root.close();
  }
  assert.equal(fs.open, 0);
});

test("no path leads out of its base", () => {
  const part = fc.constantFrom("a", "b", "c", "..", ".", "", "up", "toB", "toC", "dot", "f", "upTop", "climb", "abs", "outside");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom<Follow>("never", "slash", "always"), (parts, follow) => {
      const fs = tree();
      const root = fs.root();
      const base = root.openDirectory("a");
      let found;
      try {
        found = resolve(base, parts.join("/"), follow);
      } catch (error) {
        assert.ok(error instanceof FsError);
        return;
      }
      assert.ok(!(found instanceof Promise));
      const stat = found.dir.stat();
      assert.ok(!(stat instanceof Promise));
      assert.notEqual(stat.ino, root.stat().ino);
      found.close();
    }),
    { numRuns: 300 },
  );
});

test("from a base whose place is known, what is above it can be reached, as far as the root", () => {
  const fs = tree();
  const root = fs.root();
  const base = root.openDirectory("a").openDirectory("b");
  const rows: readonly [path: string, answer: string][] = [
    ["c/f", "/a/b/c:f"],
    ["..", "/a:"],
    ["../", "/a:/"],
    ["../g", "/a:g"],
    ["../b/c", "/a/b:c"],
    ["../..", "/:"],
    ["../../top", "/:top"],
    ["../../../../top", "/:top"],
    ["c/../../g", "/a:g"],
    ["../toC/f", "/a/b/c:f"],
    ["../upTop", "/:top"],
    ["../abs", "/:top"],
    ["../new", "/a:new"],
    ["../../nothing/x", "noent"],
    ["/top", "notcapable"],
  ];
  for (const [path, answer] of rows) assert.equal(where(fs, base, path, "always", { root, place: "/a/b" }), answer, path);
  assert.equal(where(fs, base, "../g", "always", { root }), "notcapable");
  assert.equal(where(fs, base, "../g", "always", { place: "/a/b" }), "notcapable");
});
