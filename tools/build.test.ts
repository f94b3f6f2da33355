/** Builds, packs and installs the package into a project of its own, and uses it from there. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "isola-build-"));
after(() => rmSync(scratch, { recursive: true }));

const USE = `
import { boot, type System } from "isola";
import { Engine } from "isola/wasm";
await using os: System = await boot();
console.log(typeof os.spawn, typeof Engine);
`;

const HELLO = '(module (memory (export "memory") 1) (func (export "_start")))';

test("the built package installs, runs, type-checks and brings its command", { timeout: 180_000 }, () => {
  const npm = (cwd: string, ...words: string[]): string => execFileSync("npm", [...words, "--silent", "--no-audit", "--no-fund"], { cwd, encoding: "utf8" });
  const project = join(scratch, "project");
  const packed = join(scratch, "packed");
  mkdirSync(project);
  mkdirSync(packed);
  execFileSync(process.execPath, [join(ROOT, "tools/build.ts"), join(scratch, "dist")]);
  // What the package depends on comes from our own node_modules, so no registry is asked.
  const dependencies = ["watr", "prom-client", "tdigest", "bintrees", "@opentelemetry/api"];
  for (const from of [join(scratch, "dist"), ...dependencies.map((name) => join(ROOT, "node_modules", name))]) npm(scratch, "pack", from, "--ignore-scripts", "--pack-destination", packed);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  npm(project, "install", "--offline", ...globSync("*.tgz", { cwd: packed }).map((file) => join(packed, file)));

  assert.deepEqual(globSync("node_modules/isola/**/*.test*", { cwd: project }), []);
  writeFileSync(join(project, "use.ts"), USE);
  assert.equal(execFileSync(process.execPath, ["use.ts"], { cwd: project, encoding: "utf8" }), "function function\n");

  for (const name of ["@types", "undici-types"]) symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  for (const lib of ["es2024,esnext.disposable", "es2024,esnext.disposable,dom"]) {
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node", "--lib", lib, "use.ts"], { cwd: project, encoding: "utf8" });
    assert.equal(status, 0, `with ${lib}:\n${stdout}`);
  }

  writeFileSync(join(project, "hello.wat"), HELLO);
  const PATH = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`;
  const { status, stderr } = spawnSync(join(project, "node_modules/.bin/isola"), ["run", "hello.wat"], { cwd: project, env: { ...process.env, PATH }, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
