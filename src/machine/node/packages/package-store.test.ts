import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Files } from "#fs";
import { installPackage } from "./install-package.ts";
import { checkIntegrity, parseNpmSpec } from "./npm-pack.ts";
import { PackageError } from "./package-error.ts";
import type { PackageErrorCode } from "./package-error.ts";
import { defaultPackageFolder, PackageStore, packageStore } from "./package-store.ts";
import { folderOf, manifest, MODULE, newFolder, tgz } from "./package.test-support.ts";

const is = (code: PackageErrorCode, words = /./) => (error: unknown): boolean => error instanceof PackageError && error.code === code && words.test(error.message);

test("an unpacked package: its programs, its licence, and what is passed over", async () => {
  const store = newFolder();
  const folder = folderOf({
    "package.json": manifest({ bin: { tool: "./build/tool.wasm", script: "cli.js" } }),
    "LICENSE": "the text",
    "NOTICE.md": "a notice",
    "build/tool.wasm": MODULE,
    "wasm/sort": MODULE,
    "wasm/jq.wasm": MODULE,
    "wasm/[": MODULE,
    "wasm/_stubs": MODULE,
    "wasm/readme.txt": "not a module",
    "wasm/-x": MODULE,
    "dist/index.js": "throw new Error('this must not run')",
  });
  const { package: made, skipped } = await installPackage(folder, { store });
  assert.deepEqual(made.programs, ["[", "jq", "sort", "tool"]);
  assert.equal(made.licence, "MIT");
  assert.deepEqual(made.licenceFiles.map((path) => readFileSync(path, "utf8")), ["the text", "a notice"]);
  assert.equal(skipped.length, 2);
  assert.match(skipped.join(), /readme\.txt.*no WebAssembly module/);

  const files = new Files(packageStore(store));
  assert.deepEqual((await files.list("bin")).sort(), ["[", "jq", "sort", "tool"]);
  assert.deepEqual(await files.read("/bin/jq"), MODULE);
  await assert.rejects(files.write("/bin/jq", "x"), { code: "rofs" });
  assert.deepEqual(new PackageStore(store).list(), [made]);
});

test("an archive, in place of another version; then it goes", async () => {
  const store = newFolder();
  const archive = (version: string, program: string): string => join(folderOf({ "p.tgz": tgz([{ name: "package/package.json", data: manifest({ name: "@scope/tools", version }) }, { name: `package/wasm/${program}`, data: MODULE }]) }), "p.tgz");
  await installPackage(archive("1.0.0", "old"), { store });
  const { package: made } = await installPackage(archive("2.0.0-beta.1", "new"), { store });
  assert.equal(made.version, "2.0.0-beta.1");
  const again = await installPackage(archive("2.0.0-beta.1", "new"), { store });
  assert.deepEqual(again.package.programs, ["new"]);
  assert.deepEqual(readdirSync(store).sort(), ["@scope+tools@2.0.0-beta.1", "bin"]);
  assert.deepEqual(readdirSync(join(store, "bin")), ["new"]);
  const packages = new PackageStore(store);
  assert.throws(() => packages.uninstall("@scope/tools", "1.0.0"), is("package/not-installed"));
  assert.equal(packages.uninstall("@scope/tools").version, "2.0.0-beta.1");
  assert.deepEqual(readdirSync(store), ["bin"]);
  assert.deepEqual(readdirSync(join(store, "bin")), []);
});

test("a program's name belongs to one package", async () => {
  const store = newFolder();
  await installPackage(folderOf({ "package.json": manifest({ name: "a" }), "wasm/ls": MODULE }), { store });
  await assert.rejects(installPackage(folderOf({ "package.json": manifest({ name: "b" }), "wasm/ls": MODULE }), { store }), is("package/conflict", /"ls".*a@1\.0\.0/));
  assert.deepEqual(new PackageStore(store).list().map(({ name }) => name), ["a"]);
});

const BAD: readonly (readonly [what: string, files: Readonly<Record<string, string | Uint8Array>>, code: PackageErrorCode])[] = [
  ["no manifest", { "wasm/x": MODULE }, "package/manifest"],
  ["a manifest that is no JSON", { "package.json": "{" }, "package/manifest"],
  ["a manifest that is a list", { "package.json": "[]" }, "package/manifest"],
  ["a name with a path in it", { "package.json": manifest({ name: "../../x" }), "wasm/x": MODULE }, "package/name"],
  ["a scope that climbs", { "package.json": manifest({ name: "@x/../y" }), "wasm/x": MODULE }, "package/name"],
  ["no version", { "package.json": JSON.stringify({ name: "x" }), "wasm/x": MODULE }, "package/name"],
  ["a version with a path in it", { "package.json": manifest({ version: "1/../../x" }), "wasm/x": MODULE }, "package/name"],
  ["a bin outside of it", { "package.json": manifest({ bin: { x: "../x.wasm" } }) }, "package/program"],
  ["an absolute bin", { "package.json": manifest({ bin: { x: "/etc/x.wasm" } }) }, "package/program"],
  ["a bin that is not there", { "package.json": manifest({ bin: { x: "x.wasm" } }) }, "package/program"],
  ["a bin with a path as its name", { "package.json": manifest({ bin: { "../x": "x.wasm" } }), "x.wasm": MODULE }, "package/program"],
  ["a bin that is no module", { "package.json": manifest({ bin: { x: "x.wasm" } }), "x.wasm": "text" }, "package/program"],
  ["a bin that is a component", { "package.json": manifest({ bin: "x.wasm" }), "x.wasm": Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0) }, "package/program"],
  ["no programs", { "package.json": manifest({ bin: "cli.js" }) }, "package/no-programs"],
];
for (const [what, files, code] of BAD) {
  test(`a package with ${what} is refused, and nothing is left of it`, async () => {
    const store = newFolder();
    await assert.rejects(installPackage(folderOf(files), { store }), is(code));
    assert.deepEqual(readdirSync(store), []);
  });
}

test("links out of a package are refused, links within it are followed", async () => {
  const store = newFolder();
  const folder = folderOf({ "package.json": manifest(), "wasm/sh": MODULE });
  symlinkSync("sh", join(folder, "wasm", "bash"));
  assert.deepEqual((await installPackage(folder, { store })).package.programs, ["bash", "sh"]);
  symlinkSync(join(folderOf({ secret: MODULE }), "secret"), join(folder, "wasm", "leak"));
  await assert.rejects(installPackage(folder, { store }), is("package/source", /leads out/));
});

test("what is no package at all", async () => {
  const store = newFolder();
  await assert.rejects(installPackage(join(store, "nothing"), { store }), is("package/source"));
  await assert.rejects(installPackage("/dev/null", { store }), is("package/source"));
});

test("what in the store is no package is passed over", async () => {
  const store = newFolder();
  await installPackage(folderOf({ "package.json": manifest(), "wasm/x": MODULE }), { store });
  for (const name of ["stray", "bad@1.0.0", "other@1.0.0"]) mkdirSync(join(store, name));
  writeFileSync(join(store, "bad@1.0.0", "isola.json"), "{");
  writeFileSync(join(store, "other@1.0.0", "isola.json"), JSON.stringify({ name: "other", version: "2.0.0", programs: ["../x"], licenceFiles: [] }));
  assert.deepEqual(new PackageStore(store).list().map(({ name }) => name), ["tools"]);
});

test("a store that is not there is empty", async () => {
  const folder = join(newFolder(), "none");
  assert.deepEqual(new PackageStore(folder).list(), []);
  assert.deepEqual(await new Files(packageStore(folder)).list("/"), []);
  assert.ok(!existsSync(folder));
});

test("where the store is", () => {
  assert.equal(defaultPackageFolder({ XDG_DATA_HOME: "/data" }), "/data/isola/packages");
  assert.match(defaultPackageFolder({ XDG_DATA_HOME: "relative" }), /\.local\/share\/isola\/packages$/);
});

/** A command that answers as npm does, from `folder`, and notes how it was called. */
function fakeNpm(folder: string, integrity: string): string {
  const path = join(folder, "npm");
  writeFileSync(path, `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2);
fs.appendFileSync(${JSON.stringify(join(folder, "calls"))}, args.join(" ") + "\\n");
if (args[0] === "view") console.log(JSON.stringify({ version: "1.0.0", "dist.integrity": ${JSON.stringify(integrity)} }));
else fs.copyFileSync(${JSON.stringify(join(folder, "p.tgz"))}, args[args.indexOf("--pack-destination") + 1] + "/p.tgz");
`);
  chmodSync(path, 0o755);
  return path;
}

test("a package of the registry: no script is run, and its checksum is checked", async () => {
  const store = newFolder();
  const folder = folderOf({ "p.tgz": tgz([{ name: "package/package.json", data: manifest() }, { name: "package/wasm/x", data: MODULE }]) });
  const { createHash } = await import("node:crypto");
  const integrity = `sha512-${createHash("sha512").update(readFileSync(join(folder, "p.tgz"))).digest("base64")}`;
  const { package: made } = await installPackage("npm:tools", { store, npm: fakeNpm(folder, integrity) });
  assert.equal(made.source, "npm:tools@1.0.0");
  assert.equal(made.integrity, integrity);
  const calls = readFileSync(join(folder, "calls"), "utf8");
  assert.match(calls, /^view --json -- tools@latest version dist\.integrity$/m);
  assert.match(calls, /^pack --ignore-scripts .* -- tools@1\.0\.0$/m);

  const other = `sha512-${createHash("sha512").update("another").digest("base64")}`;
  await assert.rejects(installPackage("npm:tools@1.0.0", { store, npm: fakeNpm(folder, other) }), is("package/integrity"));
  await assert.rejects(installPackage("npm:tools", { store, npm: join(folder, "no-npm") }), is("package/npm"));
});

test("names and versions of the registry", () => {
  assert.deepEqual(parseNpmSpec("@a/b@1.2.3-x+y"), { name: "@a/b", version: "1.2.3-x+y" });
  assert.deepEqual(parseNpmSpec("b"), { name: "b", version: undefined });
  for (const bad of ["", "--global", "../x", "git+ssh://x/y", "https://x/y.tgz", "a@file:../x", "a@npm:b@1", "a@--x", "a b", "A", "a/b", "@a", "a@"]) {
    assert.throws(() => parseNpmSpec(bad), is("package/name"), bad);
  }
});

test("the strongest checksum that is stated counts", () => {
  const bytes = new TextEncoder().encode("abc");
  const sha512 = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
  checkIntegrity("x", bytes, sha512);
  checkIntegrity("x", bytes, `sha256-AAAA ${sha512}`);
  for (const bad of ["", "md5-AAAA", "sha256-AAAA", `${sha512.slice(0, 20)}A${sha512.slice(21)}`]) assert.throws(() => checkIntegrity("x", bytes, bad), is("package/integrity"), bad);
});
