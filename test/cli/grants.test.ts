/** What a program is given, seen from inside of CPython. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { CPYTHON, FOLDER, isola } from "./isola.ts";
import type { Result, RunSettings } from "./isola.ts";

function python(options: readonly string[], args: readonly string[], settings: RunSettings = {}): Promise<Result> {
  return isola(["run", ...options, CPYTHON, ...args], settings);
}

before(() => {
  mkdirSync(join(FOLDER, "src/deep"), { recursive: true });
  mkdirSync(join(FOLDER, "other"), { recursive: true });
  writeFileSync(join(FOLDER, "src/data.txt"), "the data\n");
  writeFileSync(join(FOLDER, "src/main.py"), "import sys\nprint(open(sys.argv[1]).read(), end='')\n");
  writeFileSync(join(FOLDER, "secret.txt"), "secret\n");
});

test("computes, and exits with the status that it chooses", async () => {
  assert.deepEqual(await python([], ["-c", "print(6*7)"]), { status: 0, signal: null, stdout: "42\n", stderr: "" });
  assert.equal((await python([], ["-c", "import sys; sys.exit(42)"])).status, 42);
  const { status, stderr } = await python([], ["-c", "1/0"]);
  assert.equal(status, 1);
  assert.match(stderr, /^Traceback .*[^]*ZeroDivisionError: division by zero\n$/);
});

test("what follows the program belongs to it, options and all", async () => {
  const show = "import sys; print(sys.argv[1:])";
  assert.equal((await python([], ["-c", show, "--memory", "-x", "--", "--help", ""])).stdout, "['--memory', '-x', '--', '--help', '']\n");
  assert.equal((await isola(["run", "--wall", "60s", "--", CPYTHON, "-c", show, "é", "--wall"])).stdout, "['é', '--wall']\n");
});

test("its own name is the file's, or as told", async () => {
  const show = "import sys; print(sys.orig_argv[0])";
  assert.equal((await python([], ["-c", show])).stdout, "python-3.11.3.wasm\n");
  assert.equal((await python(["--argv0", "snake"], ["-c", show])).stdout, "snake\n");
});

test("the environment is what was given, and nothing of ours", async () => {
  const show = "import os; print(sorted(os.environ.items()))";
  assert.equal((await python([], ["-c", show])).stdout, "[]\n");
  const given = await python(["--env", "A=1", "--env", "FROM_HERE", "--env=A=2=3", "--env", "EMPTY="], ["-c", show], { env: { FROM_HERE: "ü", OTHER: "x" } });
  assert.equal(given.stdout, "[('A', '2=3'), ('EMPTY', ''), ('FROM_HERE', 'ü')]\n");
});

test("without --dir it sees no file", async () => {
  for (const path of ["/", ".", "secret.txt", join(FOLDER, "secret.txt"), "/etc/passwd"]) {
    const { status, stdout, stderr } = await python([], ["-c", `open(${JSON.stringify(path)})`]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /(FileNotFoundError|PermissionError|OSError)/);
  }
});

/** `--dir` values, what a script is called there, and the name by which it finds its data. */
const PLACES: readonly (readonly [dirs: readonly string[], script: string, data: string])[] = [
  [["."], "src/main.py", "src/data.txt"],
  [["."], "/src/main.py", "/src/data.txt"],
  [["./"], "./src/main.py", "./src/deep/../data.txt"],
  [["src"], "src/main.py", "/src/data.txt"],
  [["./src"], "./src/main.py", "src/data.txt"],
  [["src:ro"], "src/main.py", "src/data.txt"],
  [["./src::/app"], "/app/main.py", "app/data.txt"],
  [["src::/"], "main.py", "data.txt"],
  [["src::."], "/main.py", "./data.txt"],
  [["src::app:ro"], "/app/main.py", "/app/data.txt"],
  [["other::/", "src::/very/deep:ro"], "/very/deep/main.py", "very/deep/data.txt"],
  [[join(FOLDER, "src")], join(FOLDER, "src/main.py"), join(FOLDER, "src/data.txt")],
];

test("a folder is seen where it was said, and else under its own name", async () => {
  for (const [dirs, script, data] of PLACES) {
    const result = await python(dirs.flatMap((dir) => ["--dir", dir]), [script, data]);
    assert.deepEqual(result, { status: 0, signal: null, stdout: "the data\n", stderr: "" }, `--dir ${dirs.join(" --dir ")} ${script} ${data}`);
  }
});

test("/ leads to the folders and can be listed, but not written", async () => {
  const { status, stdout } = await python(["--dir", "src::/a/b", "--dir", "other::/c"], ["-c", "import os\nprint(sorted(os.listdir('/')), os.listdir('/a'), sorted(os.listdir('/a/b')))\nfor p in '/x', '/a/x':\n  try: open(p, 'w')\n  except OSError as e: print('refused')"]);
  assert.deepEqual([status, stdout], [0, "['a', 'c'] ['b'] ['data.txt', 'deep', 'main.py']\nrefused\nrefused\n"]);
});

test("a folder can be written, unless it is read-only", async () => {
  const write = "open('/o/made.txt', 'w').write('made'); import os; os.mkdir('/o/folder'); os.rename('/o/made.txt', '/o/moved.txt')";
  const refused = await python(["--dir", "other::/o:ro"], ["-c", write]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /Read-only file system|Permission denied|not permitted/);
  assert.ok(!existsSync(join(FOLDER, "other/made.txt")));
  assert.deepEqual(await python(["--dir", "other::/o"], ["-c", write]), { status: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(readFileSync(join(FOLDER, "other/moved.txt"), "utf8"), "made");
  assert.ok(existsSync(join(FOLDER, "other/folder")));
});

test("nothing outside of a granted folder can be reached", async () => {
  for (const path of ["/src/../secret.txt", "src/../secret.txt", "../secret.txt", join(FOLDER, "secret.txt")]) {
    const { status, stdout } = await python(["--dir", "src"], ["-c", `print(open(${JSON.stringify(path)}).read())`]);
    assert.deepEqual([status, stdout], [1, ""]);
  }
});

test("a folder that is not there, or is none, ends with 1", async () => {
  assert.deepEqual(await python(["--dir", "missing::/x"], ["-c", "1"]), { status: 1, signal: null, stdout: "", stderr: "isola: --dir missing: no such folder\n" });
  assert.deepEqual(await python(["--dir", "secret.txt::/x"], ["-c", "1"]), { status: 1, signal: null, stdout: "", stderr: "isola: --dir secret.txt: not a folder\n" });
});

test("open files and memory are limited, and the program is told", async () => {
  const files = await python(["--max-files", "20", "--dir", "src"], ["-c", "fs = []\ntry:\n  while True: fs.append(open('/src/data.txt'))\nexcept OSError as e: print(e.strerror, len(fs) < 20)"]);
  assert.deepEqual([files.status, files.stdout, files.stderr], [0, "No file descriptors available True\n", ""]);
  const memory = await python(["--memory", "64MiB"], ["-c", "try: bytearray(200 << 20)\nexcept MemoryError: print('no memory')"]);
  assert.deepEqual([memory.status, memory.stdout, memory.stderr], [0, "no memory\n", ""]);
});
