/** CPython 3.11 on directories: of the host, read-only and read-write, and in memory. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { FileSystem } from "../../src/node.ts";
import { hostDir, memory } from "../../src/node.ts";
import { Subject, assertEnded, pythonLibrary, temporaryFolder } from "./programs.ts";

/** Works through the file API below the folder in argv[1] and prints what it saw as JSON. */
const FILE_API = `
import json, os, stat, sys
root = sys.argv[1]
at = lambda *names: os.path.join(root, *names)
seen = {}
with open(at("text"), "w", encoding="utf-8") as f: seen["written"] = f.write("eins\\nzwei\\n€\\n")
with open(at("text"), "ab") as f: f.write(b"appended"); seen["appended at"] = f.tell()
with open(at("text"), encoding="utf-8") as f: seen["lines"] = f.read().splitlines()
with open(at("text"), "r+b") as f:
    f.seek(5); f.write(b"ZWEI"); f.seek(-8, 2); seen["tail"] = f.read().decode(); f.truncate(10)
seen["size"] = os.stat(at("text")).st_size
os.mkdir(at("dir")); os.makedirs(at("dir", "a", "b"))
for name in ["x", "y", "ü"]: open(at("dir", name), "wb").write(name.encode() * 1000)
seen["listdir"] = sorted(os.listdir(at("dir")))
seen["scandir"] = sorted((e.name, e.is_dir(), e.is_file()) for e in os.scandir(at("dir")))
seen["walk"] = [[os.path.relpath(d, root), sorted(ds), sorted(fs)] for d, ds, fs in sorted(os.walk(at("dir")))]
info = os.stat(at("dir", "x"))
seen["stat"] = [stat.S_ISREG(info.st_mode), stat.S_ISDIR(os.stat(at("dir")).st_mode), info.st_size, info.st_nlink]
os.rename(at("dir", "x"), at("dir", "z")); os.replace(at("dir", "z"), at("dir", "y"))
seen["after rename"] = sorted(os.listdir(at("dir"))), open(at("dir", "y")).read(3)
os.link(at("dir", "y"), at("hard")); seen["links"] = os.stat(at("hard")).st_nlink, os.path.samefile(at("hard"), at("dir", "y"))
os.symlink("dir/y", at("soft")); seen["soft"] = os.readlink(at("soft")), os.path.islink(at("soft")), os.stat(at("soft")).st_size
os.utime(at("hard"), ns=(10**18, 1234567890 * 10**9)); seen["mtime"] = os.stat(at("hard")).st_mtime_ns
os.unlink(at("dir", "ü")); os.rmdir(at("dir", "a", "b"))
def error(f, *args):
    try: f(*args)
    except OSError as e: return type(e).__name__
    return "no error"
seen["errors"] = [error(open, at("none")), error(os.mkdir, at("dir")), error(os.rmdir, at("dir")), error(os.unlink, at("dir")),
    error(os.listdir, at("text")), error(open, at("dir"), "w"), error(open, at("text", "below")), error(open, at("dir"), "x")]
with open(at("big"), "wb") as f:
    for i in range(256): f.write(bytes([i]) * 4096)
with open(at("big"), "rb") as f: seen["big"] = len(f.read()), f.seek(777 * 1000), f.read(1)[0]
with open(at("hole"), "wb") as f: f.seek(100000); f.write(b"!")
seen["hole"] = os.stat(at("hole")).st_size, open(at("hole"), "rb").read(3).hex()
f = open(at("gone"), "w+"); f.write("still here"); os.unlink(at("gone")); f.seek(0); seen["unlinked"] = f.read(), os.path.exists(at("gone"))
print(json.dumps(seen, sort_keys=True))
`;

const EXPECTED = {
  "written": 12, "appended at": 22, "lines": ["eins", "zwei", "€", "appended"], "tail": "appended", "size": 10,
  "listdir": ["a", "x", "y", "ü"],
  "scandir": [["a", true, false], ["x", false, true], ["y", false, true], ["ü", false, true]],
  "walk": [["dir", ["a"], ["x", "y", "ü"]], ["dir/a", ["b"], []], ["dir/a/b", [], []]],
  "stat": [true, true, 1000, 1],
  "after rename": [["a", "y", "ü"], "xxx"], "links": [2, true], "soft": ["dir/y", true, 1000], "mtime": 1234567890e9,
  "errors": ["FileNotFoundError", "FileExistsError", "OSError", "IsADirectoryError", "NotADirectoryError", "IsADirectoryError", "NotADirectoryError", "FileExistsError"],
  "big": [1048576, 777000, 189], "hole": [100001, "000000"], "unlinked": ["still here", false],
};

describe("CPython with files", () => {
  const subject = new Subject();
  const usr = pythonLibrary();

  test("a script of a read-only host directory runs, imports its neighbour, and can change nothing", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    writeFileSync(join(folder, "helper.py"), "def twice(n): return 2 * n\n");
    writeFileSync(join(folder, "data.txt"), "21\n");
    writeFileSync(join(folder, "main.py"), `
import sys, helper
print(sys.argv, __file__, helper.twice(int(open("/src/data.txt").read())))
for attempt in ["open('/src/new', 'w')", "open('/src/data.txt', 'a')", "os.unlink('/src/data.txt')", "os.mkdir('/src/d')", "os.rename('/src/data.txt', '/src/x')", "os.utime('/src/data.txt')", "os.symlink('a', '/src/l')"]:
    import os
    try: eval(attempt)
    except OSError as e: print(e.errno != 0, type(e).__name__)
    else: print("allowed:", attempt)
`);
    const before = readdirSync(folder).sort();
    const src = hostDir(folder, { read: true });
    t.after(() => src.close());
    const ended = await subject.run("python", { args: ["/src/main.py", "a", "b"], fs: { "/usr": usr, "/src": src } });
    assertEnded(ended, { stdout: `['/src/main.py', 'a', 'b'] /src/main.py 42\n${"True OSError\n".repeat(7)}` });
    assert.deepEqual(readdirSync(folder).sort(), before);
    assert.equal(readFileSync(join(folder, "data.txt"), "utf8"), "21\n");
  });

  test("the file API on a host directory does what it does on the host, and the host sees the result", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const work = hostDir(folder, { write: true });
    t.after(() => work.close());
    const ended = await subject.run("python", { args: ["-c", FILE_API, "/work"], fs: { "/usr": usr, "/work": work } });
    assertEnded(ended, {});
    assert.deepEqual(JSON.parse(ended.stdout), EXPECTED);
    assert.equal(readFileSync(join(folder, "text"), "utf8"), "eins\nZWEI\n");
    assert.deepEqual(readdirSync(folder).sort(), ["big", "dir", "hard", "hole", "soft", "text"]);
    assert.equal(readFileSync(join(folder, "hard"), "utf8"), "x".repeat(1000));
    assert.equal(statSync(join(folder, "hard")).nlink, 2);
    assert.equal(statSync(join(folder, "hard")).mtimeMs, 1234567890e3);
    assert.equal(readFileSync(join(folder, "big"))[777000], 189);
  });

  test("the same on a file system in memory", async () => {
    const work = memory();
    const ended = await subject.run("python", { args: ["-c", FILE_API, "/work"], fs: { "/usr": usr, "/work": work } });
    assertEnded(ended, {});
    assert.deepEqual(JSON.parse(ended.stdout), EXPECTED);
    assert.equal(work.readText("/text"), "eins\nZWEI\n");
    assert.equal(work.readText("/dir/y"), "x".repeat(1000));
  });

  test("there is no way out of a host directory", async (t) => {
    const outer = temporaryFolder((task) => t.after(task));
    writeFileSync(join(outer, "secret"), "s3cr3t");
    const folder = join(outer, "granted");
    mkdirSync(folder);
    symlinkSync("../secret", join(folder, "up"));
    symlinkSync(join(outer, "secret"), join(folder, "absolute"));
    symlinkSync("..", join(folder, "parent"));
    const work = hostDir(folder, { write: true });
    t.after(() => work.close());
    const paths = ["/work/../secret", "/work/up", "/work/absolute", "/work/parent/secret", join(outer, "secret"), "/work/./../granted/../secret", "/etc/passwd", "/work/new/secret", "secret"];
    const ended = await subject.run("python", {
      args: ["-c", "import os, sys\nos.symlink('../', '/work/new')\nfor p in sys.argv[1:]:\n  for f in (lambda: open(p).read(), lambda: open(p, 'w'), lambda: os.listdir(os.path.dirname(p) + '/..')):\n    try: print('out:', p, f())\n    except OSError as e: pass\nprint('tried')", ...paths],
      fs: { "/usr": usr, "/work": work },
    });
    assert.equal(readFileSync(join(outer, "secret"), "utf8"), "s3cr3t");
    assert.deepEqual(readdirSync(outer).sort(), ["granted", "secret"]);
    assert.ok(!ended.stdout.includes("s3cr3t") && !ended.stdout.includes("granted"), ended.stdout);
    assert.match(ended.stdout, /tried\n$/);
  });

  test("sqlite3 in Python keeps a database in a host directory", async (t) => {
    const folder = temporaryFolder((task) => t.after(task));
    const work = hostDir(folder, { write: true });
    t.after(() => work.close());
    const fs: Record<string, FileSystem> = { "/usr": usr, "/work": work };
    assertEnded(await subject.run("python", { fs, args: ["-c", "import sqlite3\nwith sqlite3.connect('/work/db') as db:\n  db.execute('create table t (n)'); db.executemany('insert into t values (?)', [(n,) for n in range(1000)])"] }), { stdout: "" });
    assert.equal(readFileSync(join(folder, "db")).subarray(0, 16).toString("latin1"), "SQLite format 3\0");
    assert.equal(existsSync(join(folder, "db-journal")), false);
    assertEnded(await subject.run("python", { fs, args: ["-c", "import sqlite3\nprint(sqlite3.connect('/work/db').execute('select count(*), sum(n) from t').fetchone())"] }), { stdout: "(1000, 499500)\n" });
  });
});
