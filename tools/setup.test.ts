import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const SETUP = fileURLToPath(new URL("setup.sh", import.meta.url));
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A checkout whose `npm` is the given script, or missing. Each call of it leaves a line in `calls`. */
function checkout(npm: string | undefined): string {
  const root = mkdtempSync(join(tmpdir(), "setup-"));
  folders.push(root);
  mkdirSync(join(root, "tools"));
  mkdirSync(join(root, "path"));
  cpSync(SETUP, join(root, "tools/setup.sh"));
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "calls"), "");
  if (npm !== undefined) writeFileSync(join(root, "path/npm"), `#!/bin/sh\necho "$*" >>calls\n${npm}`, { mode: 0o755 });
  // Only the tools that the script needs, so that the machine's npm is out of sight.
  for (const tool of ["cksum", "cat", "mkdir", "chmod", "touch"]) symlinkSync(spawnSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim(), join(root, "path", tool));
  return root;
}

function setup(root: string): { status: number | null; err: string; calls: number } {
  const { status, stderr } = spawnSync("/bin/sh", ["-c", ". tools/setup.sh; setup_dependencies; command -v node >found"], { cwd: root, env: { PATH: join(root, "path") }, encoding: "utf8" });
  return { status, err: stderr, calls: readFileSync(join(root, "calls"), "utf8").split("\n").length - 1 };
}

const INSTALL = 'mkdir -p node_modules/.bin; echo "{}" >node_modules/.package-lock.json; ';
const WITH_NODE = `${INSTALL} printf '#!/bin/sh\\necho v26.0.0\\n' >node_modules/.bin/node; chmod +x node_modules/.bin/node`;

test("installs once, again when the lock file has changed, and puts the pinned Node first", () => {
  const root = checkout(WITH_NODE);
  assert.deepEqual([setup(root).status, setup(root).calls], [0, 1]);
  assert.equal(readFileSync(join(root, "found"), "utf8").trim(), join(root, "node_modules/.bin/node"));
  writeFileSync(join(root, "package-lock.json"), '{"changed":1}');
  assert.equal(setup(root).calls, 2);
});

test("installs again after an install that was cut off", () => {
  const root = checkout(WITH_NODE);
  mkdirSync(join(root, "node_modules"));
  assert.deepEqual([setup(root).status, setup(root).calls], [0, 1]);
});

test("says what to install when npm is missing", () => {
  const { status, err } = setup(checkout(undefined));
  assert.equal(status, 1);
  assert.match(err, /npm is missing.*apt-get install nodejs npm/);
});

test("says what to look at when npm ci fails", () => {
  const { status, err } = setup(checkout("echo no network >&2; exit 1"));
  assert.equal(status, 1);
  assert.match(err, /no network[\s\S]*`npm ci` failed/);
});

test("says the command to run when install scripts were not run", () => {
  const { status, err } = setup(checkout(INSTALL));
  assert.equal(status, 1);
  assert.match(err, /^ +npm rebuild node --ignore-scripts=false$/m);
});
