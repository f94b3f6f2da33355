import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(new URL("../bin/isola", import.meta.url));
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "launcher-"));
  folders.push(path);
  return path;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
}

/** A stand-in for Node: answers its version, else prints which one it is and its arguments. */
function fakeNode(path: string, version: string): void {
  write(path, `#!/bin/sh\ncase $1 in\n-p) echo ${version};;\n--version) echo v${version};;\n*) echo "${version}: $*";;\nesac\n`);
}

/** A checkout with the launcher in it, and a folder for PATH that has no Node. */
function checkout(entry: string): { root: string; path: string } {
  const root = join(folder(), "deep", "er");
  mkdirSync(join(root, "bin"), { recursive: true });
  cpSync(LAUNCHER, join(root, "bin/isola"));
  write(join(root, entry), "");
  return { root, path: folder() };
}

function run(command: string, path: string, ...words: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(command, words, { env: { PATH: `${path}:/usr/bin:/bin` }, encoding: "utf8" });
  return { status, out: stdout.trim(), err: stderr };
}

test("takes the pinned Node before the one on PATH, and passes words as they are", () => {
  const { root, path } = checkout("src/cli/main.ts");
  fakeNode(join(root, "node_modules/.bin/node"), "26.10.0");
  fakeNode(join(path, "node"), "27.0.0");
  assert.equal(run(join(root, "bin/isola"), path, "run", "a b", "--x").out, `26.10.0: ${root}/src/cli/main.ts run a b --x`);
});

test("finds the pinned Node in a parent's node_modules, through links, for plain JavaScript", () => {
  const { root, path } = checkout("cli/main.js");
  fakeNode(join(root, "../node_modules/.bin/node"), "26.10.0");
  const links = folder();
  symlinkSync(join(root, "bin/isola"), join(links, "one"));
  symlinkSync("one", join(links, "two"));
  assert.equal(run(join(links, "two"), path, "ps").out, `26.10.0: ${root}/cli/main.js ps`);
});

test("passes over a pinned Node that is too old or does not run", () => {
  const { root, path } = checkout("src/cli/main.ts");
  fakeNode(join(root, "node_modules/.bin/node"), "22.1.0");
  write(join(root, "../node_modules/.bin/node"), "#!/bin/sh\nexit 1\n");
  fakeNode(join(path, "node"), "25.0.0");
  assert.equal(run(join(root, "bin/isola"), path).out, `25.0.0: ${root}/src/cli/main.ts`);
});

test("turns branch hints on for Node 24", () => {
  const { root, path } = checkout("src/cli/main.ts");
  fakeNode(join(path, "node"), "24.12.0");
  assert.equal(run(join(root, "bin/isola"), path, "ps").out, `24.12.0: --experimental-wasm-branch-hinting ${root}/src/cli/main.ts ps`);
});

for (const version of ["20.20.2", "24.11.9", "nonsense"]) {
  test(`says what to install when the only Node is ${version}`, () => {
    const { root, path } = checkout("src/cli/main.ts");
    fakeNode(join(path, "node"), version);
    const { status, out, err } = run(join(root, "bin/isola"), path);
    assert.equal(status, 1);
    assert.equal(out, "");
    assert.match(err, new RegExp(`needs Node 24\\.12 or newer, found: v${version}`));
    assert.match(err, /npm install node@26/);
    write(join(root, "package-lock.json"), "{}");
    assert.match(run(join(root, "bin/isola"), path).err, /npm ci/);
  });
}
